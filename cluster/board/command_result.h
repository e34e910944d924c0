/// cluster/board/command_result.h -- what a command has to say, as the one JSON object of `--json`.
///
/// Keys: format, result, exit, messages, rows, and what a command has beside its rows. Fields keep their meaning as
/// long as format is 1; new ones may come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/board/table.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// How a command ended. The number is its exit status.
enum class Outcome : std::uint8_t {
  Done = 0,
  Refused = 1,
  Usage = 2,
  Partly = 3,
  Running = 4,    ///< at the time-out
  Limited = 5,    ///< not in limited mode
  Unreached = 6,  ///< no agent
};

/// `done`, `refused`, `usage`, `partly`, `running`, `limited`, `unreached`.
std::string_view word_of(Outcome outcome);

struct ResultMessage {
  std::string code;       ///< HWREMOTE
  char severity = 'E';    ///< as printed: I, W, E, F, S
  std::string text;       ///< after the code
  std::string node = {};  ///< whose message it is, or that it is about; empty: the command's own
  friend bool operator==(const ResultMessage&, const ResultMessage&) = default;
};
ResultMessage message_of(const Error& error, std::string_view node = {});

struct CommandResult {
  Outcome outcome = Outcome::Done;
  std::optional<int> exit;  ///< of a command whose exit status says something else: status --check
  std::vector<ResultMessage> messages;
  Table rows;  ///< none: an empty list
  /// Beside rows: sums of boot and down, the words of a plan or of a receipt.
  std::vector<std::pair<std::string, Cell>> values;
  std::vector<std::pair<std::string, std::vector<std::string>>> lists;
};

/// One object, no newline at its end. What is not UTF-8 in a text is shown as U+FFFD.
std::string json_of(const CommandResult& result);

}  // namespace hw::cluster

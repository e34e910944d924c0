/// cluster/jobs/job.h -- one command that the coordinator carries out: what it knows, what it may change, to whom it
/// talks.
///
/// The coordinator runs one at a time, each in a thread of its own. It checks first: a job that refuses has changed
/// nothing. It prints as it goes; its result is the exit status and the last lines.
/// Source: operations, section 1 "Every command".
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/board/board_parts.h"
#include "cluster/board/command_result.h"
#include "cluster/config/domain.h"
#include "cluster/jobs/site.h"

namespace hw::cluster {

/// Where a command's lines go while it runs.
class Say {
 public:
  virtual ~Say() = default;
  virtual void line(std::string_view text) = 0;                              ///< stdout
  virtual void message(const Error& error, std::string_view node = {}) = 0;  ///< stderr
};

/// Orders of the board, of which the coordinator is the writer. Each change is durable in board.json, and told to the
/// other agents with the next heartbeat. Thread: any.
class OrderBook {
 public:
  virtual ~OrderBook() = default;
  virtual Orders read() const = 0;
  /// Applies `edit` to the newest orders. Errors: SYSCALL when the board cannot be written; it is as before then.
  virtual Status change(const std::function<void(Orders&)>& edit) = 0;
};

struct JobContext {
  const Domain& domain;  ///< of the highest generation that runs anywhere; nothing runs: of the current one
  std::uint64_t generation = 0;
  std::function<Board()> board;  ///< the newest snapshot
  Sites& sites;
  OrderBook& orders;
  Say& say;
  Deadline deadline;  ///< of the whole command; at it Outcome::Running
  const std::atomic<bool>& cancelled;
  /// How many questions the caller has said yes to. A job that needs one more returns JobEnd::ask.
  unsigned yes = 0;
  /// For history: the epoch that this job made, the group that it is about.
  std::uint64_t epoch_made = 0;
  std::string group = {};
  /// The text of another generation that is stored here, as a Domain: for boot -f. Errors: HWCFGBAD: it is not. Not
  /// set: there is only the one above.
  std::function<Result<Domain>(std::uint64_t number)> stored = {};
  /// Every node is asked again, so that board() is as of now; may wait. Not set: it always is.
  std::function<void()> look_now = {};
};

struct JobEnd {
  CommandResult result;
  /// What must be confirmed first: one line that says what will happen. Nothing has been changed; the caller asks the
  /// user and repeats the request with one more `yes`.
  std::optional<std::string> ask;
};

}  // namespace hw::cluster

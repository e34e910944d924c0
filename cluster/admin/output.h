/// cluster/admin/output.h -- where a command's lines and messages go.
///
/// As text: lines on stdout, messages on stderr, each at once. With --json: one object on stdout when the command ends,
/// and nothing else. Each command ends once, by one of the `end` functions; all return the exit status.
/// Thread: one at a time.
/// Source: operations, section 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/admin/console.h"
#include "cluster/board/command_result.h"
#include "cluster/plan/request.h"
#include "engine/base/result.h"

namespace hw::cluster::hwadm {

class Output {
 public:
  Output(Console& console, bool json) : console_(console), json_(json) {}

  bool json() const { return json_; }
  /// Of an agent: control characters are not printed; a text of several lines is several.
  void line(std::string_view text);
  /// Of this program: as it is.
  void text(std::string_view text);
  /// A message that has been said is not said again.
  void message(const ResultMessage& message);
  void message(const Error& error);
  /// Lines of findings, on stderr: they are messages with a place.
  void finding(std::string_view line, const Error& error);

  int end(Outcome outcome);
  /// `result` has no messages: those are here.
  int end(CommandResult result);
  /// What an agent has answered.
  int end(const CommandAnswer& answer);
  /// An object of its own: `status --json`.
  int end_object(const std::string& object, int exit);
  /// Says the error, and ends.
  int fail(const Error& error, Outcome outcome);
  int fail(const Error& error) { return fail(error, outcome_of(error)); }

  /// Of the command when it has ended.
  int status() const { return status_; }
  const std::vector<ResultMessage>& messages() const { return messages_; }

  /// A command line that says nothing: Usage. No agent: Unreached. Everything else: Refused.
  static Outcome outcome_of(const Error& error);

 private:
  Console& console_;
  bool json_;
  std::vector<ResultMessage> messages_;
  int status_ = 0;
};

/// As it is printed: `%GTM-W-HWREMOTE, n2: no answer`; that of another node begins with its name.
std::string line_of(const ResultMessage& message);

}  // namespace hw::cluster::hwadm

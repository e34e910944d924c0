/// cluster/jobs/process_lines.h -- what boot and down say: a line a process as it comes or goes, then the sum.
///
///     n1 source:B pid 2787 started
///     n2 receiver:B pid 2815 already up
///     n2 report failed: %GTM-E-HWGAVEUP, report failed 10 times
///     started 1, already up 1, failed 1
///
/// Thread: any; lines of several nodes do not mix. Source: operations, sections 4 and 5 `--json`.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/jobs/job.h"

namespace hw::cluster {

enum class ProcessEnd : std::uint8_t { Started, AlreadyUp, Stopped, Killed, AlreadyDown, Recovered };

class ProcessLines {
 public:
  enum class Command : std::uint8_t { Boot, Down };

  ProcessLines(Say& say, Command command) : say_(say), command_(command) {}

  /// `pid` 0: not known, none.
  void add(std::string_view node, std::string_view server, std::uint32_t pid, ProcessEnd end);
  /// Of a server, or of an instance whose own step failed.
  void failed(std::string_view node, std::string_view server, const Error& why);
  /// Any other line.
  void line(std::string_view text);
  /// On stderr.
  void message(const Error& error, std::string_view node);

  bool any_failed() const;
  /// Says the sum, unless nothing was placed where it was asked for: then `started 0`. The rows and sums of --json.
  JobEnd end(Outcome outcome, bool elsewhere = false);

 private:
  void add_row(std::string_view node, std::string_view server, std::uint32_t pid, std::string_view state);

  Say& say_;
  Command command_;
  mutable std::mutex mutex_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<ResultMessage> faults_;  ///< for --json: in the text they are among the lines
  std::uint64_t done_ = 0;             ///< started, or stopped
  std::uint64_t already_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace hw::cluster

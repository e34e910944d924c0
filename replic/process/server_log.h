/// replic/process/server_log.h -- the log file of a replication server.
///
/// Lines are `Www Mmm dd hh:mm:ss yyyy : text` in local time; a message's further lines have no time. Each
/// line is one write in append mode, so that several processes may share a file. Lines of the levels Debug and Trace
/// have the time to the microsecond, and name their level: `Www Mmm dd hh:mm:ss.uuuuuu yyyy : trace: text`.
/// Source: logs of GT.M V7.0-005.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/mutex.h"
#include "engine/base/operator_log.h"
#include "engine/base/result.h"
#include "replic/process/log_level.h"

namespace hw {

/// `Www Mmm dd hh:mm:ss yyyy`, day padded with a blank: now, in local time. Any thread.
std::string log_time();
/// `<log_time()> : <text>`, no newline.
std::string timed(std::string_view text);

/// A log opened for appending. One that is new has GT.M's mode, 0666 less the umask; root gives it to the owner and
/// group of the instance file of the environment, so that they can go on in it. Errors: SYSCALL, EEXIST: no log is
/// there.
Result<File> open_log_file(const std::string& path);

/// Thread: all may write at once, and change the level. A line that cannot be written (full disk) is lost: a server
/// does not end for it.
class ServerLog {
 public:
  ServerLog() = default;

  /// Opens for appending, making the file if need be; replaces the file in use only on success.
  /// Errors: REPLLOGOPN with the system's reason in its text.
  Status open(const std::string& path);

  /// What is written from now on: lines of this level, and of those that matter more.
  void show(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  /// Whether lines of `level` are written: for callers that would make a text for nothing.
  bool shows(LogLevel level) const { return level <= this->level(); }
  /// -changelog -loglevel: as show, and says so, whatever the levels are.
  void change_level(LogLevel level);

  /// One line of the level Info with the time; `text` may hold further lines, which are written without it.
  void line(std::string_view text);
  /// A line of the level Info as it is.
  void raw(std::string_view text);
  /// All lines of a message, the first one with the time, at the level of its severity; also to the operator log, once
  /// it is known whose log this is, at any level.
  void report(const Error& error);
  /// How the server works: no part of it may come from a node or a value.
  void debug(std::string_view text) { detail(LogLevel::Debug, text); }
  void trace(std::string_view text) { detail(LogLevel::Trace, text); }
  /// Whose log it is. Before other threads write.
  void belongs_to(OperatorLogWriter writer) { writer_ = std::move(writer); }
  /// -changelog: says where it goes on, opens the new file and says there that it has, whatever the level is. On
  /// failure says so and goes on in the old one.
  void change_to(const std::string& path);

  std::string path() const;
  /// For daemons, whose standard output goes here; -1: not open. Changes with open().
  int fd() const;

 private:
  Status open_instead(const std::string& path, std::string_view otherwise);
  void detail(LogLevel level, std::string_view text);
  void write(std::string_view whole_lines);

  std::atomic<LogLevel> level_{LogLevel::Info};
  mutable Mutex mutex_;
  File file_ HW_GUARDED_BY(mutex_);
  std::optional<OperatorLogWriter> writer_;
};

}  // namespace hw

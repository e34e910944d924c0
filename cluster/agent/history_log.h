/// cluster/agent/history_log.h -- what is commanded at this node, and what its agent decides by itself: in
/// `log/history.jsonl` and in the operator log, before it is done and after.
///
/// Source: operations, sections 1 and 5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/board/history.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "replic/process/server_log.h"

namespace hw::cluster {

/// Who wants what, and why.
struct HistoryWish {
  std::string user;  ///< `agent`: nobody asked for it
  std::string host;
  std::string what;  ///< `switchover B`
  std::string why;
};

/// Thread: any. What cannot be written is said in the log, and is a problem of the node's: a change is not held up by a
/// full disk.
class HistoryLog {
 public:
  /// The log outlives it.
  HistoryLog(std::string path, std::string node, ServerLog& log)
      : path_(std::move(path)), node_(std::move(node)), log_(log) {}

  /// Reads which number was the last. Errors: SYSCALL. Before anything else.
  Status open();
  /// It begins. Returns the entry, for end().
  HistoryEntry begin(const HistoryWish& wish);
  /// How it ended; epoch and group are the entry's.
  void end(HistoryEntry entry, HistoryResult result);
  /// Something that is done already, or was refused: one entry.
  void note(const HistoryWish& wish, HistoryResult result, std::uint64_t epoch = 0, const std::string& group = {});

  /// Why the last line could not be written; none when it was.
  std::optional<Error> trouble() const;

  /// The last `count_max` changes, of each its last entry. Errors: SYSCALL.
  Result<std::vector<HistoryEntry>> read(std::size_t count_max) const;

 private:
  HistoryEntry new_entry(const HistoryWish& wish);
  void write(const HistoryEntry& entry);

  const std::string path_;
  const std::string node_;
  ServerLog& log_;
  mutable Mutex mutex_;
  std::uint64_t next_ HW_GUARDED_BY(mutex_) = 1;
  std::optional<Error> trouble_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster

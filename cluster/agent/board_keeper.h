/// cluster/agent/board_keeper.h -- this agent's copy of the board: in memory, and in `board.json`.
///
/// Orders are durable before anybody sees them: an agent that dies and comes back obeys what it has told others. The
/// rest is written now and then, for the first seconds of the next agent. Source: operations, sections 3, 5 and 6.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/board/board_parts.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any.
class BoardKeeper {
 public:
  BoardKeeper(std::string path, std::string node) : path_(std::move(path)), node_(std::move(node)) {}

  /// Takes what the agent before has left, and begins this one's report. `start_number` rises from start to start.
  /// Errors: HWBOARDBAD, SYSCALL: the board is empty then, which the others fill.
  Status load(std::uint64_t start_number);

  const std::string& node() const { return node_; }
  /// The newest snapshot, as of now.
  Board board() const;
  BoardParts parts() const;
  Orders orders() const;
  /// What this agent tells the others.
  BoardParts own() const;

  /// Another agent's parts. Orders that are newer hold from now on, and are durable after the next save().
  BoardChange merge(const BoardParts& other);
  /// This node's report; its stamp rises when it has changed.
  void change_report(const std::function<void(NodeReport&)>& edit);
  /// A group's record as it was read from the store; an older one than the copy here changes nothing.
  void note_record(const RecordCopy& record);
  void hear(std::string_view node);
  /// Returns whether it was heard until now.
  bool note_silence(std::string_view node);

  /// Changes the orders. `edit` sees all parts, and changes orders, reports and records; it returns whether it did.
  /// Durable on return. Errors: HWMASTERDIFF: newer orders of another coordinator came meanwhile, or this node is not
  /// the coordinator, and nothing has changed; SYSCALL, HWBOARDBAD: could not be written, the same.
  Status change(const std::function<bool(BoardParts&)>& edit);
  /// The same, to become coordinator: nobody else's orders are in the way.
  Status take_over(const std::function<bool(BoardParts&)>& edit);

  /// Writes the file if anything has changed since. Errors: SYSCALL, HWBOARDBAD.
  Status save();
  /// Why the last save() failed; none when it did not.
  std::optional<Error> trouble() const;

 private:
  Status change_parts(const std::function<bool(BoardParts&)>& edit, bool as_coordinator);

  const std::string path_;
  const std::string node_;
  mutable Mutex mutex_;
  BoardParts parts_ HW_GUARDED_BY(mutex_);
  bool unsaved_ HW_GUARDED_BY(mutex_) = false;
  std::optional<Error> trouble_ HW_GUARDED_BY(mutex_);
  Mutex writing_;  ///< of the file; taken before mutex_
};

}  // namespace hw::cluster

/// engine/recovery/live_rollback.h -- rollback of an instance that is up, under the feet of its processes.
///
/// No other process commits, syncs or writes checkpoint images from begin() on until the object goes: it holds the
/// three locks. What others then find:
///   - a transaction that is open and has read what was undone runs again (TPRESTART); a single update goes on from the
///     new state; readers that want several regions at one moment wait until it is done
///   - source servers end their connections, the receiver server and the update process throw away what they have
///     received: each compares PoolHeader::rollbacks (journal/pool.h) with what it has seen
///   - journal files are mapped again (PoolRegion::cuts)
///
/// If the process dies in the middle, the pool is damaged: every commit is refused, and when all processes are gone and
/// the pool is run down, recovery takes the regions to the state before or after (engine/recovery/rollback.h), and the
/// rollback is done again. Source: docs/conformance.md 7.*; GT.M's -rollback -online.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/commit/domain.h"
#include "engine/recovery/rollback.h"

namespace hw {

/// Thread: one at a time.
class LiveRollback {
 public:
  /// On return everything committed is on disk, LMDB has all that the journals have (engine/commit/write_behind.h), and
  /// regions() are as they will stay until roll_back. Errors: those of CommitLock::take and Domain::make_durable;
  /// HWFROZEN; HWDBBUSY when a region of the instance is not in this process's global directory; DBFILERR. Blocks:
  /// until commits and a checkpoint under way are done.
  static Result<std::unique_ptr<LiveRollback>> begin(Domain& domain);
  ~LiveRollback();
  LiveRollback(const LiveRollback&) = delete;
  LiveRollback& operator=(const LiveRollback&) = delete;

  Seqno next_seqno() const { return Seqno{domain_.header().next_seqno.load()}; }
  /// Those that replicate; their headers say where their journals end.
  std::span<OpenRegion* const> regions() const { return regions_; }

  /// As roll_back_regions. After an error commits are refused, unless it is one of can_undo_to, which changes nothing.
  Status roll_back(Seqno to, const UndoProgress& progress);
  /// Lets the others go on. Call it once, after roll_back has succeeded (checked) and all else that belongs to the
  /// rollback, as the history, is done.
  void finish();

 private:
  explicit LiveRollback(Domain& domain) : domain_(domain) {}

  Domain& domain_;
  std::vector<OpenRegion*> regions_;
  std::optional<CommitLock> commit_;
  bool checkpoint_locked_ = false;
  bool sync_locked_ = false;
  bool undone_ = false;
};

}  // namespace hw

/// engine/commit/domain.h -- the commit domain: the journal pool and the regions that commit through it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/region/open_region.h"
#include "journal/pool.h"

namespace hw {

class Domain;
class Pins;

/// The commit lock held, with what the last holder left behind already finished or erased.
///
/// A thread may take it again while it has it, outside of a commit: a session whose transaction runs under the lock
/// does not keep the same thread's other sessions from their turn. It is released with the outermost.
class CommitLock {
 public:
  /// What happens to sets that LMDB does not have yet (engine/commit/write_behind.h).
  enum class Behind { BringUp, Stays };
  /// Errors: FORCEDHALT when this process is asked to end while it waits (engine/base/lock_wait.h, which also says what
  /// is done about a holder that is stopped); HWPOOLDAMAGED when an earlier commit could be neither finished nor
  /// erased; those of bring_all_up.
  static Result<CommitLock> take(Domain& domain, Behind behind = Behind::BringUp);
  /// Taken inside another CommitLock of this thread: the lock stays when this one goes.
  bool is_nested() const { return mutex_ == nullptr; }
  CommitLock(CommitLock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  CommitLock& operator=(CommitLock&&) = delete;
  ~CommitLock() {
    if (mutex_ != nullptr) mutex_->unlock();
  }

 private:
  explicit CommitLock(RobustMutex* mutex) : mutex_(mutex) {}
  RobustMutex* mutex_;  ///< null: not to be released here
};

/// What messages call the locks of a pool: its instance file, or the first database of one without.
std::string lock_name(const PoolHeader& pool);

/// Thread: shared by all threads of the process.
class Domain {
 public:
  Domain(JournalPool pool, const std::vector<OpenRegion*>& regions);
  ~Domain();

  JournalPool& pool() { return pool_; }
  PoolHeader& header() { return pool_.header(); }
  std::span<OpenRegion* const> regions() const {
    return {regions_.data(), region_count_.load(std::memory_order_acquire)};
  }
  /// The open region at a place of the pool's table, or null when this process does not have it.
  OpenRegion* region_at(std::uint32_t pool_index) const;
  PoolRegion& facts(const OpenRegion& region) { return header().regions[region.pool_index]; }
  /// Other threads may be looking at the regions. One thread at a time adds.
  void add(OpenRegion& region);
  /// Nobody looks for it here any more. The background threads (engine/session/background.h) have been stopped.
  void remove(const OpenRegion& region);

  /// Returns when the commit with this number, and all before it, are on disk. Group commit: one process syncs for all
  /// that wait (engine/commit/group_commit.cc). Implemented by fdatasync of every journal file of the
  /// domain. Errors: JNLFILOPN.
  Status wait_durable(std::uint64_t number);
  /// Keeps the journal file that this process commits to, for syncs: it may be renamed while it is in use. The commit
  /// lock is held, the region's journal attached. Best effort: otherwise a sync opens it by its name. Blocks: for a
  /// sync of this process that is under way.
  void keep_journal(const OpenRegion& region);
  /// Returns when all that the journals hold now is on disk. wait_durable does not say so of a place in a journal:
  /// after the last commit stand notes of processes that began or ended, and those take no number. Errors: JNLFILOPN;
  /// FORCEDHALT.
  Status sync_all();

  /// Whether a sync waits for others that could be served by it.
  enum class Gather { No, Yes };
  /// As wait_durable, for who has not just committed.
  Status make_durable(std::uint64_t number, Gather gather);

  /// Keeps the pages of readers that cannot keep them themselves (engine/commit/pin.h). The background thread does so,
  /// too.
  Status keep_pages();
  /// Gives them back: the regions are about to be closed.
  void give_pages_back();

 private:
  /// Sync lock held, these three.
  void gather_group();
  Status sync_for_all();
  Status sync_journals();

  JournalPool pool_;
  std::array<OpenRegion*, kRegionsMax> regions_{};
  std::atomic<std::size_t> region_count_{0};
  struct SyncHandle {
    std::uint64_t generation = 0;
    std::uint32_t cuts = 0;
    File file;
  };
  std::mutex sync_mutex_;  ///< guards sync_handles_
  std::vector<SyncHandle> sync_handles_ = std::vector<SyncHandle>(kRegionsMax);
  std::mutex pins_mutex_;  ///< guards pins_
  std::unique_ptr<Pins> pins_;
};

}  // namespace hw

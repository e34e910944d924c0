/// engine/commit/domain.h -- the commit domain: the journal pool and the regions that commit through it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/region/open_region.h"
#include "journal/pool.h"

namespace hw {

class Domain;
class Pins;

/// What a commit is known by.
struct CommitReceipt {
  Seqno seqno;           ///< the last one of the instance when the commit was done
  std::uint64_t number;  ///< of the commit within the domain, for Domain::wait_durable
  bool took_seqno;       ///< an update of the instance, made here or received
};

/// The commit lock held, with what the last holder left unfinished already finished or erased.
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
  /// The same until then at most. Errors: also HWINUSE when another process still has it.
  static Result<CommitLock> take_until(std::chrono::steady_clock::time_point until, Domain& domain,
                                       Behind behind = Behind::BringUp);
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
  /// Nothing looks for it here any more. The background threads (engine/session/background.h) have been stopped.
  void remove(const OpenRegion& region);

  /// Whether the commit may be reported as done: it was published before the deadline of the instance's reign. Whoever
  /// tells a program that its update is made asks this first. Costs a load where no deadline counts
  /// (journal/pool_fence.h). Errors: HWLATE; the update is made all the same, and from here on none begins.
  Status acknowledge(const CommitReceipt& receipt) {
    if (header().fence.deadline_counts.load(std::memory_order_acquire) == 0) return {};
    return acknowledge_in_time(receipt);
  }

  /// Returns when the commit with this number, and all before it, are on disk. Group commit: one process syncs for all
  /// that wait (engine/commit/group_commit.cc). Implemented by fdatasync of every journal file of the
  /// domain. Errors: JNLFILOPN; HWJNLREPLACED. Blocks: also when the process is asked to end, since whoever has
  /// committed must know.
  Status wait_durable(std::uint64_t number);
  /// Keeps the journal file that this process commits to, for syncs: it may be renamed while it is in use. The commit
  /// lock is held, the region's journal attached. Best effort: otherwise a sync opens it by its name. Blocks: for a
  /// sync of this process that is under way.
  void keep_journal(const OpenRegion& region);
  enum class Watched {
    All,   ///< of the domain: this process has them open from here on
    Held,  ///< those that this process has open
  };
  /// Looks where the names of journals lead. One whose name was given to another file, or that was removed, gets it
  /// back as a copy of itself (journal/put_back.h), and the operator log says so; where that cannot be, no update of
  /// the region is accepted until it has its name. Costs a stat(2) a region when all is well. Errors: HWJNLREPLACED for
  /// one that has not got its name; those of CommitLock::take. Blocks: for both locks, and while a journal is copied.
  Status watch_journals(Watched which);

  /// Returns when all that the journals hold now is on disk. wait_durable does not say so of a place in a journal:
  /// what follows the last commit are notes of processes that began or ended, and those take no number. Errors:
  /// JNLFILOPN; HWJNLREPLACED; FORCEDHALT.
  Status sync_all();

  /// As wait_durable, for who has not just committed. Errors: also FORCEDHALT when this process is asked to end while
  /// it waits for who syncs.
  Status make_durable(std::uint64_t number);

  /// Keeps the pages of readers that cannot keep them themselves (engine/commit/pin.h). The background thread does so,
  /// too. Errors: those of CommitLock::take; DBFILERR, SYSCALL. Blocks: takes the commit lock when such a reader has
  /// come.
  Status keep_pages();
  /// Gives them back: the regions are about to be closed.
  void give_pages_back();

 private:
  enum class Waiter {
    Committer,  ///< for its own commit: a sync waits a little for others that it could serve, and the wait has no end
    Other,
  };
  Status acknowledge_in_time(const CommitReceipt& receipt);
  Status wait_for_sync(std::uint64_t number, Waiter who);
  JournalPool pool_;
  std::array<OpenRegion*, kRegionsMax> regions_{};
  std::atomic<std::size_t> region_count_{0};
  struct SyncHandle {
    std::uint64_t generation = 0;
    std::uint32_t cuts = 0;
    File file;  ///< not open: it could not be opened to be watched, and that is not tried again
    bool is_for(const PoolRegion& region) const {
      return generation == region.generation.load() && cuts == region.cuts.load();
    }
    bool is_of(const PoolRegion& region) const { return file.is_open() && is_for(region); }
  };
  enum class Files {
    MayChange,  ///< another process may be switching a journal
    AtRest,     ///< the commit lock is held, too
  };
  /// Sync lock held, these four. False: a journal is not under its name at this instant, and may be being switched;
  /// nothing counts as synced. At rest that is an error.
  void gather_group();
  Result<bool> sync_for_all(Files files);
  Result<bool> sync_journals(Files files);
  Result<bool> sync_journal(PoolRegion& region, SyncHandle& handle, Files files) HW_REQUIRES(sync_mutex_);
  /// Its file is opened by its name where this process has not kept it. False: it was switched meanwhile.
  Result<bool> take_handle(const PoolRegion& region, std::uint64_t generation, SyncHandle& handle)
      HW_REQUIRES(sync_mutex_);
  /// Whether one of these journals may have lost its name, or is to be opened to be watched.
  bool needs_look(Watched which);
  Status watch_journal(PoolRegion& region, SyncHandle& handle) HW_REQUIRES(sync_mutex_);
  /// Of a journal that this process has open as `handle`: it has its name again, or its region accepts no update.
  /// Commit lock and sync lock held. Errors: HWJNLREPLACED.
  Status settle_name(PoolRegion& region, SyncHandle& handle) HW_REQUIRES(sync_mutex_);
  /// Syncs once nobody switches a journal; what a dead process had begun is finished first. Errors: those of
  /// CommitLock::take; JNLFILOPN. Blocks: for the commit lock.
  Status sync_at_rest(Waiter who);

  Mutex sync_mutex_;
  std::vector<SyncHandle> sync_handles_ HW_GUARDED_BY(sync_mutex_) = std::vector<SyncHandle>(kRegionsMax);
  Mutex pins_mutex_;
  std::unique_ptr<Pins> pins_ HW_PT_GUARDED_BY(pins_mutex_);
};

}  // namespace hw

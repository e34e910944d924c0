/// engine/commit/commit_batch.h -- one commit: all that changes a database at once, under the commit lock.
///
/// Order of events, and what a process that dies leaves to the next holder of the lock (engine/commit/in_flight.h):
///
///   1. in-flight entry: Writing. Updates go into open LMDB transactions, which read the old values;
///      records go past the journals' ends, frames past the ring's end.        -> erased
///      In a commit of several regions, the updates of one without a journal go to a file
///      (engine/commit/redo_file.h).
///   2. in-flight entry: Committing. All records are in the journals.              -> finished from the journals and
///                                                                                    those files
///   3. LMDB commits, region after region.                                         -> the same
///   4. the new ends and the next seqno are published; Idle; unlock.
///   5. a durable commit waits until some process has synced the journals past it.
///
/// A deferred set leaves step 3 to a later commit, which brings many of them to LMDB at once
/// (engine/commit/write_behind.h), or writes its value in place then (engine/commit/in_place.h).
///
/// What is committed is said by an *attempt*, a function that calls begin, add_update and end, for one transaction or
/// several. It may run more than once: when a region is full it is made larger, and everything is done again.
///
/// Thread: one object per thread, reused, so that a commit allocates nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/interrupt.h"
#include "engine/commit/domain.h"
#include "engine/storage/lmdb.h"
#include "journal/record.h"
#include "journal/transaction_frame.h"

namespace hw {

/// Where the transactions of a commit were made: updates of the primary need not be enabled here.
enum class Origin { Here, Primary };

/// A set that is journaled now and reaches LMDB later.
struct DeferredSet {
  std::string_view key;
  std::string_view value;
  std::optional<std::string_view> old;  ///< what it replaces
  RegionTn last_tn;                     ///< LMDB's last commit
  /// Shows `old` in the file, where `value`, as long, is written over it. Null: LMDB gets the set with others.
  ReadTransaction* overwritten = nullptr;
};

class CommitBatch {
 public:
  explicit CommitBatch(Domain& domain);
  ~CommitBatch();
  CommitBatch(const CommitBatch&) = delete;
  CommitBatch& operator=(const CommitBatch&) = delete;

  Domain& domain() { return domain_; }

  /// Takes the commit lock, which the thread may have already, and commits what the attempt says. Waits while a region
  /// that it changes is frozen, unless the lock was held before or the origin is the primary. It is made when this
  /// returns, and not acknowledged: see Domain::acknowledge.
  /// Errors: the attempt's; GBLOFLOW, JNLFILOPN, HWPOOLDAMAGED; HWFROZEN where it does not wait. Nothing is changed
  /// then.
  template <typename Attempt>
  Result<CommitReceipt> run(Origin origin, const Attempt& attempt) {
    for (;;) {
      // Also where the thread has it: what another of its sessions has deferred meanwhile is brought up.
      HW_TRY(std::optional<CommitLock> lock, CommitLock::take(domain_));
      auto receipt = run_locked(origin, attempt);
      const bool nested = lock->is_nested();
      lock.reset();
      if (receipt.has_value()) announce();
      if (receipt.has_value() || receipt.error().id != MsgId::HWFROZEN || nested || origin == Origin::Primary)
        return receipt;
      wait_while_frozen();
      if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    }
  }
  /// The same where the caller has the lock, and nothing is deferred that the attempt does not know of. The caller
  /// calls `announce` once it has released the lock.
  template <typename Attempt>
  Result<CommitReceipt> run_locked(Origin origin, const Attempt& attempt) {
    for (;;) {
      HW_TRY_VOID(open(origin));
      HW_TRY(const bool done, close(attempt()));
      if (done) return receipt();
    }
  }
  /// Wakes who waits for commits.
  void announce();

  /// Errors: HWFROZEN. Commit lock held.
  Status refuse_frozen(OpenRegion& region);
  /// Returns when the region that HWFROZEN was about is frozen no more, or after `at_most`. No lock is held.
  void wait_while_frozen(std::chrono::milliseconds at_most = std::chrono::seconds(1));

  // The rest is for attempts.

  /// A transaction made here begins, and ends. It takes a seqno when a replicated region has a part in it.
  void begin(bool fenced, std::string_view transaction_id);
  Status end();
  /// One of the primary's. Errors: REPLINSTDBMATCH when it is not the next one.
  Status begin(const FrameView& frame);
  Status end(const FrameView& frame);

  /// The region takes part: what LMDB has of it, the batch's own updates included. Errors: SCNDDBNOUPD, HWFROZEN;
  /// GBLOFLOW when it must be made larger first.
  Result<TransactionBase*> join(OpenRegion& region);
  /// Errors: those of join; TRANS2BIG.
  Status add_update(OpenRegion& region, const UpdateView& update);
  /// The set is all that the batch has. The views stay valid until it is done.
  Status add_deferred(OpenRegion& region, const DeferredSet& set);
  /// A transaction without updates keeps its place in a journal, so that a relay can send it on.
  Status add_place();

  /// Sets in a row that replaced a value as long as their own.
  unsigned same_length_sets(const OpenRegion& region) const;

 private:
  struct Part;

  /// Errors: HWPOOLDAMAGED when the pool is not as every holder of the lock leaves it.
  Status open(Origin origin);
  /// True: it is done. False: a region was made larger, to try again. What failed has changed nothing.
  Result<bool> close(Status attempted);
  CommitReceipt receipt() const;

  Part& part_of(const OpenRegion& region);
  Result<Part*> take_part(OpenRegion& region, const DeferredSet* deferred);
  Status switch_full_journal(Part& part);
  /// GBLOFLOW, with short_of_room_ set, when the region must grow while others take part.
  Status begin_write(Part& part) HW_NO_THREAD_SAFETY_ANALYSIS;  ///< holds the region's map_lock until leave
  void leave(Part& part) HW_NO_THREAD_SAFETY_ANALYSIS;
  void start(Seqno seqno, std::uint64_t time_us, bool fenced, std::string_view transaction_id);
  void touch(Part& part);
  Status put_update(Part& part, const UpdateView& update, std::uint32_t number);
  Status remove_subtree(Part& part, const UpdateView& update, std::uint32_t number);
  Status count_in_frame(const Part& part, const UpdateView& update);
  Status finish_records();
  Status put_record(Part& part, std::string_view record);
  /// Writes this process's ProcessBegin record.
  Status note_process(Part& part);
  Status flush_removed(Part& part);
  Status decide_and_apply();
  /// LMDB refused the commit of joined_[failed], and others are committed already: the rest must follow.
  Status complete(std::size_t failed);
  /// Keeps the updates that no journal has where whoever finishes the commit finds them.
  Status keep_unjournaled();
  void overwrite_value(Part& part);
  void publish();
  void abandon();

  Domain& domain_;
  const std::uint32_t pid_;                   ///< asked once: the system call costs a tenth of a commit
  std::vector<std::unique_ptr<Part>> parts_;  ///< by place in the pool's table; every region met so far
  std::vector<Part*> joined_;                 ///< regions of the commit under way
  std::vector<Part*> touched_;                ///< regions of the transaction under way
  std::vector<std::string_view> frames_;      ///< of the commit under way, for the ring
  FrameBuilder frame_;
  OpenRegion* frozen_ = nullptr;         ///< that HWFROZEN was about
  OpenRegion* short_of_room_ = nullptr;  ///< is to grow before the next attempt
  Origin origin_ = Origin::Here;
  Seqno first_seqno_;  ///< that this commit may take
  Seqno next_seqno_;   ///< of the instance when this commit is done
  std::uint64_t time_us_ = 0;

  // Of the transaction under way.
  Seqno seqno_;
  bool fenced_ = false;
  std::string_view transaction_id_;
  std::uint32_t update_number_ = 0;
  bool builds_frame_ = false;  ///< made here, in an instance that has a ring
  bool takes_seqno_ = false;
};

}  // namespace hw

/// engine/commit/commit.h -- what a session commits: a set on its own, or a transaction.
///
/// Every change of a database goes through a CommitBatch (engine/commit/commit_batch.h, where the order of events is);
/// what the primary sends through a FrameApplier (engine/commit/frame_applier.h).
///
/// Thread: one object per thread, reused, so that a commit allocates nothing.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string_view>

#include "engine/commit/commit_batch.h"
#include "engine/commit/single_set.h"

namespace hw {

/// One update and the region it belongs to.
struct PendingUpdate {
  OpenRegion* region;
  UpdateView update;
};

/// One transaction to commit. Views must stay valid until `commit` returns.
struct CommitRequest {
  std::span<const PendingUpdate> updates;
  bool fenced = false;
  std::string_view transaction_id;
  /// Called under the lock, with a way to read the regions as they are now; returns false when the
  /// transaction read something that has changed since. Empty: nothing to check.
  std::function<Result<bool>(const std::function<Result<TransactionBase*>(OpenRegion&)>&)> validate;
};

/// The thread may have the commit lock already. What is committed is not acknowledged: see Domain::acknowledge. Errors
/// of all functions: SCNDDBNOUPD, GBLOFLOW, JNLFILOPN,
/// HWPOOLDAMAGED; HWFROZEN when the lock is held. Nothing is changed then. Blocks: while a region that is changed is
/// frozen (engine/admin/freeze.h), unless the lock is held.
class Committer {
 public:
  explicit Committer(Domain& domain) : batch_(domain), single_(batch_) {}

  Result<CommitReceipt> set(OpenRegion& region, std::string_view key, std::string_view value) {
    return single_.commit(region, key, value);
  }
  /// SingleSet::commit_computed.
  Result<CommitReceipt> set_computed(OpenRegion& region, std::string_view key,
                                     const std::function<Result<std::string>(std::optional<std::string_view>)>& compute,
                                     std::string& value) {
    return single_.commit_computed(region, key, compute, value);
  }
  /// Errors: also TPRESTART, TRANS2BIG.
  Result<CommitReceipt> commit(const CommitRequest& request);

  /// Returns when the region that HWFROZEN was about is frozen no more, or after a second. No lock is held.
  void wait_while_frozen() { batch_.wait_while_frozen(); }

 private:
  CommitBatch batch_;
  SingleSet single_;
};

}  // namespace hw

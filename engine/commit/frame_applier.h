/// engine/commit/frame_applier.h -- transactions received from the primary are committed here, with its seqnos and
/// times.
///
/// Thread: one.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engine/commit/commit_batch.h"
#include "engine/commit/single_set.h"

namespace hw {

class FrameApplier {
 public:
  /// Finds, or opens, the region that a key belongs to.
  using RegionOf = std::function<Result<OpenRegion*>(std::string_view key)>;

  explicit FrameApplier(Domain& domain) : batch_(domain), single_(batch_) {}

  /// The single sets it can in place, the others together in one LMDB commit a region. The frames must be checked
  /// (FrameView::parse) and continue at the instance's next seqno, one after the other. Some of the first may have been
  /// applied when it fails.
  /// Errors: those of CommitBatch::run; HWFROZEN, for the caller has more to do than to wait; REPLINSTDBMATCH when the
  /// first frame is not the next one; those of `region_of`.
  Status apply(std::span<const FrameView> frames, const RegionOf& region_of);

  /// Returns when the region that HWFROZEN was about is frozen no more, or after `at_most`. No lock is held.
  void wait_while_frozen(std::chrono::milliseconds at_most) { batch_.wait_while_frozen(at_most); }

 private:
  Result<std::size_t> apply_in_place(const FrameView& frame, const RegionOf& region_of);
  Status apply_together(std::span<const FrameView> frames, const RegionOf& region_of);

  CommitBatch batch_;
  SingleSet single_;
};

}  // namespace hw

#include "engine/commit/frame_applier.h"

#include <algorithm>
#include <limits>

namespace hw {

Status FrameApplier::apply(std::span<const FrameView> frames, const RegionOf& region_of) {
  while (!frames.empty()) {
    HW_TRY(const std::size_t to_lmdb, apply_in_place(frames.front(), region_of));
    const std::size_t done = std::clamp<std::size_t>(to_lmdb, 1, frames.size());
    if (to_lmdb != 0) HW_TRY_VOID(apply_together(frames.first(done), region_of));
    frames = frames.subspan(done);
  }
  return {};
}

/// 0: it has been applied. Else how many frames, this one first, are better applied together.
Result<std::size_t> FrameApplier::apply_in_place(const FrameView& frame, const RegionOf& region_of) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (frame.update_count() != 1 || frame.fenced() || !frame.transaction_id().empty()) return kAll;
  UpdateView update{};
  frame.for_each([&](const UpdateView& only) {
    update = only;
    return true;
  });
  if (update.type != UpdateType::Set) return kAll;
  HW_TRY(OpenRegion* const region, region_of(update.key));
  return single_.overwrite(*region, frame, update);
}

Status FrameApplier::apply_together(std::span<const FrameView> frames, const RegionOf& region_of) {
  HW_TRY_VOID(batch_.run(Origin::Primary, [&]() -> Status {
    for (const FrameView& frame : frames) {
      HW_TRY_VOID(batch_.begin(frame));
      Status status;
      frame.for_each([&](const UpdateView& update) {
        auto region = region_of(update.key);
        status = region.has_value() ? batch_.add_update(**region, update) : Status(std::move(region).error());
        return status.has_value();
      });
      HW_TRY_VOID(std::move(status));
      if (frame.update_count() == 0) HW_TRY_VOID(batch_.add_place());
      HW_TRY_VOID(batch_.end(frame));
    }
    return {};
  }));
  return {};
}

}  // namespace hw

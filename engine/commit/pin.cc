#include "engine/commit/pin.h"

#include <chrono>
#include <thread>

#include "engine/base/interrupt.h"

namespace hw {

Status enter_unregistered_reader(const ControlFile& control) {
  constexpr auto kPatience = std::chrono::seconds(10);
  constexpr auto kLookAgain = std::chrono::milliseconds(20);  // It may not enter itself among those who wait.
  HW_TRY_VOID(control.enter_unregistered());
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    HW_TRY(const ControlState state, control.read());
    // Whoever opens a closed one for writing looks for such readers first.
    if (state.clean || control.live().pinned.load(std::memory_order_acquire) != 0) return {};
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kLookAgain);
  }
  return make_error<MsgId::HWDBBUSY>(control.database())
      .note(lock_path(control.database()) +
            " may not be written, and no process that updates keeps the pages that this one would read");
}

Status Pins::see_to(Domain& domain) {
  for (OpenRegion* region : domain.regions()) {
    ControlLive& live = region->control.live();
    HW_TRY(const bool wanted, region->control.has_unregistered_readers());
    auto& pin = pins_[region];
    if (!wanted) {
      pin.reset();
      live.pinned.store(0, std::memory_order_release);
      continue;
    }
    if (pin != nullptr) continue;
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    live.read_only.store(1);  // From now on no set stays pending, and none is made in place.
    // The place in LMDB's table is what counts: nothing is read through it.
    auto taken = std::make_unique<RegionReader>();
    HW_TRY_VOID(taken->take_stored(*region));
    pin = std::move(taken);
    live.pinned.store(1, std::memory_order_release);
  }
  return {};
}

}  // namespace hw

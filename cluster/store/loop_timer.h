/// cluster/store/loop_timer.h -- one time to be called at, in the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "cluster/link/link_loop.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class LoopTimer final : public LoopUser {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LoopTimer(std::shared_ptr<LinkLoop> loop);
  /// `then` is not called any more.
  ~LoopTimer() override;
  void loop_ends() override;

  /// Calls once, from the loop; what was to be called before is not. After the loop's end: never.
  void at(Clock::time_point due, std::function<void()> then);
  void after(Clock::duration time, std::function<void()> then) { at(Clock::now() + time, std::move(then)); }
  void cancel();

 private:
  struct Wait;
  std::shared_ptr<Wait> wait_;
};

}  // namespace hw::cluster::store

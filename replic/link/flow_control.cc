#include "replic/link/flow_control.h"

#include <algorithm>

#include "engine/base/check.h"

namespace hw {
namespace {
constexpr std::uint64_t kMiB = 1048576;
}

FlowControl::FlowControl(std::uint64_t pool_bytes) : high_(pool_bytes / 10 * 9), low_(pool_bytes / 10 * 8) {
  HW_CHECK(pool_bytes > 0);
  if (high_ > kMiB) low_ = std::max(low_, high_ - kMiB);
}

std::optional<FlowControl::Order> FlowControl::observe(std::uint64_t used_bytes) {
  if (!stopped_ && used_bytes >= high_) {
    stopped_ = true;
    return Order::Stop;
  }
  if (stopped_ && used_bytes < low_) {
    stopped_ = false;
    return Order::Go;
  }
  return std::nullopt;
}

}  // namespace hw

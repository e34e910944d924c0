#include "replic/link/connect_tries.h"

#include <fmt/format.h>

#include <algorithm>

namespace hw {
namespace {

constexpr std::uint64_t kFruitlessFirst_ms = 100;
constexpr std::uint32_t kDoublingsMax = 16;

}  // namespace

void ConnectTries::begin_anew() {
  hard_failures_ = soft_failures_ = 0;
  soft_since_ms_ = alerts_ = 0;
}

ConnectTries::Failure ConnectTries::failed(std::uint64_t now_ms, std::string_view reason) {
  Failure failure;
  if (hard_failures_ < params_.hard_tries_count) {
    ++hard_failures_;
    failure.lines.push_back(fmt::format("{} hard connection attempt failed : {}", hard_failures_, reason));
    failure.wait_ms = params_.hard_tries_period_ms;
    if (hard_failures_ < params_.hard_tries_count) return failure;
  }
  if (soft_failures_ == 0 && soft_since_ms_ == 0) {
    failure.lines.push_back(fmt::format("Soft tries period = {} seconds, REPLALERT message period = {} seconds",
                                        params_.soft_tries_period_s, params_.alert_period_s));
    soft_since_ms_ = std::max<std::uint64_t>(now_ms, 1);
    failure.wait_ms = 0;
    return failure;
  }
  ++soft_failures_;
  const std::uint64_t silent_ms = now_ms - soft_since_ms_;
  if (params_.alert_period_ms() != 0 && silent_ms >= (alerts_ + 1) * params_.alert_period_ms()) {
    alerts_ = silent_ms / params_.alert_period_ms();
    failure.alert_s = silent_ms / 1000;
  } else {
    failure.lines.push_back(fmt::format("{} soft connection attempt failed : {}", soft_failures_, reason));
  }
  failure.wait_ms = spread(params_.soft_tries_period_ms());
  return failure;
}

std::uint64_t ConnectTries::wait_after_fruitless() {
  const std::uint64_t doubled = kFruitlessFirst_ms << std::min(fruitless_, kDoublingsMax);
  ++fruitless_;
  return spread(std::min(doubled, std::max(kFruitlessFirst_ms, params_.soft_tries_period_ms())));
}

/// Within an eighth of it.
std::uint64_t ConnectTries::spread(std::uint64_t delay_ms) {
  if (!spread_ || delay_ms < 8) return delay_ms;
  return std::uniform_int_distribution<std::uint64_t>(delay_ms - delay_ms / 8, delay_ms + delay_ms / 8)(random_);
}

}  // namespace hw

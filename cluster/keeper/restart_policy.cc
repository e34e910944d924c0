#include "cluster/keeper/restart_policy.h"

#include <algorithm>

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;

constexpr auto kWindow = 10min;
constexpr std::chrono::milliseconds kPauseMin = 100ms;
constexpr std::chrono::milliseconds kPauseMax = 5s;

/// After the nth failure of those that count.
std::chrono::milliseconds pause_after(std::size_t failures) {
  if (failures <= 1) return 0ms;
  constexpr std::size_t kDoublingsMax = 6;  // 6.4 s, more than the longest pause.
  return std::min(kPauseMax, kPauseMin * (1 << std::min(failures - 2, kDoublingsMax)));
}

}  // namespace

std::optional<RestartPolicy::Time> RestartPolicy::failed(Time now) {
  while (!failures_.empty() && now - failures_.front() >= kWindow) failures_.pop_front();
  failures_.push_back(now);
  if (failures_.size() >= failures_max_) return std::nullopt;
  return now + pause_after(failures_.size());
}

}  // namespace hw::cluster

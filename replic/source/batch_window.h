/// replic/source/batch_window.h -- how long the next message is held back, so that commits travel together. No clock.
///
/// A message costs the two sites some 50 us of processor time, a commit 1 to 10 us. So where commits are rare each is
/// sent at once, and the more there are in a millisecond the longer the next message waits for others: not at all up to
/// 3, 1 ms from 13 on. Messages then take no more than about a sixth of a processor, whatever the rate.
///
/// Thread: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hw {

class BatchWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::microseconds kLongest{1000};
  /// A message as long as this comes of a backlog, which is not held back.
  static constexpr std::size_t kBacklogBytes = std::size_t{256} * 1024;

  /// A message with so many transactions was sent.
  void sent(std::uint64_t transactions, std::size_t bytes, Time now) {
    const double passed_ms = std::chrono::duration<double, std::milli>(now - last_).count();
    const double rate = static_cast<double>(transactions) / std::max(passed_ms, 0.001);
    // What was before a pause says nothing of what comes after it.
    per_ms_ = passed_ms > kForgetMs ? rate : (3 * per_ms_ + rate) / 4;
    last_ = now;
    is_backlog_ = bytes >= kBacklogBytes;
  }

  /// The next message is sent no earlier.
  Time opens() const {
    if (is_backlog_) return last_;
    const auto held = std::chrono::microseconds(static_cast<std::int64_t>(std::max(per_ms_ - kFreePerMs, 0.0) * 100));
    return last_ + std::min(held, kLongest);
  }

 private:
  static constexpr double kForgetMs = 10;
  static constexpr double kFreePerMs = 3;

  Time last_{};
  double per_ms_ = 0;  ///< transactions, lately
  bool is_backlog_ = false;
};

}  // namespace hw

/// engine/base/denial_log.h -- how often the operator is told of peers that were turned away. Pure.
///
/// A caller that repeats a refused request must not fill the operator log: one line a minute for each, which counts
/// what was kept back since the last; of all together at most kDenialLinesMax a minute, so that many addresses cannot
/// do it either. Times are a steady clock's milliseconds.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace hw {

/// Thread: one at a time.
class DenialLog {
 public:
  /// `who` was turned away. Whether a line is to be written, and how many times before it none was written: of `who`,
  /// and of those of whom nothing is remembered any more.
  std::optional<std::uint64_t> denied(const std::string& who, std::uint64_t now_ms);

 private:
  struct Told {
    std::uint64_t at_ms = 0;
    bool ever = false;
    std::uint64_t kept_back = 0;
  };
  void forget(std::uint64_t now_ms);

  std::map<std::string, Told> told_;
  std::deque<std::uint64_t> lines_ms_;  ///< when the last ones were written
  std::uint64_t forgotten_ = 0;         ///< kept back, of those that are no longer in told_
};

}  // namespace hw

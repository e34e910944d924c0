#include "engine/base/denial_log.h"

#include <utility>

#include "engine/base/limits.h"

namespace hw {
namespace {

constexpr std::uint64_t kPeriodMs = 60000;
constexpr std::size_t kRememberedMax = 4096;

}  // namespace

std::optional<std::uint64_t> DenialLog::denied(const std::string& who, std::uint64_t now_ms) {
  if (told_.size() >= kRememberedMax && !told_.contains(who)) forget(now_ms);
  Told& of = told_[who];
  while (!lines_ms_.empty() && now_ms - lines_ms_.front() >= kPeriodMs) lines_ms_.pop_front();
  const bool told_lately = of.ever && now_ms - of.at_ms < kPeriodMs;
  if (told_lately || lines_ms_.size() >= kDenialLinesMax) {
    ++of.kept_back;
    return std::nullopt;
  }
  of.ever = true;
  of.at_ms = now_ms;
  lines_ms_.push_back(now_ms);
  return std::exchange(of.kept_back, 0) + std::exchange(forgotten_, 0);
}

void DenialLog::forget(std::uint64_t now_ms) {
  std::erase_if(told_, [&](const auto& each) {
    if (each.second.ever && now_ms - each.second.at_ms < kPeriodMs) return false;
    forgotten_ += each.second.kept_back;
    return true;
  });
  if (told_.size() < kRememberedMax) return;
  for (const auto& [who, of] : told_) forgotten_ += of.kept_back;
  told_.clear();
}

}  // namespace hw

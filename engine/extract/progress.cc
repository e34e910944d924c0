#include "engine/extract/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace hw {
namespace {

constexpr auto kQuiet = std::chrono::seconds(1);
constexpr auto kPeriod = std::chrono::milliseconds(250);
constexpr std::size_t kBarCells = 30;

}  // namespace

Progress::Progress(std::ostream* out, std::string_view what, std::uint64_t total, Clock clock, std::string_view unit)
    : out_(out),
      what_(what),
      total_(total),
      clock_(std::move(clock)),
      unit_(unit),
      start_(clock_()),
      next_(start_ + kQuiet) {}

void Progress::show(std::uint64_t records, std::uint64_t at) {
  const auto now = clock_();
  if (now < next_) return;
  next_ = now + kPeriod;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string bar;
  if (total_ > 0) {
    const double part = std::min(1.0, static_cast<double>(at) / static_cast<double>(total_));
    const auto cells = static_cast<std::size_t>(part * kBarCells);
    bar = fmt::format("[{}{}] {:3.0f}% ", std::string(cells, '='), std::string(kBarCells - cells, ' '), part * 100);
  }
  *out_ << fmt::format("\r{} {}{} {}, {:.0f}/s\033[K", what_, bar, records, unit_,
                       static_cast<double>(records) / seconds)
        << std::flush;
}

void Progress::done() {
  if (shown_) *out_ << "\r\033[K" << std::flush;
  shown_ = false;
}

}  // namespace hw

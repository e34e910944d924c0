/// engine/extract/progress.h -- a line on a terminal that says how far a long command is.
///
/// Nothing is shown in the first second; after it the line is written at most four times a second, and `done` (or the
/// end of the object) wipes it, so that messages never follow it. Thread: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string_view>

namespace hw {

class Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  /// `out` null: nothing is ever shown. `total` is in the unit of `at`; 0: unknown, no bar.
  Progress(std::ostream* out, std::string_view what, std::uint64_t total, Clock clock = std::chrono::steady_clock::now,
           std::string_view unit = "records");
  ~Progress() { done(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Cheap enough for every record: looks at the clock once in 4096 calls.
  void update(std::uint64_t records, std::uint64_t at) {
    if (out_ != nullptr && (++calls_ & 4095) == 0) show(records, at);
  }
  /// The same for what comes in pieces so large that each is worth a look at the clock.
  void piece(std::uint64_t units, std::uint64_t at) {
    if (out_ != nullptr) show(units, at);
  }
  /// Wipes the line.
  void done();

 private:
  void show(std::uint64_t records, std::uint64_t at);

  std::ostream* out_;
  std::string_view what_;
  std::uint64_t total_;
  Clock clock_;
  std::string_view unit_;
  std::chrono::steady_clock::time_point start_, next_;
  std::uint64_t calls_ = 0;
  bool shown_ = false;
};

}  // namespace hw

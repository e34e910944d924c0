/// test/bench/sequence.h -- the nodes and values of the benchmark's general rows: the same ones in the M routine
/// bench.m.
///
/// Names of varying length, some of them numbers, come from a table that a generator of pseudo-random numbers has
/// filled before the clock starts: M's arithmetic is slow, and its cost must not count. Node n has the names n mod 3163
/// and n mod 3167, both primes, so that 10,017,221 nodes come in a scattered order before one comes again.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bench {

inline constexpr std::uint64_t kFirstNames = 3163;
inline constexpr std::uint64_t kNames = 3167;
inline constexpr std::uint64_t kValues = 1013;
inline constexpr std::uint64_t kDigits = 1000;
inline constexpr std::uint64_t kScattered = 997;  // Has no divisor in common with kDigits.

struct Tables {
  std::array<std::string, kNames> names;
  std::array<std::string, kValues> values;       // 10 to 109 bytes
  std::array<std::string, kValues> long_values;  // 3,000 to 3,959 bytes
  std::array<std::uint64_t, kDigits> shuffled;   // 0 to 999

  Tables() {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
    std::string text;
    for (int i = 0; i < 100; ++i) text += "The quick brown fox jumps over the lazy ";
    std::uint64_t x = 17;
    const auto draw = [&x] { return x = x * 48271 % 2147483647; };
    for (auto& name : names) {
      draw();
      name = std::string(kLetters.substr(0, x % 13)) + std::to_string(x);
    }
    for (auto& value : values) {
      draw();
      value = text.substr(x % 40, 10 + x % 100);
    }
    for (auto& value : long_values) {
      draw();
      value = text.substr(x % 40, 3000 + x % 960);
    }
    for (std::uint64_t i = 0; i < kDigits; ++i) shuffled[i] = i;
    for (std::uint64_t i = kDigits - 1; i > 0; --i) std::swap(shuffled[i], shuffled[draw() % (i + 1)]);
  }
};

/// A counter that goes round.
class Wheel {
 public:
  Wheel(std::uint64_t size, std::uint64_t start, std::uint64_t step = 1)
      : size_(size), step_(step), at_(start % size) {}
  void turn() {
    at_ += step_;
    if (at_ >= size_) at_ -= size_;
  }
  std::uint64_t at() const { return at_; }

 private:
  std::uint64_t size_, step_, at_;
};

/// Steps through nodes and values. `pass` makes the values others than those of an earlier pass over the same nodes.
struct Walk {
  Wheel first, second, value;
  Walk(std::uint64_t origin, std::uint64_t pass)
      : first(kFirstNames, origin), second(kNames, origin), value(kValues, origin + 131 * pass) {}
  void step() {
    first.turn();
    second.turn();
    value.turn();
  }
};

}  // namespace bench

/// test/sim/random.h -- random numbers of which one seed decides every one, on every machine and library.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hw::sim {

/// SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// 0 to `bound` - 1; 0 for a bound of 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// `from` to `to`, both included.
  std::uint64_t between(std::uint64_t from, std::uint64_t to) { return from + below(to - from + 1); }
  bool percent(unsigned chance) { return below(100) < chance; }
  template <typename T>
  const T& of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::uint64_t state_;
};

/// A seed for one part of a run, so that a change of one part leaves the others' numbers as they were.
inline std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t part) {
  Random random(seed ^ (part * 0xD6E8FEB86659FD93u));
  return random.next();
}

}  // namespace hw::sim

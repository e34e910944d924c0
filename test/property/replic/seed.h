#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace hw::test {

/// HW_SEED, or a random one; print it with every failure.
inline std::uint64_t replic_seed() {
  if (const char* text = std::getenv("HW_SEED"); text != nullptr) return std::strtoull(text, nullptr, 0);
  return std::random_device{}();
}

}  // namespace hw::test

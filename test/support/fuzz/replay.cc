// Runs a fuzzer's entry point over stored inputs: each argument is a file or a folder of files. Each input is also
// mutated many times, with the fuzzer's own mutator where it has one, so that a plain build tests more than the stored
// bytes.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "test/support/fuzz/mutator.h"

extern "C" __attribute__((weak)) std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                                     std::size_t max, unsigned seed);

namespace {

constexpr std::size_t kRuns = 12000;  ///< over all stored inputs of a decoder
constexpr std::size_t kGrowth = 64;   ///< bytes that a mutation may add

std::mt19937_64 random_numbers;

void replay(std::vector<std::uint8_t> bytes, std::size_t mutations) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  for (std::size_t round = 0; round < mutations && !bytes.empty(); ++round) {
    auto damaged = bytes;
    const std::size_t size = damaged.size();
    damaged.resize(size + kGrowth);
    const auto seed = static_cast<unsigned>(random_numbers());
    damaged.resize(LLVMFuzzerCustomMutator != nullptr
                       ? LLVMFuzzerCustomMutator(damaged.data(), size, damaged.size(), seed)
                       : LLVMFuzzerMutate(damaged.data(), size, damaged.size()));
    LLVMFuzzerTestOneInput(damaged.data(), damaged.size());
  }
}

}  // namespace

/// What libFuzzer has in its place: a few bytes changed, now and then some taken away.
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t) {
  if (size == 0) return 0;
  for (auto changes = 1 + random_numbers() % 4; changes > 0; --changes)
    data[random_numbers() % size] = static_cast<std::uint8_t>(random_numbers());
  return random_numbers() % 4 == 0 ? random_numbers() % size : size;
}

int main(int argc, char** argv) {
  const std::uint64_t seed =
      std::getenv("HW_SEED") != nullptr ? std::strtoull(std::getenv("HW_SEED"), nullptr, 10) : std::random_device{}();
  random_numbers.seed(seed);
  std::printf("seed: HW_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);  // Before a run that ends the process.
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i]))
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) paths.push_back(entry.path());
    else
      paths.emplace_back(argv[i]);
  }
  std::ranges::sort(paths);
  const std::size_t mutations = kRuns / std::max<std::size_t>(paths.size(), 1) + 1;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    replay({std::istreambuf_iterator<char>(in), {}}, mutations);
  }
  std::printf("%zu stored inputs, %zu mutations of each\n", paths.size(), mutations);
  return paths.empty() ? 1 : 0;  // An empty corpus tests nothing.
}

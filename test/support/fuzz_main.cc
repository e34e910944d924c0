// Runs a fuzzer's entry point over stored inputs: each argument is a file or a folder of files. Also
// mutates each input a few hundred times, so that a plain build tests more than the stored bytes.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t run_with_mutations(std::vector<std::uint8_t> bytes, std::mt19937_64& random) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  constexpr std::size_t kMutations = 300;
  for (std::size_t round = 0; round < kMutations && !bytes.empty(); ++round) {
    auto damaged = bytes;
    for (auto changes = 1 + random() % 4; changes > 0; --changes)
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    LLVMFuzzerTestOneInput(damaged.data(), damaged.size());
  }
  return 1 + kMutations;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random{seed};
  std::size_t files = 0, inputs = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(argv[i]))
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) paths.push_back(entry.path());
    else
      paths.emplace_back(argv[i]);
    for (const auto& path : paths) {
      std::ifstream in(path, std::ios::binary);
      inputs += run_with_mutations({std::istreambuf_iterator<char>(in), {}}, random);
      ++files;
    }
  }
  std::printf("%zu stored inputs, %zu runs, seed %llu\n", files, inputs, static_cast<unsigned long long>(seed));
  return files == 0 ? 1 : 0;  // An empty corpus tests nothing.
}

// Property: whatever a file holds, the page walker and the search for a key end, and read nothing outside it.
#include <cstdint>
#include <string>

#include "engine/storage/page_tree.h"
#include "engine/storage/structure_check.h"
#include "test/support/fuzz/mutator.h"

namespace {

std::vector<std::size_t> pages(std::string_view bytes) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < bytes.size(); at += hw::kPageBytes) begins.push_back(at);
  return begins;
}

}  // namespace

HW_FUZZ_SHAPE(nullptr, pages)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The corpus holds pages, cut where they are zero at the end; the walker is given whole ones.
  std::string file(reinterpret_cast<const char*>(data), size);
  file.resize((size + hw::kPageBytes - 1) / hw::kPageBytes * hw::kPageBytes);
  const hw::Bytes bytes = hw::as_bytes(file);
  const auto meta = hw::newest_meta(bytes);
  if (!meta) return 0;
  hw::StructureOptions options;
  std::uint64_t sum = 0;
  options.node = [&](std::string_view key, std::string_view value) {
    for (const char c : key) sum += static_cast<unsigned char>(c);
    for (const char c : value) sum += static_cast<unsigned char>(c);
  };
  options.fault = [&](std::uint64_t, std::string_view, std::string_view what) { sum += what.size(); };
  (void)hw::check_structure(bytes, *meta, options);
  for (const std::string_view key : {std::string_view("\0hw", 3), std::string_view("a\0", 2)}) {
    const auto found = hw::find_in_tree(bytes, meta->data, key, "fuzz.dat");
    if (found.has_value() && found->at) (void)hw::value_of_record(bytes, *found->at, "fuzz.dat");
  }
  const std::string long_key = std::string("g\0\xFF", 3) + std::string(600, 'x') + '\0';
  const auto found = hw::find_node(bytes, meta->data, long_key, "fuzz.dat");
  if (found.has_value() && found->there) sum += found->at->value.size();
  const auto whole = hw::whole_key(bytes, meta->data, std::string_view("\x01\0\0\0xxx", 7), "fuzz.dat");
  if (whole.has_value()) sum += whole->size();
  return sum == 1;
}

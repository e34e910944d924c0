// Any bytes as a binary extract: reading comes to an end, what is handed out keeps the limits of a node, and the nodes
// of a whole file, written again, are read the same.
#include <cstdint>
#include <sstream>
#include <string>

#include "engine/base/limits.h"
#include "engine/extract/binary_extract.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

struct Nodes {
  std::vector<std::tuple<std::string, std::string, hw::NullCollation>> nodes;
  bool whole = false;
};

Nodes read(const std::string& file) {
  Nodes out;
  std::istringstream in(file.substr(std::min(file.size(), hw::kBinaryExtractLabel.size())));
  hw::BinaryExtractReader reader(in);
  if (!reader.open().has_value()) return out;
  for (;;) {
    const auto node = reader.next();
    HW_CHECK(reader.bytes() <= file.size());
    if (!node.has_value()) return out;
    if (!*node) break;
    HW_CHECK(hw::decode_key((*node)->key, (*node)->nulls).has_value());
    HW_CHECK((*node)->value.size() <= hw::kValueBytesMax);
    out.nodes.emplace_back((*node)->key, (*node)->value, (*node)->nulls);
  }
  out.whole = true;
  return out;
}

}  // namespace

HW_FUZZ_SHAPE(hw::fuzz::seal_binary_extract)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Nodes first = read(hw::fuzz::text_of(data, size));
  if (!first.whole) return 0;
  std::string again = hw::binary_extract_header(0);
  hw::BinaryExtractBuilder builder;
  for (const auto& [key, value, nulls] : first.nodes) {
    builder.add(key, value, nulls);
    if (builder.is_full()) again += builder.finish();
  }
  if (!builder.is_empty()) again += builder.finish();
  again += builder.finish_file();
  const Nodes second = read(again);
  HW_CHECK(second.whole && second.nodes == first.nodes);
  return 0;
}

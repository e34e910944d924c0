// Any bytes as a binary extract, with the checksums of header and blocks put right: reading comes to an end, and what
// is handed out keeps the limits of a node.
#include <cstdint>
#include <sstream>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/binary_extract.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes = hw::binary_extract_header(0);
  bytes.append(reinterpret_cast<const char*>(data), size);
  const auto out = std::as_writable_bytes(std::span(bytes));
  std::uint64_t number = 0;
  for (std::size_t at = hw::kBinaryExtractHeaderBytes; at + 24 <= bytes.size();) {
    const std::size_t body = hw::get_le<std::uint32_t>(out, at + 16);
    if (body > bytes.size() - at - 24) break;
    hw::put_le<std::uint64_t>(out, at + 8, number++);
    hw::put_le<std::uint64_t>(out, at, hw::checksum(hw::Bytes(out).subspan(at + 8, 16 + body)));
    at += 24 + body;
  }
  std::istringstream in(bytes.substr(hw::kBinaryExtractLabel.size()));
  hw::BinaryExtractReader reader(in);
  HW_CHECK(reader.open().has_value());
  hw::BinaryExtractBuilder builder;
  for (;;) {
    const auto node = reader.next();
    if (!node.has_value() || !*node) break;
    HW_CHECK(hw::decode_key((*node)->key, (*node)->nulls).has_value());
    HW_CHECK((*node)->value.size() <= hw::kValueBytesMax && reader.bytes() <= bytes.size());
    builder.add((*node)->key, (*node)->value, (*node)->nulls);
    if (builder.is_full()) HW_CHECK(builder.finish().size() <= hw::kExtractBlockBytesMax + 24);
  }
  return 0;
}

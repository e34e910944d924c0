#include "engine/storage/page.h"

#include <fmt/format.h>

namespace hw {
namespace {

constexpr std::size_t kRecordHeaderBytes = 8;
constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kTreeBytes = 48;
constexpr std::uint16_t kLargeValue = 1;

TreeFacts decode_tree(Bytes in) {
  TreeFacts tree;
  tree.flags = get_le<std::uint16_t>(in, 4);
  tree.depth = get_le<std::uint16_t>(in, 6);
  tree.branch_pages = get_le<std::uint64_t>(in, 8);
  tree.leaf_pages = get_le<std::uint64_t>(in, 16);
  tree.overflow_pages = get_le<std::uint64_t>(in, 24);
  tree.records = get_le<std::uint64_t>(in, 32);
  tree.root = get_le<std::uint64_t>(in, 40);
  return tree;
}

}  // namespace

std::optional<Bytes> page_at(Bytes file, std::uint64_t number) {
  if (number >= file.size() / kPageBytes) return std::nullopt;
  return file.subspan(number * kPageBytes, kPageBytes);
}

PageHeader page_header(Bytes page) {
  return {.number = get_le<std::uint64_t>(page, 0),
          .flags = get_le<std::uint16_t>(page, 10),
          .lower = get_le<std::uint16_t>(page, 12),
          .upper = get_le<std::uint16_t>(page, 14),
          .overflow_pages = get_le<std::uint32_t>(page, 12)};
}

std::string page_header_fault(const PageHeader& header) {
  if (!header.is(PageType::Branch) && !header.is(PageType::Leaf))
    return fmt::format("flags 0x{:X} are neither a branch's nor a leaf's", header.flags);
  if (header.lower < kPageHeaderBytes || header.lower > header.upper || header.upper > kPageBytes ||
      header.lower % 2 != 0 || header.upper % 2 != 0)
    return fmt::format("free room from 0x{:X} to 0x{:X} is impossible", header.lower, header.upper);
  return {};
}

std::optional<PageRecord> page_record(Bytes page, const PageHeader& header, std::size_t index) {
  if (index >= header.record_count()) return std::nullopt;
  PageRecord record;
  record.offset = get_le<std::uint16_t>(page, kPageHeaderBytes + 2 * index);
  if (record.offset < header.upper || record.offset % 2 != 0 || record.offset + kRecordHeaderBytes > page.size())
    return std::nullopt;
  const std::uint64_t low = get_le<std::uint16_t>(page, record.offset);
  const std::uint64_t middle = get_le<std::uint16_t>(page, record.offset + 2);
  const std::uint16_t flags = get_le<std::uint16_t>(page, record.offset + 4);
  const std::size_t key_bytes = get_le<std::uint16_t>(page, record.offset + 6);
  std::uint64_t data_bytes = 0;
  if (header.is(PageType::Branch)) {
    record.child = low | middle << 16 | std::uint64_t{flags} << 32;
  } else {
    if (flags > kLargeValue) return std::nullopt;
    record.value_bytes = low | middle << 16;
    data_bytes = flags == kLargeValue ? sizeof(std::uint64_t) : record.value_bytes;
  }
  const std::uint64_t bytes = kRecordHeaderBytes + key_bytes + data_bytes;
  record.bytes = bytes + bytes % 2;
  if (record.bytes > page.size() - record.offset) return std::nullopt;
  record.key = as_text(page.subspan(record.offset + kRecordHeaderBytes, key_bytes));
  const std::size_t data = record.offset + kRecordHeaderBytes + key_bytes;
  if (header.is(PageType::Leaf) && flags == kLargeValue) {
    record.overflow = get_le<std::uint64_t>(page, data);
  } else {
    record.value = as_text(page.subspan(data, data_bytes));
  }
  return record;
}

std::uint64_t overflow_pages_of(std::uint64_t value_bytes) {
  return (kPageHeaderBytes - 1 + value_bytes) / kPageBytes + 1;
}

std::optional<MetaPage> decode_meta(Bytes page, std::uint64_t number, std::string& why) {
  const PageHeader header = page_header(page);
  const Bytes in = page.subspan(kPageHeaderBytes);
  if (header.number != number) {
    why = fmt::format("it says that it is page {}", header.number);
  } else if (!header.is(PageType::Meta)) {
    why = fmt::format("its flags 0x{:X} are not a meta page's", header.flags);
  } else if (get_le<std::uint32_t>(in, 0) != kMagic) {
    why = fmt::format("its magic number is 0x{:X}", get_le<std::uint32_t>(in, 0));
  } else if (get_le<std::uint32_t>(in, 4) != kVersion) {
    why = fmt::format("its version is {}", get_le<std::uint32_t>(in, 4));
  } else if (get_le<std::uint32_t>(in, 24) != kPageBytes) {
    why = fmt::format("its page size is {}", get_le<std::uint32_t>(in, 24));
  } else {
    return MetaPage{.map_bytes = get_le<std::uint64_t>(in, 16),
                    .free = decode_tree(in.subspan(24)),
                    .data = decode_tree(in.subspan(24 + kTreeBytes)),
                    .last_page = get_le<std::uint64_t>(in, 24 + 2 * kTreeBytes),
                    .tn = get_le<std::uint64_t>(in, 32 + 2 * kTreeBytes)};
  }
  return std::nullopt;
}

std::optional<MetaPage> newest_meta(Bytes file) {
  std::optional<MetaPage> newest;
  for (std::uint64_t number : {0, 1}) {
    const auto page = page_at(file, number);
    std::string why;
    const auto meta = page ? decode_meta(*page, number, why) : std::nullopt;
    if (meta && (!newest || meta->tn > newest->tn)) newest = meta;
  }
  return newest;
}

}  // namespace hw

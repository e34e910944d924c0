/// engine/storage/page.h -- LMDB 0.9's pages as bytes, read without LMDB: for tools that look at a file that may be
/// damaged.
///
/// Every function takes bytes of an untrusted file, checks each bound before it reads, and answers
/// with nothing where a page is not what it should be. What LMDB itself reads and writes goes through
/// engine/storage/lmdb.h.
///
///   page       = header, then what its type says; 4096 bytes, number = offset / 4096; integers little-endian
///   header     = number:8 pad:2 flags:2 lower:2 upper:2      flags 1 branch, 2 leaf, 4 overflow, 8 meta
///   branch,
///   leaf       = header, slots of 2 bytes (offsets of the records, in key order) up to `lower`, free room, records
///   from
///                `upper` to the end of the page, without holes, each at an even offset
///   record     = size:2 size:2 flags:2 key_bytes:2 key data   leaf: 32 bits of data size; flag 1: data is the number
///                                                             of the first overflow page
///                                                             branch: 48 bits of the child's number, no data
///   overflow   = header whose lower and upper are one count of pages, then the value across them
///   meta       = header, magic BEEFC0DE, version 1, map's address and size, two trees (free list, data), last page, tn
///   tree       = pad:4 flags:2 depth:2 branch, leaf and overflow pages, records, root: 8 each; no root: all ones
///
/// Pages 0 and 1 are metas; the newer one, by tn, counts. LMDB keeps no checksum of a page.
/// Source: lmdb.h and the layouts documented in LMDB 0.9's mdb.c.
///
/// All functions are pure: they do not block and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace hw {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kPageHeaderBytes = 16;
inline constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
inline constexpr unsigned kTreeDepthMax = 32;

enum class PageType : std::uint16_t { Branch = 1, Leaf = 2, Overflow = 4, Meta = 8 };

struct PageHeader {
  std::uint64_t number = 0;
  std::uint16_t flags = 0;
  std::uint16_t lower = 0;
  std::uint16_t upper = 0;
  std::uint32_t overflow_pages = 0;  ///< the same bytes as lower and upper

  bool is(PageType type) const { return flags == static_cast<std::uint16_t>(type); }
  /// Records of a branch or leaf page whose lower is in bounds.
  std::size_t record_count() const { return (lower - kPageHeaderBytes) / 2; }
};

/// One record of a branch or leaf page. Views point into the page.
struct PageRecord {
  std::size_t offset = 0;
  std::size_t bytes = 0;  ///< as stored, even
  std::string_view key;
  std::uint64_t child = kNoPage;     ///< branch: the page below
  std::uint64_t overflow = kNoPage;  ///< leaf: first page of a large value
  std::uint64_t value_bytes = 0;     ///< leaf
  std::string_view value;            ///< leaf, when it is in the page
};

struct TreeFacts {
  std::uint16_t flags = 0;
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t records = 0;
  std::uint64_t root = kNoPage;
};

struct MetaPage {
  std::uint64_t map_bytes = 0;
  TreeFacts free;
  TreeFacts data;
  std::uint64_t last_page = 0;
  std::uint64_t tn = 0;
};

/// The bytes of page `number` of a mapped file, or none beyond its end.
std::optional<Bytes> page_at(Bytes file, std::uint64_t number);
/// `page` holds kPageBytes bytes.
PageHeader page_header(Bytes page);
/// What keeps the header of a branch or leaf page from being read further; empty when nothing does.
std::string page_header_fault(const PageHeader& header);
/// Record `index` of a branch or leaf page whose header has no fault; none when it does not lie within the page.
std::optional<PageRecord> page_record(Bytes page, const PageHeader& header, std::size_t index);
/// Overflow pages that a value takes.
std::uint64_t overflow_pages_of(std::uint64_t value_bytes);

/// A meta page; none when it is not one, `why` says then what is wrong. Only format and page size are checked.
std::optional<MetaPage> decode_meta(Bytes page, std::uint64_t number, std::string& why);
/// The meta page in force: of the two that can be read the one with the higher tn.
std::optional<MetaPage> newest_meta(Bytes file);

}  // namespace hw

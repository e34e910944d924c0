/// engine/extract/binary_extract.h -- the binary format of `mupip extract` and `mupip load`.
///
/// File, format 1, little-endian:
///
///   offset size field       rule
///   ------ ---- ----------- ---------------------------------------------------------------
///        0    8 label       "HWXTRC01"
///        8    8 checksum    XXH3-64 of bytes [16, 64)
///       16    8 created_us  microseconds since 1970
///       24   40 zeros
///       64      blocks; nothing follows the last one
///
/// Block:
///
///        0    8 checksum    XXH3-64 of the rest of the block
///        8    8 number      of the block, from 0
///       16    4 body_bytes  at most kExtractBlockBytesMax
///       20    4 nodes       in the block; 0: the last one, whose body is the count of all nodes, 8 bytes
///       24      nodes
///
/// Node:
///
///        0    2 key_bytes   1 to kKeyBytesMax
///        2    1 nulls       how the key stores the empty subscript: 0 standard, 1 GT.M's
///        3    1 zero
///        4    4 value_bytes at most kValueBytesMax
///        8      key (docs/formats/key.md), value
///
/// So a file that was cut, or in which any byte was changed, is told from a whole one, and the nodes of the
/// blocks before the damage are good. Compatibility: format 1 stays readable. Full text:
/// docs/formats/binary-extract.md.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/extract/load.h"
#include "engine/globals/key.h"

namespace hw {

inline constexpr std::string_view kBinaryExtractLabel = "HWXTRC01";
inline constexpr std::size_t kBinaryExtractHeaderBytes = 64;

std::string binary_extract_header(std::uint64_t created_us);

/// Collects nodes into blocks.
class BinaryExtractBuilder {
 public:
  /// `key` and `value` are within the limits of a node.
  void add(std::string_view key, std::string_view value, NullCollation nulls);
  /// Whether the block should be finished before the next node.
  bool is_full() const;
  bool is_empty() const { return nodes_ == 0; }
  /// The block, valid until the next call; the next node begins another.
  std::string_view finish();
  /// The block that ends the file. All nodes are in finished ones.
  std::string_view finish_file();

 private:
  std::string_view seal(std::uint32_t nodes);
  std::string block_, finished_;
  std::uint64_t number_ = 0, all_nodes_ = 0;
  std::uint32_t nodes_ = 0;
};

struct BinaryNode {
  std::string_view key;
  std::string_view value;
  NullCollation nulls{};
};

/// Hands out the nodes of one file; each is checked, its key too.
class BinaryExtractReader {
 public:
  explicit BinaryExtractReader(std::istream& in) : in_(in) {}
  /// The label has been taken from the stream. Errors: HWEXTRBIN.
  Status open();
  /// The next node, valid until the next call; none at the end of a whole file. Errors: HWEXTRBIN.
  Result<std::optional<BinaryNode>> next();
  /// Bytes read.
  std::uint64_t bytes() const { return bytes_; }

 private:
  Error bad(std::string_view why) const;
  Result<bool> next_block();
  Status read(std::string& into, std::size_t bytes, std::string_view what);
  std::istream& in_;
  std::string block_;  ///< the whole of it
  std::size_t at_ = 0;
  std::uint32_t left_ = 0;  ///< nodes of the block
  std::uint64_t bytes_ = kBinaryExtractLabel.size();
  std::uint64_t block_begin_ = 0, number_ = 0, nodes_ = 0;
};

/// load() of a binary extract whose label has been taken from the stream. Records are nodes, counted from 1.
Result<LoadResult> load_binary(Session& session, std::istream& in, const LoadOptions& options, std::ostream& messages);

}  // namespace hw

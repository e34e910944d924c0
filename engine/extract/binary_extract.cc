#include "engine/extract/binary_extract.h"

#include <algorithm>
#include <cstring>
#include <ostream>

#include "engine/base/bytes.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/extract/load_store.h"
#include "engine/globals/node_key.h"
#include "engine/session/database.h"

namespace hw {
namespace {

constexpr std::size_t kBlockHeaderBytes = 24;
constexpr std::size_t kNodeHeaderBytes = 8;
constexpr std::size_t kBlockFull = 1 << 20;
static_assert(kBlockFull + kNodeHeaderBytes + kKeyBytesMax + kValueBytesMax <= kExtractBlockBytesMax);

MutableBytes bytes_of(std::string& text) { return std::as_writable_bytes(std::span(text)); }

}  // namespace

std::string binary_extract_header(std::uint64_t created_us) {
  std::string header(kBinaryExtractHeaderBytes, '\0');
  std::memcpy(header.data(), kBinaryExtractLabel.data(), kBinaryExtractLabel.size());
  put_le<std::uint64_t>(bytes_of(header), 16, created_us);
  put_le<std::uint64_t>(bytes_of(header), 8, checksum(as_bytes(header).subspan(16)));
  return header;
}

void BinaryExtractBuilder::add(std::string_view key, std::string_view value, NullCollation nulls) {
  HW_CHECK(!key.empty() && key.size() <= kKeyBytesMax && value.size() <= kValueBytesMax);
  if (block_.empty()) block_.resize(kBlockHeaderBytes);
  const std::size_t at = block_.size();
  block_.resize(at + kNodeHeaderBytes);
  put_le<std::uint16_t>(bytes_of(block_), at, static_cast<std::uint16_t>(key.size()));
  put_le<std::uint8_t>(bytes_of(block_), at + 2, nulls == NullCollation::Gtm ? 1 : 0);
  put_le<std::uint32_t>(bytes_of(block_), at + 4, static_cast<std::uint32_t>(value.size()));
  block_ += key;
  block_ += value;
  ++nodes_;
}

bool BinaryExtractBuilder::is_full() const { return block_.size() >= kBlockHeaderBytes + kBlockFull; }

std::string_view BinaryExtractBuilder::seal(std::uint32_t nodes) {
  const MutableBytes out = bytes_of(block_);
  put_le<std::uint64_t>(out, 8, number_++);
  put_le<std::uint32_t>(out, 16, static_cast<std::uint32_t>(block_.size() - kBlockHeaderBytes));
  put_le<std::uint32_t>(out, 20, nodes);
  put_le<std::uint64_t>(out, 0, checksum(as_bytes(block_).subspan(8)));
  finished_.swap(block_);
  block_.clear();
  return finished_;
}

std::string_view BinaryExtractBuilder::finish() {
  HW_CHECK(nodes_ != 0);
  all_nodes_ += nodes_;
  return seal(std::exchange(nodes_, 0));
}

std::string_view BinaryExtractBuilder::finish_file() {
  HW_CHECK(nodes_ == 0);
  block_.assign(kBlockHeaderBytes + 8, '\0');
  put_le<std::uint64_t>(bytes_of(block_), kBlockHeaderBytes, all_nodes_);
  return seal(0);
}

Error BinaryExtractReader::bad(std::string_view why) const { return make_error<MsgId::HWEXTRBIN>(block_begin_, why); }

Status BinaryExtractReader::read(std::string& into, std::size_t bytes, std::string_view what) {
  const std::size_t at = into.size();
  into.resize(at + bytes);
  in_.read(into.data() + at, static_cast<std::streamsize>(bytes));
  const auto got = static_cast<std::size_t>(in_.gcount());
  bytes_ += got;
  if (got != bytes) return bad(fmt::format("the file ends inside {}", what));
  return {};
}

Status BinaryExtractReader::open() {
  std::string header(kBinaryExtractLabel);
  HW_TRY_VOID(read(header, kBinaryExtractHeaderBytes - header.size(), "the header"));
  const Bytes rest = as_bytes(header).subspan(16);
  if (get_le<std::uint64_t>(as_bytes(header), 8) != checksum(rest)) return bad("the header's checksum is wrong");
  if (std::ranges::any_of(rest.subspan(8), [](std::byte byte) { return byte != std::byte{0}; }))
    return bad("the header has fields that this version does not know");
  return {};
}

Result<bool> BinaryExtractReader::next_block() {
  block_begin_ = bytes_;
  block_.clear();
  HW_TRY_VOID(read(block_, kBlockHeaderBytes, "a block, or before its last block"));
  const auto body_bytes = get_le<std::uint32_t>(as_bytes(block_), 16);
  if (body_bytes > kExtractBlockBytesMax) return bad(fmt::format("a block of {} bytes", body_bytes));
  HW_TRY_VOID(read(block_, body_bytes, "a block"));
  const Bytes block = as_bytes(block_);
  if (get_le<std::uint64_t>(block, 0) != checksum(block.subspan(8))) return bad("the block's checksum is wrong");
  if (const auto number = get_le<std::uint64_t>(block, 8); number != number_)
    return bad(fmt::format("block {} where {} was expected", number, number_));
  ++number_;
  left_ = get_le<std::uint32_t>(block, 20);
  at_ = kBlockHeaderBytes;
  if (left_ != 0) return true;
  if (body_bytes != 8 || get_le<std::uint64_t>(block, kBlockHeaderBytes) != nodes_)
    return bad(fmt::format("the last block does not speak of {} nodes", nodes_));
  if (in_.peek() != std::istream::traits_type::eof()) return bad("something follows the last block");
  return false;
}

Result<std::optional<BinaryNode>> BinaryExtractReader::next() {
  if (left_ == 0) {
    HW_TRY(const bool more, next_block());
    if (!more) return std::optional<BinaryNode>();
  }
  const Bytes block = as_bytes(block_);
  const auto room = [&] { return block.size() - at_; };
  if (room() < kNodeHeaderBytes) return bad("a node goes beyond its block");
  const auto key_bytes = get_le<std::uint16_t>(block, at_);
  const auto nulls = get_le<std::uint8_t>(block, at_ + 2);
  const auto value_bytes = get_le<std::uint32_t>(block, at_ + 4);
  if (nulls > 1 || get_le<std::uint8_t>(block, at_ + 3) != 0 || key_bytes > kKeyBytesMax ||
      value_bytes > kValueBytesMax)
    return bad("a node that none can be");
  at_ += kNodeHeaderBytes;
  if (room() < std::size_t{key_bytes} + value_bytes) return bad("a node goes beyond its block");
  BinaryNode node;
  node.key = std::string_view(block_).substr(at_, key_bytes);
  node.value = std::string_view(block_).substr(at_ + key_bytes, value_bytes);
  node.nulls = nulls == 1 ? NullCollation::Gtm : NullCollation::Standard;
  if (const auto name = decode_key(node.key, node.nulls); !name.has_value()) return bad("a node whose key is none");
  at_ += std::size_t{key_bytes} + value_bytes;
  --left_;
  ++nodes_;
  if (left_ == 0 && room() != 0) return bad("a block goes beyond its nodes");
  return std::optional(node);
}

Result<LoadResult> load_binary(Session& session, std::istream& in, const LoadOptions& options, std::ostream& messages) {
  if (options.begin && *options.begin == 0) return make_error<MsgId::LOADBGSZ>();
  if (options.end && *options.end == 0) return make_error<MsgId::LOADEDSZ>();
  if (options.end && *options.end < options.begin.value_or(1)) return make_error<MsgId::LOADEDBG>();
  if (options.format && *options.format != ExtractFormat::Binary) return make_error<MsgId::LDBINFMT>();
  BinaryExtractReader reader(in);
  LoadStore store(session, options, messages);
  if (Status opened = reader.open(); !opened.has_value()) {
    HW_TRY_VOID(store.check_end());  // The input of a load that is asked to end ends early.
    return std::move(opened).error();
  }
  const std::uint64_t begin = options.begin.value_or(1);
  messages << kBinaryExtractLabel << "\nBeginning LOAD at record number: " << begin << "\n\n" << std::flush;
  const GlobalDirectory& directory = session.database().directory();
  const auto load_all = [&]() -> Status {
    auto go = LoadStore::Go::On;
    for (std::uint64_t record = 1; go == LoadStore::Go::On && record <= options.end.value_or(UINT64_MAX); ++record) {
      const auto read = reader.next();
      const bool whole = read.has_value() && read->has_value();
      HW_TRY_VOID(whole ? store.check_end_now_and_then() : store.check_end());
      HW_TRY(const auto node, read);
      if (!node) return {};
      if (record < begin) continue;
      store.at_record(record);
      store.at_byte(reader.bytes());
      const NullCollation here = null_collation_of(directory, key_global(node->key));
      if (here == node->nulls) {
        HW_TRY_VOID(store.store(node->key, node->value, here, record, go));
        continue;
      }
      HW_TRY(const NodeName name, decode_key(node->key, node->nulls));
      HW_TRY(const std::string key, encode_key(name, here));
      HW_TRY_VOID(store.store(key, node->value, here, record, go));
    }
    return {};
  };
  return store.finish(load_all());
}

}  // namespace hw

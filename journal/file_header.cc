#include "journal/file_header.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/limits.h"

namespace hw {
namespace {

constexpr std::size_t kNameBytes = 32;
constexpr std::size_t kPathFieldBytes = 256;

void put_text(MutableBytes out, std::size_t offset, std::size_t field_bytes, std::string_view text) {
  HW_CHECK(text.size() < field_bytes);
  std::memcpy(out.data() + offset, text.data(), text.size());
}

std::string get_text(Bytes in, std::size_t offset, std::size_t field_bytes) {
  const std::string_view field = as_text(in.subspan(offset, field_bytes));
  return std::string(field.substr(0, std::min(field.find('\0'), field.size())));
}

}  // namespace

std::array<std::byte, 4096> encode_opening(const JournalFileHeader& header) {
  std::array<std::byte, 4096> block{};
  MutableBytes out(block);
  std::memcpy(block.data() + 8, kJournalLabel.data(), kJournalLabel.size());
  put_le<std::uint32_t>(out, 16, kJournalHeaderBytes);
  put_le<std::uint32_t>(out, 20, header.replicated ? 1 : 0);
  std::memcpy(block.data() + 24, header.database_id.data(), header.database_id.size());
  put_le(out, 40, header.generation);
  put_le(out, 48, header.created_us);
  put_le(out, 56, header.first_seqno.value);
  put_le(out, 64, header.first_tn.value);
  put_le(out, 72, header.autoswitch_bytes);
  put_le(out, 80, header.allocation_bytes);
  put_le(out, 88, header.extension_bytes);
  put_text(out, 96, kNameBytes, header.region);
  put_text(out, 128, kPathFieldBytes, header.database_path);
  put_text(out, 384, kPathFieldBytes, header.previous_path);
  put_le(out, 0, checksum(out.subspan(8)));
  return block;
}

Result<JournalFileHeader> decode_opening(Bytes block, const std::string& path) {
  if (block.size() < 4096) return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a shorter file");
  block = block.first(4096);
  const std::string_view label = as_text(block.subspan(8, 8));
  if (label != kJournalLabel) {
    std::string shown(label);
    for (char& c : shown)
      if (c < ' ' || c > '~') c = '.';
    return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, shown);
  }
  if (get_le<std::uint64_t>(block, 0) != checksum(block.subspan(8)))
    return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a damaged header");
  JournalFileHeader header;
  const auto flags = get_le<std::uint32_t>(block, 20);
  if (get_le<std::uint32_t>(block, 16) != kJournalHeaderBytes || flags > 1)
    return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "an unknown header");
  header.replicated = flags == 1;
  std::memcpy(header.database_id.data(), block.data() + 24, header.database_id.size());
  header.generation = get_le<std::uint64_t>(block, 40);
  header.created_us = get_le<std::uint64_t>(block, 48);
  header.first_seqno = Seqno{get_le<std::uint64_t>(block, 56)};
  header.first_tn = RegionTn{get_le<std::uint64_t>(block, 64)};
  header.autoswitch_bytes = get_le<std::uint64_t>(block, 72);
  header.allocation_bytes = get_le<std::uint64_t>(block, 80);
  header.extension_bytes = get_le<std::uint64_t>(block, 88);
  header.region = get_text(block, 96, kNameBytes);
  header.database_path = get_text(block, 128, kPathFieldBytes);
  header.previous_path = get_text(block, 384, kPathFieldBytes);
  if (header.region.size() == kNameBytes || header.database_path.size() == kPathFieldBytes ||
      header.previous_path.size() == kPathFieldBytes || header.generation == 0)
    return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "an unknown header");
  return header;
}

std::array<std::byte, kUndoneBytes> encode_undone(const Undone& undone) {
  std::array<std::byte, kUndoneBytes> block{};
  if (undone.times == 0) return block;
  MutableBytes out(block);
  put_le(out, 8, undone.times);
  put_le(out, 16, undone.lowest.value);
  put_le(out, 0, checksum(out.subspan(8)));
  return block;
}

std::optional<Undone> decode_undone(Bytes block) {
  if (block.size() < kUndoneBytes) return std::nullopt;
  block = block.first(kUndoneBytes);
  if (std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; })) return Undone{};
  const Undone undone{get_le<std::uint64_t>(block, 8), Seqno{get_le<std::uint64_t>(block, 16)}};
  if (get_le<std::uint64_t>(block, 0) != checksum(block.subspan(8)) || undone.times == 0) return std::nullopt;
  return undone;
}

std::array<std::byte, 4096> encode_closing(const JournalClosing& closing) {
  std::array<std::byte, 4096> block{};
  MutableBytes out(block);
  put_le(out, 8, closing.end_offset);
  put_le(out, 16, closing.end_seqno.value);
  put_le(out, 24, closing.end_tn.value);
  put_le(out, 32, closing.closed_us);
  put_le(out, 0, checksum(out.subspan(8, 56)));
  return block;
}

std::optional<JournalClosing> decode_closing(Bytes block) {
  if (block.size() < 64) return std::nullopt;
  const auto sum = get_le<std::uint64_t>(block, 0);
  if (sum == 0 || sum != checksum(block.subspan(8, 56))) return std::nullopt;
  JournalClosing closing;
  closing.end_offset = get_le<std::uint64_t>(block, 8);
  closing.end_seqno = Seqno{get_le<std::uint64_t>(block, 16)};
  closing.end_tn = RegionTn{get_le<std::uint64_t>(block, 24)};
  closing.closed_us = get_le<std::uint64_t>(block, 32);
  if (closing.end_offset < kJournalHeaderBytes) return std::nullopt;
  return closing;
}

std::array<std::byte, kNextPathBytes> encode_next_path(std::string_view path) {
  std::array<std::byte, kNextPathBytes> block{};
  if (path.empty()) return block;
  MutableBytes out(block);
  put_text(out, 8, kPathFieldBytes, path);
  put_le(out, 0, checksum(out.subspan(8)));
  return block;
}

std::optional<std::string> decode_next_path(Bytes block) {
  if (block.size() < kNextPathBytes) return std::nullopt;
  block = block.first(kNextPathBytes);
  if (std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; }))
    return std::string();
  std::string path = get_text(block, 8, kPathFieldBytes);
  if (get_le<std::uint64_t>(block, 0) != checksum(block.subspan(8)) || path.empty() || path.size() == kPathFieldBytes)
    return std::nullopt;
  return path;
}

Result<JournalFileInfo> read_journal_info(const std::string& path) {
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(file).error(), path);
  return read_journal_info(*file);
}

Result<JournalFileInfo> read_journal_info(const File& file) {
  const std::string& path = file.path();
  std::array<std::byte, kJournalHeaderBytes> blocks{};
  if (Status status = file.read_exact(0, blocks); !status.has_value()) {
    if (status.error().os_errno != 0) return rename_error<MsgId::JNLFILEOPNERR>(std::move(status).error(), path);
    return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a shorter file");
  }
  JournalFileInfo info;
  HW_TRY(info.header, decode_opening(Bytes(blocks).first(4096), path));
  info.closing = decode_closing(Bytes(blocks).subspan(4096));
  const auto undone = decode_undone(Bytes(blocks).subspan(kUndoneOffset));
  if (!undone) return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a damaged note of what was undone");
  info.header.undone = *undone;
  if (info.closing) {
    auto next = decode_next_path(Bytes(blocks).subspan(kNextPathOffset));
    if (!next) return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a damaged name of the next journal file");
    info.next_path = std::move(*next);
  }
  return info;
}

}  // namespace hw

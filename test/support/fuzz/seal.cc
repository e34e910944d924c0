#include "test/support/fuzz/seal.h"

#include <algorithm>
#include <span>

#include "engine/backup/increment.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/extract/binary_extract.h"
#include "journal/file_header.h"
#include "journal/record.h"
#include "replic/instance/instance_layout.h"
#include "replic/instance/receive_pool.h"
#include "replic/refresh/refresh_wire.h"

namespace hw::fuzz {
namespace {

MutableBytes writable(std::string& bytes) { return std::as_writable_bytes(std::span(bytes)); }

constexpr std::size_t kBlockBytes = 4096;   ///< of a journal file's opening and closing block
constexpr std::size_t kOpeningBytes = 640;  ///< of them that are not zero
constexpr std::size_t kClosingBytes = 64;
static_assert(kJournalInputHeaderBytes == kOpeningBytes + kClosingBytes + kUndoneBytes);

/// Where the next `magic` stands from `from` on, in steps of `step`; else the end.
std::size_t find_magic(Bytes in, std::size_t from, std::uint32_t magic, std::size_t step) {
  for (; from + 4 <= in.size(); from += step)
    if (get_le<std::uint32_t>(in, from) == magic) return from;
  return in.size();
}

/// Length of the record at `at`: what it says when that fits, else up to the next one. Both records and frames have
/// their magic at 8 and their length at 12, and are multiples of 8.
std::size_t length_at(Bytes in, std::size_t at, std::size_t header_bytes, std::uint32_t magic) {
  const std::size_t said = get_le<std::uint32_t>(in, at + 12);
  if (said >= header_bytes && said % 8 == 0 && said <= in.size() - at) return said;
  const std::size_t next = find_magic(in, at + 16, magic, 8);
  const std::size_t end = next == in.size() ? in.size() : next - 8;
  return std::max((end - at) / 8 * 8, header_bytes);
}

bool has_magic(Bytes in, std::size_t at, std::size_t header_bytes, std::uint32_t magic) {
  return at + header_bytes <= in.size() && get_le<std::uint32_t>(in, at + 8) == magic;
}

std::vector<std::size_t> parts_of(std::string_view bytes, std::size_t from, std::size_t header_bytes,
                                  std::uint32_t magic) {
  const Bytes in = as_bytes(bytes);
  std::vector<std::size_t> begins;
  for (std::size_t at = from; has_magic(in, at, header_bytes, magic); at += length_at(in, at, header_bytes, magic))
    begins.push_back(at);
  return begins;
}

void seal_link_frames(std::string& bytes, const Framing& framing) {
  const MutableBytes out = writable(bytes);
  const std::uint32_t magic = framing.magic;
  const std::size_t body_max = framing.body_bytes_max;
  for (std::size_t at = 0; at + kWireHeaderBytes <= out.size();) {
    put_le<std::uint32_t>(out, at, magic);
    const std::size_t room = out.size() - at - kWireHeaderBytes;
    std::size_t body = get_le<std::uint32_t>(out, at + 8);
    if (body > room || body > body_max)
      body = std::min(find_magic(out, at + kWireHeaderBytes, magic, 1) - at - kWireHeaderBytes, body_max);
    put_le<std::uint32_t>(out, at + 8, static_cast<std::uint32_t>(body));
    const bool compressed = (get_le<std::uint32_t>(out, at + 16) & kFrameCompressed) != 0;
    if (!compressed) put_le<std::uint32_t>(out, at + 12, static_cast<std::uint32_t>(body));
    put_le<std::uint32_t>(out, at + 16, compressed ? kFrameCompressed : 0);
    put_le<std::uint32_t>(out, at + 20, 0);
    const Bytes in = out;
    put_le(out, at + 24, checksum(in.subspan(at, 24), in.subspan(at + kWireHeaderBytes, body)));
    at += kWireHeaderBytes + body;
  }
}

}  // namespace

void seal_block(MutableBytes block) { put_le(block, 0, checksum(block.subspan(8))); }

void seal_block_of(std::string& block, std::size_t bytes) {
  block.resize(bytes);
  seal_block(writable(block));
}

std::vector<std::size_t> record_parts(std::string_view bytes, std::size_t from) {
  return parts_of(bytes, from, kRecordHeaderBytes, kRecordMagic);
}

void seal_records(std::string& bytes, std::size_t from) {
  const MutableBytes out = writable(bytes);
  std::size_t before = 0;
  for (const std::size_t at : record_parts(bytes, from)) {
    const std::size_t total = length_at(out, at, kRecordHeaderBytes, kRecordMagic);
    put_le(out, at + 12, static_cast<std::uint32_t>(total));
    put_le(out, at + 16, static_cast<std::uint32_t>(before));
    put_le<std::uint16_t>(out, at + 22, get_le<std::uint16_t>(out, at + 22) % 8);
    seal_block(out.subspan(at, total));
    before = total;
  }
}

std::vector<std::size_t> frame_parts(std::string_view bytes, std::size_t from) {
  return parts_of(bytes, from, kFrameHeaderBytes, kFrameMagic);
}

std::size_t seal_frames(std::string& bytes, std::size_t from) {
  const MutableBytes out = writable(bytes);
  const auto begins = frame_parts(bytes, from);
  for (const std::size_t at : begins) {
    const std::size_t total = length_at(out, at, kFrameHeaderBytes, kFrameMagic);
    put_le(out, at + 12, static_cast<std::uint32_t>(total));
    seal_block(out.subspan(at, total));
  }
  return begins.size();
}

std::string journal_input_of(std::string_view file) {
  HW_CHECK(file.size() >= kJournalHeaderBytes);
  std::string input(file.substr(0, kOpeningBytes));
  input += file.substr(kBlockBytes, kClosingBytes);
  input += file.substr(kUndoneOffset, kUndoneBytes);
  return input.append(file.substr(kJournalHeaderBytes));
}

std::string journal_file_of(std::string_view input) {
  std::string file(kJournalHeaderBytes, '\0');
  const auto put = [&](std::size_t at, std::size_t bytes) {
    const std::string_view part = input.substr(0, bytes);
    part.copy(file.data() + at, part.size());
    input.remove_prefix(part.size());
  };
  put(0, kOpeningBytes);
  put(kBlockBytes, kClosingBytes);
  put(kUndoneOffset, kUndoneBytes);
  return file.append(input);
}

void seal_journal_input(std::string& input) {
  std::string file = journal_file_of(input);
  const MutableBytes out = writable(file);
  seal_block(out.first(kBlockBytes));
  // A closing block of zeros, and one of what was undone, mean something: they stay.
  if (get_le<std::uint64_t>(out, kBlockBytes) != 0) {
    const auto begins = record_parts(file, kJournalHeaderBytes);
    const std::uint64_t said = get_le<std::uint64_t>(out, kBlockBytes + 8);
    if (said > file.size() && !begins.empty()) put_le<std::uint64_t>(out, kBlockBytes + 8, begins.back());
    seal_block(out.subspan(kBlockBytes, kClosingBytes));
  }
  if (get_le<std::uint64_t>(out, kUndoneOffset) != 0) seal_block(out.subspan(kUndoneOffset, kUndoneBytes));
  seal_records(file, kJournalHeaderBytes);
  input = journal_input_of(file);
}

void seal_increment(std::string& bytes) {
  if (bytes.size() < kIncrementHeaderBytes) bytes.resize(kIncrementHeaderBytes);
  const std::uint64_t frames = seal_frames(bytes, kIncrementHeaderBytes);
  const MutableBytes out = writable(bytes);
  put_le<std::uint64_t>(out, 64, frames);
  put_le<std::uint64_t>(out, 72, bytes.size() - kIncrementHeaderBytes);
  seal_block(out.first(kIncrementHeaderBytes));
}

void seal_binary_extract(std::string& bytes) {
  constexpr std::size_t kHeader = 24;  // Of a block.
  if (bytes.size() < kBinaryExtractHeaderBytes) bytes.resize(kBinaryExtractHeaderBytes);
  const MutableBytes out = writable(bytes);
  std::copy_n(as_bytes(kBinaryExtractLabel).begin(), kBinaryExtractLabel.size(), out.begin());
  put_le(out, 8, checksum(Bytes(out).subspan(16, kBinaryExtractHeaderBytes - 16)));
  std::uint64_t number = 0;
  for (std::size_t at = kBinaryExtractHeaderBytes; at + kHeader <= bytes.size(); ++number) {
    const std::size_t room = bytes.size() - at - kHeader;
    const std::size_t body = std::min<std::size_t>(get_le<std::uint32_t>(out, at + 16), room);
    put_le(out, at + 8, number);
    put_le(out, at + 16, static_cast<std::uint32_t>(body));
    seal_block(out.subspan(at, kHeader + body));
    at += kHeader + body;
  }
}

void seal_global_directory(std::string& text) {
  text.resize(std::min(text.rfind("checksum "), text.size()));
  text += fmt::format("checksum {:016x}\n", checksum(as_bytes(text)));
}

void seal_control_file(std::string& bytes) {
  constexpr std::size_t kSecondCopy = 4096, kCopyBytes = 512;
  bytes.resize(std::max(bytes.size(), kSecondCopy + kCopyBytes));
  for (const std::size_t at : {std::size_t{0}, kSecondCopy}) seal_block(writable(bytes).subspan(at, kCopyBytes));
}

void seal_wire(std::string& bytes) { seal_link_frames(bytes, kLinkFraming); }
std::vector<std::size_t> link_parts(std::string_view bytes) {
  const Bytes in = as_bytes(bytes);
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at + kWireHeaderBytes <= in.size();) {
    begins.push_back(at);
    at += kWireHeaderBytes + std::min<std::size_t>(get_le<std::uint32_t>(in, at + 8), in.size());
  }
  return begins;
}
void seal_refresh(std::string& bytes) { seal_link_frames(bytes, kRefreshFraming); }

void seal_pool_entry(std::string& bytes) {
  if (bytes.size() < kPoolEntryHeaderBytes) bytes.resize(kPoolEntryHeaderBytes);
  bytes.resize(bytes.size() / kPoolEntryHeaderBytes * kPoolEntryHeaderBytes);
  const MutableBytes out = writable(bytes);
  std::size_t total = get_le<std::uint32_t>(out, 16);
  if (total < kPoolEntryHeaderBytes || total > bytes.size() || total % kPoolEntryHeaderBytes != 0) total = bytes.size();
  encode_pool_entry_header(static_cast<PoolEntryKind>(get_le<std::uint16_t>(out, 12)),
                           static_cast<std::uint32_t>(total), get_le<std::uint32_t>(out, 20),
                           Seqno{get_le<std::uint64_t>(out, 24)},
                           Bytes(out).subspan(kPoolEntryHeaderBytes, total - kPoolEntryHeaderBytes), out);
}

void seal_instance_file(std::string& bytes) {
  if (bytes.size() < kHistoryOffset) bytes.resize(kHistoryOffset);
  const MutableBytes out = writable(bytes);
  const auto seal_range = [&](std::size_t from, std::size_t to, std::size_t cell) {
    for (; from + cell <= to; from += cell) seal_cell(out.subspan(from, cell));
  };
  seal_range(0, 2 * kInstanceHeaderBytes, kInstanceHeaderBytes);
  seal_range(kSlotsOffset, kHistoryOffset, kSlotBytes);
  seal_range(kHistoryOffset, bytes.size(), kHistoryBytes);
}

}  // namespace hw::fuzz

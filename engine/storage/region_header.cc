#include "engine/storage/region_header.h"

#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/limits.h"

namespace hw {
namespace {

constexpr std::string_view kLabel = "HWREGN03";
constexpr std::size_t kFixedBytes = 160;

}  // namespace

std::string encode_region_header(const RegionHeader& header) {
  HW_CHECK(header.name.size() <= kRegionNameBytesMax && header.journal_path.size() <= kPathBytesMax);
  std::string bytes(kFixedBytes, '\0');
  MutableBytes out = std::as_writable_bytes(std::span(bytes));
  std::memcpy(bytes.data() + 8, kLabel.data(), kLabel.size());
  std::memcpy(bytes.data() + 16, header.database_id.data(), header.database_id.size());
  put_le(out, 32, header.created_us);
  put_le(out, 40, header.reg_seqno.value);
  put_le(out, 48, static_cast<std::uint8_t>(header.journal_state));
  put_le(out, 49,
         static_cast<std::uint8_t>((header.replicated ? 1 : 0) | (header.ever_replicated ? 2 : 0) |
                                   (header.rollback_decided ? 4 : 0) | (header.recovering ? 8 : 0)));
  put_le(out, 50, header.null_collation);
  put_le(out, 51, header.null_subscripts);
  put_le(out, 52, header.key_bytes_max);
  put_le(out, 56, header.value_bytes_max);
  put_le(out, 60, header.extension_blocks);
  put_le(out, 64, header.journal_allocation);
  put_le(out, 72, header.journal_extension);
  put_le(out, 80, header.journal_autoswitch);
  put_le(out, 88, header.generation);
  put_le(out, 96, header.offset);
  put_le(out, 104, header.zqgblmod_seqno.value);
  put_le(out, 112, header.zqgblmod_tn);
  put_le(out, 120, header.tn_base);
  put_le(out, 128, static_cast<std::uint16_t>(header.name.size()));
  put_le(out, 130, static_cast<std::uint16_t>(header.journal_path.size()));
  put_le(out, 132, header.last_record_bytes);
  put_le(out, 136, header.rollback_seqno.value);
  put_le(out, 144, header.undone.times);
  put_le(out, 152, header.undone.lowest.value);
  bytes += header.name;
  bytes += header.journal_path;
  out = std::as_writable_bytes(std::span(bytes));
  put_le(out, 0, checksum(out.subspan(8)));
  return bytes;
}

Result<RegionHeader> decode_region_header(std::string_view bytes, const std::string& path) {
  const Bytes in = as_bytes(bytes);
  if (in.size() < kFixedBytes || bytes.substr(8, 8) != kLabel ||
      get_le<std::uint64_t>(in, 0) != checksum(in.subspan(8)))
    return make_error<MsgId::DBNOTGDS>(path);
  RegionHeader header;
  std::memcpy(header.database_id.data(), bytes.data() + 16, header.database_id.size());
  header.created_us = get_le<std::uint64_t>(in, 32);
  header.reg_seqno = Seqno{get_le<std::uint64_t>(in, 40)};
  const auto state = get_le<std::uint8_t>(in, 48);
  const auto replicated = get_le<std::uint8_t>(in, 49);
  header.null_collation = get_le<std::uint8_t>(in, 50);
  header.null_subscripts = get_le<std::uint8_t>(in, 51);
  header.key_bytes_max = get_le<std::uint32_t>(in, 52);
  header.value_bytes_max = get_le<std::uint32_t>(in, 56);
  header.extension_blocks = get_le<std::uint32_t>(in, 60);
  header.journal_allocation = get_le<std::uint64_t>(in, 64);
  header.journal_extension = get_le<std::uint64_t>(in, 72);
  header.journal_autoswitch = get_le<std::uint64_t>(in, 80);
  header.generation = get_le<std::uint64_t>(in, 88);
  header.offset = get_le<std::uint64_t>(in, 96);
  header.zqgblmod_seqno = Seqno{get_le<std::uint64_t>(in, 104)};
  header.zqgblmod_tn = get_le<std::uint64_t>(in, 112);
  header.tn_base = get_le<std::uint64_t>(in, 120);
  const auto name_bytes = get_le<std::uint16_t>(in, 128);
  const auto journal_bytes = get_le<std::uint16_t>(in, 130);
  if (state > 2 || replicated > 15 || header.null_collation > 1 || header.null_subscripts > 2 ||
      header.key_bytes_max > kKeySizeMax || header.value_bytes_max > kValueBytesMax ||
      name_bytes > kRegionNameBytesMax || journal_bytes > kPathBytesMax ||
      in.size() != kFixedBytes + name_bytes + journal_bytes)
    return make_error<MsgId::DBNOTGDS>(path);
  header.journal_state = static_cast<JournalState>(state);
  header.replicated = (replicated & 1) != 0;
  header.ever_replicated = (replicated & 2) != 0;
  header.rollback_decided = (replicated & 4) != 0;
  header.recovering = (replicated & 8) != 0;
  header.rollback_seqno = Seqno{get_le<std::uint64_t>(in, 136)};
  header.last_record_bytes = get_le<std::uint32_t>(in, 132);
  header.undone = {get_le<std::uint64_t>(in, 144), Seqno{get_le<std::uint64_t>(in, 152)}};
  header.name = bytes.substr(kFixedBytes, name_bytes);
  header.journal_path = bytes.substr(kFixedBytes + name_bytes, journal_bytes);
  return header;
}

}  // namespace hw

#include "engine/region/copy_mark.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "engine/base/checksum.h"
#include "engine/base/sync_point.h"

namespace hw {
namespace {

constexpr std::string_view kCopyLabel = "HWCOPY01";

}  // namespace

std::array<std::byte, kCopyMarkBytes> encode_copy_mark(const CopyMark& mark) {
  std::array<std::byte, kCopyMarkBytes> bytes{};
  const MutableBytes out(bytes);
  std::memcpy(bytes.data() + 8, kCopyLabel.data(), kCopyLabel.size());
  std::memcpy(bytes.data() + 16, mark.database_id.data(), mark.database_id.size());
  put_le<std::uint64_t>(out, 32, mark.seqno.value);
  put_le<std::uint64_t>(out, 40, mark.copied_us);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  return bytes;
}

std::optional<CopyMark> decode_copy_mark(Bytes bytes) {
  if (bytes.size() != kCopyMarkBytes || as_text(bytes.subspan(8, 8)) != kCopyLabel ||
      get_le<std::uint64_t>(bytes, 0) != checksum(bytes.subspan(8)))
    return std::nullopt;
  CopyMark mark;
  std::memcpy(mark.database_id.data(), bytes.data() + 16, mark.database_id.size());
  mark.seqno = Seqno{get_le<std::uint64_t>(bytes, 32)};
  mark.copied_us = get_le<std::uint64_t>(bytes, 40);
  return mark;
}

Result<std::optional<CopyMark>> read_copy_mark(const std::string& path) {
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) {
    if (file.error().os_errno == ENOENT) return std::optional<CopyMark>();
    return file.error();
  }
  HW_TRY(const std::uint64_t size, file->size());
  if (size < kCopyMarkOffset + kCopyMarkBytes) return std::optional<CopyMark>();
  std::array<std::byte, kCopyMarkBytes> bytes{};
  HW_TRY_VOID(file->read_exact(kCopyMarkOffset, bytes));
  return decode_copy_mark(bytes);
}

Status write_copy_mark(const File& file, const CopyMark& mark) {
  return file.write_all(kCopyMarkOffset, encode_copy_mark(mark));
}

Status clear_copy_mark(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  HW_TRY_VOID(file.write_all(kCopyMarkOffset, std::array<std::byte, kCopyMarkBytes>{}));
  return sync_at(SyncPoint::CopyMarkCleared, file);
}

}  // namespace hw

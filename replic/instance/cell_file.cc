#include "replic/instance/cell_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/sync_point.h"
#include "replic/link/protocol_level.h"

namespace hw {
namespace {

constexpr std::uint64_t kLockByte = 1ULL << 62;  // Far after the data: reading and writing are not hindered.

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, std::min(text.find('\0'), text.size()))) out += (c >= ' ' && c <= '~') ? c : '.';
  return out;
}

}  // namespace

Result<CellFile> CellFile::open(const std::string& path, bool writable) {
  HW_TRY(const std::uint16_t level, protocol_level_from_environment());
  Result<File> file = File::open(path, writable ? O_RDWR : O_RDONLY);
  if (file.has_value()) return CellFile(std::move(*file), level);
  if (file.error().os_errno == ENOENT) return make_error<MsgId::FILENOTFND>(path);
  return rename_error<MsgId::REPLINSTOPEN>(std::move(file).error(), path);
}

Result<CellFile::Lock> CellFile::lock(FileLock::Kind kind) const {
  if (Status held = FileLock::wait(file_, kLockByte, kind); !held.has_value())
    return rename_error<MsgId::REPLINSTACC>(std::move(held).error(), path());
  return Lock(&file_);
}

// Closing the file releases the lock as well, so a failure here has no consequence that lasts.
CellFile::Lock::~Lock() {
  if (file_ != nullptr) (void)FileLock::unlock(*file_, kLockByte);
}

Error CellFile::format_error(std::string_view expected, std::string_view found) const {
  return make_error<MsgId::REPLINSTFMT>(path(), expected, found);
}

Status CellFile::read_at(std::uint64_t offset, MutableBytes out) const {
  if (Status status = file_.read_exact(offset, out); !status.has_value())
    return rename_error<MsgId::REPLINSTREAD>(std::move(status).error(), out.size(), offset, path());
  return {};
}

Status CellFile::write_at(std::uint64_t offset, Bytes in) const {
  if (Status status = file_.write_all(offset, in); !status.has_value())
    return rename_error<MsgId::REPLINSTWRITE>(std::move(status).error(), in.size(), offset, path());
  if (Status status = sync_data_at(SyncPoint::InstanceCell, file_); !status.has_value())
    return rename_error<MsgId::REPLINSTFSYNC>(std::move(status).error(), path());
  return {};
}

Result<CellFile::Cell> CellFile::read(const CellPlace& place) const {
  std::vector<std::byte> both(2 * place.bytes);
  HW_TRY_VOID(read_at(place.offset, both));
  Cell cell;
  cell.bytes.resize(place.bytes);
  for (unsigned copy = 0; copy < 2; ++copy) {
    const Bytes bytes = Bytes(both).subspan(copy * place.bytes, place.bytes);
    const std::uint64_t generation = cell_generation(bytes, place.label);
    if (generation <= cell.generation) continue;
    cell.generation = generation;
    cell.copy = copy;
    std::copy(bytes.begin(), bytes.end(), cell.bytes.begin());
  }
  return cell;
}

Status CellFile::write(const CellPlace& place, const Cell& cell, MutableBytes copy) const {
  HW_CHECK_EQ(copy.size(), place.bytes);  // A longer one would run into the other copy.
  put_le<std::uint64_t>(copy, 8, cell.generation + 1);
  seal_cell(copy);
  return write_at(place.offset + (cell.copy == 0 ? place.bytes : 0), copy);
}

Result<std::uint64_t> CellFile::size() const {
  Result<std::uint64_t> bytes = file_.size();
  if (!bytes.has_value()) return rename_error<MsgId::REPLINSTACC>(std::move(bytes).error(), path());
  return bytes;
}

Status CellFile::grow(std::uint64_t present, std::uint64_t bytes) const {
  HW_CHECK_LT(present, bytes);
  if (Status status = file_.allocate(present, bytes - present); !status.has_value())
    return rename_error<MsgId::REPLINSTWRITE>(std::move(status).error(), bytes - present, present, path());
  return {};
}

Status CellFile::check_label() const {
  HW_TRY(const Cell cell, read(header_place()));
  if (cell.generation != 0) return {};
  std::array<std::byte, 8> label{};
  HW_TRY_VOID(read_at(0, label));
  const std::string_view expected = instance_label(level_);
  if (as_text(label) != expected) return format_error(expected, printable(as_text(label)));
  return format_error("a header with its checksum", "none");
}

Status CellFile::close() {
  const std::string name = path();
  if (Status status = file_.close(); !status.has_value())
    return rename_error<MsgId::REPLINSTCLOSE>(std::move(status).error(), name);
  return {};
}

}  // namespace hw

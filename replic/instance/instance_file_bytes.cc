// The instance file as bytes: copies of it, and its cells for those who show and change them.
#include <utility>

#include "replic/instance/instance_file.h"

namespace hw {

Result<InstanceFile::Whole> InstanceFile::read_whole(const std::string& path) {
  HW_TRY(CellFile cells, CellFile::open(path, /*writable=*/false));
  InstanceFile file(std::move(cells));
  HW_TRY(const auto lock, file.cells_.lock(FileLock::Kind::Shared));
  HW_TRY_VOID(file.load());
  HW_TRY(const std::uint64_t bytes, file.cells_.size());
  Whole whole{std::string(bytes, '\0'), file.header_};
  HW_TRY_VOID(file.cells_.read_at(0, std::as_writable_bytes(std::span(whole.bytes))));
  return whole;
}

Status InstanceFile::write_copy(const File& to, const Whole& from, Seqno next_seqno) {
  HW_TRY_VOID(to.write_all(0, as_bytes(from.bytes)));
  HW_TRY(InstanceFile copy, open(to.path()));
  // A reign's record is there before its first update, so the file may know of one that begins later.
  HW_TRY_VOID(copy.cut_history(next(next_seqno)));
  return copy.update_header([&](InstanceHeader& header) {
    header.forget_regions();
    mark_shut_down(header, next_seqno);
  });
}

Result<InstanceFile::CellBytes> InstanceFile::read_cells() const {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Shared));
  CellBytes out;
  const auto add = [&](const CellPlace& place, std::vector<std::byte>& to) -> Status {
    HW_TRY(CellFile::Cell cell, cells_.read(place));
    to = std::move(cell.bytes);
    return {};
  };
  HW_TRY_VOID(add(cells_.header_place(), out.header));
  for (std::size_t i = 0; i < kSlotsMax; ++i) HW_TRY_VOID(add(slot_place(i), out.slots.emplace_back()));
  for (std::size_t n = 0; n < header_.history_count; ++n)
    HW_TRY_VOID(add(history_place(n), out.history.emplace_back()));
  return out;
}

Result<FieldEdit> InstanceFile::change_field(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                                             std::optional<std::uint64_t> value) {
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return make_error<MsgId::SIZENOTVALID8>();
  HW_CHECK(offset % bytes == 0);
  HW_TRY(const CellFile cells, CellFile::open(path, value.has_value()));
  HW_TRY(const auto lock, cells.lock(value ? FileLock::Kind::Exclusive : FileLock::Kind::Shared));
  HW_TRY_VOID(cells.check_label());
  const auto nothing_there = [&] { return make_error<MsgId::REPLINSTREAD>(bytes, offset, path); };
  const auto place = cell_at(offset, kHistoryRecordsMax, cells.level());
  if (!place) return nothing_there();
  Result<CellFile::Cell> read = cells.read(*place);
  if (!read.has_value() || read->generation == 0) return nothing_there();
  CellFile::Cell& cell = *read;
  const auto at = static_cast<std::size_t>((offset - place->offset) % place->bytes);

  FieldEdit out;
  for (std::size_t i = bytes; i-- > 0;)
    out.before = (out.before << 8) | std::to_integer<std::uint64_t>(cell.bytes[at + i]);
  out.after = out.before;
  if (!value) return out;
  out.after = bytes == 8 ? *value : *value & ((1ULL << (8 * bytes)) - 1);
  for (std::size_t i = 0; i < bytes; ++i) cell.bytes[at + i] = std::byte(out.after >> (8 * i));
  HW_TRY_VOID(cells.write(*place, cell, cell.bytes));
  // A copy counts by its label: a changed one must be in both, or the other copy would still be read.
  if (at < 8) HW_TRY_VOID(cells.write_at(place->offset + cell.copy * place->bytes, cell.bytes));
  return out;
}

}  // namespace hw

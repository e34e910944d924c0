#include "engine/commit/redo_file.h"

#include <cerrno>

#include "engine/base/file_rights.h"
#include "engine/commit/redo.h"
#include "engine/region/region_write.h"

namespace hw {
namespace {

std::string redo_path(const OpenRegion& region) { return region.path + "-redo"; }

std::string_view id_of(const OpenRegion& region) {
  return as_text(std::as_bytes(std::span(region.header.database_id))).substr(0, 8);
}

/// The file's text, its record and what that holds.
struct RedoRecord {
  std::string text;
  RecordHeader header;
  TransactionBody body;
};

/// None when it is not there, or not whole, or another database's.
Result<std::unique_ptr<RedoRecord>> read_redo_file(const OpenRegion& region) {
  auto found = std::make_unique<RedoRecord>();
  auto text = read_file(redo_path(region), kRecordBytesMax);
  if (!text.has_value()) {
    if (text.error().os_errno == ENOENT || text.error().os_errno == EFBIG) return std::unique_ptr<RedoRecord>();
    return std::move(text).error();
  }
  found->text = std::move(*text);
  Record record;
  if (decode_record(as_bytes(found->text), record) != RecordVerdict::Good ||
      record.header.type != RecordType::Transaction || !decode_transaction(record.body, found->body) ||
      found->body.tid != id_of(region))
    return std::unique_ptr<RedoRecord>();
  found->header = record.header;
  return found;
}

bool is_next(OpenRegion& region, const RedoRecord& found) {
  return found.header.tn.value == region.last_tn().value + 1;
}

Status apply(OpenRegion& region, const RedoRecord& found) {
  return commit_growing(region, [&](WriteTransaction& transaction) { return redo(transaction, found.body); });
}

}  // namespace

Result<std::uint64_t> write_redo_file(const OpenRegion& region, RecordBuilder& builder,
                                      std::span<const UpdateView> updates, RegionTn tn, std::uint64_t time_us,
                                      std::uint32_t pid) {
  builder.start_transaction(true, id_of(region), pid);
  std::uint32_t number = 0;
  for (const UpdateView& update : updates) {
    if (builder.bytes_so_far() + 2 * kValueBytesMax > kRecordBytesMax)
      return make_error<MsgId::TRANS2BIG>(region.definition.name);
    builder.add_update(update, OldKind::None, {}, ++number);
  }
  builder.set_totals(number, 1);
  const std::string_view record = builder.finish(Seqno{0}, tn, time_us, 0);
  HW_TRY(const FileRights model, rights_of(region.path));
  HW_TRY(const File file, open_or_create_like(redo_path(region), model, Likeness::Same));
  HW_TRY_VOID(file.write_all(0, as_bytes(record)));
  HW_TRY_VOID(file.truncate(record.size()));
  return get_le<std::uint64_t>(as_bytes(record), 0);
}

Status redo_from_file(OpenRegion& region, std::uint64_t checksum) {
  HW_TRY(const std::unique_ptr<RedoRecord> found, read_redo_file(region));
  if (found == nullptr || found->header.checksum != checksum || !is_next(region, *found))
    return make_error<MsgId::HWPOOLDAMAGED>(region.path,
                                            redo_path(region) + " does not hold what a dead process was committing");
  return apply(region, *found);
}

Status redo_without_pool(OpenRegion& region) {
  HW_TRY(const std::unique_ptr<RedoRecord> found, read_redo_file(region));
  if (found != nullptr && is_next(region, *found)) HW_TRY_VOID(apply(region, *found));
  return remove_redo_file(region);
}

Status remove_redo_file(const OpenRegion& region) { return remove_file(redo_path(region)); }

}  // namespace hw

#include "journal/writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "engine/base/failpoint.h"
#include "journal/record.h"

namespace hw {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kPrepareBytes = 256 << 10;  // Ahead of the journal's end.

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

Status prepare_file(const std::string& path, const JournalFileHeader& header) {
  HW_TRY(File file, File::open(path, O_RDWR | O_CREAT | O_TRUNC));
  const auto opening = encode_opening(header);
  HW_TRY_VOID(file.write_all(0, opening));
  HW_TRY_VOID(file.write_all(kUndoneOffset, encode_undone(header.undone)));
  HW_TRY_VOID(file.allocate(0, std::max<std::uint64_t>(header.allocation_bytes, 2 * kJournalHeaderBytes)));
  return file.sync();
}

}  // namespace

std::string successor_name(const std::string& path) { return path + "_new"; }

Status create_journal_file(const std::string& path, const JournalFileHeader& header) {
  const std::string temporary = successor_name(path);
  Status status = prepare_file(temporary, header);
  if (status.has_value()) status = rename_file(temporary, path);
  if (status.has_value()) status = sync_folder_of(path);
  if (status.has_value()) return {};
  const Error why = std::move(status).error();
  (void)remove_file(temporary);  // The first failure is the one to report.
  return rename_error<MsgId::JNLNOCREATE>(why, path);
}

Status finish_interrupted_switch(const std::string& path) {
  const std::string successor = successor_name(path);
  if (file_exists(path) || !file_exists(successor)) return {};
  HW_TRY_VOID(rename_file(successor, path));
  return sync_folder_of(path);
}

Status prepare_successor(const std::string& path, const JournalFileHeader& header) {
  const std::string successor = successor_name(path);
  Status status = prepare_file(successor, header);
  if (status.has_value()) status = sync_folder_of(successor);
  if (status.has_value()) return {};
  (void)remove_file(successor);  // The first failure is the one to report.
  return rename_error<MsgId::JNLNOCREATE>(std::move(status).error(), path);
}

Status finish_interrupted_change(const std::string& path, std::uint64_t generation) {
  const std::string successor = successor_name(path);
  if (!file_exists(successor)) return {};
  const auto prepared = read_journal_info(successor);
  // One that is not whole was being prepared when its maker died: it is replaced when the next one is made.
  if (!prepared.has_value() || prepared->header.generation != generation) return {};
  if (file_exists(path)) {
    HW_TRY(const JournalFileInfo present, read_journal_info(path));
    if (present.header.database_id == prepared->header.database_id && present.header.generation >= generation)
      return {};
    const std::string& linked = prepared->header.previous_path;
    HW_TRY_VOID(rename_file(path, linked.empty() || linked == path ? stamped_name(path) : linked));
  }
  HW_TRY_VOID(rename_file(successor, path));
  return sync_folder_of(path);
}

Status close_journal_file(const std::string& path, const JournalClosing& closing, std::uint32_t last_record_bytes) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  RecordBuilder builder;
  builder.build_end_of_file();
  const std::string_view record =
      builder.finish(closing.end_seqno, closing.end_tn, closing.closed_us, last_record_bytes);
  HW_TRY_VOID(file.write_all(closing.end_offset, as_bytes(record)));
  HW_TRY_VOID(file.sync());  // Before the closing block, which promises it.
  HW_TRY_VOID(file.write_all(4096, encode_closing(closing)));
  return file.sync();
}

Status reopen_journal_file(const std::string& path, std::uint64_t end_offset) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  constexpr std::array<std::byte, 4096> kZeros{};
  HW_TRY_VOID(file.write_all(4096, kZeros));
  HW_TRY_VOID(file.sync());  // Before the record: under a closing block it must be there.
  HW_TRY_VOID(file.write_all(end_offset, Bytes(kZeros).first(kRecordHeaderBytes)));
  return file.sync();
}

Status JournalWriter::attach(const PoolRegion& region) {
  if (generation_ == region.generation && cuts_ == region.cuts && file_.is_open()) return {};
  const std::string path(region.journal.view());
  const std::string database(region.database.view());
  const auto open_error = [&](Error error) { return rename_error<MsgId::JNLFILOPN>(std::move(error), path, database); };
  auto file = File::open(path, O_RDWR);
  if (!file.has_value()) return open_error(std::move(file).error());
  // The whole file may grow to this size without a new mapping: address space costs nothing.
  const std::uint64_t reach = std::max(region.autoswitch_bytes, region.journal_bytes) + (4ull << 30);
  auto map = Mapping::map(*file, reach, true);
  if (!map.has_value()) return open_error(std::move(map).error());
  file_ = std::move(file).value();
  map_ = std::move(map).value();
  generation_ = region.generation;
  cuts_ = region.cuts;
  populated_ = 0;
  return {};
}

void JournalWriter::detach() {
  map_ = {};
  file_ = {};
  generation_ = 0;
}

bool JournalWriter::must_switch(const PoolRegion& region, std::uint64_t bytes) {
  const std::uint64_t offset = region.write_offset.load(std::memory_order_relaxed);
  return offset > kJournalHeaderBytes && offset + bytes > region.autoswitch_bytes;
}

Status JournalWriter::reserve(PoolRegion& region, std::uint64_t begin, std::uint64_t bytes) {
  const std::uint64_t end = begin + bytes + kRecordHeaderBytes;  // Room for the end-of-file record, always.
  if (end <= populated_) return {};
  if (end > region.journal_bytes) HW_TRY_VOID(extend(region, end));
  return prepare(region, end);
}

Status JournalWriter::extend(PoolRegion& region, std::uint64_t end) {
  const std::uint64_t step = std::max<std::uint64_t>(region.extension_bytes, 1 << 20);
  const std::uint64_t grown = region.journal_bytes + (end - region.journal_bytes + step - 1) / step * step;
  if (grown > map_.size()) {
    errno = EFBIG;
    return rename_error<MsgId::JNLFILOPN>(system_error("mmap()", file_.path()), file_.path(), region.database.view());
  }
  if (Status status = file_.allocate(region.journal_bytes, grown - region.journal_bytes); !status.has_value())
    return rename_error<MsgId::JNLFILOPN>(std::move(status).error(), file_.path(), region.database.view());
  region.journal_bytes = grown;
  return {};
}

Status JournalWriter::prepare(PoolRegion& region, std::uint64_t end) {
  // Records of this commit that stand behind write_offset already have raised prepared_bytes past themselves.
  const std::uint64_t written = whole_pages(region.write_offset.load(std::memory_order_relaxed));
  std::uint64_t at = std::max(region.prepared_bytes, written);
  if (at < end) {
    const std::uint64_t reach = std::min(whole_pages(end) + kPrepareBytes, region.journal_bytes);
    if (Status status = write_zeros(file_.fd(), file_.path(), at, reach); !status.has_value())
      return rename_error<MsgId::JNLFILOPN>(std::move(status).error(), file_.path(), region.database.view());
    at = std::max(at, reach);
    region.prepared_bytes = at;
  }
  const std::uint64_t from = std::max(populated_, written - std::min(written, kPageBytes));
  if (from < at) map_.populate(from, at - from);
  populated_ = at;
  return {};
}

Status JournalWriter::reserve_end(PoolRegion& region) {
  HW_TRY_VOID(attach(region));
  return reserve(region, region.write_offset.load(), 0);
}

Result<std::string> JournalWriter::switch_generation(PoolRegion& region, bool keep_link, std::uint64_t now_us) {
  HW_CHECK(!region.is_behind());  // What LMDB still needs is looked for in the current file only.
  HW_TRY_VOID(attach(region));
  const std::string path(region.journal.view());
  const std::string old_name = stamped_name(path);
  const std::uint64_t end = region.write_offset.load();

  JournalFileHeader header;
  HW_TRY(const JournalFileInfo current, read_journal_info(path));
  header = current.header;
  header.generation = region.generation + 1;
  header.created_us = now_us;
  header.replicated = region.replicated != 0;
  header.first_seqno = Seqno{region.reg_seqno.load()};
  header.first_tn = RegionTn{region.last_tn.load()};
  header.autoswitch_bytes = region.autoswitch_bytes;
  header.allocation_bytes = region.allocation_bytes;
  header.extension_bytes = region.extension_bytes;
  header.previous_path = keep_link ? old_name : "";
  if (Status status = prepare_file(successor_name(path), header); !status.has_value()) {
    (void)remove_file(successor_name(path));  // The first failure is the one to report.
    return rename_error<MsgId::JNLNOCREATE>(std::move(status).error(), path);
  }

  // From here on the pool's facts and the files disagree until the end; a dead process leaves `switching` set.
  region.switching = 1;
  RecordBuilder builder;
  builder.build_end_of_file();
  put(end, builder.finish(Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us,
                          region.last_record_bytes));
  HW_TRY_VOID(sync());
  const auto closing = encode_closing({end, Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us});
  HW_TRY_VOID(file_.write_all(4096, closing));
  HW_TRY_VOID(sync());
  fail_here(FailPoint::JournalClosedNotRenamed);
  HW_TRY_VOID(rename_file(path, old_name));
  fail_here(FailPoint::JournalRenamedNotReplaced);
  HW_TRY_VOID(rename_file(successor_name(path), path));
  HW_TRY_VOID(sync_folder_of(path));
  region.generation = header.generation;
  region.journal_bytes = std::max<std::uint64_t>(header.allocation_bytes, 2 * kJournalHeaderBytes);
  region.prepared_bytes = 0;
  region.epoch_offset = 0;
  region.last_record_bytes = 0;
  region.set_end(kJournalHeaderBytes);
  region.synced_offset.store(kJournalHeaderBytes);
  region.synced_generation.store(header.generation);
  region.switching = 0;
  HW_TRY_VOID(attach(region));
  return old_name;
}

void JournalWriter::put(std::uint64_t offset, std::string_view record) {
  HW_CHECK(offset + record.size() <= map_.size());
  std::memcpy(map_.data() + offset, record.data(), record.size());
}

void JournalWriter::erase(std::uint64_t begin, std::uint64_t end) {
  HW_CHECK(begin <= end && end <= map_.size());
  std::memset(map_.data() + begin, 0, end - begin);
}

Bytes JournalWriter::stored(std::uint64_t begin, std::uint64_t end) const {
  HW_CHECK(begin <= end && end <= map_.size());
  return {map_.data() + begin, end - begin};
}

Status JournalWriter::sync() const {
  if (Status status = file_.sync_data(); !status.has_value())
    return rename_error<MsgId::JNLFILOPN>(std::move(status).error(), file_.path(), "");
  return {};
}

}  // namespace hw

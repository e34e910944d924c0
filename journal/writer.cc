#include "journal/writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/bus_error.h"
#include "engine/base/failpoint.h"
#include "engine/base/file_kind.h"
#include "engine/base/file_rights.h"
#include "engine/base/sync_point.h"
#include "journal/record.h"

namespace hw {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kPrepareBytes = 256 << 10;  // Ahead of the journal's end.

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

Status write_opening(const File& file, const JournalFileHeader& header) {
  const auto opening = encode_opening(header);
  HW_TRY_VOID(file.write_all(0, opening));
  HW_TRY_VOID(file.write_all(kUndoneOffset, encode_undone(header.undone)));
  HW_TRY_VOID(file.allocate(0, std::max<std::uint64_t>(header.allocation_bytes, 2 * kJournalHeaderBytes)));
  return sync_at(SyncPoint::JournalPrepared, file);
}

/// When it fails, nothing of it is left, and what somebody else has put there stays.
Status prepare_file(const std::string& path, const JournalFileHeader& header) {
  auto model = rights_of(header.database_path);
  if (!model.has_value()) {
    if (model.error().os_errno != ENOENT) return std::move(model).error();
    model = SharedMemory::own_rights();  // Of a database that is not there nobody else may know anything.
  }
  HW_TRY(const File file, replace_like(path, *model, Likeness::Same));
  Status status = write_opening(file, header);
  if (!status.has_value()) (void)remove_file(path);  // The first failure is the one to report.
  return status;
}

Error too_short(const PoolRegion& region, std::uint64_t bytes, std::uint64_t wanted) {
  Error error = make_error<MsgId::JNLFILOPN>(region.journal.view(), region.database.view());
  return error.note(fmt::format("It was cut: it has {} bytes, and must have {}", bytes, wanted));
}

/// The file as long as the pool says. What was cut off behind its last record is reserved again.
Status settle_length(const File& file, const PoolRegion& region) {
  HW_TRY(const std::uint64_t bytes, file.size());
  const std::uint64_t used = std::max<std::uint64_t>(region.write_offset.load(), kJournalHeaderBytes);
  if (bytes < used) return too_short(region, bytes, used);
  if (bytes < region.journal_bytes) return file.allocate(bytes, region.journal_bytes - bytes);
  return {};
}

}  // namespace

std::string successor_name(const std::string& path) { return path + "_new"; }

Status create_journal_file(const std::string& path, const JournalFileHeader& header) {
  const std::string temporary = successor_name(path);
  const auto refuse = [&](Error why) { return rename_error<MsgId::JNLNOCREATE>(std::move(why), path); };
  if (Status made = prepare_file(temporary, header); !made.has_value()) return refuse(std::move(made).error());
  Status named = rename_file(temporary, path);
  if (!named.has_value()) (void)remove_file(temporary);  // The first failure is the one to report.
  if (named.has_value()) named = sync_folder_at(SyncPoint::JournalCreatedName, path);
  return named.has_value() ? Status() : refuse(std::move(named).error());
}

Status finish_interrupted_switch(const std::string& path) {
  const std::string successor = successor_name(path);
  if (file_exists(path) || !is_left_over(successor)) return {};
  HW_TRY_VOID(rename_file(successor, path));
  return sync_folder_at(SyncPoint::SwitchFinishedName, path);
}

Status prepare_successor(const std::string& path, const JournalFileHeader& header) {
  const std::string successor = successor_name(path);
  Status status = prepare_file(successor, header);
  if (status.has_value()) {
    status = sync_folder_at(SyncPoint::SuccessorName, successor);
    if (!status.has_value()) (void)remove_file(successor);  // The first failure is the one to report.
  }
  if (status.has_value()) return {};
  return rename_error<MsgId::JNLNOCREATE>(std::move(status).error(), path);
}

Status finish_interrupted_change(const std::string& path, std::uint64_t generation) {
  const std::string successor = successor_name(path);
  if (!is_left_over(successor)) return {};
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
  return sync_folder_at(SyncPoint::ChangeFinishedName, path);
}

Status close_journal_file(const std::string& path, const JournalClosing& closing, std::uint32_t last_record_bytes) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  RecordBuilder builder;
  builder.build_end_of_file();
  const std::string_view record =
      builder.finish(closing.end_seqno, closing.end_tn, closing.closed_us, last_record_bytes);
  HW_TRY_VOID(file.write_all(closing.end_offset, as_bytes(record)));
  HW_TRY_VOID(sync_at(SyncPoint::CloseEndRecord, file));  // Before the closing block, which promises it.
  HW_TRY_VOID(file.write_all(kClosingOffset, encode_closing(closing)));
  return sync_at(SyncPoint::CloseBlock, file);
}

Status reopen_journal_file(const std::string& path, std::uint64_t end_offset) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  constexpr std::array<std::byte, 4096> kZeros{};
  HW_TRY_VOID(file.write_all(4096, kZeros));
  HW_TRY_VOID(sync_at(SyncPoint::ReopenBlock, file));  // Before the record: under a closing block it must be there.
  HW_TRY_VOID(file.write_all(end_offset, Bytes(kZeros).first(kRecordHeaderBytes)));
  return sync_at(SyncPoint::ReopenEnd, file);
}

Status JournalWriter::attach(const PoolRegion& region) {
  if (generation_ == region.generation && cuts_ == region.cuts && file_.is_open()) return {};
  const std::string path(region.journal.view());
  const std::string database(region.database.view());
  const auto open_error = [&](Error error) { return rename_error<MsgId::JNLFILOPN>(std::move(error), path, database); };
  auto file = File::open(path, O_RDWR);
  if (!file.has_value()) return open_error(std::move(file).error());
  if (Status status = settle_length(*file, region); !status.has_value()) {
    if (status.error().id != MsgId::SYSCALL) return status;
    return open_error(std::move(status).error());
  }
  // The whole file may grow to this size without a new mapping: address space costs nothing.
  const std::uint64_t reach = std::max(region.autoswitch_bytes, region.journal_bytes) + (4ull << 30);
  auto map = Mapping::map(*file, reach, true);
  if (!map.has_value()) return open_error(std::move(map).error());
  note_mapped_file(file->fd(), path, MappedKind::Journal);
  file_ = std::move(file).value();
  map_ = std::move(map).value();
  generation_ = region.generation;
  cuts_ = region.cuts;
  populated_ = 0;
  return {};
}

Result<File> JournalWriter::another() const { return File::open(fmt::format("/proc/self/fd/{}", file_.fd()), O_RDWR); }

void JournalWriter::detach() {
  map_ = {};
  file_ = {};
  generation_ = 0;
}

bool JournalWriter::must_switch(const PoolRegion& region, std::uint64_t bytes) {
  const std::uint64_t offset = region.write_offset.load(std::memory_order_relaxed);
  // A name without room for the time, given by an earlier version, cannot be renamed: the file grows.
  return offset > kJournalHeaderBytes && offset + bytes > region.autoswitch_bytes &&
         region.journal.view().size() <= kJournalPathBytesMax;
}

Status JournalWriter::reserve(PoolRegion& region, std::uint64_t begin, std::uint64_t bytes) {
  const std::uint64_t end = begin + bytes + kRecordHeaderBytes;  // Room for the end-of-file record, always.
  if (end <= populated_) return {};
  HW_TRY(const std::uint64_t present, file_.size());
  if (present < region.journal_bytes) {
    generation_ = 0;  // Opened again by the next commit, which can tell what is missing: nothing of this one counts.
    return too_short(region, present, region.journal_bytes);
  }
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
  // Records of this commit that follow write_offset already have raised prepared_bytes past themselves.
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

Result<JournalFileHeader> JournalWriter::successor_header(const PoolRegion& region, std::uint64_t now_us) const {
  HW_TRY(const JournalFileInfo current, read_journal_info(file_.path()));
  JournalFileHeader header = current.header;
  header.generation = region.generation + 1;
  if (!region.database.view().empty()) header.database_path = region.database.view();  // It may have been moved.
  header.created_us = now_us;
  header.replicated = region.replicated != 0;
  header.first_seqno = Seqno{region.reg_seqno.load()};
  header.first_tn = RegionTn{region.last_tn.load()};
  header.autoswitch_bytes = region.autoswitch_bytes;
  header.allocation_bytes = region.allocation_bytes;
  header.extension_bytes = region.extension_bytes;
  return header;
}

Status JournalWriter::close_current(const PoolRegion& region, std::string_view next_path, std::uint64_t now_us) {
  const std::uint64_t end = region.write_offset.load();
  RecordBuilder builder;
  builder.build_end_of_file();
  put(end, builder.finish(Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us,
                          region.last_record_bytes));
  auto block = encode_closing({end, Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us});
  const auto next = encode_next_path(next_path);
  std::ranges::copy(next, block.begin() + (kNextPathOffset - kClosingOffset));
  // Void until the closing block is there, which is in another sector of the disk.
  if (!next_path.empty()) HW_TRY_VOID(file_.write_all(kNextPathOffset, next));
  HW_TRY_VOID(sync_at(SyncPoint::SwitchEndRecord, *this));
  HW_TRY_VOID(file_.write_all(kClosingOffset, block));
  return sync_at(SyncPoint::SwitchClosed, *this);
}

void JournalWriter::begin_file(PoolRegion& region, const JournalFileHeader& header) {
  region.generation = header.generation;
  region.journal_bytes = std::max<std::uint64_t>(header.allocation_bytes, 2 * kJournalHeaderBytes);
  region.prepared_bytes = 0;
  region.epoch_offset = 0;
  region.last_record_bytes = 0;
  region.set_end(kJournalHeaderBytes);
  region.synced_offset.store(kJournalHeaderBytes);
  region.synced_generation.store(header.generation);
}

Result<std::string> JournalWriter::switch_generation(PoolRegion& region, bool keep_link, std::uint64_t now_us) {
  HW_CHECK(!region.is_behind());  // What LMDB still needs is looked for in the current file only.
  HW_TRY_VOID(attach(region));
  const std::string path(region.journal.view());
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  const std::string old_name = stamped_name(path);
  HW_TRY(JournalFileHeader header, successor_header(region, now_us));
  header.previous_path = keep_link ? old_name : "";
  // With its name: a power loss between the two renames below must leave it there to take the current one's place.
  HW_TRY_VOID(prepare_successor(path, header));

  // From here on the pool's facts and the files disagree until the end; a dead process leaves `switching` set.
  region.switching = 1;
  HW_TRY_VOID(close_current(region, {}, now_us));
  fail_here(FailPoint::JournalClosedNotRenamed);
  HW_TRY_VOID(rename_file(path, old_name));
  fail_here(FailPoint::JournalRenamedNotReplaced);
  HW_TRY_VOID(rename_file(successor_name(path), path));
  HW_TRY_VOID(sync_folder_at(SyncPoint::SwitchName, path));
  begin_file(region, header);
  region.switching = 0;
  HW_TRY_VOID(attach(region));
  return old_name;
}

Status JournalWriter::move_to(PoolRegion& region, const std::string& path, std::uint64_t now_us,
                              const std::function<Status()>& note_path) {
  HW_CHECK(!region.is_behind());
  HW_TRY_VOID(attach(region));
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  HW_TRY(JournalFileHeader header, successor_header(region, now_us));
  header.previous_path = std::string(region.journal.view());
  HW_TRY_VOID(create_journal_file(path, header));
  region.switching = 1;
  HW_TRY_VOID(close_current(region, path, now_us));
  fail_here(FailPoint::JournalClosedNotRenamed);
  HW_TRY_VOID(note_path());
  region.journal.set(path);
  begin_file(region, header);
  region.switching = 0;
  return attach(region);
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

#include "journal/writer.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/bus_error.h"
#include "engine/base/failpoint.h"
#include "engine/base/file_kind.h"
#include "engine/base/file_rights.h"
#include "engine/base/sync_point.h"
#include "journal/current_file.h"
#include "journal/files_change.h"
#include "journal/record.h"

namespace hw {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kPrepareBytes = 256 << 10;  // Ahead of the journal's end.

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

std::uint64_t reserved_bytes(const JournalFileHeader& header) {
  return std::max<std::uint64_t>(header.allocation_bytes, 2 * kJournalHeaderBytes);
}

Status write_opening(const File& file, const JournalFileHeader& header) {
  const auto opening = encode_opening(header);
  HW_TRY_VOID(file.write_all(0, opening));
  HW_TRY_VOID(file.write_all(kUndoneOffset, encode_undone(header.undone)));
  HW_TRY_VOID(file.allocate(0, reserved_bytes(header)));
  return sync_at(SyncPoint::JournalPrepared, file);
}

/// What closing a file, or opening it again, writes: what was undone is noted after it, in closed files as well.
Bytes closing_part(std::span<const std::byte, 4096> block) { return block.first(kUndoneOffset - kClosingOffset); }

Error in_the_way(const std::string& path) {
  if (const Status why = check_left_over(path); !why.has_value()) return why.error();
  return system_error("open()", path, EEXIST)
      .note(path + " is in the way of a temporary file. It is no rest of a switch of this journal: move it away");
}

/// When it fails, nothing of it is left, and what another program has put there stays.
Status prepare_file(const std::string& path, const JournalFileHeader& header) {
  auto model = rights_of(header.database_path);
  if (!model.has_value()) {
    if (model.error().os_errno != ENOENT) return std::move(model).error();
    model = SharedMemory::own_rights();  // The database is not there: nothing of it is for other users.
  }
  if (file_exists(path) && !is_rest_of_switch(path, header.database_id)) return in_the_way(path);
  HW_TRY(const File file, replace_like(path, *model, Likeness::Same));
  Status status = write_opening(file, header);
  if (!status.has_value()) (void)remove_file(path);  // The first failure is the one to report.
  return status;
}

std::uint64_t growth_step(const PoolRegion& region) { return std::max<std::uint64_t>(region.extension_bytes, 1 << 20); }

Error too_short(const PoolRegion& region, std::uint64_t bytes, std::uint64_t wanted) {
  return make_error<MsgId::JNLFILOPN>(region.journal.view(), region.database.view())
      .note(fmt::format("It was cut: it has {} bytes, and must have {}", bytes, wanted));
}

/// All offsets that are written to come from there, and -jnlpool -change sets them to anything.
Status require_possible_end(const PoolRegion& region) {
  const std::uint64_t end = region.write_offset.load(std::memory_order_relaxed);
  if (end >= kJournalHeaderBytes && end % kRecordAlignment == 0 && end <= region.journal_bytes &&
      region.applied_offset <= end)
    return {};
  return make_error<MsgId::HWPOOLDAMAGED>(
      region.database.view(), fmt::format("its journal ends at 0x{:X} of 0x{:X} bytes, and LMDB has it up to 0x{:X}",
                                          end, region.journal_bytes, region.applied_offset));
}

/// The whole file may grow to this size without a new mapping: address space costs nothing.
Result<Mapping> map_to_grow(const File& file, std::uint64_t autoswitch_bytes, std::uint64_t journal_bytes) {
  HW_TRY(Mapping map, Mapping::map(file, std::max(autoswitch_bytes, journal_bytes) + (4ull << 30), true));
  note_mapped_file(file.fd(), file.path(), MappedKind::Journal);
  // Without this a fault reads ahead, which in space that was never written is to zero megabytes that are written over
  // next. Advisory.
  (void)::madvise(map.data(), map.size(), MADV_RANDOM);
  return map;
}

/// The second half of the header of a file that is open.
std::array<std::byte, kJournalHeaderBytes - kClosingOffset> open_blocks(const Undone& undone) {
  std::array<std::byte, kJournalHeaderBytes - kClosingOffset> blocks{};
  std::ranges::copy(encode_undone(undone), blocks.begin() + (kUndoneOffset - kClosingOffset));
  return blocks;
}

/// A place where a test ends the process, or lets the rename that follows fail.
Status rename_at(FailPoint point, const std::string& from, const std::string& to) {
  fail_here(point);
  if (refused_here(failpoint_name(point))) return system_error("rename()", from + " to " + to, EPERM);
  return rename_file(from, to);
}

/// The file as long as the pool says. What was cut off after its last record is reserved again.
Status settle_length(const File& file, const PoolRegion& region) {
  HW_TRY(const std::uint64_t bytes, file.size());
  const std::uint64_t used = std::max<std::uint64_t>(region.write_offset.load(), kJournalHeaderBytes);
  if (bytes < used) return too_short(region, bytes, used);
  if (bytes < region.journal_bytes) return file.allocate(bytes, region.journal_bytes - bytes);
  return {};
}

}  // namespace

std::string successor_name(const std::string& path) { return path + "_new"; }

bool is_rest_of_switch(const std::string& successor, const DatabaseId& database) {
  if (!is_left_over(successor)) return false;
  const auto kind = kind_of_file(successor);
  if (!kind.has_value()) return false;
  if (*kind == FileKind::Empty) return true;
  if (*kind != FileKind::Journal && *kind != FileKind::Zeros) return false;
  const auto file = File::open(successor, O_RDONLY);
  if (!file.has_value()) return false;
  const auto bytes = file->size();
  if (!bytes.has_value()) return false;
  // The length of a file that has a first record; the kernel may not have brought the length of a new one to the disk.
  if (*bytes >= kJournalHeaderBytes + kRecordHeaderBytes) {
    std::array<std::byte, kRecordHeaderBytes> first{};
    if (!file->read_exact(kJournalHeaderBytes, first).has_value()) return false;
    if (std::ranges::any_of(first, [](std::byte one) { return one != std::byte{0}; })) return false;
  }
  const auto info = read_journal_info(successor);
  return !info.has_value() || info->header.database_id == database;
}

Status create_journal_file(const std::string& path, const JournalFileHeader& header) {
  const std::string temporary = successor_name(path);
  const auto refuse = [&](Error why) { return rename_error<MsgId::JNLNOCREATE>(std::move(why), path); };
  if (Status made = prepare_file(temporary, header); !made.has_value()) return refuse(std::move(made).error());
  Status named = rename_file(temporary, path);
  const bool renamed = named.has_value();
  if (renamed) named = sync_folder_at(SyncPoint::JournalCreatedName, path);
  if (named.has_value()) return {};
  (void)remove_file(renamed ? path : temporary);  // The first failure is the one to report.
  return refuse(std::move(named).error());
}

Status finish_interrupted_switch(const std::string& path, const DatabaseId& database) {
  const std::string successor = successor_name(path);
  if (file_exists(path) || !is_rest_of_switch(successor, database)) return {};
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

Status finish_interrupted_change(const std::string& path, const DatabaseId& database, std::uint64_t generation) {
  const std::string successor = successor_name(path);
  if (!is_rest_of_switch(successor, database)) return {};
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
  HW_TRY_VOID(file.write_all(kNextPathOffset, encode_next_path("")));
  HW_TRY_VOID(sync_at(SyncPoint::CloseEndRecord, file));  // Before the closing block, which promises it.
  HW_TRY_VOID(file.write_all(kClosingOffset, closing_part(encode_closing(closing))));
  return sync_at(SyncPoint::CloseBlock, file);
}

Status reopen_journal_file(const std::string& path, std::uint64_t end_offset, const Undone& undone) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  constexpr std::array<std::byte, kRecordHeaderBytes> kZeros{};
  HW_TRY_VOID(file.write_all(kClosingOffset, open_blocks(undone)));
  HW_TRY_VOID(sync_at(SyncPoint::ReopenBlock, file));  // Before the record: under a closing block it must be there.
  HW_TRY_VOID(file.write_all(end_offset, kZeros));
  return sync_at(SyncPoint::ReopenEnd, file);
}

Status JournalWriter::attach(const PoolRegion& region) {
  // The change of a dead process has been finished by now, that of a living one is over: this one could not be.
  if (region.switching != 0)
    return make_error<MsgId::HWPOOLDAMAGED>(region.database.view(),
                                            "a change of its journal file could be neither completed nor taken back");
  return attach_current(region);
}

Status JournalWriter::attach_current(const PoolRegion& region) {
  HW_TRY_VOID(require_possible_end(region));
  if (generation_ == region.generation && cuts_ == region.cuts && file_.is_open()) return {};
  const std::string path(region.journal.view());
  const std::string database(region.database.view());
  const auto open_error = [&](Error error) { return rename_error<MsgId::JNLFILOPN>(std::move(error), path, database); };
  auto file = File::open(path, O_RDWR);
  if (!file.has_value()) return open_error(std::move(file).error());
  if (Status status = require_current(*file, CurrentJournal::of(region)); !status.has_value()) {
    if (status.error().id != MsgId::SYSCALL) return status;
    return open_error(std::move(status).error());
  }
  if (Status status = settle_length(*file, region); !status.has_value()) {
    if (status.error().id != MsgId::SYSCALL) return status;
    return open_error(std::move(status).error());
  }
  auto map = map_to_grow(*file, region.autoswitch_bytes, region.journal_bytes);
  if (!map.has_value()) return open_error(std::move(map).error());
  file_ = std::move(file).value();
  map_ = std::move(map).value();
  generation_ = region.generation;
  cuts_ = region.cuts;
  populated_ = 0;
  return {};
}

Result<File> JournalWriter::another() const {
  auto file = File::open(fmt::format("/proc/self/fd/{}", file_.fd()), O_RDWR);
  if (!file.has_value()) return File::duplicate(file_.fd(), file_.path());  // Where /proc is missing.
  file->renamed_to(file_.path());
  return file;
}

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

bool JournalWriter::wants_switch(const PoolRegion& region, std::uint64_t bytes) const {
  const bool put_off =
      put_off_generation_ == region.generation && region.write_offset.load(std::memory_order_relaxed) < put_off_until_;
  return !put_off && must_switch(region, bytes);
}

void JournalWriter::put_off_switch(const PoolRegion& region) {
  put_off_generation_ = region.generation;
  put_off_until_ = region.write_offset.load(std::memory_order_relaxed) + growth_step(region);
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
  const std::uint64_t step = growth_step(region);
  const std::uint64_t grown = region.journal_bytes + (end - region.journal_bytes + step - 1) / step * step;
  if (grown < end || grown > map_.size())
    return rename_error<MsgId::JNLFILOPN>(system_error("mmap()", file_.path(), EFBIG), file_.path(),
                                          region.database.view());
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
  // The file may end within its last page: what is put after its end is in memory only.
  populated_ = std::min(at, region.journal_bytes);
  HW_CHECK_GE(populated_, end);
  return {};
}

Status JournalWriter::reserve_end(PoolRegion& region) {
  HW_TRY_VOID(attach(region));
  return reserve(region, region.write_offset.load(), 0);
}

Result<JournalFileHeader> JournalWriter::successor_header(const PoolRegion& region, std::uint64_t now_us) const {
  HW_TRY(const JournalFileInfo current, read_journal_info(file_));
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
  HW_CHECK_EQ(region.switching, PoolRegion::kFilesChange);  // Or a dead process's successor would write after the end.
  RecordBuilder builder;
  builder.build_end_of_file();
  put(end, builder.finish(Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us,
                          region.last_record_bytes));
  const auto block = encode_closing({end, Seqno{region.reg_seqno.load()}, RegionTn{region.last_tn.load()}, now_us});
  // Void until the closing block is there, which is in another sector of the disk.
  HW_TRY_VOID(file_.write_all(kNextPathOffset, encode_next_path(next_path)));
  HW_TRY_VOID(sync_at(SyncPoint::SwitchEndRecord, *this));
  HW_TRY_VOID(file_.write_all(kClosingOffset, closing_part(block)));
  return sync_at(SyncPoint::SwitchClosed, *this);
}

void JournalWriter::begin_file(PoolRegion& region, std::uint64_t generation, std::uint64_t bytes,
                               const FileIdentity& identity) {
  // First: with the new generation beside the old end, the new file would be taken for the one that ends there.
  mark_change(region, PoolRegion::kFactsChange);  // A dead process's stores are seen in program order.
  region.generation = generation;
  fail_here(FailPoint::JournalFactsHalfChanged);
  region.journal_bytes = bytes;
  region.prepared_bytes = 0;
  region.epoch_offset = 0;
  region.last_record_bytes = 0;
  region.set_end(kJournalHeaderBytes);
  region.synced_offset.store(kJournalHeaderBytes);
  region.synced_generation.store(generation);
  region.journal_file.store(identity);
  region.journal_replaced.store(0);
}

Status JournalWriter::require_name(const PoolRegion& region, const std::string& path) const {
  const NameLeads leads = where_name_leads(path, file_, region.journal_file.load());
  if (leads == NameLeads::Here) return {};
  return replaced_error(CurrentJournal::of(region));
}

Status JournalWriter::reopen(const PoolRegion& region, const Undone& undone) {
  HW_TRY_VOID(attach_current(region));
  HW_TRY_VOID(file_.write_all(kClosingOffset, open_blocks(undone)));
  HW_TRY_VOID(sync_at(SyncPoint::SwitchUndone, *this));  // Before the record: under a closing block it must be there.
  const std::uint64_t end = region.write_offset.load();
  erase(end, std::min(end + kRecordHeaderBytes, region.journal_bytes));
  return {};
}

Result<JournalWriter::Opened> JournalWriter::open_next(const std::string& name, const JournalFileHeader& header) {
  const auto refuse = [&](Error why) {
    (void)remove_file(name);  // It has just been made. The first failure is the one to report.
    return rename_error<MsgId::JNLFILOPN>(std::move(why), name, header.database_path);
  };
  auto file = File::open(name, O_RDWR);
  if (!file.has_value()) return refuse(std::move(file).error());
  auto map = map_to_grow(*file, header.autoswitch_bytes, reserved_bytes(header));
  if (!map.has_value()) return refuse(std::move(map).error());
  auto identity = identity_for_pool(*file);
  if (!identity.has_value()) return refuse(std::move(identity).error());
  return Opened{std::move(file).value(), std::move(map).value(), *identity};
}

void JournalWriter::go_on_in(PoolRegion& region, const JournalFileHeader& header, Opened next) {
  HW_CHECK_EQ(region.switching, PoolRegion::kFilesChange);
  begin_file(region, header.generation, reserved_bytes(header), next.identity);
  file_ = std::move(next.file);
  map_ = std::move(next.map);
  generation_ = header.generation;
  cuts_ = region.cuts;
  populated_ = 0;
}

Status JournalWriter::exchange_files(FilesChange& change, const PoolRegion& region, const Names& names,
                                     const JournalFileHeader& header) {
  change.undone_by([successor = names.successor] {
    (void)remove_file(successor);  // One that stays makes room for the next one.
    return Status();
  });
  change.undone_by([this, &region, undone = header.undone] { return reopen(region, undone); });
  HW_TRY_VOID(close_current(region, {}, header.created_us));
  HW_TRY_VOID(rename_at(FailPoint::JournalClosedNotRenamed, names.current, names.old));
  change.undone_by([names]() -> Status {
    HW_TRY_VOID(rename_file(names.old, names.current));
    return sync_folder_at(SyncPoint::SwitchName, names.current);  // Before it says that it is open.
  });
  HW_TRY_VOID(require_name(region, names.old));  // Another file may have got the name at the last moment.
  HW_TRY_VOID(rename_at(FailPoint::JournalRenamedNotReplaced, names.successor, names.current));
  change.undone_by([names] { return rename_file(names.current, names.successor); });
  return sync_folder_at(SyncPoint::SwitchName, names.current);
}

Result<std::string> JournalWriter::switch_generation(PoolRegion& region, bool keep_link, std::uint64_t now_us) {
  HW_CHECK(!region.is_behind());  // What LMDB still needs is looked for in the current file only.
  HW_TRY_VOID(reserve_end(region));
  const std::string path(region.journal.view());
  HW_TRY_VOID(require_name(region, path));
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  const Names names{path, successor_name(path), stamped_name(path)};
  now_us = std::max(now_us, region.last_time_us);
  HW_TRY(JournalFileHeader header, successor_header(region, now_us));
  header.previous_path = keep_link ? names.old : "";
  // With its name: a power loss between the two renames below must leave it there to take the current one's place.
  HW_TRY_VOID(prepare_successor(path, header));
  HW_TRY(Opened next, open_next(names.successor, header));

  FilesChange change(region);
  if (Status changed = exchange_files(change, region, names, header); !changed.has_value())
    return change.take_back(std::move(changed).error());
  next.file.renamed_to(path);
  go_on_in(region, header, std::move(next));
  change.done();
  return names.old;
}

Status JournalWriter::move_to(PoolRegion& region, const std::string& path, std::uint64_t now_us,
                              const std::function<Status()>& note_path) {
  HW_CHECK(!region.is_behind());
  HW_TRY_VOID(reserve_end(region));
  HW_TRY_VOID(require_name(region, std::string(region.journal.view())));  // The new file will name it.
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  now_us = std::max(now_us, region.last_time_us);
  HW_TRY(JournalFileHeader header, successor_header(region, now_us));
  header.previous_path = std::string(region.journal.view());
  HW_TRY_VOID(create_journal_file(path, header));
  HW_TRY(Opened next, open_next(path, header));

  FilesChange change(region);
  change.undone_by([path] {
    (void)remove_file(path);  // One that stays is in the way of nothing but another file of that name.
    return Status();
  });
  change.undone_by([this, &region, undone = header.undone] { return reopen(region, undone); });
  Status moved = close_current(region, path, now_us);
  fail_here(FailPoint::JournalClosedNotRenamed);
  if (moved.has_value()) moved = note_path();
  if (!moved.has_value()) return change.take_back(std::move(moved).error());
  region.journal.set(path);
  go_on_in(region, header, std::move(next));
  change.done();
  return {};
}

void JournalWriter::put(std::uint64_t offset, std::string_view record) {
  HW_CHECK_GE(offset, kJournalHeaderBytes);
  HW_CHECK(offset + record.size() <= map_.size());
  std::memcpy(map_.data() + offset, record.data(), record.size());
}

void JournalWriter::erase(std::uint64_t begin, std::uint64_t end) {
  HW_CHECK_GE(begin, kJournalHeaderBytes);
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

#include "engine/region/control_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "engine/base/boot.h"
#include "engine/base/checksum.h"
#include "engine/base/file_kind.h"
#include "engine/base/file_rights.h"
#include "engine/base/limits.h"
#include "engine/base/sync_point.h"
#include "engine/region/copy_mark.h"
#include "engine/storage/lmdb.h"
#include "journal/pool.h"

namespace hw {
namespace {

constexpr std::string_view kControlLabel = "HWCTL001";
constexpr std::size_t kCopyBytes = 512;
constexpr std::uint64_t kCopyOffsets[] = {0, 4096};

using Copy = std::array<std::byte, kCopyBytes>;

std::string text_field(Bytes in, std::size_t offset, std::size_t bytes) {
  const std::string_view field = as_text(in.subspan(offset, bytes));
  return std::string(field.substr(0, std::min(field.find('\0'), field.size())));
}

std::optional<std::uint64_t> copy_count(Bytes copy) {
  if (as_text(copy.subspan(8, 8)) != kControlLabel || get_le<std::uint64_t>(copy, 0) != checksum(copy.subspan(8)))
    return std::nullopt;
  // Both texts end in a zero, or could not be written again.
  const auto state = get_le<std::uint32_t>(copy, 80);
  if (copy[40 + 39] != std::byte{0} || copy[96 + 255] != std::byte{0} || state < 1 || state > 2) return std::nullopt;
  return get_le<std::uint64_t>(copy, 16);
}

/// Both copies' counts; a file too short for a copy has none.
Result<std::array<std::optional<std::uint64_t>, 2>> read_counts(const File& file, std::array<Copy, 2>& copies) {
  std::array<std::optional<std::uint64_t>, 2> counts;
  HW_TRY(const std::uint64_t bytes, file.size());
  for (std::size_t i = 0; i < 2; ++i) {
    if (bytes < kCopyOffsets[i] + kCopyBytes) continue;
    HW_TRY_VOID(file.read_exact(kCopyOffsets[i], copies[i]));
    counts[i] = copy_count(copies[i]);
  }
  return counts;
}

}  // namespace

namespace {

std::string control_path(const std::string& database) { return database + "-ctl"; }

/// Whether processes use the pool that a state names. One that may not be examined counts as used.
Result<bool> is_pool_in_use(const ControlState& state) {
  if (state.pool_id < 0 || !may_be_this_boot(state.boot)) return false;
  const auto pool = JournalPool::attach(state.pool_id, state.pool_uid);
  if (pool.has_value()) return pool->is_used_by_others();
  return pool.error().os_errno == EACCES || pool.error().os_errno == ENOMEM;
}

}  // namespace

ControlState ControlState::closed(const DatabaseId& id) {
  ControlState state;
  state.database_id = id;
  state.boot = boot_id();
  return state;
}

ControlState ControlState::open_alone(const DatabaseId& id) {
  ControlState state = closed(id);
  state.clean = false;
  return state;
}

ControlState ControlState::changing(const DatabaseId& id) {
  ControlState state = open_alone(id);
  state.boot = kChangeInProgress;
  return state;
}

/// Nothing is made beside a file that is no database and never was one: it may be anybody's.
Status refuse_other_file(const std::string& path) {
  const auto kind = kind_of_file(path);
  if (!kind.has_value()) return rename_error<MsgId::DBOPNERR>(kind.error(), path);
  if (*kind == FileKind::Database || file_exists(path + "-ckpt")) return {};
  return make_error<MsgId::DBNOTGDS>(path);
}

Result<ControlFile> ControlFile::open(const std::string& database) {
  const std::string path = control_path(database);
  const auto refuse = [&](Error error) { return rename_error<MsgId::DBFILERR>(std::move(error), path); };
  ControlFile control;
  control.database_ = database;
  FileRights model = SharedMemory::own_rights();  // When the database is still to come.
  auto inode = File::open(database, O_RDONLY);
  if (inode.has_value()) {
    const auto rights = rights_of(*inode);
    if (!rights.has_value()) return refuse(rights.error());
    model = *rights;
    control.inode_ = std::move(inode).value();
  } else if (inode.error().os_errno != ENOENT) {
    return rename_error<MsgId::DBOPNERR>(std::move(inode).error(), database);
  }
  const bool was_there = file_exists(path);
  if (control.inode_.is_open() && !was_there) HW_TRY_VOID(refuse_other_file(database));
  auto file = open_or_create_like(path, model, Likeness::Shared);
  control.made_ = !was_there;
  if (!file.has_value() && may_not_write(file.error())) {
    control.writable_ = false;
    control.made_ = false;
    file = File::open(path, O_RDONLY);
    if (!file.has_value() && file.error().os_errno == ENOENT) {
      HW_TRY_VOID(control.map_content(0));
      return control;
    }
  }
  if (!file.has_value()) return refuse(std::move(file).error());
  control.file_ = std::move(file).value();
  const auto present = control.file_.size();
  if (!present.has_value()) return refuse(present.error());
  if (Status mapped = control.map_content(*present); !mapped.has_value()) {
    if (mapped.error().id != MsgId::SYSCALL) return std::move(mapped).error();
    return refuse(std::move(mapped).error());
  }
  return control;
}

Status ControlFile::map_content(std::uint64_t bytes) {
  if (bytes >= kBytes || (writable_ && file_.is_open())) {
    if (bytes < kBytes) {
      // One that is open is never short, unless it was cut.
      HW_TRY(const bool alone, try_exclusive(Lock::Attached));
      if (!alone) return make_error<MsgId::HWSIDEFILE>(database_, control_path(database_));
      HW_TRY_VOID(file_.allocate(bytes, kBytes - bytes));
    }
    HW_TRY(map_, Mapping::map(file_, kBytes, writable_));
    shared_ = map_.data();
    if (bytes < kBytes) HW_TRY_VOID(unlock(Lock::Attached));
    return {};
  }
  without_ = std::make_unique<std::array<std::byte, kBytes>>();
  without_->fill(std::byte{0});
  shared_ = without_->data();
  return {};
}

Result<ControlState> ControlFile::read() const {
  HW_TRY(const auto mark, read_copy_mark(database_));
  if (mark) return ControlState();
  HW_TRY(ControlState state, read_written());
  if (state.clean || state.database.inode == 0 || !may_be_this_boot(state.boot)) return state;
  HW_TRY(const FileIdentity present, identity_of(database_));
  if (present == state.database) return state;
  // What was open is another file: the memory of its processes says nothing of this one, which is whatever the copying
  // found.
  HW_TRY(state.original_in_use, is_pool_in_use(state));
  if (is_this_boot(state.boot)) state.boot = "copied";
  state.pool_id = -1;
  state.pool_uid = 0;
  return state;
}

Result<ControlState> ControlFile::read_written() const {
  ControlState state;
  if (!file_.is_open()) return state;
  std::array<Copy, 2> copies{};
  HW_TRY(const auto counts, read_counts(file_, copies));
  state.fresh = !counts[0] && !counts[1];
  if (state.fresh) return state;
  const Bytes copy = counts[0].value_or(0) >= counts[1].value_or(0) && counts[0] ? copies[0] : copies[1];
  std::memcpy(state.database_id.data(), copy.data() + 24, state.database_id.size());
  state.boot = text_field(copy, 40, 40);
  state.clean = get_le<std::uint32_t>(copy, 80) == 1;
  state.pool_id = static_cast<std::int32_t>(get_le<std::uint32_t>(copy, 84));
  state.pool_uid = get_le<std::uint64_t>(copy, 88);
  state.instance_file = text_field(copy, 96, 256);
  state.database = {get_le<std::uint64_t>(copy, 352), get_le<std::uint64_t>(copy, 360)};
  return state;
}

Result<PoolSeen> ControlFile::find_pool(const ControlState& state, JournalPool& pool) const {
  if (state.pool_id < 0 || !may_be_this_boot(state.boot)) return PoolSeen::Gone;
  if (!is_this_boot(state.boot)) {
    // Image and journal make the database again in any boot. Where there is no image, memory with the pool's random uid
    // tells as well as a process that no boot lies between.
    HW_TRY(const bool others, attached_by_others());
    if (!others && !attached_ && file_exists(database_ + "-ckpt")) return PoolSeen::Gone;
  }
  auto attached = JournalPool::attach(state.pool_id, state.pool_uid);
  if (attached.has_value()) {
    pool = std::move(attached).value();
    return PoolSeen::Alive;
  }
  if (attached.error().os_errno == ENOMEM) return attached.error();  // It is there; this process has no room for it.
  // Locks are the same for all users and name spaces of the machine: without a process the memory means nothing, for
  // the journal has all that is in it.
  HW_TRY(const bool others, attached_by_others());
  return others ? PoolSeen::Unseen : PoolSeen::Gone;
}

Error ControlFile::unseen() const {
  return make_error<MsgId::HWUNSEEN>(
      database_, "they have it open, and their shared memory is another user's or in another IPC name space");
}

Status ControlFile::adopt_copy(Purpose purpose) const {
  HW_TRY(const auto mark, read_copy_mark(database_));
  if (!mark || !writable_ || ::access(database_.c_str(), W_OK) != 0) return {};
  // Of the earlier database's processes, all of which have died.
  HW_TRY(const ControlState earlier, read_written());
  if (earlier.pool_id >= 0) {
    const auto pool = JournalPool::attach(earlier.pool_id, earlier.pool_uid);
    const auto attached = SharedMemory::attached_count(earlier.pool_id);
    if (pool.has_value() && pool->header().replicating == 0 && attached.has_value() && *attached == 1)
      HW_TRY_VOID(SharedMemory::remove(earlier.pool_id));
  }
  const bool done = !earlier.fresh && earlier.clean && earlier.pool_id < 0 &&
                    earlier.database_id == mark->database_id && !is_frozen() && !file_exists(database_ + "-ckpt");
  if (!done) {
    HW_TRY_VOID(remove_file(database_ + "-ckpt"));
    HW_TRY_VOID(set_frozen_by(0));
    HW_TRY_VOID(write(ControlState::closed(mark->database_id)));
  }
  // The mark goes last: an adoption that is broken off is made again.
  return purpose == Purpose::Change ? clear_copy_mark(database_) : Status();
}

Status ControlFile::write(const ControlState& state) const {
  std::array<Copy, 2> copies{};
  HW_TRY(const auto counts, read_counts(file_, copies));
  const std::uint64_t newest = std::max(counts[0].value_or(0), counts[1].value_or(0));
  const std::size_t target = counts[0].value_or(0) <= counts[1].value_or(0) ? 0 : 1;  // Never the newest one.
  Copy copy{};
  MutableBytes out(copy);
  HW_CHECK(state.boot.size() < 40 && state.instance_file.size() <= kPathBytesMax);
  std::memcpy(copy.data() + 8, kControlLabel.data(), kControlLabel.size());
  put_le<std::uint64_t>(out, 16, newest + 1);
  std::memcpy(copy.data() + 24, state.database_id.data(), state.database_id.size());
  std::memcpy(copy.data() + 40, state.boot.data(), state.boot.size());
  put_le<std::uint32_t>(out, 80, state.clean ? 1 : 2);
  put_le<std::uint32_t>(out, 84, static_cast<std::uint32_t>(state.pool_id));
  put_le<std::uint64_t>(out, 88, state.pool_uid);
  std::memcpy(copy.data() + 96, state.instance_file.data(), state.instance_file.size());
  const auto database = identity_of(database_);
  if (!database.has_value() && database.error().os_errno != ENOENT) return database.error();
  put_le<std::uint64_t>(out, 352, database.has_value() ? database->device : 0);
  put_le<std::uint64_t>(out, 360, database.has_value() ? database->inode : 0);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  HW_TRY_VOID(file_.write_all(kCopyOffsets[target], copy));
  HW_TRY_VOID(sync_data_at(SyncPoint::ControlState, file_));
  // A database that lost this file's name would be taken for one that was closed.
  if (newest == 0) HW_TRY_VOID(sync_folder_at(SyncPoint::ControlName, database_));
  if (state.clean) {
    live().behind.store(0);
    live().read_only.store(0);
    live().pinned.store(0);
  }
  return {};
}

Status ControlFile::set_frozen_by(std::uint32_t user_plus_one) const {
  if (!writable_) {
    const std::string path = control_path(database_);
    return rename_error<MsgId::DBFILERR>(system_error("open()", path, EACCES), path);
  }
  const std::uint32_t before = freeze().frozen_by.exchange(user_plus_one);
  Status synced = sync_data_at(SyncPoint::FreezeMark, file_);  // Of the mapped page, too.
  if (!synced.has_value()) freeze().frozen_by.store(before);
  if (!is_frozen()) freeze().thawed.signal();
  return synced;
}

// ---- locks ----

namespace {

constexpr std::uint64_t kDatabaseByte = std::uint64_t{1} << 62;
constexpr std::uint64_t kUnregisteredByte = kDatabaseByte + 1;

}  // namespace

Result<bool> is_open_by_any_name(const std::string& database) {
  HW_TRY(const File file, File::open(database, O_RDONLY));
  return FileLock::held_by_others(file, kDatabaseByte);
}

Status ControlFile::lock_database(bool first) const {
  if (!inode_.is_open()) return {};
  HW_TRY(const bool locked, FileLock::try_lock(inode_, kDatabaseByte, FileLock::Kind::Shared));
  HW_CHECK(locked);  // No process ever holds it exclusive.
  if (!first) return {};
  HW_TRY(const bool others, FileLock::held_by_others(inode_, kDatabaseByte));
  if (!others) return {};
  HW_TRY_VOID(FileLock::unlock(inode_, kDatabaseByte));
  // What this process made beside a database that is open would pass for the control file of a closed one.
  if (made_) HW_TRY_VOID(remove_file(control_path(database_)));
  return make_error<MsgId::HWSIDEFILE>(database_, control_path(database_));
}

Result<bool> ControlFile::try_shared(Lock lock) const {
  const auto byte = static_cast<std::uint64_t>(lock);
  if (lock != Lock::Attached) return FileLock::try_lock(file_, byte, FileLock::Kind::Shared);
  bool first = !file_.is_open();
  if (writable_) {
    HW_TRY(first, FileLock::try_lock(file_, byte, FileLock::Kind::Exclusive));
  } else if (file_.is_open()) {
    HW_TRY(const bool others, FileLock::held_by_others(file_, byte));
    first = !others;
  }
  HW_TRY_VOID(lock_database(first));
  if (first && writable_) forget_lock_file();
  if (!file_.is_open()) return true;
  HW_TRY(const bool shared, FileLock::try_lock(file_, byte, FileLock::Kind::Shared));
  attached_ = shared;
  if (!shared && inode_.is_open()) HW_TRY_VOID(FileLock::unlock(inode_, kDatabaseByte));
  return shared;
}

Result<bool> ControlFile::try_exclusive(Lock lock) const {
  if (!writable_) return false;
  HW_TRY(const bool held, FileLock::try_lock(file_, static_cast<std::uint64_t>(lock), FileLock::Kind::Exclusive));
  if (!held || lock != Lock::Attached) return held;
  attached_ = false;
  if (Status alone = lock_database(/*first=*/true); !alone.has_value()) {
    HW_TRY_VOID(FileLock::unlock(file_, static_cast<std::uint64_t>(lock)));
    return std::move(alone).error();
  }
  if (shared_ != nullptr) forget_lock_file();
  return true;
}

Status ControlFile::wait_exclusive(Lock lock) const {
  if (!file_.is_open()) return {};
  return FileLock::wait(file_, static_cast<std::uint64_t>(lock),
                        writable_ ? FileLock::Kind::Exclusive : FileLock::Kind::Shared);
}

Status ControlFile::unlock(Lock lock) const {
  if (lock == Lock::Attached) attached_ = false;
  if (lock == Lock::Attached && inode_.is_open()) HW_TRY_VOID(FileLock::unlock(inode_, kDatabaseByte));
  if (!file_.is_open()) return {};
  return FileLock::unlock(file_, static_cast<std::uint64_t>(lock));
}

Result<bool> ControlFile::attached_by_others() const {
  if (!file_.is_open()) return false;
  return FileLock::held_by_others(file_, static_cast<std::uint64_t>(Lock::Attached));
}

bool ControlFile::can_take_place() const {
  const std::string path = lock_path(database_);
  if (::access(path.c_str(), W_OK) == 0) return true;
  return errno == ENOENT && ::access(folder_of(path).c_str(), W_OK) == 0;
}

void ControlFile::forget_lock_file() const {
  for (auto& part : live().lock_file) part.store(0);
}

Status ControlFile::check_lock_file() const {
  const auto& known = live().lock_file;
  if (known[1].load() == 0) return {};
  struct stat info {};
  const std::string path = lock_path(database_);
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (!there && errno != ENOENT) return system_error("stat()", path);
  if (there && info.st_dev == known[0].load() && info.st_ino == known[1].load() &&
      static_cast<std::uint64_t>(info.st_size) >= known[2].load())
    return {};
  return make_error<MsgId::HWSIDEFILE>(database_, path);
}

Status ControlFile::note_lock_file() const {
  auto& known = live().lock_file;
  if (!writable_ || known[1].load() != 0) return {};
  struct stat info {};
  const std::string path = lock_path(database_);
  if (::stat(path.c_str(), &info) != 0) return system_error("stat()", path);
  known[0].store(info.st_dev);
  known[2].store(static_cast<std::uint64_t>(info.st_size));
  known[1].store(info.st_ino);
  return {};
}

Status ControlFile::enter_unregistered() const {
  HW_TRY(const bool entered, FileLock::try_lock(inode_, kUnregisteredByte, FileLock::Kind::Shared));
  HW_CHECK(entered);
  return {};
}

Result<bool> ControlFile::has_unregistered_readers() const {
  return FileLock::held_by_others(inode_, kUnregisteredByte);
}

}  // namespace hw

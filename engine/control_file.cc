#include "engine/control_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/copy_mark.h"
#include "journal/pool.h"

namespace hw {
namespace {

constexpr std::string_view kLabel = "HWCTL001";
constexpr std::string_view kUnknownBoot = "unknown";  // Of boot_id().
constexpr std::size_t kCopyBytes = 512;
constexpr std::uint64_t kCopyOffsets[] = {0, 4096};

using Copy = std::array<std::byte, kCopyBytes>;

std::string text_field(Bytes in, std::size_t offset, std::size_t bytes) {
  const std::string_view field = as_text(in.subspan(offset, bytes));
  return std::string(field.substr(0, std::min(field.find('\0'), field.size())));
}

std::optional<std::uint64_t> copy_count(Bytes copy) {
  if (as_text(copy.subspan(8, 8)) != kLabel || get_le<std::uint64_t>(copy, 0) != checksum(copy.subspan(8)))
    return std::nullopt;
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

bool ControlState::of_this_boot() const {
  const std::string now = boot_id();
  return boot == now && now != kUnknownBoot;
}

Result<ControlFile> ControlFile::open(const std::string& database) {
  auto file = File::open(database + "-ctl", O_RDWR | O_CREAT);
  const auto refuse = [&](Error error) { return rename_error<MsgId::DBFILERR>(std::move(error), database + "-ctl"); };
  if (!file.has_value()) return refuse(std::move(file).error());
  constexpr std::uint64_t kBytes = kLiveOffset + 4096;
  const auto present = file->size();
  if (!present.has_value()) return refuse(present.error());
  if (*present < kBytes) {
    if (Status status = file->allocate(*present, kBytes - *present); !status.has_value())
      return refuse(std::move(status).error());
  }
  auto map = Mapping::map(*file, kBytes, true);
  if (!map.has_value()) return refuse(std::move(map).error());
  ControlFile control;
  control.file_ = std::move(file).value();
  control.map_ = std::move(map).value();
  control.database_ = database;
  return control;
}

Result<ControlState> ControlFile::read(bool& fresh) const {
  HW_TRY(const auto mark, read_copy_mark(database_));
  if (!mark) return read_written(fresh);
  fresh = true;
  return ControlState();
}

Result<ControlState> ControlFile::read_written(bool& fresh) const {
  std::array<Copy, 2> copies{};
  HW_TRY(const auto counts, read_counts(file_, copies));
  ControlState state;
  fresh = !counts[0] && !counts[1];
  if (fresh) return state;
  const Bytes copy = counts[0].value_or(0) >= counts[1].value_or(0) && counts[0] ? copies[0] : copies[1];
  std::memcpy(state.database_id.data(), copy.data() + 24, state.database_id.size());
  state.boot = text_field(copy, 40, 40);
  state.clean = get_le<std::uint32_t>(copy, 80) == 1;
  state.pool_id = static_cast<std::int32_t>(get_le<std::uint32_t>(copy, 84));
  state.pool_uid = get_le<std::uint64_t>(copy, 88);
  state.instance_file = text_field(copy, 96, 256);
  return state;
}

Status ControlFile::adopt_copy() const {
  HW_TRY(const auto mark, read_copy_mark(database_));
  if (!mark || ::access(database_.c_str(), W_OK) != 0) return {};
  // Of the earlier database's processes, all of which have died.
  bool fresh = false;
  HW_TRY(const ControlState earlier, read_written(fresh));
  if (earlier.pool_id >= 0) {
    const auto pool = JournalPool::attach(earlier.pool_id, earlier.pool_uid);
    const auto attached = SharedMemory::attached_count(earlier.pool_id);
    if (pool.has_value() && pool->header().replicating == 0 && attached.has_value() && *attached == 1)
      HW_TRY_VOID(SharedMemory::remove(earlier.pool_id));
  }
  // The mark goes last: an adoption that is broken off is made again.
  HW_TRY_VOID(remove_file(database_ + "-ckpt"));
  HW_TRY_VOID(set_frozen_by(0));
  HW_TRY_VOID(write({mark->database_id, boot_id(), true, -1, 0, ""}));
  return clear_copy_mark(database_);
}

Status ControlFile::write(const ControlState& state) const {
  std::array<Copy, 2> copies{};
  HW_TRY(const auto counts, read_counts(file_, copies));
  const std::uint64_t newest = std::max(counts[0].value_or(0), counts[1].value_or(0));
  const std::size_t target = counts[0].value_or(0) <= counts[1].value_or(0) ? 0 : 1;  // Never the newest one.
  Copy copy{};
  MutableBytes out(copy);
  HW_CHECK(state.boot.size() < 40 && state.instance_file.size() <= kPathBytesMax);
  std::memcpy(copy.data() + 8, kLabel.data(), kLabel.size());
  put_le<std::uint64_t>(out, 16, newest + 1);
  std::memcpy(copy.data() + 24, state.database_id.data(), state.database_id.size());
  std::memcpy(copy.data() + 40, state.boot.data(), state.boot.size());
  put_le<std::uint32_t>(out, 80, state.clean ? 1 : 2);
  put_le<std::uint32_t>(out, 84, static_cast<std::uint32_t>(state.pool_id));
  put_le<std::uint64_t>(out, 88, state.pool_uid);
  std::memcpy(copy.data() + 96, state.instance_file.data(), state.instance_file.size());
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  HW_TRY_VOID(file_.write_all(kCopyOffsets[target], copy));
  HW_TRY_VOID(file_.sync_data());
  if (newest == 0) HW_TRY_VOID(sync_folder_of(database_));
  if (state.clean) {
    live().behind.store(0);
    live().read_only.store(0);
  }
  return {};
}

Status ControlFile::set_frozen_by(std::uint32_t user_plus_one) const {
  freeze().frozen_by.store(user_plus_one);
  HW_TRY_VOID(file_.sync_data());  // Of the mapped page, too.
  if (user_plus_one == 0) freeze().thawed.signal();
  return {};
}

Result<bool> ControlFile::try_shared(Lock lock) const {
  return FileLock::try_lock(file_, static_cast<std::uint64_t>(lock), FileLock::Kind::Shared);
}

Result<bool> ControlFile::try_exclusive(Lock lock) const {
  return FileLock::try_lock(file_, static_cast<std::uint64_t>(lock), FileLock::Kind::Exclusive);
}

Status ControlFile::wait_exclusive(Lock lock) const {
  return FileLock::wait_exclusive(file_, static_cast<std::uint64_t>(lock));
}

Status ControlFile::unlock(Lock lock) const { return FileLock::unlock(file_, static_cast<std::uint64_t>(lock)); }

}  // namespace hw

#include "engine/base/shared_memory.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/mutex.h"

namespace hw {
namespace {

/// Takes the memory now: later, a machine without any would answer a store with SIGBUS, in the middle of a commit.
Status take_memory(std::byte* data, std::uint64_t bytes) {
#ifdef MADV_POPULATE_WRITE
  if (::madvise(data, bytes, MADV_POPULATE_WRITE) == 0) return {};
  if (errno != EINVAL) return system_error("madvise(MADV_POPULATE_WRITE)", fmt::format("{} bytes", bytes));
#endif
  constexpr std::uint64_t kPageBytes = 4096;
  for (std::uint64_t at = 0; at < bytes; at += kPageBytes) *static_cast<volatile std::byte*>(data + at) = std::byte{0};
  return {};
}

Status give_rights(int id, const FileRights& rights) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  info.shm_perm.uid = rights.user;
  info.shm_perm.gid = rights.group;
  info.shm_perm.mode = static_cast<decltype(info.shm_perm.mode)>(rights.mode);
  if (::shmctl(id, IPC_SET, &info) == 0) return {};
  if (errno != EINVAL) return system_error("shmctl(IPC_SET)", fmt::format("id {}", id));
  return {};  // The database's owner or group is not known in this user name space: the segment stays its maker's
              // alone.
}

/// What this process has attached now.
class Attachments {
 public:
  /// Never destroyed: segments are detached up to the end of the process.
  static Attachments& all() {
    static Attachments& attachments = *new Attachments;
    return attachments;
  }
  void add(const std::byte* begin, std::uint64_t bytes, int id) {
    const MutexLock guard(mutex_);
    attached_.push_back({begin, bytes, id});
  }
  void remove(const std::byte* begin) {
    const MutexLock guard(mutex_);
    std::erase_if(attached_, [&](const One& one) { return one.begin == begin; });
  }
  std::optional<SharedPlace> place_of(const std::byte* address) {
    const MutexLock guard(mutex_);
    for (const One& one : attached_)
      if (address >= one.begin && address < one.begin + one.bytes)
        return SharedPlace{one.id, static_cast<std::uint64_t>(address - one.begin)};
    return std::nullopt;
  }

 private:
  struct One {
    const std::byte* begin;
    std::uint64_t bytes;
    int id;
  };
  Mutex mutex_;
  std::vector<One> attached_ HW_GUARDED_BY(mutex_);
};

}  // namespace

std::optional<SharedPlace> SharedMemory::place_of(const void* address) {
  return Attachments::all().place_of(static_cast<const std::byte*>(address));
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      writable_(other.writable_) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    detach();
    id_ = std::exchange(other.id_, -1);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    writable_ = other.writable_;
  }
  return *this;
}

SharedMemory::~SharedMemory() { detach(); }

void SharedMemory::detach() {
  if (data_ != nullptr) {
    Attachments::all().remove(data_);  // First: the address may be another segment's from then on.
    ::shmdt(data_);
  }
  data_ = nullptr;
  bytes_ = 0;
  id_ = -1;
}

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes, const FileRights& rights) {
  const int id = ::shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
  if (id < 0) return system_error("shmget()", fmt::format("{} bytes", bytes));
  auto attached = attach(id);
  const auto make_ready = [&]() -> Status {
    if (!attached.has_value()) return attached.error();
    HW_TRY_VOID(give_rights(id, rights));
    return take_memory(attached->data(), bytes);
  };
  Status status = make_ready();
  if (status.has_value()) return attached;
  ::shmctl(id, IPC_RMID, nullptr);
  return std::move(status).error();
}

Result<SharedMemory> SharedMemory::attach(int id) { return attach_with(id, 0); }

Result<SharedMemory> SharedMemory::attach_to_look(int id) {
  auto both = attach_with(id, 0);
  if (both.has_value() || both.error().os_errno != EACCES) return both;
  return attach_with(id, SHM_RDONLY);
}

Result<SharedMemory> SharedMemory::attach_with(int id, int flags) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  void* at = ::shmat(id, nullptr, flags);
  if (reinterpret_cast<std::intptr_t>(at) == -1) return system_error("shmat()", fmt::format("id {}", id));
  SharedMemory memory;
  memory.id_ = id;
  memory.data_ = static_cast<std::byte*>(at);
  memory.bytes_ = info.shm_segsz;
  memory.writable_ = (flags & SHM_RDONLY) == 0;
  Attachments::all().add(memory.data_, memory.bytes_, id);
  return memory;
}

Status SharedMemory::remove(int id) {
  if (::shmctl(id, IPC_RMID, nullptr) == 0 || errno == EINVAL || errno == EIDRM) return {};
  return system_error("shmctl(IPC_RMID)", fmt::format("id {}", id));
}

Result<FileRights> SharedMemory::rights(int id) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  return FileRights{info.shm_perm.uid, info.shm_perm.gid, static_cast<mode_t>(info.shm_perm.mode & 0666)};
}

Result<bool> SharedMemory::may_remove(int id) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  const uid_t user = ::geteuid();
  return user == 0 || user == info.shm_perm.uid || user == info.shm_perm.cuid;
}

FileRights SharedMemory::own_rights() { return {::geteuid(), ::getegid(), 0600}; }

Result<std::uint64_t> SharedMemory::attached_count(int id) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  return static_cast<std::uint64_t>(info.shm_nattch);
}

}  // namespace hw

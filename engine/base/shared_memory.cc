#include "engine/base/shared_memory.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <cerrno>

#include "engine/base/file.h"

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

}  // namespace

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    detach();
    id_ = std::exchange(other.id_, -1);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

SharedMemory::~SharedMemory() { detach(); }

void SharedMemory::detach() {
  if (data_ != nullptr) ::shmdt(data_);
  data_ = nullptr;
  bytes_ = 0;
  id_ = -1;
}

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes) {
  const int id = ::shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0660);
  if (id < 0) return system_error("shmget()", fmt::format("{} bytes", bytes));
  auto attached = attach(id);
  Status status;
  if (attached.has_value()) {
    status = take_memory(attached->data(), bytes);
  } else {
    status = std::move(attached).error();
  }
  if (status.has_value()) return attached;
  ::shmctl(id, IPC_RMID, nullptr);
  return std::move(status).error();
}

Result<SharedMemory> SharedMemory::attach(int id) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  void* at = ::shmat(id, nullptr, 0);
  if (at == reinterpret_cast<void*>(-1)) return system_error("shmat()", fmt::format("id {}", id));
  SharedMemory memory;
  memory.id_ = id;
  memory.data_ = static_cast<std::byte*>(at);
  memory.bytes_ = info.shm_segsz;
  return memory;
}

Status SharedMemory::remove(int id) {
  if (::shmctl(id, IPC_RMID, nullptr) != 0) return system_error("shmctl(IPC_RMID)", fmt::format("id {}", id));
  return {};
}

Result<std::uint64_t> SharedMemory::attached_count(int id) {
  struct shmid_ds info {};
  if (::shmctl(id, IPC_STAT, &info) != 0) return system_error("shmctl(IPC_STAT)", fmt::format("id {}", id));
  return static_cast<std::uint64_t>(info.shm_nattch);
}

}  // namespace hw

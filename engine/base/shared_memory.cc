#include "engine/base/shared_memory.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#include "engine/base/file.h"

namespace hw {

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
  if (!attached.has_value()) ::shmctl(id, IPC_RMID, nullptr);
  return attached;
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

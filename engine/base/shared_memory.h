/// engine/base/shared_memory.h -- System V shared memory segments.
///
/// System V rather than POSIX because the kernel counts the attached processes (shm_nattch) and
/// forgets the dead ones by itself: "last one out cleans up" needs exactly that count.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/file_rights.h"
#include "engine/base/result.h"

namespace hw {

/// A byte of a segment: the same one by whichever attachment of this process it is examined.
struct SharedPlace {
  int id = -1;
  std::uint64_t offset = 0;
  bool operator==(const SharedPlace&) const = default;
};

/// An attached segment; detaches itself. The segment lives until `remove` and the last detach.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  /// A new zeroed segment that only its id leads to. Its memory is taken at once, so that a commit never finds
  /// that there is none. Owner, group and mode are those of `rights`, whoever makes it; its maker keeps the owner's
  /// rights beside that. Errors: the system's reason.
  static Result<SharedMemory> create(std::uint64_t bytes, const FileRights& rights = own_rights());
  /// Attaches an existing one. Errors: SYSCALL; errno EINVAL or EIDRM: no such segment any more; EACCES: this user may
  /// not.
  static Result<SharedMemory> attach(int id);
  /// As attach; for reading only where this user may no more. Then it must not be written.
  static Result<SharedMemory> attach_to_look(int id);
  /// Marks the segment for destruction once no process is attached; it may be gone already. Errors: SYSCALL.
  static Status remove(int id);
  /// Processes attached to the segment now, or an error when it is gone.
  static Result<std::uint64_t> attached_count(int id);
  static Result<FileRights> rights(int id);
  /// Whether this user may remove it: root, its owner, and who made it. Errors: SYSCALL when it is gone.
  static Result<bool> may_remove(int id);
  /// None for what is in no segment that this process has attached. Thread: any.
  static std::optional<SharedPlace> place_of(const void* address);
  /// Owner and group of this process, mode 0600.
  static FileRights own_rights();

  int id() const { return id_; }
  std::byte* data() const { return data_; }
  std::uint64_t size() const { return bytes_; }
  bool is_attached() const { return data_ != nullptr; }
  bool is_writable() const { return writable_; }
  void detach();

 private:
  static Result<SharedMemory> attach_with(int id, int flags);

  int id_ = -1;
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool writable_ = true;
};

}  // namespace hw

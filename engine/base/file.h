/// engine/base/file.h -- files, mappings and file locks as objects that clean up after themselves.
///
/// errno becomes an Error here and in engine/storage/lmdb.cc, nowhere else. Every function that fails
/// returns SYSCALL with the call, the path and the system's reason, unless it says otherwise; a caller that knows a
/// better code replaces it with `rename_error`.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace hw {

struct FileRights;  // engine/base/file_rights.h

/// A SYSCALL error for `call` on `what`, with the current errno.
Error system_error(std::string_view call, std::string_view what);
/// The same with a reason of the caller's: a call that returns it, or was not made because it is known to fail.
Error system_error(std::string_view call, std::string_view what, int number);
/// The error with an errno. EMFILE comes with a note that says how many descriptors the process may have, and needs.
Error with_reason(Error error, int number);

/// Whether a file could not be looked at for want of a descriptor: that says nothing of the file.
inline bool is_out_of_files(const Error& error) { return error.os_errno == EMFILE || error.os_errno == ENFILE; }

/// The same failure under another message: keeps errno and notes.
template <MsgId Id, typename... Args>
Error rename_error(Error error, const Args&... args) {
  Error out = make_error<Id>(args...);
  out.os_errno = error.os_errno;
  out.extra = std::move(error.extra);
  out.unseen = out.unseen || error.unseen;
  return out;
}

/// An open file descriptor with its path. Movable, not copyable. Thread: one at a time, except pread/pwrite.
class File {
 public:
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  /// Opens with O_CLOEXEC added to `flags`.
  static Result<File> open(const std::string& path, int flags, mode_t mode = 0644);
  /// A new file in `folder` that has no name there and is gone with its last descriptor, however the process ends.
  /// path() opens it again, in this process.
  static Result<File> open_unnamed(const std::string& folder);
  /// Another descriptor for what `fd` has open: they share its place and its flags. `path` is for messages.
  static Result<File> duplicate(int fd, const std::string& path);

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  /// It has another name from now on; messages use it.
  void renamed_to(std::string path) { path_ = std::move(path); }

  /// Reads exactly `out.size()` bytes; a shorter file is an error with errno 0 and a note.
  Status read_exact(std::uint64_t offset, MutableBytes out) const;
  Status write_all(std::uint64_t offset, Bytes in) const;
  Result<std::uint64_t> size() const;
  Status truncate(std::uint64_t bytes) const;
  /// Reserves disk blocks for [offset, offset+bytes): a full disk is an error here, never a signal later.
  Status allocate(std::uint64_t offset, std::uint64_t bytes) const;
  Status sync_data() const;  ///< fdatasync
  Status sync() const;       ///< fsync
  Status close();

 private:
  int fd_ = -1;
  std::string path_;
};

/// Writes zeros to bytes [begin, end) of a file, in pieces of 64 KB: a folio of the page cache becomes no larger, and a
/// sync of a few bytes writes at most one whole folio. docs/decisions/0006-page-faults.md. Errors: SYSCALL.
Status write_zeros(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end);

/// Whole text of a small file.
Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max);
/// Writes `path` so that after a crash either the old or the new content is there: temporary file, fsync, rename, fsync
/// of the folder. Owner, group and mode are those of `model`; without one those of the file that is replaced, and
/// of a file that is new the process's, with its umask.
Status replace_file(const std::string& path, std::string_view content, const FileRights* model = nullptr);
/// Makes a rename or creation in the file's folder durable.
Status sync_folder_of(const std::string& path);
Status rename_file(const std::string& from, const std::string& to);
Status remove_file(const std::string& path);  ///< A missing file is not an error.
/// False only when it is known not to be there: a file that may not be looked at counts as being there.
bool file_exists(const std::string& path);
/// Copies bytes [0, `bytes`) from one file to the other, by the kernel itself where the file systems can; `to` is not
/// synced. `after_piece` is told how far it is, every few megabytes; when it fails the copy ends with its error.
Status copy_bytes(const File& from, const File& to, std::uint64_t bytes,
                  const std::function<Status(std::uint64_t done)>& after_piece);

/// A file under `<path>-unfinished` that gets the name `path` when it is complete, and not before. Removes itself
/// unless it was published; one that a dead process left is replaced, and nothing else (file_kind.h).
class UnfinishedFile {
 public:
  /// Owner, group and mode are the model's (engine/base/file_rights.h).
  /// Errors: SYSCALL; with errno EBUSY when a process is writing the same file, EEXIST when it is another program's.
  static Result<UnfinishedFile> create(const std::string& path, const FileRights& model);
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;
  ~UnfinishedFile();

  const File& file() const { return file_; }
  const std::string& path() const { return path_; }              ///< it will have
  const std::string& temporary() const { return file_.path(); }  ///< it has now
  /// Synced, then named, durably. Errors: SYSCALL; with errno EEXIST when there is a file of that name and not
  /// `replace`.
  Status publish(bool replace);

 private:
  UnfinishedFile(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  File file_;
  std::string path_;
};

/// The folder that a file is in; "." when the path names none.
std::string folder_of(const std::string& path);
/// Absolute form of a path, without resolving links.
std::string absolute_path(std::string_view path);
/// What a path that is a symbolic link leads to, there or not, else the path itself: the files beside a database are
/// beside the file. As output_path (engine/base/output_path.h).
std::string resolved_link(const std::string& path);

/// Whether a full path has room where it is kept (kPathBytesMax, kJournalPathBytesMax). Errors: FILENAMETOOLONG.
Status check_path(std::string_view path, std::size_t bytes_max);
/// `<path>_YYYYDDDHHMMSS`, with `_0`, `_1` … appended when that exists: GT.M's name for a file that makes room.
std::string stamped_name(const std::string& path);

/// A shared mapping of a file. Unmaps itself.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  /// Maps [0, bytes) of `file` shared. Bytes past the end of the file may be mapped but not touched.
  static Result<Mapping> map(const File& file, std::uint64_t bytes, bool writable);

  std::byte* data() const { return data_; }
  std::uint64_t size() const { return bytes_; }
  /// Faults in [offset, offset+bytes) for writing, so that later stores do not stop for it. Best effort.
  void populate(std::uint64_t offset, std::uint64_t bytes) const;

 private:
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// A lock on one byte of a file, kept by the open file (not the process), released by the kernel when its holder dies.
class FileLock {
 public:
  enum class Kind { Shared, Exclusive };
  /// Tries at once: true when held, false when others are in the way.
  static Result<bool> try_lock(const File& file, std::uint64_t byte, Kind kind);
  /// Waits until it is held.
  static Status wait(const File& file, std::uint64_t byte, Kind kind);
  static Status wait_exclusive(const File& file, std::uint64_t byte);
  static Status unlock(const File& file, std::uint64_t byte);
  /// Whether another open file holds the byte, in whichever way: any user, any name space, any kind of opening.
  static Result<bool> held_by_others(const File& file, std::uint64_t byte);
};

}  // namespace hw

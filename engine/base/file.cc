#include "engine/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>

#include "engine/base/bus_error.h"
#include "engine/base/file_kind.h"
#include "engine/base/file_rights.h"
#include "engine/base/free_name.h"
#include "engine/base/output_path.h"
#include "engine/base/sync_point.h"

namespace hw {
namespace {

Status write_to(int fd, const std::string& path, std::uint64_t offset, Bytes in) {
  while (!in.empty()) {
    const ssize_t put = ::pwrite(fd, in.data(), in.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("pwrite()", path);
    offset += static_cast<std::uint64_t>(put);
    in = in.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

/// What is there when it is no regular file, and the errno that says so.
struct Kind {
  std::string_view text;
  int number;
};
Kind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return {"a folder", EISDIR};
  if (S_ISFIFO(mode)) return {"a pipe", ESPIPE};
  if (S_ISSOCK(mode)) return {"a socket", ENXIO};
  return {"a device", ENODEV};
}

/// Files are read and written at offsets, so they are regular ones. A log, which is only appended to, may be a pipe or
/// a character device too; O_NOCTTY says that it may be anything, as for input that is read once. Errors: SYSCALL with
/// a note; what is not there, or may not be examined, is open's to tell.
Status check_kind(const std::string& path, int flags) {
  if ((flags & (O_DIRECTORY | O_EXCL)) != 0) return {};
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return {};
  if ((flags & O_APPEND) != 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode))) return {};
  const Kind kind = kind_of(info.st_mode);
  Error error = system_error("open()", path, kind.number);
  if (S_ISDIR(info.st_mode)) return error;  // The system's own words say it.
  return error.note(fmt::format("It is {}, not a file", kind.text));
}

}  // namespace

Error system_error(std::string_view call, std::string_view what) { return system_error(call, what, errno); }

Error system_error(std::string_view call, std::string_view what, int number) {
  return with_reason(make_error<MsgId::SYSCALL>(call, what), number);
}

Error with_reason(Error error, int number) {
  error.with_errno(number);
  rlimit limit{};
  if (number != EMFILE || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return error;
  return error.note(
      fmt::format("This process may have {} files open; it needs up to six for each region, and some more. The shell's "
                  "ulimit -Hn, or LimitNOFILE= of its service, allows more",
                  limit.rlim_cur));
}

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<File> File::open(const std::string& path, int flags, mode_t mode) {
  const bool any_kind = (flags & O_NOCTTY) != 0;
  if (!any_kind) HW_TRY_VOID(check_kind(path, flags));
  File file;
  // Not waiting: a pipe may have come in place of the file just now. On a regular file the flag does nothing.
  file.fd_ = ::open(path.c_str(), flags | O_CLOEXEC | (any_kind ? 0 : O_NONBLOCK), mode);
  if (file.fd_ < 0 && errno == EWOULDBLOCK && !any_kind)  // A process's lease on the file, which has to be waited for.
    file.fd_ = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (file.fd_ < 0) return system_error("open()", path);
  file.path_ = path;
  return file;
}

Result<File> File::open_unnamed(const std::string& folder) {
  File file;
  file.fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file.fd_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // A file system without it.
    std::string name = folder + "/unnamed-XXXXXX";
    file.fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file.fd_ >= 0) ::unlink(name.c_str());
  }
  if (file.fd_ < 0) return system_error("open()", folder);
  file.path_ = fmt::format("/proc/self/fd/{}", file.fd_);
  return file;
}

Result<File> File::duplicate(int fd, const std::string& path) {
  File file;
  file.fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (file.fd_ < 0) return system_error("fcntl(F_DUPFD_CLOEXEC)", path);
  file.path_ = path;
  return file;
}

Status File::read_exact(std::uint64_t offset, MutableBytes out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("pread()", path_);
    if (got == 0) {
      errno = 0;
      return make_error<MsgId::SYSCALL>("pread()", path_).note(fmt::format("File ends at offset {}", offset));
    }
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status File::write_all(std::uint64_t offset, Bytes in) const { return write_to(fd_, path_, offset, in); }

Result<std::uint64_t> File::size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return system_error("fstat()", path_);
  return static_cast<std::uint64_t>(info.st_size);
}

Status File::truncate(std::uint64_t bytes) const {
  if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return system_error("ftruncate()", path_);
  return {};
}

Status File::allocate(std::uint64_t offset, std::uint64_t bytes) const {
  const int rc = ::posix_fallocate(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  if (rc == 0) return {};
  return system_error("posix_fallocate()", path_, rc);
}

Status File::sync_data() const {
  if (::fdatasync(fd_) != 0) return system_error("fdatasync()", path_);
  return {};
}

Status File::sync() const {
  if (::fsync(fd_) != 0) return system_error("fsync()", path_);
  return {};
}

Status File::close() {
  if (fd_ < 0) return {};
  if (::close(std::exchange(fd_, -1)) != 0) return system_error("close()", path_);
  return {};
}

Status write_zeros(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  static constexpr std::array<std::byte, 64 << 10> kZeros{};
  while (begin < end) {
    const std::uint64_t piece = std::min<std::uint64_t>(kZeros.size() - begin % kZeros.size(), end - begin);
    HW_TRY_VOID(write_to(fd, path, begin, Bytes(kZeros).first(piece)));
    begin += piece;
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max) {
  HW_TRY(File file, File::open(path, O_RDONLY));
  HW_TRY(const std::uint64_t bytes, file.size());
  if (bytes > bytes_max) return system_error("read()", path, EFBIG);
  std::string content(bytes, '\0');
  HW_TRY_VOID(file.read_exact(0, std::as_writable_bytes(std::span(content))));
  return content;
}

namespace {

/// A file of a name that no file has: what a dead process of this number left, or a process put there, stays.
Result<File> create_beside(const std::string& path, mode_t mode) {
  for (int i = 0;; ++i) {
    const std::string turn = i == 0 ? "" : fmt::format(".{}", i);
    auto file =
        File::open(fmt::format("{}.{}{}.new", path, ::getpid(), turn), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (file.has_value() || file.error().os_errno != EEXIST) return file;
  }
}

}  // namespace

Status replace_file(const std::string& path, std::string_view content, const FileRights* model) {
  HW_TRY_VOID(check_replaceable(path));
  std::optional<FileRights> rights;
  if (model != nullptr) {
    rights = *model;
  } else if (const auto former = rights_of(path); former.has_value()) {
    rights = *former;
  }
  std::string temporary;
  {
    HW_TRY(const File file, create_beside(path, rights ? 0600 : 0666));
    temporary = file.path();
    Status status = rights ? make_like(file, *rights, Likeness::Same) : Status();
    if (status.has_value()) status = file.write_all(0, as_bytes(content));
    if (status.has_value()) status = sync_at(SyncPoint::ReplacedContent, file);
    if (!status.has_value()) {
      ::unlink(temporary.c_str());
      return std::move(status).error();
    }
  }
  if (Status status = rename_file(temporary, path); !status.has_value()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder_at(SyncPoint::ReplacedName, path);
}

Status sync_folder_of(const std::string& path) {
  HW_TRY(File directory, File::open(folder_of(path), O_RDONLY | O_DIRECTORY));
  return directory.sync();
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename()", from + " to " + to);
  return {};
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("unlink()", path);
  return {};
}

bool file_exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

namespace {

constexpr std::uint64_t kPieceBytes = 8ull << 20;

/// False when the kernel cannot do it between these two files.
Result<bool> copy_piece(const File& from, const File& to, std::uint64_t at, std::uint64_t bytes) {
  while (bytes > 0) {
    auto in = static_cast<off_t>(at);
    auto out = in;
    const ssize_t copied = ::copy_file_range(from.fd(), &in, to.fd(), &out, bytes, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) return false;
    if (copied < 0) return system_error("copy_file_range()", to.path());
    if (copied == 0) return false;  // Some file systems say so for what they cannot; reading tells a real end.
    at += static_cast<std::uint64_t>(copied);
    bytes -= static_cast<std::uint64_t>(copied);
  }
  return true;
}

}  // namespace

Status copy_bytes(const File& from, const File& to, std::uint64_t bytes,
                  const std::function<Status(std::uint64_t done)>& after_piece) {
  bool by_kernel = true;
  std::string buffer;
  for (std::uint64_t at = 0; at < bytes;) {
    const std::uint64_t piece = std::min(kPieceBytes, bytes - at);
    if (by_kernel) {
      HW_TRY(by_kernel, copy_piece(from, to, at, piece));
    }
    if (!by_kernel) {
      buffer.resize(piece);
      HW_TRY_VOID(from.read_exact(at, std::as_writable_bytes(std::span(buffer))));
      HW_TRY_VOID(to.write_all(at, as_bytes(buffer)));
    }
    at += piece;
    HW_TRY_VOID(after_piece(at));
  }
  return {};
}

namespace {

/// Locks what was opened by a name. False when the name is another file's by now: its owner has published or removed it
/// between the two calls. Errors: SYSCALL; with errno EBUSY when a living process is writing it.
Result<bool> lock_named(const File& file) {
  HW_TRY(const bool locked, FileLock::try_lock(file, 0, FileLock::Kind::Exclusive));
  if (!locked) return system_error("fcntl(F_OFD_SETLK)", file.path(), EBUSY);
  struct stat held {
  }, named{};
  if (::fstat(file.fd(), &held) != 0) return system_error("fstat()", file.path());
  return ::lstat(file.path().c_str(), &named) == 0 && held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/// Removed and not used again: it may have other names.
Status remove_unfinished(const std::string& path) {
  HW_TRY_VOID(check_left_over(path));
  const auto former = File::open(path, O_RDWR | O_NOFOLLOW);
  if (!former.has_value() && former.error().os_errno == ENOENT) return {};
  if (!former.has_value()) return former.error();
  HW_TRY(const bool is_it, lock_named(*former));
  return is_it ? remove_left_over(path) : Status();
}

}  // namespace

Result<UnfinishedFile> UnfinishedFile::create(const std::string& path, const FileRights& model) {
  const std::string temporary = path + "-unfinished";
  for (;;) {
    auto file = create_like(temporary, model, Likeness::Same);
    if (!file.has_value() && file.error().os_errno == EEXIST) {
      HW_TRY_VOID(remove_unfinished(temporary));
      continue;
    }
    if (!file.has_value()) return std::move(file).error();
    HW_TRY(const bool named, lock_named(*file));
    if (named) return UnfinishedFile(std::move(*file), path);
  }
}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : file_(std::move(other.file_)), path_(std::exchange(other.path_, {})) {}

UnfinishedFile::~UnfinishedFile() {
  if (!path_.empty()) (void)remove_file(temporary());  // What stays is taken over by the next one.
}

Status UnfinishedFile::publish(bool replace) {
  HW_TRY_VOID(sync_at(SyncPoint::PublishedContent, file_));
  HW_TRY_VOID(replace ? rename_file(temporary(), path_) : rename_to_free_name(temporary(), path_));
  return sync_folder_at(SyncPoint::PublishedName, std::exchange(path_, {}));
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status check_path(std::string_view path, std::size_t bytes_max) {
  if (path.size() <= bytes_max) return {};
  return make_error<MsgId::FILENAMETOOLONG>().note(
      fmt::format("The path has {} bytes, and at most {} are kept: {}", path.size(), bytes_max, path));
}

std::string absolute_path(std::string_view path) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(std::filesystem::path(path), ignored);
  return ignored ? std::string(path) : absolute.lexically_normal().string();
}

std::string resolved_link(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  return output_path(path).path;
}

std::string stamped_name(const std::string& path) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y%j%H%M%S", &local);
  const std::string first = path + "_" + stamp.data();
  std::string name = first;
  for (int i = 0; ::access(name.c_str(), F_OK) == 0; ++i) name = fmt::format("{}_{}", first, i);
  return name;
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) ::munmap(data_, bytes_);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

Result<Mapping> Mapping::map(const File& file, std::uint64_t bytes, bool writable) {
  note_mapped_file(file.fd(), file.path(), MappedKind::Database);
  void* at = ::mmap(nullptr, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, file.fd(), 0);
  if (at == MAP_FAILED) return system_error("mmap()", file.path());
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(at);
  mapping.bytes_ = bytes;
  return mapping;
}

void Mapping::populate(std::uint64_t offset, std::uint64_t bytes) const {
#ifdef MADV_POPULATE_WRITE
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t begin = offset / kPage * kPage;
  // Only a hint: a kernel that refuses it makes later stores slower, not wrong.
  (void)::madvise(data_ + begin, offset + bytes - begin, MADV_POPULATE_WRITE);
#else
  (void)offset;
  (void)bytes;
#endif
}

}  // namespace hw

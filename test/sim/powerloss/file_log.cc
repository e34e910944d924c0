#include "test/sim/powerloss/file_log.h"

#include <fcntl.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace hw::powerloss {
namespace {

constexpr char kLabel[8] = {'H', 'W', 'P', 'W', 'R', 'F', '0', '1'};
constexpr std::uint32_t kRecordMagic = 0x52465748;
constexpr std::uint64_t kChunkBytes = 64 << 10;
constexpr std::uint64_t kRecordBytesMax = 1 << 20;

std::uint64_t checksum_of(LogRecord record, std::span<const std::byte> content) {
  record.checksum = 0;
  return XXH3_64bits_withSeed(content.data(), content.size(), XXH3_64bits(&record, sizeof record));
}

Done write_all(int fd, const std::string& path, std::uint64_t at, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = write_at(fd, bytes.data(), bytes.size(), at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failure("pwrite()", path);
    at += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

/// Reads up to bytes.size(); what the file does not have is zeros.
Done read_padded(int fd, std::uint64_t at, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("pread()", "a recorded file");
    if (got == 0) break;
    at += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
  return {};
}

std::uint64_t size_of(int fd) { return facts_of(fd, "", true).bytes; }

/// Next place with data at or after `at`; kNoSize: none.
std::uint64_t next_data(int fd, std::uint64_t at) {
  const off_t found = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  return errno == ENXIO ? kNoSize : at;  // A file system that cannot tell.
}

/// The log and the durable copy of a file, open under the lock.
class OpenLog {
 public:
  static Outcome<OpenLog> open(const Recording& recording, std::uint64_t file) {
    const std::string path = recording.file_path(file, ".log");
    auto lock = LockedFile::open(path);
    if (!lock) return tl::unexpected(lock.error());
    OpenLog log(std::move(*lock), path, recording.file_path(file, ".durable"));
    log.durable_ = ::open(log.durable_path_.c_str(), O_RDWR | O_CLOEXEC);
    if (log.durable_ < 0) return failure("open()", log.durable_path_);
    if (::pread(log.lock_.fd(), &log.header, sizeof log.header, 0) != sizeof log.header ||
        std::memcmp(log.header.label, kLabel, sizeof kLabel) != 0)
      return tl::unexpected(path + ": not the log of a file");
    if (Done done = log.bring_up(); !done) return tl::unexpected(done.error());
    return log;
  }

  OpenLog(OpenLog&& other) noexcept
      : header(other.header),
        lock_(std::move(other.lock_)),
        path_(std::move(other.path_)),
        durable_path_(std::move(other.durable_path_)),
        durable_(std::exchange(other.durable_, -1)),
        end_(other.end_) {}
  OpenLog& operator=(OpenLog&&) = delete;
  ~OpenLog() {
    if (durable_ >= 0) ::close(durable_);
  }

  int durable() const { return durable_; }

  /// Appends after the end; counts only with `commit`.
  Done append(LogType type, std::uint64_t sequence, std::uint64_t offset, std::uint64_t bytes, std::uint64_t size,
              std::span<const std::byte> content) {
    LogRecord record{kRecordMagic, type, sequence, offset, bytes, size, 0};
    record.checksum = checksum_of(record, content);
    const auto head = std::as_bytes(std::span(&record, 1));
    if (Done done = write_all(lock_.fd(), path_, end_, head); !done) return done;
    if (Done done = write_all(lock_.fd(), path_, end_ + sizeof record, content); !done) return done;
    end_ += sizeof record + content.size();
    return {};
  }

  Done commit() {
    header.end = end_;
    if (Done done = write_header(); !done) return done;
    return bring_up();
  }

  /// Every record from `from` on.
  Done read(std::uint64_t from, const std::function<Done(const LogRecord&, std::span<const std::byte>)>& found) const {
    std::string content;
    while (from < header.end) {
      LogRecord record{};
      const auto damaged = [&] { return tl::unexpected(path_ + ": damaged record at " + std::to_string(from)); };
      if (::pread(lock_.fd(), &record, sizeof record, static_cast<off_t>(from)) != sizeof record) return damaged();
      const std::uint64_t bytes = record.type == LogType::Sync ? 0 : record.bytes;
      if (record.magic != kRecordMagic || bytes > kRecordBytesMax) return damaged();
      content.resize(bytes);
      const auto read = ::pread(lock_.fd(), content.data(), bytes, static_cast<off_t>(from + sizeof record));
      const auto span = std::as_bytes(std::span(content.data(), content.size()));
      if (read != static_cast<ssize_t>(bytes) || record.checksum != checksum_of(record, span)) return damaged();
      if (Done done = found(record, span); !done) return done;
      from += sizeof record + bytes;
    }
    return {};
  }

  LogHeader header{};

 private:
  OpenLog(LockedFile lock, std::string path, std::string durable_path)
      : lock_(std::move(lock)), path_(std::move(path)), durable_path_(std::move(durable_path)) {}

  Done write_header() { return write_all(lock_.fd(), path_, 0, std::as_bytes(std::span(&header, 1))); }

  Done bring_up() {
    end_ = header.end;
    if (header.applied == header.end) return {};
    Done done = read(header.applied, [&](const LogRecord& record, std::span<const std::byte> content) -> Done {
      if (record.type == LogType::Sync && ::ftruncate(durable_, static_cast<off_t>(record.size)) != 0)
        return failure("ftruncate()", durable_path_);
      if (record.type != LogType::Sectors) return {};
      return write_all(durable_, durable_path_, record.offset, content);
    });
    if (!done) return done;
    header.applied = header.end;
    return write_header();
  }

  LockedFile lock_;
  std::string path_;
  std::string durable_path_;
  int durable_ = -1;
  std::uint64_t end_ = 0;
};

Done append_differences(OpenLog& log, LogType type, int fd, std::uint64_t begin, std::uint64_t end, std::uint64_t size,
                        std::uint64_t bytes_max, std::uint64_t sequence) {
  std::uint64_t bytes = 0;
  return for_each_difference(fd, log.durable(), begin, std::min(end, size),
                             [&](std::uint64_t at, std::span<const std::byte> now, std::span<const std::byte>) -> Done {
                               bytes += now.size();
                               if (bytes > bytes_max) return {};
                               now = now.first(std::min<std::uint64_t>(now.size(), size - at));
                               return log.append(type, sequence, at, now.size(), size, now);
                             });
}

}  // namespace

Done for_each_difference(int a, int b, std::uint64_t begin, std::uint64_t end,
                         const std::function<Done(std::uint64_t offset, std::span<const std::byte> in_a,
                                                  std::span<const std::byte> in_b)>& found) {
  static_assert(kChunkBytes % kSectorBytes == 0);
  static thread_local std::array<std::byte, kChunkBytes> of_a;
  static thread_local std::array<std::byte, kChunkBytes> of_b;
  std::uint64_t at = begin / kSectorBytes * kSectorBytes;
  while (at < end) {
    const std::uint64_t data = std::min(next_data(a, at), next_data(b, at));
    if (data >= end) return {};
    at = std::max(at, data / kSectorBytes * kSectorBytes);
    const std::uint64_t bytes = std::min(kChunkBytes, (end - at + kSectorBytes - 1) / kSectorBytes * kSectorBytes);
    const std::span<std::byte> in_a(of_a.data(), bytes);
    const std::span<std::byte> in_b(of_b.data(), bytes);
    if (Done read = read_padded(a, at, in_a); !read) return read;
    if (Done read = read_padded(b, at, in_b); !read) return read;
    if (std::memcmp(in_a.data(), in_b.data(), bytes) != 0) {
      const auto differs = [&](std::uint64_t from) {
        return std::memcmp(in_a.data() + from, in_b.data() + from, kSectorBytes) != 0;
      };
      for (std::uint64_t from = 0; from < bytes; from += kSectorBytes) {
        if (!differs(from)) continue;
        std::uint64_t to = from + kSectorBytes;
        while (to < bytes && differs(to)) to += kSectorBytes;
        if (Done done = found(at + from, in_a.subspan(from, to - from), in_b.subspan(from, to - from)); !done)
          return done;
        from = to - kSectorBytes;
      }
    }
    at += bytes;
  }
  return {};
}

Done create_file_log(const Recording& recording, std::uint64_t file, int fd) {
  const std::string durable = recording.file_path(file, ".durable");
  const int copy = ::open(durable.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (copy < 0) return failure("open()", durable);
  Done done;
  const std::uint64_t bytes = fd < 0 ? 0 : size_of(fd);
  if (::ftruncate(copy, static_cast<off_t>(bytes)) != 0) done = failure("ftruncate()", durable);
  if (done && bytes > 0)
    done = for_each_difference(fd, copy, 0, bytes,
                               [&](std::uint64_t at, std::span<const std::byte> now, std::span<const std::byte>) {
                                 now = now.first(std::min<std::uint64_t>(now.size(), bytes - at));
                                 return write_all(copy, durable, at, now);
                               });
  ::close(copy);
  if (!done) return done;
  LogHeader header{};
  std::memcpy(header.label, kLabel, sizeof kLabel);
  header.end = header.applied = kHeaderBytes;
  header.durable_bytes = bytes;
  header.least_bytes = kNoSize;
  const std::string path = recording.file_path(file, ".log");
  auto log = LockedFile::open(path);
  if (!log) return tl::unexpected(log.error());
  return write_all(log->fd(), path, 0, std::as_bytes(std::span(&header, 1)));
}

Done record_sync(const Recording& recording, std::uint64_t file, int fd, const SyncRange& range,
                 std::uint64_t sequence) {
  auto log = OpenLog::open(recording, file);
  if (!log) return tl::unexpected(log.error());
  const std::uint64_t now = size_of(fd);
  const bool whole = range.begin == 0 && range.end >= now;
  // A sync of a part makes as much of the size durable as it takes to find that part.
  std::uint64_t size = now;
  if (!whole) size = std::min(now, std::max(log->header.durable_bytes, range.end));
  if (!whole && log->header.least_bytes != kNoSize && range.end <= log->header.least_bytes)
    size = std::max(size, log->header.durable_bytes);
  if (Done done = log->append(LogType::Sync, sequence, range.begin, range.end - range.begin, size, {}); !done)
    return done;
  if (Done done = append_differences(*log, LogType::Sectors, fd, range.begin, range.end, size, kNoSize, sequence);
      !done)
    return done;
  log->header.durable_bytes = size;
  if (whole) log->header.least_bytes = kNoSize;
  if (range.names) log->header.name_sync = sequence;
  ++log->header.syncs;
  return log->commit();
}

Done record_cut(const Recording& recording, std::uint64_t file, std::uint64_t bytes) {
  auto log = OpenLog::open(recording, file);
  if (!log) return tl::unexpected(log.error());
  if (bytes >= std::min(log->header.durable_bytes, log->header.least_bytes)) return {};
  log->header.least_bytes = bytes;
  return log->commit();
}

Done record_sample(const Recording& recording, std::uint64_t file, int fd, std::uint64_t bytes_max,
                   std::uint64_t sequence) {
  auto log = OpenLog::open(recording, file);
  if (!log) return tl::unexpected(log.error());
  if (Done done = append_differences(*log, LogType::Sample, fd, 0, kNoSize, size_of(fd), bytes_max, sequence); !done)
    return done;
  return log->commit();
}

Outcome<LogHeader> settled_header(const Recording& recording, std::uint64_t file) {
  auto log = OpenLog::open(recording, file);
  if (!log) return tl::unexpected(log.error());
  return log->header;
}

Done for_each_record(const Recording& recording, std::uint64_t file,
                     const std::function<Done(const LogRecord&, std::span<const std::byte>)>& found) {
  auto log = OpenLog::open(recording, file);
  if (!log) return tl::unexpected(log.error());
  return log->read(kHeaderBytes, found);
}

}  // namespace hw::powerloss

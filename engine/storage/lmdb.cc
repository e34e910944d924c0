#include "engine/storage/lmdb.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "engine/base/bus_error.h"
#include "engine/base/file_rights.h"
#include "engine/base/limits.h"
#include "engine/base/sync_point.h"
#include "engine/storage/file_length.h"
#include "engine/storage/long_key.h"
#include "engine/storage/page.h"

namespace hw {
namespace {

constexpr std::uint64_t kGrowBytesMin = 4ull << 20;
constexpr std::uint64_t kGrowBytesMax = 1ull << 30;
// Address space only: an image file is as long as its data.
#ifdef __SANITIZE_THREAD__
constexpr std::uint64_t kImageMapBytes = 1ull << 36;  // All that a process has there is about 1.5 times 2^40.
#else
constexpr std::uint64_t kImageMapBytes = 1ull << 40;
#endif
constexpr std::uint64_t kPreparedMin = 128 << 10;  // More than one commit takes as a rule.
constexpr std::uint64_t kPreparedMax = 512 << 10;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

Error cut_short(const std::string& path, std::uint64_t bytes, std::uint64_t needed) {
  return make_error<MsgId::HWDBDAMAGED>(path,
                                        fmt::format("it was cut: it has {} bytes, and {} are in use", bytes, needed));
}

/// LMDB knows readers by their process number, and locks a byte of its lock file for each.
Error number_taken(const std::string& path) {
  const auto pid = ::getpid();
  return make_error<MsgId::HWUNSEEN>(
             path, fmt::format("process {} of another PID name space reads it, and this process is {} too", pid, pid))
      .note("Start this one so that it gets another number, as by a shell that runs a few commands before it");
}

}  // namespace

std::string lock_path(const std::string& database) { return database + "-lock"; }

Environment::Environment(Environment&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      dbi_(other.dbi_),
      map_moves_(other.map_moves_),
      path_(std::move(other.path_)),
      mode_(other.mode_) {}

Environment& Environment::operator=(Environment&& other) noexcept {
  if (this != &other) {
    if (handle_ != nullptr) mdb_env_close(handle_);
    handle_ = std::exchange(other.handle_, nullptr);
    dbi_ = other.dbi_;
    map_moves_ = other.map_moves_;
    path_ = std::move(other.path_);
    mode_ = other.mode_;
  }
  return *this;
}

Environment::~Environment() {
  if (handle_ != nullptr) mdb_env_close(handle_);
}

Error Environment::error(int rc, std::string_view doing) const {
  if (rc == MDB_MAP_FULL || rc == ENOSPC) return make_error<MsgId::GBLOFLOW>(path_).with_errno(rc == ENOSPC ? rc : 0);
  if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_PANIC)
    return make_error<MsgId::HWDBDAMAGED>(path_, fmt::format("{}: {}", doing, mdb_strerror(rc)));
  Error failure = make_error<MsgId::DBFILERR>(path_);
  failure.note(fmt::format("{}: {}", doing, mdb_strerror(rc)));
  return rc > 0 ? failure.with_errno(rc) : failure;
}

int Environment::reason_of_short_write() const {
  if (mode_ != Mode::Image) return EIO;  // All others write through the map.
  const auto file = File::open(path_, O_RDWR);
  if (!file.has_value()) return EIO;
  const auto bytes = file->size();
  if (!bytes.has_value()) return EIO;
  constexpr std::array<std::byte, kPageBytes> kPage{};
  const Status more = file->write_all(*bytes, kPage);
  // Whatever came of it: LMDB uses nothing after the pages that its metas know of.
  (void)file->truncate(*bytes);
  return more.has_value() || more.error().os_errno == 0 ? EIO : more.error().os_errno;
}

Status Environment::create_live(const std::string& path, std::uint64_t bytes) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::DBOPNERR>(std::move(error), path); };
  auto file = File::open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
  if (!file.has_value()) return refuse(std::move(file).error());
  bytes = whole_pages(std::max<std::uint64_t>(bytes, 64 * kPageBytes));
  MDB_env* env = nullptr;
  if (int rc = mdb_env_create(&env); rc != 0) return refuse(system_error("mdb_env_create()", path, rc));
  mdb_env_set_mapsize(env, bytes);
  // LMDB writes its first pages itself; only then may the file be longer than they are.
  const int rc = mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0644);
  mdb_env_close(env);
  Status status;
  if (rc != 0) status = system_error("mdb_env_open()", path, rc > 0 ? rc : EIO);
  if (status.has_value()) status = file->allocate(0, bytes);
  if (status.has_value()) status = sync_at(SyncPoint::CreatedLive, *file);
  if (status.has_value()) status = sync_folder_at(SyncPoint::CreatedLiveName, path);
  if (status.has_value()) return {};
  const Error why = std::move(status).error();
  (void)remove_file(path);  // The first failure is the one to report.
  return refuse(why);
}

Status Environment::create_image(const std::string& path, const FileRights& model) {
  const auto file = replace_like(path, model, Likeness::Same);
  if (!file.has_value()) return rename_error<MsgId::DBOPNERR>(file.error(), path);
  return {};
}

Result<Environment> Environment::open(const std::string& path, Mode mode) {
  Environment env;
  env.path_ = path;
  env.mode_ = mode;
  const auto refuse = [&](int rc, std::string_view call) -> Error {
    if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH) return make_error<MsgId::DBNOTGDS>(path);
    if (rc == MDB_CORRUPTED) return make_error<MsgId::HWDBDAMAGED>(path, mdb_strerror(rc));
    Error failure = make_error<MsgId::DBOPNERR>(path);
    if (rc > 0) return with_reason(std::move(failure), rc);
    return failure.note(fmt::format("{}: {}", call, mdb_strerror(rc)));
  };
  if (int rc = mdb_env_create(&env.handle_); rc != 0) return refuse(rc, "mdb_env_create()");
  mdb_env_set_maxreaders(env.handle_, kReadersMax);
  unsigned int flags = MDB_NOSUBDIR;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return refuse(errno, "stat()");  // LMDB would make a file of its own.
  HW_TRY_VOID(check_length(path, mode == Mode::Image ? FileUse::Image : FileUse::Live));
  if (mode == Mode::Image) {
    flags |= MDB_NOLOCK | MDB_NOTLS;
    if (sync_left_out(SyncPoint::ImageCommit)) flags |= MDB_NOSYNC;
    mdb_env_set_mapsize(env.handle_, kImageMapBytes);
  } else {
    if (info.st_size < static_cast<off_t>(2 * kPageBytes)) return make_error<MsgId::DBNOTGDS>(path);
    flags |= MDB_NOTLS;
    if (mode == Mode::LiveReader) {
      flags |= MDB_RDONLY;
    } else {
      // Without reading ahead: a fault would bring in megabytes, where nothing is as well as where something is.
      flags |= MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOMEMINIT | MDB_NORDAHEAD;
    }
    mdb_env_set_mapsize(env.handle_, static_cast<std::size_t>(info.st_size));
    // LMDB makes it for its maker only; whoever may read the database takes a reader's place in it.
    HW_TRY(const FileRights model, rights_of(path));
    const auto lock = open_or_create_like(lock_path(path), model, Likeness::Shared);
    if (!lock.has_value() && may_not_write(lock.error()) && mode == Mode::LiveReader) {
      flags |= MDB_NOLOCK;  // engine/commit/pin.h keeps its pages.
    } else if (!lock.has_value()) {
      Error error = rename_error<MsgId::DBOPNERR>(lock.error(), path);
      return error.note(lock_path(path));
    } else {
      note_mapped_file(lock->fd(), lock_path(path), MappedKind::Database);
    }
  }
  if (int rc = mdb_env_open(env.handle_, path.c_str(), flags, 0644); rc != 0) return refuse(rc, "mdb_env_open()");
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(env.handle_, &fd);
  note_mapped_file(fd, path, MappedKind::Database);
  HW_CHECK(mdb_env_get_maxkeysize(env.handle_) >= static_cast<int>(kStoredKeyBytesMax));
  MDB_txn* txn = nullptr;
  // One for reading: to write, LMDB waits for its own lock, whose holder may be stopped, and no signal ends that wait.
  if (int rc = mdb_txn_begin(env.handle_, nullptr, MDB_RDONLY, &txn); rc != 0)
    return rc == EAGAIN ? number_taken(path) : refuse(rc, "mdb_txn_begin()");
  MDB_dbi dbi = 0;
  const int rc = mdb_dbi_open(txn, nullptr, 0, &dbi);
  mdb_txn_abort(txn);  // The unnamed database's handle is fixed; nothing was changed.
  if (rc != 0) return refuse(rc, "mdb_dbi_open()");
  env.dbi_ = dbi;
  return env;
}

RegionTn Environment::last_tn() const {
  MDB_envinfo info{};
  mdb_env_info(handle_, &info);
  return RegionTn{info.me_last_txnid};
}

std::uint64_t Environment::used_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(handle_, &info);
  return (info.me_last_pgno + 1) * kPageBytes;
}

void Environment::sizes(std::uint64_t& used, std::uint64_t& reserved) const {
  MDB_envinfo info{};
  mdb_env_info(handle_, &info);
  used = (info.me_last_pgno + 1) * kPageBytes;
  reserved = info.me_mapsize;
}

std::uint64_t Environment::map_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(handle_, &info);
  return info.me_mapsize;
}

bool Environment::has_snapshots() {
  // LMDB tells of each reader in a line: process, thread, and the snapshot or a dash; between other lines of text.
  const auto look = [this] {
    bool found = false;
    const auto note = [](const char* text, void* any) {
      const std::string_view line(text);
      const std::size_t first = std::min(line.find_first_not_of(' '), line.size() - 1);
      if (line[first] >= '0' && line[first] <= '9' && !line.ends_with(" -\n")) *static_cast<bool*>(any) = true;
      return 0;
    };
    return mdb_reader_list(handle_, note, &found) < 0 || found;  // Readers that cannot be listed may be there.
  };
  return look() && (clear_dead_readers() == 0 || look());
}

Status Environment::sync() {
  if (int rc = mdb_env_sync(handle_, 1); rc != 0) return error(rc, "sync");
  return {};
}

Status Environment::grow(std::uint64_t more) {
  HW_CHECK(mode_ == Mode::LiveWriter);
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(handle_, &fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return error(errno, "fstat");
  const auto now = static_cast<std::uint64_t>(info.st_size);
  if (now > map_bytes()) return adopt_size();  // Another process has grown it already.
  if (now < map_bytes()) return cut_short(path_, now, map_bytes());
  const std::uint64_t step = std::clamp(std::max(more, now / 4), kGrowBytesMin, std::max(kGrowBytesMax, more));
  const std::uint64_t size = whole_pages(now + step);
  if (int rc = ::posix_fallocate(fd, info.st_size, static_cast<off_t>(size - now)); rc != 0) {
    // A partly reserved tail would look like another process's growth; give it back.
    if (::ftruncate(fd, info.st_size) != 0) return error(errno, "ftruncate");
    return error(rc, "reserve space");
  }
  return move_map(size);
}

Status Environment::move_map(std::uint64_t bytes) {
  ++map_moves_;  // Whatever comes of it: the old addresses are not used again.
  if (int rc = mdb_env_set_mapsize(handle_, bytes); rc != 0) return error(rc, "set map size");
  return {};
}

Status Environment::prepare_pages(std::uint64_t used, std::uint64_t& prepared) {
  if (used + kPreparedMin <= prepared) return {};
  const std::uint64_t reach = std::min(used + kPreparedMax, map_bytes());
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(handle_, &fd);
  if (Status status = write_zeros(fd, path_, std::max(prepared, used), reach); !status.has_value())
    return rename_error<MsgId::DBFILERR>(std::move(status).error(), path_);
  prepared = std::max(prepared, reach);
  return {};
}

void Environment::read_ahead(std::uint64_t offset, std::uint64_t bytes) const {
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(handle_, &fd);
  (void)::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);  // Advisory.
}

Status Environment::adopt_size() {
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(handle_, &fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return error(errno, "fstat");
  const auto now = static_cast<std::uint64_t>(info.st_size);
  if (now == map_bytes()) return {};
  if (now < used_bytes()) return cut_short(path_, now, used_bytes());
  return move_map(now);
}

int Environment::clear_dead_readers() {
  int dead = 0;
  mdb_reader_check(handle_, &dead);
  return dead;
}

}  // namespace hw

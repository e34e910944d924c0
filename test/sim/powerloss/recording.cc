#include "test/sim/powerloss/recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "test/sim/powerloss/file_log.h"

namespace hw::powerloss {
namespace {

constexpr char kLabel[8] = {'H', 'W', 'P', 'W', 'R', 'N', '0', '1'};
constexpr std::uint32_t kEventMagic = 0x54455748;

/// An event as it is in `names`; the two strings follow.
struct StoredEvent {
  std::uint32_t magic;
  EventType type;
  FileKind kind;
  std::uint32_t from_bytes;
  std::uint32_t to_bytes;
  std::uint32_t zero;
  std::uint64_t sequence;
  std::uint64_t file;
  std::uint64_t device;
  std::uint64_t inode;
  std::int64_t born_ns;
  std::uint64_t checksum;
};

std::uint64_t checksum_of(StoredEvent stored, std::string_view text) {
  stored.checksum = 0;
  return XXH3_64bits_withSeed(text.data(), text.size(), XXH3_64bits(&stored, sizeof stored));
}

std::string read_small(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[4096];
  const ssize_t got = ::read(fd, text, sizeof text);
  ::close(fd);
  return got <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(got));
}

Done make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  errno = error.value();
  return failure("mkdir()", path);
}

}  // namespace

ssize_t write_at(int fd, const void* bytes, std::size_t count, std::uint64_t at) {
  const ssize_t done = ::pwrite(fd, bytes, count, static_cast<off_t>(at));
  if (done == static_cast<ssize_t>(count) || (done < 0 && errno != EFBIG)) return done;
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return done;
  const rlimit lifted{limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_FSIZE, &lifted) != 0) return done;
  const ssize_t again = ::pwrite(fd, bytes, count, static_cast<off_t>(at));
  const int why = errno;
  (void)::setrlimit(RLIMIT_FSIZE, &limit);
  errno = why;
  return again;
}

tl::unexpected<std::string> failure(std::string_view call, std::string_view path) {
  const int error = errno;
  return tl::unexpected(std::string(call) + " " + std::string(path) + ": " + std::strerror(error));
}

FileFacts facts_of(int fd, const char* path, bool follow) {
  struct statx info {};
  const int flags = (path[0] == '\0' ? AT_EMPTY_PATH : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  FileFacts facts;
  if (::statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0) return facts;
  if (S_ISREG(info.stx_mode)) facts.kind = FileKind::Regular;
  if (S_ISDIR(info.stx_mode)) facts.kind = FileKind::Directory;
  if (S_ISLNK(info.stx_mode)) facts.kind = FileKind::Link;
  facts.bytes = info.stx_size;
  facts.key.device = static_cast<std::uint64_t>(info.stx_dev_major) << 32 | info.stx_dev_minor;
  facts.key.inode = info.stx_ino;
  if ((info.stx_mask & STATX_BTIME) != 0)
    facts.key.born_ns = info.stx_btime.tv_sec * 1'000'000'000LL + info.stx_btime.tv_nsec;
  return facts;
}

std::uint64_t process_start(std::uint32_t pid) {
  const std::string text = read_small("/proc/" + std::to_string(pid) + "/stat");
  std::size_t at = text.rfind(')');
  if (at == std::string::npos || at + 2 >= text.size() || text[at + 2] == 'Z' || text[at + 2] == 'X') return 0;
  for (int field = 2; field < 22; ++field) {
    at = text.find(' ', at);
    if (at == std::string::npos) return 0;
    ++at;
  }
  return std::strtoull(text.c_str() + at, nullptr, 10);
}

Outcome<LockedFile> LockedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return failure("open()", path);
  LockedFile locked(fd);
  while (::flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) return failure("flock()", path);
  return locked;
}

LockedFile::LockedFile(LockedFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

LockedFile::~LockedFile() {
  if (fd_ >= 0) ::close(fd_);
}

Recording::Recording(Recording&& other) noexcept { *this = std::move(other); }

Recording& Recording::operator=(Recording&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(header_, other.header_);
  std::swap(fd_, other.fd_);
  std::swap(inode_, other.inode_);
  std::swap(read_to_, other.read_to_);
  std::swap(ids_, other.ids_);
  std::swap(events_, other.events_);
  return *this;
}

Recording::~Recording() {
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes);
  if (fd_ >= 0) ::close(fd_);
}

std::string Recording::boot_id() const {
  // Of the folder too, so that two recordings never share a boot.
  const std::uint64_t tag = XXH3_64bits(folder_.data(), folder_.size());
  return "powerloss-" + std::to_string(tag % 1'000'000'000) + "-" + std::to_string(header_->boot);
}

std::string Recording::file_path(std::uint64_t file, std::string_view suffix) const {
  return folder_ + "/files/" + std::to_string(file) + std::string(suffix);
}

Outcome<Recording> Recording::open(const std::string& folder, const std::string& root) {
  Recording recording;
  recording.folder_ = folder;
  if (!root.empty() && ::access((folder + "/names").c_str(), F_OK) != 0) {
    if (Done made = make_folder(folder); !made) return tl::unexpected(made.error());
    auto lock = LockedFile::open(folder + "/first");
    if (!lock) return tl::unexpected(lock.error());
    if (::access((folder + "/names").c_str(), F_OK) != 0)
      if (Done begun = begin(folder, root, 0); !begun) return tl::unexpected(begun.error());
  }
  // Wherever it is named from: the boot id follows from it.
  std::error_code error;
  if (const auto canonical = std::filesystem::canonical(folder, error); !error) recording.folder_ = canonical.string();
  if (Done mapped = recording.map(); !mapped) return tl::unexpected(mapped.error());
  return recording;
}

Done Recording::map() {
  const std::string path = folder_ + "/names";
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return failure("open()", path);
  void* at = ::mmap(nullptr, kHeaderBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    ::close(fd);
    return failure("mmap()", path);
  }
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes);
  if (fd_ >= 0) ::close(fd_);
  header_ = static_cast<NamesHeader*>(at);
  fd_ = fd;
  inode_ = facts_of(fd, "", true).key.inode;
  read_to_ = kHeaderBytes;
  ids_.clear();
  events_.clear();
  if (std::memcmp(header_->label, kLabel, sizeof kLabel) != 0 || header_->root_bytes > sizeof header_->root)
    return tl::unexpected(path + ": not a recording of this version");
  return {};
}

Outcome<LockedFile> Recording::lock() {
  auto locked = LockedFile::open(folder_ + "/lock");
  if (!locked) return locked;
  // It may have been begun anew; or the program closed descriptors that are not its own.
  const FileFacts named = facts_of(AT_FDCWD, (folder_ + "/names").c_str(), true);
  if (named.key.inode != inode_ || facts_of(fd_, "", true).key.inode != inode_) {
    fd_ = -1;
    if (Done mapped = map(); !mapped) return tl::unexpected(mapped.error());
  }
  if (Done read = read_events(); !read) return tl::unexpected(read.error());
  return locked;
}

Done Recording::read_events() {
  const std::uint64_t end = header_->end.load();
  if (read_to_ >= end) return {};
  std::string text(end - read_to_, '\0');
  if (::pread(fd_, text.data(), text.size(), static_cast<off_t>(read_to_)) != static_cast<ssize_t>(text.size()))
    return failure("pread()", folder_ + "/names");
  std::size_t at = 0;
  while (at < text.size()) {
    StoredEvent stored{};
    const auto damaged = [&] {
      return tl::unexpected(folder_ + "/names: damaged event at " + std::to_string(read_to_ + at));
    };
    if (text.size() - at < sizeof stored) return damaged();
    std::memcpy(&stored, text.data() + at, sizeof stored);
    const std::size_t strings = std::size_t{stored.from_bytes} + stored.to_bytes;
    if (stored.magic != kEventMagic || text.size() - at - sizeof stored < strings) return damaged();
    const std::string_view both(text.data() + at + sizeof stored, strings);
    if (stored.checksum != checksum_of(stored, both)) return damaged();
    Event event{stored.type,
                stored.kind,
                stored.sequence,
                stored.file,
                {stored.device, stored.inode, stored.born_ns},
                std::string(both.substr(0, stored.from_bytes)),
                std::string(both.substr(stored.from_bytes))};
    if (event.type == EventType::Known) ids_[event.key] = event.file;
    events_.push_back(std::move(event));
    at += sizeof stored + strings;
  }
  read_to_ = end;
  return {};
}

Done Recording::append(Event event) {
  event.sequence = next_sequence();
  StoredEvent stored{kEventMagic,
                     event.type,
                     event.kind,
                     static_cast<std::uint32_t>(event.from.size()),
                     static_cast<std::uint32_t>(event.to.size()),
                     0,
                     event.sequence,
                     event.file,
                     event.key.device,
                     event.key.inode,
                     event.key.born_ns,
                     0};
  stored.checksum = checksum_of(stored, event.from + event.to);
  std::string bytes(reinterpret_cast<const char*>(&stored), sizeof stored);
  bytes += event.from;
  bytes += event.to;
  const std::uint64_t end = header_->end.load();
  if (write_at(fd_, bytes.data(), bytes.size(), end) != static_cast<ssize_t>(bytes.size()))
    return failure("pwrite()", folder_ + "/names");
  header_->end.store(end + bytes.size());
  return read_events();
}

std::uint64_t Recording::find(const FileKey& key) const {
  const auto at = ids_.find(key);
  return at == ids_.end() ? 0 : at->second;
}

Outcome<std::uint64_t> Recording::add(const FileFacts& facts, bool created, int fd) {
  const std::uint64_t file = header_->next_file.fetch_add(1);
  if (facts.kind == FileKind::Regular)
    if (Done made = create_file_log(*this, file, created ? -1 : fd); !made) return tl::unexpected(made.error());
  Event event;
  event.type = EventType::Known;
  event.kind = facts.kind;
  event.file = file;
  event.key = facts.key;
  if (Done appended = append(std::move(event)); !appended) return tl::unexpected(appended.error());
  return file;
}

void Recording::keep(std::uint64_t file, int folder_fd, const char* path) const {
  // Refused where it is there already, and across file systems.
  (void)::linkat(folder_fd, path, AT_FDCWD, file_path(file, ".kept").c_str(), 0);
}

bool Recording::relative(std::string_view path, std::string& out) const {
  const std::string_view root(header_->root, header_->root_bytes);
  if (!path.starts_with(root)) return false;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return false;
  out = path.empty() ? "" : path.substr(1);
  return true;
}

Done Recording::add_tree(const std::string& relative_folder) {
  const std::string folder = relative_folder.empty() ? root() : root() + "/" + relative_folder;
  DIR* const listing = ::opendir(folder.c_str());
  if (listing == nullptr) return failure("opendir()", folder);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(listing);
  for (const std::string& name : names) {
    const std::string below = relative_folder.empty() ? name : relative_folder + "/" + name;
    const std::string path = root() + "/" + below;
    const FileFacts facts = facts_of(AT_FDCWD, path.c_str(), false);
    if (facts.kind == FileKind::None) continue;
    Event event;
    event.type = EventType::Base;
    event.kind = facts.kind;
    event.to = below;
    if (facts.kind == FileKind::Link) event.from = std::filesystem::read_symlink(path).string();
    event.file = find(facts.key);
    if (event.file == 0) {
      const int fd = facts.kind == FileKind::Regular ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
      if (facts.kind == FileKind::Regular && fd < 0) return failure("open()", path);
      const auto added = add(facts, false, fd);
      if (fd >= 0) ::close(fd);
      if (!added) return tl::unexpected(added.error());
      event.file = *added;
    }
    if (Done appended = append(event); !appended) return appended;
    if (facts.kind == FileKind::Directory)
      if (Done added = add_tree(below); !added) return added;
  }
  return {};
}

Done Recording::begin(const std::string& folder, const std::string& root, std::uint64_t boots_more) {
  std::error_code error;
  const std::string canonical = std::filesystem::canonical(root, error).string();
  if (error) {
    errno = error.value();
    return failure("realpath()", root);
  }
  NamesHeader header{};
  if (canonical.size() > sizeof header.root) return tl::unexpected(canonical + ": the path is too long");
  if (Done made = make_folder(folder); !made) return made;
  const std::string real_folder = std::filesystem::canonical(folder).string();
  if (real_folder == canonical || real_folder.starts_with(canonical + "/"))
    return tl::unexpected(folder + ": a recording may not be inside the folder it watches");
  auto lock = LockedFile::open(folder + "/lock");
  if (!lock) return tl::unexpected(lock.error());
  std::filesystem::remove_all(folder + "/files", error);
  ::unlink((folder + "/failed").c_str());
  if (Done made = make_folder(folder + "/files"); !made) return made;
  std::memcpy(header.label, kLabel, sizeof kLabel);
  header.end = kHeaderBytes;
  header.next_file = 1;
  header.boot = std::strtoull(read_small(folder + "/boot").c_str(), nullptr, 10) + boots_more;
  header.root_bytes = static_cast<std::uint32_t>(canonical.size());
  std::memcpy(header.root, canonical.data(), canonical.size());
  const std::string made = folder + "/names.new";
  const int fd = ::open(made.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return failure("open()", made);
  const bool written = ::pwrite(fd, &header, sizeof header, 0) == sizeof header && ::ftruncate(fd, kHeaderBytes) == 0;
  ::close(fd);
  if (!written) return failure("pwrite()", made);
  Recording recording;
  recording.folder_ = folder;
  if (::rename(made.c_str(), (folder + "/names").c_str()) != 0) return failure("rename()", made);
  if (Done mapped = recording.map(); !mapped) return mapped;
  if (Done added = recording.add_tree(""); !added) {
    ::unlink((folder + "/names").c_str());
    return added;
  }
  const std::string boot = std::to_string(header.boot) + "\n";
  const int boot_fd = ::open((folder + "/boot").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (boot_fd < 0) return failure("open()", folder + "/boot");
  const bool kept = ::write(boot_fd, boot.data(), boot.size()) == static_cast<ssize_t>(boot.size());
  ::close(boot_fd);
  if (!kept) return failure("write()", folder + "/boot");
  return {};
}

void Recording::fail(const std::string& folder, const std::string& why) {
  const int fd = ::open((folder + "/failed").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const std::string line = why + "\n";
  // Where even this cannot be written the caller has nowhere else to say it but its own output.
  if (fd < 0 || ::write(fd, line.data(), line.size()) < 0) (void)!::write(STDERR_FILENO, line.data(), line.size());
  if (fd >= 0) ::close(fd);
}

std::string Recording::failed() const { return read_small(folder_ + "/failed"); }

}  // namespace hw::powerloss

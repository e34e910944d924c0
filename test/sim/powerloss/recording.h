/// test/sim/powerloss/recording.h -- a recording: which names and files of an instance are on disk, by which sync.
///
/// Many processes write one recording at once and may be killed at any instant. Names are in one log, `names`; each
/// file's content is in a log of its own (file_log.h). A log's header says where it ends and moves after the records
/// are whole, under a lock that the kernel releases when its holder dies: what a dead process left after that end is
/// overwritten.
///
///   DIR/lock          flock: whoever reads or writes `names`
///   DIR/names         header page (NamesHeader), then events
///   DIR/boot          how many power losses there were
///   DIR/failed        why something could not be recorded; no image is made then
///   DIR/files/ID.*    file_log.h; ID.kept is a hard link to a file whose name was removed or replaced
///
/// The layout is that of the machine: a recording is read where, and by the version by which, it was written.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hw::powerloss {

/// A value, or why there is none, for a person to read.
template <typename T>
using Outcome = tl::expected<T, std::string>;
using Done = Outcome<void>;

/// "CALL PATH: reason", from errno.
tl::unexpected<std::string> failure(std::string_view call, std::string_view path);

/// pwrite() of the recording's own files. What the recorded process may write at most (the soft RLIMIT_FSIZE) does not
/// bind them.
ssize_t write_at(int fd, const void* bytes, std::size_t count, std::uint64_t at);

/// What a file is, whatever its names. The time of birth tells it from one that had the same inode number before.
struct FileKey {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;
  auto operator<=>(const FileKey&) const = default;
};

enum class FileKind : std::uint32_t { None, Regular, Directory, Link };

struct FileFacts {
  FileKey key;
  FileKind kind = FileKind::None;  ///< None: there is no such file, or one of another kind
  std::uint64_t bytes = 0;
};

/// Of an open file (`path` empty) or of a path below an open folder; `follow` a symbolic link at the end.
FileFacts facts_of(int fd, const char* path, bool follow);

enum class EventType : std::uint32_t {
  Known = 1,   ///< `file` is the file `key` from here on
  Base,        ///< `to` names it, on disk
  Create,      ///< `to` names it: made, linked, or a folder or symbolic link (text in `from`) made
  Rename,      ///< `to` names it and `from` does not any more
  Remove,      ///< `from` does not name it any more
  FolderSync,  ///< the names in the folder `to` are on disk
  AllSync,     ///< all names are on disk
  Segment,     ///< `file` is the number of a shared memory segment
  Process,     ///< a process takes part: `file` its number, `key.born_ns` its start
};

struct Event {
  EventType type{};
  FileKind kind = FileKind::Regular;
  std::uint64_t sequence = 0;
  std::uint64_t file = 0;
  FileKey key;
  std::string from;  ///< relative to the root
  std::string to;
};

/// First page of `names`, mapped by every process.
struct NamesHeader {
  char label[8];
  std::atomic<std::uint64_t> end;       ///< of the events
  std::atomic<std::uint64_t> sequence;  ///< last one given to an event or sync
  std::atomic<std::uint64_t> next_file;
  std::uint64_t boot;
  std::uint32_t root_bytes;
  char root[2048];
};

constexpr std::uint64_t kHeaderBytes = 4096;

/// Start of a process (/proc/PID/stat, field 22); 0: not there, or a zombie.
std::uint64_t process_start(std::uint32_t pid);

/// A lock on a file by flock, taken on a descriptor of its own: it excludes threads as well as processes, and dies
/// with its holder.
class LockedFile {
 public:
  /// Opens `path` (made when missing) and waits for the lock.
  static Outcome<LockedFile> open(const std::string& path);
  LockedFile(LockedFile&& other) noexcept;
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile();
  int fd() const { return fd_; }

 private:
  explicit LockedFile(int fd) : fd_(fd) {}
  int fd_;
};

class Recording {
 public:
  /// Opens one; `begin`s it first where there is none and `root` is given. Errors: text.
  static Outcome<Recording> open(const std::string& folder, const std::string& root);
  /// Starts it anew: everything below `root` counts as on disk as it is. `boots_more` is added to the boot number.
  static Done begin(const std::string& folder, const std::string& root, std::uint64_t boots_more);

  Recording(Recording&& other) noexcept;
  Recording& operator=(Recording&& other) noexcept;
  ~Recording();

  const std::string& folder() const { return folder_; }
  std::string root() const { return {header_->root, header_->root_bytes}; }
  std::string boot_id() const;
  std::uint64_t boot() const { return header_->boot; }
  std::uint64_t next_sequence() { return header_->sequence.fetch_add(1) + 1; }

  /// Path below the root, of an absolute and canonical one; false when it is not below.
  bool relative(std::string_view path, std::string& out) const;

  /// Takes the lock and reads what others appended. All below need it.
  Outcome<LockedFile> lock();
  /// Number of a file; 0 when it is not known.
  std::uint64_t find(const FileKey& key) const;
  /// Makes a file known. `created`: nothing of it is on disk yet; otherwise its content now is, read from `fd`.
  Outcome<std::uint64_t> add(const FileFacts& facts, bool created, int fd);
  Done append(Event event);
  const std::vector<Event>& events() const { return events_; }

  /// Keeps the content of a file whose name goes away. Where no link can be made, only what is on disk is known later.
  void keep(std::uint64_t file, int folder_fd, const char* path) const;
  std::string file_path(std::uint64_t file, std::string_view suffix) const;

  /// Leaves word that something was not recorded.
  static void fail(const std::string& folder, const std::string& why);
  /// Why something was not recorded; empty: everything was.
  std::string failed() const;

 private:
  Recording() = default;
  Done map();
  Done read_events();
  Done add_tree(const std::string& relative_folder);

  std::string folder_;
  NamesHeader* header_ = nullptr;
  int fd_ = -1;  ///< of `names`
  std::uint64_t inode_ = 0;
  std::uint64_t read_to_ = kHeaderBytes;
  std::map<FileKey, std::uint64_t> ids_;
  std::vector<Event> events_;
};

}  // namespace hw::powerloss

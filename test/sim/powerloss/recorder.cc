#include "test/sim/powerloss/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "test/sim/powerloss/call_files.h"
#include "test/sim/powerloss/process_recording.h"

namespace hw::powerloss {
namespace {

/// Keeps a copy in time of one file that is not synced, now and then: what a page held earlier.
Done sample(Recording& recording, Process& mine, std::uint64_t but) {
  static const std::int64_t every_ns = [] {
    const char* text = std::getenv("HW_POWERLOSS_SAMPLE_MS");
    return (text == nullptr ? 500 : std::strtoll(text, nullptr, 10)) * 1'000'000;
  }();
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t now_ns = now.tv_sec * 1'000'000'000LL + now.tv_nsec;
  if (every_ns == 0 || now_ns - mine.sampled_ns < every_ns) return {};
  mine.sampled_ns = now_ns;
  const auto& events = recording.events();
  for (std::size_t tried = 0; tried < events.size(); ++tried) {
    const Event event = events[mine.next_sample++ % events.size()];
    if (event.kind != FileKind::Regular || event.file == but || event.to.empty()) continue;
    const std::string path = recording.root() + "/" + event.to;
    const FileFacts facts = facts_of(AT_FDCWD, path.c_str(), false);
    if (facts.kind != FileKind::Regular || recording.find(facts.key) != event.file) continue;
    constexpr std::string_view kLocks = "-lock";
    if (event.to.ends_with(kLocks)) continue;  // Closing it would let go of a lock that LMDB has on it in this process.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    constexpr std::uint64_t kSampleBytesMax = 4 << 20;
    Done done = record_sample(recording, event.file, fd, kSampleBytesMax, recording.next_sequence());
    ::close(fd);
    return done;
  }
  return {};
}

void sync_open_file(int readable, const FileFacts& facts, int fd, const SyncRange& range) {
  std::uint64_t file = 0;
  std::uint64_t sequence = 0;
  Recording* found = nullptr;
  locked([&](Recording& recording, Process& mine) -> Done {
    if (Done done = take_part(recording, mine); !done) return done;
    const std::uint64_t known = recording.find(facts.key);
    if (known == 0) {
      auto added = file_of(recording, fd, false);
      if (!added) return tl::unexpected(added.error());
      file = *added;
    } else {
      file = known;
    }
    sequence = recording.next_sequence();
    found = &recording;
    return sample(recording, mine, file);
  });
  if (found == nullptr || file == 0) return;
  if (Done done = record_sync(*found, file, readable, range, sequence); !done) fail(done.error());
}

}  // namespace

bool recording_wanted() { return !Inside::now() && records(); }

bool syncs_left_out() {
  const char* text = std::getenv("HW_POWERLOSS_SKIP_SYNC");
  return text != nullptr && text[0] == '1';
}

void record_create(CallPath made, const std::function<bool()>& real) {
  Inside here;
  bool ran = false;
  guarded([&] {
    const std::string path = canonical(made);
    if (!below_root(path)) return;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      ran = true;
      const bool worked = real();
      here.keep_error();
      if (!worked) return {};
      const FileFacts facts = facts_of(AT_FDCWD, path.c_str(), false);
      Event event;
      event.type = EventType::Create;
      event.kind = facts.kind;
      event.file = recording.find(facts.key);
      if (event.file == 0) {
        // A new folder or symbolic link, or a second name of a file that was not known.
        auto added = facts.kind == FileKind::Regular ? file_at(recording, path) : recording.add(facts, true, -1);
        if (!added) return tl::unexpected(added.error());
        event.file = *added;
      }
      if (facts.kind == FileKind::Link) {
        char text[4096];
        const ssize_t bytes = ::readlink(path.c_str(), text, sizeof text);
        if (bytes > 0) event.from.assign(text, static_cast<std::size_t>(bytes));
      }
      (void)recording.relative(path, event.to);
      return recording.append(std::move(event));
    });
  });
  if (ran) return;
  real();
  here.keep_error();
}

void record_rename(CallPath from, CallPath to, const std::function<bool()>& real) {
  Inside here;
  bool ran = false;
  guarded([&] {
    const std::string old_path = canonical(from);
    const std::string new_path = canonical(to);
    if (!below_root(old_path) && !below_root(new_path)) return;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      Event event;
      const bool leaves = !recording.relative(new_path, event.to);
      const bool arrives = !recording.relative(old_path, event.from);
      const FileFacts moved = facts_of(AT_FDCWD, old_path.c_str(), false);
      const FileFacts replaced = facts_of(AT_FDCWD, new_path.c_str(), false);
      if (moved.kind != FileKind::None && !arrives) {
        auto file = file_at(recording, old_path);
        if (!file) return tl::unexpected(file.error());
        event.file = *file;
      }
      if (replaced.kind != FileKind::None && !leaves) {
        auto file = file_at(recording, new_path);
        if (!file) return tl::unexpected(file.error());
        if (replaced.kind == FileKind::Regular && *file != event.file)
          recording.keep(*file, AT_FDCWD, new_path.c_str());
      }
      if (leaves && event.file != 0) recording.keep(event.file, AT_FDCWD, old_path.c_str());
      ran = true;
      const bool worked = real();
      here.keep_error();
      if (!worked) return {};
      event.kind = moved.kind;
      event.type = leaves ? EventType::Remove : arrives ? EventType::Create : EventType::Rename;
      if (arrives) {
        // It comes from elsewhere: what it holds counts as on disk, its new name does not yet.
        event.from.clear();
        const int fd = ::open(new_path.c_str(), O_RDONLY | O_CLOEXEC);
        auto added = recording.add(moved, false, fd);
        if (fd >= 0) ::close(fd);
        if (!added) return tl::unexpected(added.error());
        event.file = *added;
      }
      return recording.append(std::move(event));
    });
  });
  if (ran) return;
  real();
  here.keep_error();
}

void record_remove(CallPath removed, const std::function<bool()>& real) {
  Inside here;
  bool ran = false;
  guarded([&] {
    const std::string path = canonical(removed);
    if (!below_root(path)) return;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      auto file = file_at(recording, path);
      if (!file) return tl::unexpected(file.error());
      Event event;
      event.type = EventType::Remove;
      event.file = *file;
      event.kind = facts_of(AT_FDCWD, path.c_str(), false).kind;
      (void)recording.relative(path, event.from);
      if (event.kind == FileKind::Regular) recording.keep(*file, AT_FDCWD, path.c_str());
      ran = true;
      const bool worked = real();
      here.keep_error();
      if (!worked) return {};
      return recording.append(std::move(event));
    });
  });
  if (ran) return;
  real();
  here.keep_error();
}

int record_open(CallPath path, bool may_create, bool cuts, const std::function<int()>& real) {
  Inside here;
  int fd = -1;
  bool ran = false;
  const auto open_it = [&] {
    ran = true;
    fd = real();
    here.keep_error();
  };
  guarded([&] {
    const FileFacts before = facts_of(path.folder_fd, path.path, true);
    const bool makes = may_create && before.kind == FileKind::None;
    // Known before it is changed: what is cut off here counted as on disk, if another program wrote it.
    if (!makes && !cuts) open_it();
    if (ran && (fd < 0 || before.kind != FileKind::Regular || !below_root(path_of(fd)))) return;
    const std::string named = ran ? path_of(fd) : canonical(path);
    const FileFacts unfollowed = facts_of(path.folder_fd, path.path, false);
    if (!ran && !below_root(named) && unfollowed.kind != FileKind::Link) return;
    std::uint64_t cut_file = 0;
    Recording* found = nullptr;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      found = &recording;
      if (ran) {
        auto file = file_of(recording, fd, false);
        if (!file) return tl::unexpected(file.error());
        return {};
      }
      // In the meantime another process may have made it, which is why this is under the lock.
      const FileFacts now = facts_of(path.folder_fd, path.path, true);
      std::uint64_t known = recording.find(now.key);
      if (now.kind == FileKind::Regular && known == 0) {
        const int content = ::openat(path.folder_fd, path.path, O_RDONLY | O_CLOEXEC);
        if (content >= 0 && below_root(path_of(content))) {
          auto file = file_of(recording, content, false);
          if (file) known = *file;
        }
        if (content >= 0) ::close(content);
      }
      open_it();
      if (fd < 0 || !below_root(path_of(fd))) return {};
      if (cuts && known != 0 && now.bytes > 0) cut_file = known;
      auto file = file_of(recording, fd, now.kind == FileKind::None);
      if (!file) return tl::unexpected(file.error());
      return {};
    });
    if (cut_file != 0)
      if (Done done = record_cut(*found, cut_file, 0); !done) fail(done.error());
  });
  if (!ran) open_it();
  return fd;
}

void record_opened(int fd, bool created) {
  Inside here;
  guarded([&] {
    if (!below_root(path_of(fd))) return;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      auto file = file_of(recording, fd, created);
      if (!file) return tl::unexpected(file.error());
      return {};
    });
  });
}

void record_fd_cut(int fd, std::uint64_t bytes) {
  Inside here;
  guarded([&] {
    if (!below_root(path_of(fd))) return;
    std::uint64_t file = 0;
    Recording* found = nullptr;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      found = &recording;
      file = recording.find(facts_of(fd, "", true).key);
      return {};
    });
    if (file != 0)
      if (Done done = record_cut(*found, file, bytes); !done) fail(done.error());
  });
}

void record_path_cut(const char* path, std::uint64_t bytes) {
  const int fd = [&] {
    Inside here;
    return ::open(path, O_PATH | O_CLOEXEC);
  }();
  if (fd < 0) return;
  record_fd_cut(fd, bytes);
  Inside here;
  ::close(fd);
}

void record_fd_sync(int fd, const SyncRange& range) {
  Inside here;
  guarded([&] {
    const std::string path = path_of(fd);
    if (!below_root(path)) return;
    const FileFacts facts = facts_of(fd, "", true);
    if (facts.kind == FileKind::Directory) {
      locked([&](Recording& recording, Process& mine) -> Done {
        if (Done done = take_part(recording, mine); !done) return done;
        Event event;
        event.type = EventType::FolderSync;
        (void)recording.relative(path, event.to);
        return recording.append(std::move(event));
      });
      return;
    }
    if (facts.kind != FileKind::Regular) return;
    const int readable = ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
    if (readable < 0) {
      fail(failure("open()", path).value());
      return;
    }
    sync_open_file(readable, facts, fd, range);
    ::close(readable);
  });
}

void record_memory_sync(const void* address, std::size_t bytes) {
  Inside here;
  guarded([&] {
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    const std::uintptr_t end = begin + bytes;
    std::FILE* const maps = std::fopen("/proc/self/maps", "re");
    if (maps == nullptr) {
      fail(failure("open()", "/proc/self/maps").value());
      return;
    }
    struct Part {
      std::string path;
      std::uint64_t inode;
      SyncRange range;
    };
    std::vector<Part> parts;
    char line[4096 + 200];
    while (std::fgets(line, sizeof line, maps) != nullptr) {
      unsigned long from = 0, to = 0, offset = 0, inode = 0;
      char rights[5] = {};
      int at = 0;
      if (std::sscanf(line, "%lx-%lx %4s %lx %*s %lu %n", &from, &to, rights, &offset, &inode, &at) < 5) continue;
      if (from >= end || to <= begin || rights[3] != 's' || inode == 0) continue;
      std::string path = line + at;
      if (path.ends_with('\n')) path.pop_back();
      if (!below_root(path)) continue;
      const std::uintptr_t first = std::max<std::uintptr_t>(from, begin);
      const std::uintptr_t last = std::min<std::uintptr_t>(to, end);
      parts.push_back({path, inode, {offset + (first - from), offset + (last - from), false}});
    }
    std::fclose(maps);
    for (const Part& part : parts) {
      const int fd = ::open(part.path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) continue;  // Its name is gone; nothing of it can be found after a power loss.
      const FileFacts facts = facts_of(fd, "", true);
      if (facts.kind == FileKind::Regular && facts.key.inode == part.inode) sync_open_file(fd, facts, fd, part.range);
      ::close(fd);
    }
  });
}

void record_everything_synced() {
  Inside here;
  guarded([&] {
    std::vector<std::pair<std::string, FileFacts>> files;
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      Event event;
      event.type = EventType::AllSync;
      for (const Event& known : recording.events()) {
        if (known.to.empty() || known.kind != FileKind::Regular) continue;
        const std::string path = recording.root() + "/" + known.to;
        const FileFacts facts = facts_of(AT_FDCWD, path.c_str(), false);
        if (facts.kind == FileKind::Regular && recording.find(facts.key) == known.file) files.emplace_back(path, facts);
      }
      return recording.append(std::move(event));
    });
    for (const auto& [path, facts] : files) {
      if (path.ends_with("-lock")) continue;  // As in sample().
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) continue;
      sync_open_file(fd, facts, fd, {0, kNoSize, true});
      ::close(fd);
    }
  });
}

void record_segment(int id) {
  Inside here;
  guarded([&] {
    locked([&](Recording& recording, Process& mine) -> Done {
      if (Done done = take_part(recording, mine); !done) return done;
      Event event;
      event.type = EventType::Segment;
      event.file = static_cast<std::uint64_t>(id);
      return recording.append(std::move(event));
    });
  });
}

namespace {

/// Before main(): the boot that this process is in. A process whose environment has one already keeps it.
__attribute__((constructor)) void set_boot() {
  if (!records()) return;
  Inside here;
  guarded([&] {
    const char* given = std::getenv("HW_BOOT_ID");
    if (given != nullptr && *given != '\0' && std::strncmp(given, "powerloss-", 10) != 0) return;
    locked([&](Recording& recording, Process&) -> Done {
      ::setenv("HW_BOOT_ID", recording.boot_id().c_str(), 1);
      return {};
    });
  });
}

}  // namespace
}  // namespace hw::powerloss

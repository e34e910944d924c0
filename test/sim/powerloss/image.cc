#include "test/sim/powerloss/image.h"

#include <fcntl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "test/sim/powerloss/content.h"
#include "test/sim/powerloss/file_log.h"
#include "test/sim/powerloss/names.h"

namespace hw::powerloss {
namespace {

struct ModeName {
  Mode mode;
  std::string_view name;
};
constexpr ModeName kModes[] = {
    {Mode::Random, "random"},
    {Mode::AllLost, "all-lost"},
    {Mode::AllKept, "all-kept"},
    {Mode::NewestKept, "newest-kept-oldest-lost"},
    {Mode::NamesOnly, "meta-only"},
    {Mode::DataOnly, "data-only"},
    {Mode::OneFileOld, "one-file-old"},
    {Mode::TornPages, "torn-pages"},
    {Mode::NamesLost, "directory-lost"},
};

/// Everything an image is chosen from.
struct Scene {
  Recording recording;
  std::map<std::uint64_t, LogHeader> logs;
  NameState names;
  Names actual;                                ///< what is there; file 0: not known
  std::map<std::uint64_t, std::string> paths;  ///< where each known file is now; empty: nowhere
};

Done scan(const Recording& recording, const std::string& below, Names& names) {
  const std::string folder = below.empty() ? recording.root() : recording.root() + "/" + below;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(folder, error); !error && at != std::filesystem::end(at);
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    const std::string relative = below.empty() ? name : below + "/" + name;
    const FileFacts facts = facts_of(AT_FDCWD, at->path().c_str(), false);
    Named named{recording.find(facts.key), facts.kind, ""};
    if (facts.kind == FileKind::Link) named.text = std::filesystem::read_symlink(at->path()).string();
    names[relative] = named;
    if (facts.kind == FileKind::Directory)
      if (Done done = scan(recording, relative, names); !done) return done;
  }
  if (!error) return {};
  errno = error.value();
  return failure("opendir()", folder);
}

Outcome<Scene> look(const std::string& folder, bool strict) {
  auto recording = Recording::open(folder, "");
  if (!recording) return tl::unexpected(recording.error());
  Scene scene{std::move(*recording), {}, {}, {}, {}};
  {
    const auto lock = scene.recording.lock();
    if (!lock) return tl::unexpected(lock.error());
  }
  if (const std::string failed = scene.recording.failed(); !failed.empty())
    return tl::unexpected("something was not recorded: " + failed);
  std::map<std::uint64_t, std::uint64_t> name_syncs;
  for (const Event& event : scene.recording.events()) {
    if (event.type != EventType::Known || event.kind != FileKind::Regular) continue;
    auto header = settled_header(scene.recording, event.file);
    if (!header) return tl::unexpected(header.error());
    scene.logs[event.file] = *header;
    name_syncs[event.file] = header->name_sync;
  }
  scene.names = replay(scene.recording.events(), name_syncs, strict);
  if (Done done = scan(scene.recording, "", scene.actual); !done) return tl::unexpected(done.error());
  for (const auto& [file, header] : scene.logs) {
    std::string& path = scene.paths[file];
    const std::string kept = scene.recording.file_path(file, ".kept");
    const FileFacts facts = facts_of(AT_FDCWD, kept.c_str(), false);
    if (facts.kind == FileKind::Regular && facts.key == scene.names.keys[file]) path = kept;
  }
  for (const auto& [name, named] : scene.actual)
    if (named.file != 0 && named.kind == FileKind::Regular)
      scene.paths[named.file] = scene.recording.root() + "/" + name;
  return scene;
}

/// Who calls this, and whoever called it, is no part of the instance.
std::set<std::uint64_t> own_line() {
  std::set<std::uint64_t> line;
  for (auto pid = static_cast<std::uint64_t>(::getpid()); pid > 1;) {
    line.insert(pid);
    const int fd = ::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 1024> text{};
    const ssize_t got = fd < 0 ? 0 : ::read(fd, text.data(), text.size() - 1);
    if (fd >= 0) ::close(fd);
    const char* const end = got <= 0 ? nullptr : std::strrchr(text.data(), ')');
    if (end == nullptr || std::strlen(end) < 5) break;
    pid = std::strtoull(end + 4, nullptr, 10);
  }
  return line;
}

Done nobody_lives(const Scene& scene) {
  const std::set<std::uint64_t> own = own_line();
  for (const Event& event : scene.recording.events()) {
    if (event.type != EventType::Process || own.contains(event.file)) continue;
    if (process_start(static_cast<std::uint32_t>(event.file)) == static_cast<std::uint64_t>(event.key.born_ns))
      return tl::unexpected("process " + std::to_string(event.file) + " of the instance is alive");
  }
  return {};
}

class Image {
 public:
  Image(Scene& scene, const ImageOptions& options)
      : scene_(scene), options_(options), random_(options.seed * 0x9E3779B97F4A7C15 + 1) {}

  Outcome<ImageReport> make() {
    choose_names();
    if (!options_.into.empty())
      if (Done done = copy_files(); !done) return tl::unexpected(done.error());
    if (Done done = choose_contents(); !done) return tl::unexpected(done.error());
    if (!options_.into.empty()) {
      if (Done done = make_names(options_.into + "/", Names()); !done) return tl::unexpected(done.error());
      std::error_code ignored;
      std::filesystem::remove_all(copies(), ignored);
    } else if (!options_.dry_run) {
      if (Done done = put_names(); !done) return tl::unexpected(done.error());
    }
    return report_;
  }

 private:
  void choose_names() {
    const auto& pending = scene_.names.pending;
    target_ = scene_.names.durable;
    std::size_t first = pending.size();  // In order: how many are kept.
    switch (options_.mode) {
      case Mode::AllLost:
      case Mode::DataOnly:
      case Mode::NamesLost:
        first = 0;
        break;
      case Mode::Random:
        first = random_.below(3) == 0 ? pending.size() : random_.below(pending.size() + 1);
        break;
      default:
        break;
    }
    const std::uint64_t odds = random_.below(5);
    for (std::size_t i = 0; i < pending.size(); ++i) {
      bool keep = i < first;
      if (options_.strict && options_.mode == Mode::Random) keep = random_.below(4) < odds;
      if (options_.strict && options_.mode == Mode::NewestKept) keep = i >= pending.size() / 2;
      if (keep) apply(target_, pending[i]);
      ++(keep ? report_.names_kept : report_.names_lost);
    }
    // What programs without the library did to names counts as on disk.
    for (const auto& [name, named] : scene_.actual) {
      const auto at = scene_.names.now.find(name);
      if (at == scene_.names.now.end() || at->second.file != named.file) target_[name] = named;
    }
    for (const auto& [name, named] : scene_.names.now)
      if (!scene_.actual.contains(name)) target_.erase(name);
    drop_orphans();
  }

  /// A name in a folder that is not there.
  void drop_orphans() {
    for (auto at = target_.begin(); at != target_.end();) {
      const std::string folder = folder_of(at->first);
      const auto parent = target_.find(folder);
      const bool there = folder.empty() || (parent != target_.end() && parent->second.kind == FileKind::Directory);
      at = there ? std::next(at) : target_.erase(at);
    }
  }

  std::string copies() const { return options_.into + "/.files"; }

  /// What the image is made of, in the other folder; the files there have no names yet.
  Done copy_files() {
    std::error_code error;
    if (!std::filesystem::create_directories(copies(), error)) {
      errno = error ? error.value() : EEXIST;
      return failure("mkdir()", options_.into);
    }
    for (auto& [name, named] : target_) {
      if (named.kind != FileKind::Regular) continue;
      if (named.file == 0) named.file = foreign_--;
      std::string& from = scene_.paths[named.file];
      const std::string to = copies() + "/" + std::to_string(named.file);
      if (named.file > foreign_) from = scene_.recording.root() + "/" + name;
      if (from.empty() || from == to) continue;
      if (Done done = copy_file(from, to); !done) return done;
      from = to;
    }
    return {};
  }

  static Done copy_file(const std::string& from, const std::string& to) {
    struct stat info {};
    const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    if (in < 0 || ::fstat(in, &info) != 0) return failure("open()", from);
    const int out = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    Done done;
    if (out < 0 || ::fchmod(out, info.st_mode & 07777) != 0 || ::ftruncate(out, info.st_size) != 0)
      done = failure("open()", to);
    if (::getuid() == 0 && done && ::fchown(out, info.st_uid, info.st_gid) != 0) done = failure("chown()", to);
    const auto bytes = static_cast<std::uint64_t>(info.st_size);
    if (done)
      done =
          for_each_difference(in, out, 0, bytes, [&](std::uint64_t at, std::span<const std::byte> now, auto) -> Done {
            const std::uint64_t length = std::min<std::uint64_t>(now.size(), bytes - at);
            if (::pwrite(out, now.data(), length, static_cast<off_t>(at)) == static_cast<ssize_t>(length)) return {};
            return failure("pwrite()", to);
          });
    ::close(in);
    if (out >= 0) ::close(out);
    return done;
  }

  Done choose_contents() {
    std::vector<std::uint64_t> files;
    for (const auto& [name, named] : target_)
      if (named.kind == FileKind::Regular && scene_.logs.contains(named.file)) files.push_back(named.file);
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    report_.files = files.size();
    std::uint64_t old_one = 0;
    if (options_.mode == Mode::OneFileOld) {
      std::vector<std::uint64_t> unsynced;
      for (const std::uint64_t file : files) {
        auto differences = count_unsynced(scene_.recording, file, scene_.paths[file]);
        if (!differences) return tl::unexpected(differences.error());
        if (*differences > 0) unsynced.push_back(file);
      }
      if (!unsynced.empty()) old_one = unsynced[random_.below(unsynced.size())];
    }
    for (const std::uint64_t file : files) {
      ContentChoice choice{options_.mode, Random(options_.seed * 1'000'003 + file)};
      if (options_.mode == Mode::OneFileOld) choice.mode = file == old_one ? Mode::AllLost : Mode::AllKept;
      std::string path = scene_.paths[file];
      if (path.empty()) {
        // Its content is gone with its name, but for what was on disk.
        path =
            options_.into.empty() ? scene_.recording.file_path(file, ".kept") : copies() + "/" + std::to_string(file);
        if (options_.dry_run) continue;
        const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (made < 0) return failure("open()", path);
        ::close(made);
        scene_.paths[file] = path;
        choice.mode = Mode::AllLost;
      }
      auto counts = rewrite_content(scene_.recording, file, path, choice, options_.dry_run);
      if (!counts) return tl::unexpected(counts.error());
      report_.sectors += counts->kept + counts->lost + counts->older;
      report_.kept += counts->kept;
      report_.lost += counts->lost;
      report_.older += counts->older;
      report_.sizes_lost += counts->size_lost ? 1 : 0;
      report_.changed += counts->changed ? 1 : 0;
    }
    return {};
  }

  Done put_names() {
    const std::string root = scene_.recording.root() + "/";
    // Every file whose names change is kept under its number first; then names go away, and others are made.
    std::set<std::uint64_t> moving;
    for (const auto& [name, named] : target_)
      if (differs(scene_.actual, name, named) && named.kind == FileKind::Regular && named.file != 0)
        moving.insert(named.file);
    for (const std::uint64_t file : moving) {
      const std::string kept = scene_.recording.file_path(file, ".kept");
      if (scene_.paths[file] != kept && ::access(kept.c_str(), F_OK) != 0 &&
          ::link(scene_.paths[file].c_str(), kept.c_str()) != 0)
        return failure("link()", kept);
    }
    for (auto at = scene_.actual.rbegin(); at != scene_.actual.rend(); ++at) {
      const auto& [name, named] = *at;
      if (!differs(target_, name, named)) continue;
      const std::string path = root + name;
      if (::remove(path.c_str()) != 0) return failure("remove()", path);
    }
    return make_names(root, scene_.actual);
  }

  static bool differs(const Names& names, const std::string& name, const Named& named) {
    const auto at = names.find(name);
    return at == names.end() || at->second.file != named.file || at->second.kind != named.kind;
  }

  /// Makes the names that are not there.
  Done make_names(const std::string& root, const Names& there) {
    for (const auto& [name, named] : target_) {
      if (!differs(there, name, named)) continue;
      const std::string path = root + name;
      int rc = 0;
      if (named.kind == FileKind::Directory) rc = ::mkdir(path.c_str(), 0777);
      if (named.kind == FileKind::Link) rc = ::symlink(named.text.c_str(), path.c_str());
      if (named.kind == FileKind::Regular) {
        const std::string from = options_.into.empty() ? scene_.recording.file_path(named.file, ".kept")
                                                       : copies() + "/" + std::to_string(named.file);
        rc = ::link(from.c_str(), path.c_str());
      }
      if (rc != 0) return failure("link()", path);
    }
    return {};
  }

  Scene& scene_;
  const ImageOptions& options_;
  Random random_;
  Names target_;
  std::uint64_t foreign_ = kNoSize;  ///< Numbers of files that are not known, downwards.
  ImageReport report_;
};

std::uint64_t remove_segments(const Scene& scene) {
  std::uint64_t removed = 0;
  for (const Event& event : scene.recording.events())
    if (event.type == EventType::Segment && ::shmctl(static_cast<int>(event.file), IPC_RMID, nullptr) == 0) ++removed;
  return removed;
}

}  // namespace

std::optional<Mode> mode_of(std::string_view name) {
  for (const ModeName& known : kModes)
    if (known.name == name) return known.mode;
  return {};
}

std::string_view name_of(Mode mode) {
  for (const ModeName& known : kModes)
    if (known.mode == mode) return known.name;
  return "";
}

std::vector<std::string_view> mode_names() {
  std::vector<std::string_view> names;
  for (const ModeName& known : kModes) names.push_back(known.name);
  return names;
}

Outcome<ImageReport> make_image(const std::string& folder, const ImageOptions& options) {
  auto scene = look(folder, options.strict);
  if (!scene) return tl::unexpected(scene.error());
  if (Done done = nobody_lives(*scene); !done) return tl::unexpected(done.error());
  auto report = Image(*scene, options).make();
  if (!report) return report;
  report->boot = scene->recording.boot() + 1;
  if (options.dry_run || !options.into.empty()) return report;
  report->segments = remove_segments(*scene);
  if (Done done = Recording::begin(folder, scene->recording.root(), 1); !done) return tl::unexpected(done.error());
  return report;
}

Outcome<RecordingStatus> status_of(const std::string& folder, bool strict) {
  auto scene = look(folder, strict);
  if (!scene) return tl::unexpected(scene.error());
  RecordingStatus status;
  std::map<std::uint64_t, std::string> names;
  for (const auto& [name, named] : scene->actual) names[named.file] = name;
  for (const auto& [file, header] : scene->logs) {
    auto sectors = count_unsynced(scene->recording, file, scene->paths[file]);
    if (!sectors) return tl::unexpected(sectors.error());
    const FileFacts facts = facts_of(AT_FDCWD, scene->paths[file].c_str(), false);
    status.files.push_back({names[file], file, *sectors, facts.bytes, header.durable_bytes, header.syncs});
    status.syncs += header.syncs;
  }
  for (const Event& event : scene->names.pending) {
    if (event.type == EventType::Create) status.names.push_back("create " + event.to);
    if (event.type == EventType::Rename) status.names.push_back("rename " + event.from + " to " + event.to);
    if (event.type == EventType::Remove) status.names.push_back("remove " + event.from);
  }
  return status;
}

Outcome<std::uint64_t> verify(const std::string& folder) {
  auto recording = Recording::open(folder, "");
  if (!recording) return tl::unexpected(recording.error());
  {
    const auto lock = recording->lock();  // Reads and checks every event.
    if (!lock) return tl::unexpected(lock.error());
  }
  if (const std::string failed = recording->failed(); !failed.empty())
    return tl::unexpected("something was not recorded: " + failed);
  std::uint64_t records = recording->events().size();
  for (const Event& event : recording->events()) {
    if (event.type != EventType::Known || event.kind != FileKind::Regular) continue;
    auto found = verify_content(*recording, event.file);
    if (!found) return tl::unexpected(found.error());
    records += *found;
  }
  return records;
}

}  // namespace hw::powerloss

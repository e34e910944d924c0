#include "replic/instance/site_backup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "engine/backup/increment.h"
#include "engine/base/failpoint.h"
#include "engine/base/file_rights.h"
#include "engine/base/interrupt.h"
#include "engine/base/liveness.h"
#include "engine/base/program.h"
#include "engine/base/sync_point.h"
#include "replic/instance/instance.h"
#include "replic/instance/site_files.h"

extern char** environ;

namespace hw {
namespace {

/// The instance file that the open databases name; empty when none is open.
Result<std::string> instance_file_of_databases(const GlobalDirectory& directory) {
  for (const Region& region : directory.regions()) {
    const std::string path = directory.database_path(region);
    if (!file_exists(path)) continue;
    HW_TRY(const ControlFile control, ControlFile::open(path));
    HW_TRY(const ControlState state, control.read());
    if (!state.clean && !state.instance_file.empty()) return state.instance_file;
  }
  return std::string();
}

/// The instance's next seqno when only its file is copied. Read before the file, which has every record up to it.
Result<Seqno> seqno_of_instance(const std::string& path) {
  const auto pool = find_pool(path);
  if (pool.has_value()) return Seqno{pool->header().next_seqno.load()};
  if (pool.error().id != MsgId::NOJNLPOOL) return pool.error();
  HW_TRY(const InstanceFile file, InstanceFile::open(path, /*writable=*/false));
  return file.header().seqno;
}

/// The instance file of databases that are not in use, whose replicating ones are at `databases`.
/// Errors: REPLREQROLLBACK, REPLINSTDBMATCH: a copy of it would not belong to copies of them.
Result<Seqno> seqno_at_rest(const InstanceFile& file, Seqno databases) {
  if (file.header().crash) return make_error<MsgId::REPLREQROLLBACK>(file.path());
  if (databases.value > 1 && databases != file.header().seqno)
    return make_error<MsgId::REPLINSTDBMATCH>(file.path(), file.header().seqno.value, databases.value);
  return file.header().seqno;
}

/// A shell command with a pipe to its standard input.
class ChildInput {
 public:
  static Result<ChildInput> run(const std::string& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe2()", command);
    (void)::fcntl(ends[1], F_SETFL, O_NONBLOCK);  // Without it, a command that hangs cannot be left.
    ChildInput child;
    child.command_ = command;
    child.write_end_ = ends[1];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    set_plain_signals(attributes);  // Ours are blocked, to be asked about, and ignored.
    const char* const arguments[] = {"/bin/sh", "-c", command.c_str(), nullptr};
    errno = ::posix_spawn(&child.pid_, "/bin/sh", &actions, &attributes, const_cast<char* const*>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    const int failed = errno;
    ::close(ends[0]);
    errno = failed;
    if (failed != 0) return system_error("posix_spawn()", command);
    return child;
  }
  ChildInput(ChildInput&& other) noexcept
      : command_(std::move(other.command_)),
        write_end_(std::exchange(other.write_end_, -1)),
        pid_(std::exchange(other.pid_, 0)) {}
  ChildInput& operator=(ChildInput&&) = delete;
  ~ChildInput() {
    if (pid_ != 0) (void)finish();
  }

  /// False when the command reads no more, or this process is asked to end; why, finish() tells.
  bool write(Bytes bytes) const {
    while (!bytes.empty()) {
      if (end_requested()) return false;
      struct pollfd room {
        write_end_, POLLOUT, 0
      };
      if (::poll(&room, 1, static_cast<int>(kLookAgain.count())) <= 0) continue;
      const ssize_t put = ::write(write_end_, bytes.data(), bytes.size());
      if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (put < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
  }
  /// End of input; the command's exit status, as a shell has it. When this process is asked to end, the command is
  /// ended first, so that it does not take what it has got for all.
  int finish() {
    bool ended = false;
    while (!ended && !end_requested()) {
      if (write_end_ >= 0) ::close(std::exchange(write_end_, -1));
      ended = ends_within(kLookAgain);
    }
    for (const int signal : {SIGTERM, SIGKILL}) {
      if (ended) break;
      ::kill(pid_, signal);
      ended = ends_within(kEndsBySignal);
    }
    if (write_end_ >= 0) ::close(std::exchange(write_end_, -1));
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static constexpr std::chrono::milliseconds kLookAgain{1000};  // For a signal between the look and the wait.
  static constexpr std::chrono::milliseconds kEndsBySignal{3000};

  ChildInput() = default;
  bool ends_within(std::chrono::milliseconds most) const {
    const auto ended = wait_for_exit(static_cast<std::uint32_t>(pid_), 0, std::chrono::steady_clock::now() + most);
    return !ended.has_value() || *ended;
  }

  std::string command_;
  int write_end_ = -1;
  pid_t pid_ = 0;
};

/// A write to a command that has ended is an error to report, not a signal to die of.
class NoPipeSignal {
 public:
  NoPipeSignal() { former_ = ::signal(SIGPIPE, SIG_IGN); }
  ~NoPipeSignal() { ::signal(SIGPIPE, former_); }

 private:
  void (*former_)(int);
};

Status feed_command(const File& copy, const std::string& command) {
  const NoPipeSignal quiet;
  HW_TRY(const std::uint64_t bytes, copy.size());
  HW_TRY(ChildInput child, ChildInput::run(command));
  constexpr std::uint64_t kPiece = 1 << 20;
  std::string buffer;
  bool reads = true;
  for (std::uint64_t at = 0; reads && at < bytes; at += buffer.size()) {
    buffer.resize(std::min(kPiece, bytes - at));
    HW_TRY_VOID(copy.read_exact(at, std::as_writable_bytes(std::span(buffer))));
    reads = child.write(as_bytes(buffer));
  }
  const int status = child.finish();
  if (status == 0 && reads) return {};
  if (end_requested()) return make_error<MsgId::FORCEDHALT>();
  return make_error<MsgId::HWBACKUPPIPE>(command, status);
}

}  // namespace

Result<std::unique_ptr<BackupSource>> BackupSource::open(const GlobalDirectory& directory,
                                                         const std::string& instance_file) {
  std::unique_ptr<BackupSource> source(new BackupSource());
  DatabaseOptions options;
  options.background = false;
  options.global_directory = directory.path();
  options.instance_file = instance_file;
  if (instance_file.empty()) {
    HW_TRY(options.instance_file, instance_file_of_databases(directory));
  }
  for (;;) {
    HW_TRY(source->database_, Database::open(options));
    auto domain = source->database_->domain();
    if (domain.has_value()) {
      source->domain_ = *domain;
      return source;
    }
    const MsgId why = domain.error().id;
    if (why != MsgId::NOJNLPOOL && why != MsgId::REPLINSTUNDEF && why != MsgId::REPLINSTACC) return domain.error();
    HW_TRY_VOID(source->database_->close());
    source->database_.reset();
    // A replicating instance that is down: its databases stay so until the copies are made.
    HW_TRY(source->taken_, take_all(directory));
    std::vector<RegionAccess*> all;
    bool live = false;
    for (const auto& access : source->taken_) {
      all.push_back(access.get());
      live = live || access->is_live();
    }
    if (live && why == MsgId::NOJNLPOOL) {  // Started just now.
      source->taken_.clear();
      continue;
    }
    if (live) return domain.error();
    const auto is_clean = [](const RegionAccess* access) { return access->state().clean; };
    if (!std::all_of(all.begin(), all.end(), is_clean)) HW_TRY_VOID(make_clean(all, RegionSet::Whole));
    return source;
  }
}

BackupSource::~BackupSource() = default;

Result<std::unique_ptr<BackupPoint>> BackupSource::take(std::span<const Region* const> regions,
                                                        const BackupOptions& options) {
  if (domain_ == nullptr) {
    std::vector<RegionAccess*> all, chosen;
    for (const auto& access : taken_) all.push_back(access.get());
    for (const Region* region : regions) {
      const auto is_it = [&](RegionAccess* access) { return access->region().definition.name == region->name; };
      const auto found = std::find_if(all.begin(), all.end(), is_it);
      if (found == all.end()) {
        errno = ENOENT;
        return rename_error<MsgId::DBOPNERR>(system_error("open()", region->name), region->name);
      }
      chosen.push_back(*found);
    }
    return BackupPoint::take(chosen, all, options);
  }
  std::vector<OpenRegion*> chosen;
  for (const Region* region : regions) {
    const Region* own = database_->directory().find_region(region->name);
    HW_TRY(OpenRegion* const open,
           database_->writable_region(static_cast<std::size_t>(own - database_->directory().regions().data())));
    chosen.push_back(open);
  }
  return BackupPoint::take(*domain_, chosen, options);
}

Status BackupSource::close() {
  taken_.clear();
  domain_ = nullptr;
  if (!database_) return {};
  Status status = database_->close();
  database_.reset();
  return status;
}

namespace {

Seqno begin_of(const SiteBackup& backup, const BackupMarks& marks) {
  Seqno from{0};
  switch (backup.since) {
    case BackupSince::Database:
      from = marks.database;
      break;
    case BackupSince::Bytestream:
      // What is in a later full backup need not be in an increment.
      from = std::max(marks.bytestream, marks.database);
      break;
    case BackupSince::Record:
      from = marks.record;
      break;
    case BackupSince::Given:
      from = backup.since_seqno;
      break;
  }
  return std::max(from, Seqno{1});
}

Status copy_region(const SiteBackup& backup, BackupPoint& point, const BackupRegion& region, const File& to,
                   SiteBackupReport& report) {
  const CopyProgress progress = [&](std::uint64_t done, std::uint64_t of) { return backup.progress(region, done, of); };
  const Seqno end = region.header.reg_seqno;
  HW_TRY(BackupMarks marks, read_backup_marks(region.region->path, region.header.database_id));
  if (backup.incremental) {
    report.from.push_back(begin_of(backup, marks));
    HW_TRY(const auto written, write_increment(region, report.from.back(), end, to, progress));
    (void)written;
    marks.bytestream = end;
  } else {
    HW_TRY_VOID(point.copy(region, to, progress));
    marks.database = end;
  }
  if (backup.record) marks.record = end;
  report.marks.push_back(marks);
  report.next_tn.push_back(region.next_tn);
  fail_here(FailPoint::BackupCopied);
  return {};
}

Status copy_regions(const SiteBackup& backup, std::span<const File* const> to, SiteBackupReport& report) {
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(const auto source, BackupSource::open(directory, backup.instance_file));
  std::vector<const Region*> regions;
  for (const BackupTarget& target : backup.targets) regions.push_back(target.region);
  {
    HW_TRY(const auto point, source->take(regions, backup.options));
    report.seqno = point->seqno();
    if (backup.instance_to && !source->is_live_instance()) {
      HW_TRY(const InstanceFile instance, InstanceFile::open(backup.instance_file, /*writable=*/false));
      HW_TRY(report.seqno, seqno_at_rest(instance, point->seqno()));
    }
    backup.on_point(*point);
    for (std::size_t i = 0; i < to.size(); ++i)
      HW_TRY_VOID(copy_region(backup, *point, point->regions()[i], *to[i], report));
  }
  return source->close();
}

/// Asked again: a backup takes long, and what it replaces may have come into use.
Status publish_one(UnfinishedFile& copy, bool replace, FileKind kind) {
  if (!replace) return copy.publish(false);
  HW_TRY(const Replaceable former, Replaceable::take(copy.path(), kind));
  return copy.publish(true);
}

/// Gives what is complete its name. Commands first: they can still fail.
Status publish(const SiteBackup& backup, std::vector<UnfinishedFile>& copies,
               std::optional<UnfinishedFile>& instance_copy) {
  for (std::size_t i = 0; i < copies.size(); ++i)
    if (backup.targets[i].pipe) HW_TRY_VOID(feed_command(copies[i].file(), backup.targets[i].to));
  for (std::size_t i = 0; i < copies.size(); ++i)
    if (!backup.targets[i].pipe) HW_TRY_VOID(publish_one(copies[i], backup.replace, kind_of_targets(backup)));
  if (instance_copy) HW_TRY_VOID(publish_one(*instance_copy, backup.replace, FileKind::Instance));
  return {};
}

}  // namespace

Result<SiteBackupReport> copy_site(const SiteBackup& backup, std::span<const File* const> to, const File* instance_to) {
  HW_CHECK(to.size() == backup.targets.size());
  SiteBackupReport report;
  if (backup.targets.empty()) {
    HW_TRY(report.seqno, seqno_of_instance(backup.instance_file));
  } else {
    HW_TRY_VOID(copy_regions(backup, to, report));
  }
  if (instance_to != nullptr) {
    HW_TRY(const InstanceFile instance, InstanceFile::open(backup.instance_file, /*writable=*/false));
    HW_TRY_VOID(instance.copy_to(*instance_to, report.seqno));
  }
  return report;
}

Result<SiteBackupReport> back_up_site(const SiteBackup& backup) {
  std::vector<UnfinishedFile> copies;
  std::optional<UnfinishedFile> instance_copy;
  if (backup.instance_to) {
    HW_TRY(const FileRights model, rights_of(backup.instance_file));
    HW_TRY(UnfinishedFile file, UnfinishedFile::create(*backup.instance_to, model));
    instance_copy.emplace(std::move(file));
  }
  copies.reserve(backup.targets.size());  // They stay where they are: `files` points at them.
  std::vector<const File*> files;
  for (const BackupTarget& target : backup.targets) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    const std::string path =
        target.pipe ? fmt::format("{}/{}-{}", backup.temporary_folder, target.region->name, ::getpid()) : target.to;
    HW_TRY(const FileRights model, rights_of(directory.database_path(*target.region)));
    HW_TRY(UnfinishedFile file, UnfinishedFile::create(path, model));
    copies.push_back(std::move(file));
    files.push_back(&copies.back().file());
  }
  HW_TRY(SiteBackupReport report, copy_site(backup, files, instance_copy ? &instance_copy->file() : nullptr));
  for (const UnfinishedFile& copy : copies) HW_TRY_VOID(sync_at(SyncPoint::BackupCopy, copy.file()));
  HW_TRY_VOID(publish(backup, copies, instance_copy));
  if (copies.empty()) return report;
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  for (std::size_t i = 0; i < copies.size(); ++i)
    HW_TRY_VOID(write_backup_marks(directory.database_path(*backup.targets[i].region), report.marks[i]));
  return report;
}

}  // namespace hw

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
#include "engine/integ/region_look.h"
#include "engine/region/backup_marks.h"
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

/// The instance file alone, and the seqno that goes with it. No rollback is under way meanwhile.
Result<Seqno> copy_instance_alone(const std::string& path, const File& to) {
  const auto pool = find_pool(path);
  if (!pool.has_value() && pool.error().id != MsgId::NOJNLPOOL) return pool.error();
  InstanceFile::Whole instance;
  Seqno seqno;
  if (pool.has_value()) {
    HW_TRY(const CheckpointLock images, CheckpointLock::take(pool->header()));
    if (pool->header().damaged.load() != 0)
      return make_error<MsgId::HWPOOLDAMAGED>(path, "a rollback of a dead process is not finished");
    seqno = Seqno{pool->header().next_seqno.load()};  // Before the file, which has every record up to it.
    HW_TRY(instance, InstanceFile::read_whole(path));
  } else {
    HW_TRY(instance, InstanceFile::read_whole(path));
    seqno = instance.header.seqno;
  }
  HW_TRY_VOID(InstanceFile::write_copy(to, instance, seqno));
  return seqno;
}

/// The seqno of an instance file whose databases are not in use; the replicating ones are at `databases`.
/// Errors: REPLREQROLLBACK, REPLINSTDBMATCH: a copy of it would not belong to copies of them.
Result<Seqno> seqno_at_rest(const std::string& path, const InstanceHeader& header, Seqno databases) {
  if (header.crash) return make_error<MsgId::REPLREQROLLBACK>(path);
  if (databases.value > 1 && databases != header.seqno)
    return make_error<MsgId::REPLINSTDBMATCH>(path, header.seqno.value, databases.value);
  return header.seqno;
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
    const int failed =
        ::posix_spawn(&child.pid_, "/bin/sh", &actions, &attributes, const_cast<char* const*>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(ends[0]);
    if (failed != 0) return system_error("posix_spawn()", command, failed);
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

Result<RegionAccess*> BackupSource::taken(const Region& region) const {
  for (const auto& access : taken_)
    if (access->region().definition.name == region.name) return access.get();
  return rename_error<MsgId::DBOPNERR>(system_error("open()", region.name, ENOENT), region.name);
}

Result<OpenRegion*> BackupSource::in_use(const Region& region) const {
  const Region* own = database_->directory().find_region(region.name);
  return database_->writable_region(static_cast<std::size_t>(own - database_->directory().regions().data()));
}

Result<std::unique_ptr<BackupPoint>> BackupSource::take(std::span<const Region* const> regions,
                                                        const BackupOptions& options) {
  if (domain_ == nullptr) {
    std::vector<RegionAccess*> all, chosen;
    for (const auto& access : taken_) all.push_back(access.get());
    for (const Region* region : regions) {
      HW_TRY(RegionAccess* const access, taken(*region));
      chosen.push_back(access);
    }
    return BackupPoint::take(chosen, all, options);
  }
  std::vector<OpenRegion*> chosen;
  for (const Region* region : regions) {
    HW_TRY(OpenRegion* const open, in_use(*region));
    chosen.push_back(open);
  }
  return BackupPoint::take(*domain_, chosen, options);
}

Status BackupSource::between_rollbacks(std::span<const Region* const> regions,
                                       const std::function<Status(std::size_t, const OpenRegion&)>& use) const {
  if (domain_ == nullptr) {  // Taken alone: nobody can.
    for (std::size_t i = 0; i < regions.size(); ++i) {
      HW_TRY(RegionAccess* const access, taken(*regions[i]));
      HW_TRY_VOID(use(i, access->region()));
    }
    return {};
  }
  HW_TRY(const CheckpointLock images, CheckpointLock::take(domain_->header()));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    HW_TRY(OpenRegion* const open, in_use(*regions[i]));
    HW_TRY_VOID(open->refresh_header());
    HW_TRY_VOID(use(i, *open));
  }
  return {};
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

/// The last backup of the kind that is asked for; 0: there is none.
Seqno last_backup(const SiteBackup& backup, const BackupMarks& marks) {
  switch (backup.since) {
    case BackupSince::Database:
      return marks.database;
    case BackupSince::Bytestream:
      // What is in a later full backup need not be in an increment.
      return std::max(marks.bytestream, marks.database);
    case BackupSince::Record:
      return marks.record;
    case BackupSince::Given:
      break;
  }
  return backup.since_seqno;
}

/// Where the increment of a region begins. Without a backup it is the region's beginning, which goes with every copy as
/// long as nothing was ever taken out of it. Errors: HWBKUPBASE.
Result<Seqno> begin_of(const SiteBackup& backup, const BackupRegion& region) {
  HW_TRY(const BackupMarks marks, read_backup_marks(region.region->path, region.header.database_id));
  const Seqno from = last_backup(backup, marks);
  if (from.value != 0) return from;
  const Undone& undone = region.header.undone;
  if (undone.times != 0)
    return make_error<MsgId::HWBKUPBASE>(region.header.name, undone.lowest.value, undone.lowest.value);
  return Seqno{1};
}

/// What a region's copy is known by when it becomes a backup.
struct CopiedRegion {
  Seqno end;  ///< it holds everything below
  Undone undone;
};

/// The copies of a site's databases and of its instance file, all of one moment.
class SiteCopy {
 public:
  explicit SiteCopy(const SiteBackup& backup) : backup_(backup) {
    for (const BackupTarget& target : backup.targets) regions_.push_back(target.region);
  }

  SiteBackupReport& report() { return report_; }

  /// Makes them. The databases stay open, or taken, until close(); others may update them, and roll them back.
  Status make(std::span<const File* const> to, const File* instance_to) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    HW_TRY(source_, BackupSource::open(directory, backup_.instance_file));
    BackupOptions options = backup_.options;
    std::optional<InstanceFile::Whole> instance;
    options.at_point = [&](Seqno seqno) -> Status {
      report_.seqno = seqno;
      if (instance_to == nullptr) return {};
      HW_TRY(instance, InstanceFile::read_whole(backup_.instance_file));
      if (source_->is_live_instance()) return {};
      HW_TRY(report_.seqno, seqno_at_rest(backup_.instance_file, instance->header, seqno));
      return {};
    };
    HW_TRY_VOID(copy_regions(options, to));
    fail_here(FailPoint::BackupPointLeft);
    return instance ? InstanceFile::write_copy(*instance_to, *instance, report_.seqno) : Status();
  }

  /// The copies are a backup: later incremental ones may begin at it. Not so when a rollback has come meanwhile and has
  /// taken out what they hold; the report says of which regions.
  Status set_marks() {
    return source_->between_rollbacks(regions_, [&](std::size_t index, const OpenRegion& region) -> Status {
      const CopiedRegion& copy = copied_[index];
      if (!is_past_of(copy.undone, copy.end, region.header.undone)) {
        report_.undone.push_back(region.header.name);
        return {};
      }
      HW_TRY(BackupMarks marks, read_backup_marks(region.path, region.header.database_id));
      (backup_.incremental ? marks.bytestream : marks.database) = copy.end;
      if (backup_.record) marks.record = copy.end;
      return write_backup_marks(region.path, marks);
    });
  }

  Status close() { return source_->close(); }

 private:
  Status copy_regions(const BackupOptions& options, std::span<const File* const> to) {
    HW_TRY(const auto point, source_->take(regions_, options));
    backup_.on_point(*point);
    std::vector<Seqno> begins;  // Of all, before anything is copied: what cannot be done is said at once.
    for (const BackupRegion& region : point->regions()) {
      if (!backup_.incremental) break;
      HW_TRY(const Seqno begin, begin_of(backup_, region));
      begins.push_back(begin);
    }
    for (std::size_t i = 0; i < to.size(); ++i) {
      const BackupRegion& region = point->regions()[i];
      const CopyProgress progress = [&](std::uint64_t done, std::uint64_t of) {
        return backup_.progress(region, done, of);
      };
      if (backup_.incremental) {
        HW_TRY_VOID(write_increment(region, begins[i], region.header.reg_seqno, *to[i], progress));
      } else {
        HW_TRY_VOID(point->copy(region, *to[i], progress));
      }
      copied_.push_back({region.header.reg_seqno, region.header.undone});
      report_.next_tn.push_back(region.next_tn);
      fail_here(FailPoint::BackupCopied);
    }
    return {};
  }

  const SiteBackup& backup_;
  std::vector<const Region*> regions_;
  std::unique_ptr<BackupSource> source_;
  std::vector<CopiedRegion> copied_;
  SiteBackupReport report_;
};

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
  SiteCopy copy(backup);
  HW_TRY_VOID(copy.make(to, instance_to));
  HW_TRY_VOID(copy.close());
  return std::move(copy.report());
}

Result<SiteBackupReport> back_up_site(const SiteBackup& backup) {
  std::vector<UnfinishedFile> copies;
  std::optional<UnfinishedFile> instance_copy;
  if (backup.instance_to) {
    HW_TRY(const FileRights model, rights_of(backup.instance_file));
    HW_TRY(UnfinishedFile file, UnfinishedFile::create(*backup.instance_to, model));
    instance_copy.emplace(std::move(file));
  }
  if (backup.targets.empty()) {
    SiteBackupReport report;
    HW_TRY(report.seqno, copy_instance_alone(backup.instance_file, instance_copy->file()));
    HW_TRY_VOID(publish(backup, copies, instance_copy));
    return report;
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
  SiteCopy site(backup);
  HW_TRY_VOID(site.make(files, instance_copy ? &instance_copy->file() : nullptr));
  for (const UnfinishedFile& copy : copies) HW_TRY_VOID(sync_at(SyncPoint::BackupCopy, copy.file()));
  HW_TRY_VOID(publish(backup, copies, instance_copy));
  fail_here(FailPoint::BackupPublished);
  HW_TRY_VOID(site.set_marks());
  HW_TRY_VOID(site.close());
  return std::move(site.report());
}

}  // namespace hw

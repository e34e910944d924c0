/// replic/instance/site_backup.h -- a backup of databases and instance file at one point in time, into files.
///
/// Every file is written under a temporary name beside its own, and all get their names when all are complete, the
/// instance file last: where it is, the backup is whole. Whatever stops the backup before leaves no file under its
/// name.
///
/// One moment means one past, too. The instance file is read at the instant at which the databases' place is taken,
/// under the same locks: after a rollback online the same seqnos are given again, and an instance file of the time
/// after beside databases of the time before would pass for theirs. Later incremental backups hear of this one only
/// once it is published, and only if no rollback has taken out meanwhile what it holds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/backup/backup_point.h"
#include "engine/base/file_kind.h"
#include "engine/session/database.h"

namespace hw {

/// A site's databases as a backup finds them: in use, through the instance's pool, or at rest, kept so meanwhile.
class BackupSource {
 public:
  /// Recovers what dead processes left, as every opener does. `instance_file` may be empty: the databases know theirs.
  /// Errors: those of Database::domain; REPLREQROLLBACK; MUSTANDALONE when processes that cannot be joined are there.
  static Result<std::unique_ptr<BackupSource>> open(const GlobalDirectory& directory, const std::string& instance_file);
  ~BackupSource();

  /// A replicating instance is at work on them, and its pool has the seqno.
  bool is_live_instance() const { return domain_ != nullptr && domain_->header().replicating != 0; }
  /// The regions' databases at one point in time (BackupPoint::take). Errors: those of BackupPoint::take; DBOPNERR and
  /// kin.
  Result<std::unique_ptr<BackupPoint>> take(std::span<const Region* const> regions, const BackupOptions& options);
  /// `use` sees each region, in that order, with its header as it is now; no rollback is under way until it has seen
  /// all. No BackupPoint of it may live. Errors: FORCEDHALT while it waits; DBFILERR; those of `use`. Blocks: for a
  /// checkpoint, backup or rollback under way.
  Status between_rollbacks(std::span<const Region* const> regions,
                           const std::function<Status(std::size_t index, const OpenRegion& region)>& use) const;
  /// Leaves the databases; no BackupPoint of it may live. Errors: those of Database::close.
  Status close();

 private:
  BackupSource() = default;
  /// Each for one of the two ways. Errors: DBOPNERR and kin.
  Result<RegionAccess*> taken(const Region& region) const;
  Result<OpenRegion*> in_use(const Region& region) const;

  std::unique_ptr<Database> database_;
  Domain* domain_ = nullptr;
  std::vector<std::unique_ptr<RegionAccess>> taken_;
};

struct BackupTarget {
  const Region* region = nullptr;
  std::string to;     ///< absolute path, or a shell command that reads the copy from its standard input
  bool pipe = false;  ///< `to` is a command
};

/// Where an incremental backup begins.
enum class BackupSince { Database, Bytestream, Record, Given };

struct SiteBackup {
  std::vector<BackupTarget> targets;       ///< none: the instance file alone
  std::string instance_file;               ///< the instance's; needed with instance_to
  std::optional<std::string> instance_to;  ///< absolute path
  bool replace = false;                    ///< files of those names may be there
  std::string temporary_folder;            ///< for copies that go to a command
  BackupOptions options;
  bool incremental =
      false;  ///< the transactions since an earlier backup, in place of copies (engine/backup/increment.h)
  BackupSince since = BackupSince::Database;
  Seqno since_seqno{1};  ///< for BackupSince::Given
  bool record = false;   ///< later ones may begin here by BackupSince::Record

  std::function<void(const BackupPoint&)> on_point = [](const BackupPoint&) {};
  /// Told how far the copy of a region is; a failure ends the backup.
  std::function<Status(const BackupRegion&, std::uint64_t done, std::uint64_t of)> progress =
      [](const BackupRegion&, std::uint64_t, std::uint64_t) { return Status(); };
};

struct SiteBackupReport {
  Seqno seqno{1};                      ///< the backup holds everything below
  std::vector<std::uint64_t> next_tn;  ///< of each target's region
  std::vector<std::string> undone;     ///< regions that were rolled back meanwhile, below what their copies hold
};

/// What a region's backup is.
inline FileKind kind_of_targets(const SiteBackup& backup) {
  return backup.incremental ? FileKind::Increment : FileKind::Database;
}

/// The copies alone, of at least one database, into files that are at hand: `to` in the order of the targets, whose
/// destinations are ignored, and the instance file's where one is given (instance_to says that it is). Nothing is
/// synced, and no mark is set: whether this becomes a backup is the caller's. Errors and blocking as of back_up_site.
Result<SiteBackupReport> copy_site(const SiteBackup& backup, std::span<const File* const> to, const File* instance_to);

/// Does it. Blocks for a copy of everything; without databases, for a checkpoint, backup or rollback under way.
/// Errors: those of BackupSource, BackupPoint and InstanceFile; HWBKUPBASE when an increment has no backup to follow;
/// SYSCALL naming the file that cannot be written or that exists; FILEEXISTS when what is to be replaced has come into
/// use meanwhile; HWBACKUPPIPE; FORCEDHALT when it is asked to end while a command reads; what `progress` returns.
/// Source: docs/conformance.md 9.*.
Result<SiteBackupReport> back_up_site(const SiteBackup& backup);

}  // namespace hw

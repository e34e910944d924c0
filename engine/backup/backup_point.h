/// engine/backup/backup_point.h -- copies of regions that all show one point in time, while other processes go on
/// updating.
///
/// Where a copy comes from, so that no process waits for it and the live file does not grow under a long snapshot
/// (docs/decisions/0005-backup-source.md has the measurements):
///
///   journaled, in use    the checkpoint image, which the checkpoint lock keeps from moving. Under the commit lock the
///                        point's place in the journal is noted; the image is brought to that place and not beyond,
///                        and then copied as a file
///   unjournaled, in use  a snapshot taken under the commit lock, copied node by node
///   not in use           the file itself; no process can open it meanwhile
///
/// What stops updates is the instant under the commit lock: some loads and, when journal files are switched, their
/// renames. The checkpoint lock lasts until the BackupPoint goes; what a checkpoint would have saved, recovery reads
/// from the journal. No rollback begins while it is held (engine/recovery/live_rollback.h), so nothing that is copied
/// meanwhile can be of another past; what is read after it has gone can be.
///
/// A copy is a database of its own: closed, not replicating, journaling off until mupip set turns it on, and without
/// the name of a journal file, so that nothing that is done to it can reach the original's journals.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/commit/domain.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/region_access.h"
#include "engine/region/region_reader.h"
#include "journal/current_file.h"

namespace hw {

struct BackupOptions {
  bool new_journals = true;   ///< each region's journal goes on in a new file from the point on
  bool hold_updates = false;  ///< no process commits until the BackupPoint goes
  /// Journaling of the copies: none keeps it enabled and off.
  std::optional<JournalState> copies_journal;
  /// Called once at the point, with its seqno, while nobody can commit or roll back: for whatever else must be of that
  /// moment. It is short. An error ends the backup before a journal is switched.
  std::function<Status(Seqno)> at_point;
};

/// Told how far a copy is, in bytes; when it fails the copy ends with its error.
using CopyProgress = std::function<Status(std::uint64_t done, std::uint64_t of)>;

/// One region as it was at the point.
struct BackupRegion {
  OpenRegion* region = nullptr;
  RegionHeader header;                         ///< of the copy
  std::uint64_t next_tn = 0;                   ///< as users see it
  std::optional<std::string> renamed;          ///< new name of the journal file that ended at the point
  std::string journal_path;                    ///< that goes on
  JournalPlace place;                          ///< of the point, when journaled
  std::optional<CurrentJournal> current = {};  ///< the file of `place`, of a region in use
};

/// Thread: one at a time.
class BackupPoint {
 public:
  /// Of regions in use. Blocks: while another process writes a checkpoint or a backup.
  /// Errors: JNLNOCREATE, JNLFILOPN when a journal cannot be switched; HWJNLREPLACED; HWPOOLDAMAGED; DBFILERR and kin.
  static Result<std::unique_ptr<BackupPoint>> take(Domain& domain, std::span<OpenRegion* const> regions,
                                                   const BackupOptions& options);
  /// Of clean regions that no process can open for writing while the RegionAccesses live; `all` are those of the
  /// instance. No journal is switched. Errors: DBOPNERR, DBNOTGDS; those of the options' `at_point`.
  static Result<std::unique_ptr<BackupPoint>> take(std::span<RegionAccess* const> regions,
                                                   std::span<RegionAccess* const> all, const BackupOptions& options);
  ~BackupPoint();
  BackupPoint(const BackupPoint&) = delete;
  BackupPoint& operator=(const BackupPoint&) = delete;

  /// The copies hold every transaction below it, and no other.
  Seqno seqno() const { return seqno_; }
  std::span<const BackupRegion> regions() const { return regions_; }
  /// How long no process could commit.
  std::chrono::microseconds held() const { return held_; }

  /// Writes the copy of one region into `to`, which is not synced.
  /// Errors: those of advance_image; SYSCALL with ENOSPC and the like; what `progress` returns.
  Status copy(const BackupRegion& of, const File& to, const CopyProgress& progress);

 private:
  BackupPoint() = default;
  Status fix(const BackupOptions& options);
  Result<BackupRegion> fix_region(OpenRegion& region, const BackupOptions& options);
  Status copy_nodes(const BackupRegion& of, RegionReader& snapshot, const File& to, const CopyProgress& progress);
  Status finish_copy(const BackupRegion& of, const File& to);

  Domain* domain_ = nullptr;  ///< null: regions not in use
  bool checkpoint_locked_ = false;
  std::optional<CommitLock> commit_lock_;
  Seqno seqno_{1};
  std::chrono::microseconds held_{0};
  std::vector<BackupRegion> regions_;
  std::vector<std::unique_ptr<RegionReader>>
      snapshots_;  ///< of unjournaled regions, as in regions_; null for the others
};

}  // namespace hw

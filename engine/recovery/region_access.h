/// engine/recovery/region_access.h -- a database file as an operator's command takes it: alone, or beside live
/// processes.
///
/// While a RegionAccess lives no other process attaches to the region or leaves it; commands that change what a region
/// is, recover it or close it go through here.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/recovery/recovery.h"
#include "engine/region/open_region.h"
#include "journal/pool.h"

namespace hw {

/// Whether the regions at hand are all that share transactions with each other.
enum class RegionSet { Whole, Part };

/// Thread: one at a time.
class RegionAccess {
 public:
  /// Takes the region's Attaching lock and finds out who has it open. `definition` may be null: the file alone says
  /// what it is. Several regions are taken in the order of their paths, as every process does.
  /// Errors: DBOPNERR when the file is not there; DBFILERR. Blocks: while another process attaches or leaves.
  static Result<std::unique_ptr<RegionAccess>> take(const std::string& given, const Region* definition,
                                                    ControlFile::Purpose purpose = ControlFile::Purpose::Change);
  ~RegionAccess();
  /// It was a copy that no process had opened.
  bool was_copy() const { return was_copy_; }
  RegionAccess(const RegionAccess&) = delete;
  RegionAccess& operator=(const RegionAccess&) = delete;

  OpenRegion& region() { return *region_; }
  const std::string& path() const { return region_->path; }
  const ControlState& state() const { return state_; }
  /// No other process is attached, and none will be.
  bool is_alone() const { return alone_; }
  /// Others are attached, and commit through a pool that this process may join.
  bool is_live() const { return !alone_ && !state_.clean && pool_.is_attached(); }
  /// Others are attached, and this process may not look at their pool.
  bool is_unseen() const { return seen_ == PoolSeen::Unseen; }
  /// What is in the file is not known before it is recovered: not closed, and the pool is gone.
  bool needs_recovery() const { return !state_.clean && seen_ == PoolSeen::Gone && !pool_.is_attached(); }
  /// Errors: MUSTANDALONE, with GT.M's lines before it, unless is_alone(); HWUNSEEN in its place when is_unseen().
  Status require_alone() const;
  /// The pool that the control file names, when its shared memory is still there.
  JournalPool& pool() { return pool_; }

  /// The right to update, which each command that changes something needs (docs/security.md). The control file and
  /// shared memory do not ask for it: who may only read may write those, too. Errors: DBOPNERR with the system's
  /// reason.
  Status require_update_right() const;
  /// Errors: those of require_update_right.
  Status write_state(ControlState state);

 private:
  friend Status make_clean(std::span<RegionAccess* const> regions, RegionSet set, const BeforeCut& before_cut,
                           Seqno asked);

  explicit RegionAccess(const Region* definition);
  Status close_orphan();
  Status drop_left_pool();

  Region own_definition_;
  std::unique_ptr<OpenRegion> region_;
  ControlState state_;
  JournalPool pool_;
  PoolSeen seen_ = PoolSeen::Gone;
  bool alone_ = false;
  bool was_copy_ = false;
};

/// GT.M's text of a database that others have open: the two lines that rundown prints.
std::string in_use_lines(const std::string& path);

/// Puts right what dead processes or a power loss left in these regions, all of which must be alone, and marks each of
/// them clean. Regions that share an instance or transactions belong into one call: only then are transactions that
/// lost a part cut everywhere. On return every region's environment is open for writing and its header read.
/// `before_cut` is told of transactions that are cut; `asked`: see make_consistent.
/// Errors: those of recover_region, make_consistent (HWSEQNOGAP: a region that took part is not here),
/// settle_recovered_region; what was not finished stays "not clean".
Status make_clean(std::span<RegionAccess* const> regions, RegionSet set, const BeforeCut& before_cut = {},
                  Seqno asked = kNoSeqnoAsked);

/// Whether a region has its database file. One that was never made is no region of the instance yet; one that was here
/// and is gone, as its control file tells, is missed: without it every transaction that it had a part in would count as
/// broken. Errors: DBOPNERR of such a one. Blocks: no.
Result<bool> has_database(const std::string& path);

/// The regions of a global directory that have a file, taken in the order of their paths.
/// Errors: those of has_database and of RegionAccess::take.
Result<std::vector<std::unique_ptr<RegionAccess>>> take_all(const GlobalDirectory& directory);

/// Errors: MUPJNLINTERRUPT while a forward recovery of the region is not finished: it holds part of its updates.
Status refuse_interrupted(const OpenRegion& region);

/// make_clean for the regions of a directory that are neither clean nor in a pool that is still there. Does nothing,
/// and takes no lock, when there are none.
/// Errors: HWDBBUSY when processes are reading one of them; those of make_clean.
Status recover_unclean(const GlobalDirectory& directory);

/// Removes a pool whose last process this is, unless a replicating instance owns it. Errors: SYSCALL.
Status drop_pool_if_last(const JournalPool& pool);

}  // namespace hw

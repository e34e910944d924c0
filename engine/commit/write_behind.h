/// engine/commit/write_behind.h -- single sets reach LMDB in groups.
///
/// An LMDB commit copies every page on the way to a node, however many nodes it brings: for one set it is twice the
/// work of all the rest. So a single set is journaled, put into the pool's ring and published, and LMDB gets up to
/// kSetsBehindMax of them in one commit. Until then the region is *behind* and the sets are *pending*; so it is while
/// there are sets whose values were written in place (engine/commit/in_place.h). No program can tell, because
///
///   - a writer looks for the value that it replaces among the pending sets first (`find_behind`);
///   - a reader brings the region up first (OpenRegion::take_snapshot), whether attached to the pool or not;
///   - every other commit, and whoever takes the commit lock for something else, brings all regions up first;
///   - after a death the journal has them: they are redone like the commit in flight (engine/recovery/recovery.h);
///   - an idle process brings its regions up within a second.
///
/// All pending sets have the transaction number that LMDB's next commit will have. Space for them is reserved
/// before the first one is accepted, so that a full disk refuses a set and never loses one.
///
/// Source: ours; docs/decisions/0004-write-behind.md. Thread: the commit lock is held; `bring_up_for_reader`
/// takes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/commit/domain.h"

namespace hw {

/// A region of the pool as this process can use it, even when its own global directory does not have it.
class RegionHandle {
 public:
  /// Errors: DBFILERR, DBOPNERR and kin.
  static Result<RegionHandle> open(Domain& domain, std::uint32_t pool_index);
  OpenRegion& operator*() const { return *region_; }
  OpenRegion* operator->() const { return region_; }

 private:
  std::unique_ptr<Region> definition_;
  std::unique_ptr<OpenRegion> own_;
  OpenRegion* region_ = nullptr;
};

/// True when a set of `region` may stay pending at all; otherwise it goes to LMDB with its own commit, after
/// bring_all_up.
bool may_stay_behind(Domain& domain, const OpenRegion& region);
/// Counts a set that may stay pending; false when it had better not, because a process reads.
bool stays_behind(Domain& domain, const OpenRegion& region);

/// Makes room for one more set: flushes when as many as may be are pending, and reserves the space that
/// LMDB will need for the first one. Errors: GBLOFLOW, DBFILERR and kin; nothing is lost then.
Status prepare_behind(Domain& domain, OpenRegion& region);

/// The value of the newest pending set of `key`, or none. The journal must be attached.
std::optional<std::string_view> find_behind(Domain& domain, const OpenRegion& region, std::string_view key);

/// Enters a set whose record is published; `hash` in it is ignored. The journal must be attached.
void add_behind(Domain& domain, const OpenRegion& region, BehindSet added);

/// Commits to LMDB what is pending in one region, or in all of the pool. `trusted` false: a process died, so the
/// tables, and values that were written in place, may be half written; all is read from the journal.
/// Errors: GBLOFLOW, DBFILERR, JNLBADRECFMT; HWPOOLDAMAGED when the tables lead out of the journal; the sets are
/// pending as before then.
Status bring_up(Domain& domain, OpenRegion& region, bool trusted = true);
Status bring_all_up(Domain& domain);

/// Errors: HWPOOLDAMAGED when the region is behind though all were brought up: the next commit's end would say that
/// LMDB has sets which only the journal has.
Status require_brought_up(Domain& domain, const OpenRegion& region);

/// For a reader: takes the commit lock and brings the region up. While a process reads, sets go to LMDB at once.
/// Errors: those of CommitLock::take and bring_up.
Status bring_up_for_reader(Domain& domain, OpenRegion& region);

}  // namespace hw

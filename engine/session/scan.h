/// engine/session/scan.h -- reading much of the database in key order, from one moment, without a transaction's
/// bookkeeping.
///
/// A scan holds one snapshot per region, all taken while no commit was under way, so that it sees no transaction in
/// part. It walks the global directory's map, entry by entry: each holds a stretch of keys that lies in one region, so
/// the order, and every byte of an extract, is the same however the globals are spread over regions.
///
/// Thread: one. Commits and the files' growth do not wait for a scan. The snapshots keep the pages they show from being
/// reused: a scan is for work of minutes, not days.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/globals/key.h"
#include "engine/region/region_reader.h"
#include "engine/session/database.h"

namespace hw {

class OpenRegion;

/// Keys from `from` up to, not including, `to`; an empty `to` has no limit.
struct KeyRange {
  std::string from;
  std::string to;
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

/// One node as a scan shows it: views of a copy, which last until the next one.
struct ScannedNode {
  std::string_view key;
  std::string_view value;
  NullCollation nulls;  ///< of its region
};

class Scan {
 public:
  /// Takes the snapshots that `ranges` (sorted, without overlaps) need. Only `regions` (indexes into
  /// directory().regions(); empty: all) are examined.
  ///
  /// A database whose commit domain cannot be joined (its instance is not up, so that no process commits, or
  /// gtm_repl_instance is not set) is read all the same, its regions one snapshot after the other.
  /// Errors: as Database::region; HWPOOLDAMAGED. Blocks: for the commit that is under way, if any.
  static Result<std::unique_ptr<Scan>> open(Database& database, std::span<const KeyRange> ranges,
                                            std::span<const std::size_t> regions = {});
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  /// Calls `visit(const ScannedNode&)`, which returns a Status, for every node in order, until one fails. Errors: those
  /// of `visit`; HWDBDAMAGED, DBFILERR.
  template <typename Visit>
  Status for_each(Visit&& visit) {
    NodeCopy node;
    for (auto& stretch : stretches_) {
      RegionReader& reader = stretch.snapshot->reader;
      HW_TRY(bool found, reader.first(stretch.range.from, node));
      while (found && (stretch.range.to.empty() || node.key < stretch.range.to)) {
        HW_TRY_VOID(visit(ScannedNode{node.key, node.value, stretch.snapshot->nulls}));
        HW_TRY(found, reader.next(node));
      }
    }
    return {};
  }

 private:
  struct Snapshot {
    OpenRegion* region = nullptr;
    NullCollation nulls = NullCollation::Standard;
    RegionReader reader;
  };
  /// A range, or a part of one, that lies in one region.
  struct Stretch {
    Snapshot* snapshot;
    KeyRange range;
  };

  Scan() = default;
  Result<Snapshot*> snapshot_of(Database& database, std::size_t region);
  Status plan(Database& database, std::span<const KeyRange> ranges, std::span<const std::size_t> regions);
  Status take_snapshots(Database& database);

  std::vector<std::unique_ptr<Snapshot>> snapshots_;
  std::vector<Stretch> stretches_;
};

}  // namespace hw

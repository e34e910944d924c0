/// engine/integ/region_snapshot.h -- regions as they were at one moment, for tools that read long while updates go on.
///
/// All snapshots of one call are taken under the commit lock, so that no transaction is in one of them in part. Each
/// holds an LMDB reader's place, so that its pages stay, and a map of the file of its own to read them by
/// (engine/storage/page_tree.h, engine/storage/structure_check.h).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/integ/region_look.h"
#include "engine/region/region_reader.h"
#include "engine/session/database.h"

namespace hw {

class RegionSnapshot {
 public:
  /// `regions`: indexes into database.directory().regions(). A database whose commit domain cannot be joined (its
  /// instance is not up, so that no process commits) is read all the same.
  /// Errors: as Database::region; DBNOTGDS; HWPOOLDAMAGED. Blocks: for the commit that is under way.
  static Result<std::vector<std::unique_ptr<RegionSnapshot>>> take(Database& database,
                                                                   std::span<const std::size_t> regions);
  RegionSnapshot(const RegionSnapshot&) = delete;
  RegionSnapshot& operator=(const RegionSnapshot&) = delete;

  const Region& definition() const { return region_.definition; }
  const RegionLook& look() const { return *look_; }
  /// The domain that commits to it; null: none does.
  Domain* domain() const { return domain_; }

 private:
  RegionSnapshot(OpenRegion& region, Domain* domain) : region_(region), domain_(domain) {}
  Status freeze_moment();

  OpenRegion& region_;
  Domain* domain_;
  RegionReader reader_;
  File file_;
  Mapping map_;
  std::optional<RegionLook> look_;
};

}  // namespace hw

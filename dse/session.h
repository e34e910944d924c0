/// dse/session.h -- what dse keeps between two commands: the global directory, the region chosen, the last block.
///
/// Nothing is held open: each command takes its region, looks or changes, and lets go, so that a dse that waits
/// at its prompt holds up no one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/globals/global_directory.h"
#include "engine/integ/region_look.h"

namespace hw::dse {

class Session {
 public:
  /// Starts on the first region. To be called before anything else. Errors: ZGBLDIRACC, GDINVALID.
  Status open();

  const GlobalDirectory& directory() const { return *directory_; }
  const Region& region() const { return directory_->regions()[region_]; }
  std::string path() const { return directory_->database_path(region()); }
  /// `File` and `Region` lines, as GT.M prints them when a region is chosen.
  std::string heading() const;
  /// Errors: NOREGION.
  Status choose(const std::string& name);

  /// The region's file, for the time of one command. Errors: those of RegionAccess::take.
  Result<std::unique_ptr<RegionAccess>> take() const;
  /// take(), and look_at_region. Errors: of both.
  Status look(const std::function<Status(const RegionLook&)>& look) const;

  std::optional<std::uint64_t> block;  ///< the last one named: the default of `dump`

 private:
  std::optional<GlobalDirectory> directory_;
  std::size_t region_ = 0;
};

}  // namespace hw::dse

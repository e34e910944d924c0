/// engine/commit/pin.h -- readers that have no place in LMDB's lock file.
///
/// A process that may not write to `<database>-lock` (a read-only mount) cannot tell LMDB which snapshot it reads, and
/// a writer would use that snapshot's pages again. So it says by a lock on the database file that it is there, and each
/// process that updates keeps a snapshot of its own for it: LMDB keeps every page that was in use then or since. The
/// file grows meanwhile. Looked for when a process attaches, and once a second.
#pragma once

#include <map>
#include <memory>

#include "engine/commit/domain.h"
#include "engine/region/control_file.h"
#include "engine/region/region_reader.h"

namespace hw {

/// For a reader, before it opens the database: says that it is there, and waits until its pages are kept. Errors:
/// HWDBBUSY when no process that updates has done so in time. Blocks: a few seconds at most.
Status enter_unregistered_reader(const ControlFile& control);

/// The snapshots that one process keeps. Thread: one at a time.
class Pins {
 public:
  /// Takes or gives back a snapshot of each region of the domain, as there are such readers or not. The commit lock is
  /// not held. Errors: those of CommitLock::take, bring_up and LMDB; what could not be kept is not said to be.
  Status see_to(Domain& domain);
  /// Gives all back: the regions are about to be closed.
  void drop_all() { pins_.clear(); }

 private:
  std::map<OpenRegion*, std::unique_ptr<RegionReader>> pins_;
};

}  // namespace hw

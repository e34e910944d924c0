/// engine/region/region_reader.h -- a snapshot of a region that may be held for as long as one likes.
///
/// A held snapshot is a place in LMDB's reader table and nothing else: no lock, so that the same thread, or one that it
/// waits for, can commit, and the file can grow and move in memory, meanwhile. Only while a Look lives does the map
/// stay where it is.
///
/// LMDB asks that no transaction be open when a map is moved, because a cursor keeps addresses of pages. A read
/// transaction without a cursor keeps page numbers only; so a cursor is renewed before its first use after a move
/// (ReadTransaction), and no thread is at work with one during the move (MapLock).
///
/// Thread: one at a time. Must not outlive the region.
#pragma once

#include <shared_mutex>
#include <string_view>
#include <utility>

#include "engine/globals/node_copy.h"
#include "engine/storage/lmdb.h"
#include "engine/storage/map_lock.h"

namespace hw {

class OpenRegion;

class RegionReader {
 public:
  RegionReader() = default;
  ~RegionReader() { release(); }
  RegionReader(const RegionReader&) = delete;
  RegionReader& operator=(const RegionReader&) = delete;

  /// The snapshot's contents, with the map held in place: views are valid while it lives. For as long as one call
  /// takes; the caller's code does not run meanwhile, and no other lock is waited for (engine/storage/map_lock.h).
  class Look {
   public:
    Look(Look&&) noexcept = default;
    Look& operator=(Look&&) noexcept = default;
    ReadTransaction& operator*() const { return *transaction_; }
    ReadTransaction* operator->() const { return transaction_; }

   private:
    friend class RegionReader;
    Look(std::shared_lock<MapLock> pin, ReadTransaction& transaction)
        : pin_(std::move(pin)), transaction_(&transaction) {}
    std::shared_lock<MapLock> pin_;
    ReadTransaction* transaction_;
  };

  /// A snapshot of all that was committed. Errors: those of OpenRegion::bring_up, DBFILERR.
  /// Blocks: for the commit lock, when sets are pending (engine/commit/write_behind.h).
  Result<Look> take(OpenRegion& region);
  /// A snapshot of what the file holds: enough for the header, which is never changed in place, and for who has the
  /// commit lock and looks among the pending sets itself. Errors: DBFILERR.
  Result<Look> take_stored(OpenRegion& region);
  /// Gives the snapshot up; its reader's place is kept for the next one.
  void release() { transaction_.reset(); }

  bool is_held() const { return transaction_.is_active(); }
  RegionTn tn() const { return transaction_.tn(); }
  Look look();

  /// Walking: copies the first node at or after `from`, or the one after `node`, into `node`; false when there is none.
  /// The file may grow between two steps. Errors: HWDBDAMAGED, DBFILERR.
  Result<bool> first(std::string_view from, NodeCopy& node);
  Result<bool> next(NodeCopy& node);

 private:
  OpenRegion* region_ = nullptr;
  ReadTransaction transaction_;
};

}  // namespace hw

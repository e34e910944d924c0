/// journal/files_change.h -- a region's journal files while a switch or a move changes them: all of it is done, or
/// none.
///
/// While one lives the region's `switching` is set, so that whoever finds this process dead finishes the change or
/// takes it back (engine/commit/in_flight.h). A step that fails takes back those before it, the newest first. What
/// cannot be taken back, because the disk fails twice, keeps the mark: nobody commits to the region then
/// (JournalWriter::attach), and the files are as a process leaves them that dies at that place.
#pragma once

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "journal/pool.h"

namespace hw {

/// Sets the region's mark, PoolRegion::switching. Commit lock held, or nobody else is attached. Who syncs reads it
/// without that lock, between two other facts (engine/commit/group_commit.cc), so nothing may pass it in either
/// direction.
inline void mark_change(PoolRegion& region, std::uint32_t mark) {
  std::atomic_ref(region.switching).store(mark, std::memory_order_seq_cst);
}

/// Commit lock held. Thread: one.
class FilesChange {
 public:
  explicit FilesChange(PoolRegion& region) : region_(region) { mark_change(region, PoolRegion::kFilesChange); }
  FilesChange(const FilesChange&) = delete;
  FilesChange& operator=(const FilesChange&) = delete;
  ~FilesChange();

  /// What takes back the step that has been made, or that is made next and may be half made when it fails.
  void undone_by(std::function<Status()> undo) { undo_.push_back(std::move(undo)); }
  /// Everything is as before, and `why` says so; else HWPOOLDAMAGED.
  Error take_back(Error why);
  /// The pool has the facts of the new files.
  void done();

 private:
  Status undo_all();

  PoolRegion& region_;
  bool ended_ = false;
  std::vector<std::function<Status()>> undo_;
};

}  // namespace hw

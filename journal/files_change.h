/// journal/files_change.h -- a region's journal files while a switch or a move changes them: all of it is done, or
/// none.
///
/// While one lives the region's `switching` is set, so that whoever finds this process dead finishes the change or
/// takes it back (engine/commit/in_flight.h). A step that fails takes back those before it, the newest first. What
/// cannot be taken back, because the disk fails twice, keeps the mark: nobody commits to the region then
/// (JournalWriter::attach), and the files are as a process leaves them that dies at that place.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "journal/pool.h"

namespace hw {

/// Commit lock held. Thread: one.
class FilesChange {
 public:
  explicit FilesChange(PoolRegion& region) : region_(region) { region_.switching = PoolRegion::kFilesChange; }
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

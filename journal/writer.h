/// journal/writer.h -- one process's hold on a region's current journal file.
///
/// The facts of the file (place of its end, reserved size, generation) live in the region's place in the
/// journal pool; this object only keeps the mapping. All functions are called under the commit lock.
///
/// Space is reserved with posix_fallocate before it is used, so that a full disk is an error of the commit
/// that needs the space and never a signal.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "journal/file_header.h"
#include "journal/pool.h"

namespace hw {

/// What mupip set gives a region's journal.
struct JournalSettings {
  std::string path;
  std::uint64_t allocation_bytes = 0;
  std::uint64_t extension_bytes = 0;
  std::uint64_t autoswitch_bytes = 0;
};

/// The temporary name under which the successor of the journal file `path` is prepared.
std::string successor_name(const std::string& path);

/// Makes a journal file with its opening block, synced, under a temporary name, then gives it its name.
/// Errors: JNLNOCREATE with the system's reason. The file must not exist.
Status create_journal_file(const std::string& path, const JournalFileHeader& header);

/// Finishes a switch that a dead process left between its two renames: when `path` is missing and its
/// successor is there, the successor gets the name. Harmless at any other time.
Status finish_interrupted_switch(const std::string& path);

/// Makes a journal file, synced, under the successor's name of `path`; what was there under that name is replaced.
/// Errors: JNLNOCREATE with the system's reason.
Status prepare_successor(const std::string& path, const JournalFileHeader& header);

/// Gives the successor of `path` its name when it is the file of `generation` and the file of that name is an
/// older one, which is renamed as the successor says, or with the time. Harmless at any other time.
Status finish_interrupted_change(const std::string& path, std::uint64_t generation);

/// Closes a journal file that no process has open: end-of-file record and closing block, synced. `end` is its end,
/// `last_record_bytes` the size of the record there.
Status close_journal_file(const std::string& path, const JournalClosing& closing, std::uint32_t last_record_bytes);

/// Undoes the closing: the records go on at `end_offset`. No process has the file open.
Status reopen_journal_file(const std::string& path, std::uint64_t end_offset);

class JournalWriter {
 public:
  /// Makes sure that this process has the region's current generation mapped.
  /// Errors: JNLFILOPN with the system's reason.
  Status attach(const PoolRegion& region);

  /// Makes sure that [write_offset, write_offset + bytes) exists on disk, switching to a new generation
  /// when the autoswitch limit is reached. Errors: JNLFILOPN with ENOSPC and the like; nothing has changed then.
  Status reserve(PoolRegion& region, std::uint64_t begin, std::uint64_t bytes);
  /// Makes sure that the file has room for its end-of-file record. Attaches first.
  Status reserve_end(PoolRegion& region);
  /// True when a record of `bytes` at the file's end would pass the autoswitch limit.
  static bool must_switch(const PoolRegion& region, std::uint64_t bytes);
  /// Closes the current file, renames it with a time stamp and goes on in a new one.
  /// `keep_link` false starts a chain that does not continue the old one. Returns the old file's new name.
  Result<std::string> switch_generation(PoolRegion& region, bool keep_link, std::uint64_t now_us);
  /// Closes the current file, which keeps its name and says where the journal goes on, and goes on in a new one at
  /// `path`, where no file may be. `note_path` stores the path in the database durably; what a death leaves before
  /// that is found by newest_journal_path(). Errors: FILENAMETOOLONG, JNLNOCREATE: nothing has changed then.
  Status move_to(PoolRegion& region, const std::string& path, std::uint64_t now_us,
                 const std::function<Status()>& note_path);

  /// Stores a record whose room is reserved. Not part of the journal until write_offset passes it.
  void put(std::uint64_t offset, std::string_view record);
  /// Fills a range with zeros again: what a commit that did not happen had stored.
  void erase(std::uint64_t begin, std::uint64_t end);
  Bytes stored(std::uint64_t begin, std::uint64_t end) const;

  /// Hardens everything stored so far (fdatasync). Blocks for a disk write; needs no commit lock.
  Status sync() const;
  std::uint64_t generation() const { return generation_; }
  /// The attached file once more, for syncs by another thread, whatever has become of its name. Errors: SYSCALL.
  Result<File> another() const;
  void detach();

 private:
  Result<JournalFileHeader> successor_header(const PoolRegion& region, std::uint64_t now_us) const;
  /// End-of-file record and closing block, each followed by a sync.
  Status close_current(const PoolRegion& region, std::string_view next_path, std::uint64_t now_us);
  /// The facts of a file without records.
  static void begin_file(PoolRegion& region, const JournalFileHeader& header);
  Status extend(PoolRegion& region, std::uint64_t end);
  Status prepare(PoolRegion& region, std::uint64_t end);

  std::uint64_t generation_ = 0;
  std::uint32_t cuts_ = 0;
  std::uint64_t populated_ = 0;  ///< this process's page tables reach up to here
  File file_;
  Mapping map_;
};

}  // namespace hw

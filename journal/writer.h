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

/// Whether a dead process can have left the file while it switched that database's journal: nothing is recorded in it,
/// and it is empty, half-made, or the database's. A journal of another database, or one with records, may be called so,
/// too. False when there is nothing.
bool is_rest_of_switch(const std::string& successor, const DatabaseId& database);

/// Makes a journal file with its opening block, synced, under a temporary name, then gives it its name.
/// Errors: JNLNOCREATE with the system's reason, with errno EEXIST when something that is_rest_of_switch does not know
/// has the temporary name. The file must not exist.
Status create_journal_file(const std::string& path, const JournalFileHeader& header);

/// Finishes a switch that a dead process left between its two renames: when `path` is missing and its
/// successor is there, the database's, the successor gets the name. Harmless at any other time.
Status finish_interrupted_switch(const std::string& path, const DatabaseId& database);

/// Makes a journal file, synced, under the successor's name of `path`; what a dead process left under that name is
/// replaced. Errors: those of create_journal_file.
Status prepare_successor(const std::string& path, const JournalFileHeader& header);

/// Gives the successor of `path` its name when it is the database's file of `generation` and the file of that name is
/// an older one, which is renamed as the successor says, or with the time. Harmless at any other time.
Status finish_interrupted_change(const std::string& path, const DatabaseId& database, std::uint64_t generation);

/// Closes a journal file that no process has open: end-of-file record and closing block, synced. `end` is its end,
/// `last_record_bytes` the size of the record there.
Status close_journal_file(const std::string& path, const JournalClosing& closing, std::uint32_t last_record_bytes);

/// Undoes the closing: the records go on at `end_offset`. `undone`: what the region's header says of its past, for the
/// closing block has taken the file's place of it. No process has the file open.
Status reopen_journal_file(const std::string& path, std::uint64_t end_offset, const Undone& undone);

class FilesChange;

class JournalWriter {
 public:
  /// Makes sure that this process has the region's current generation mapped.
  /// Errors: JNLFILOPN with the system's reason; HWJNLREPLACED when the file of that name is another one; HWPOOLDAMAGED
  /// when no journal can end where the pool says, or when a change of the file could be neither completed nor taken
  /// back.
  Status attach(const PoolRegion& region);

  /// Makes sure that [write_offset, write_offset + bytes) exists on disk. Errors: JNLFILOPN with ENOSPC and the like;
  /// nothing has changed then.
  Status reserve(PoolRegion& region, std::uint64_t begin, std::uint64_t bytes);
  /// Makes sure that the file has room for its end-of-file record. Attaches first.
  Status reserve_end(PoolRegion& region);
  /// Whether `path`, the name that the attached file has or has just been given, leads to it. Errors: HWJNLREPLACED.
  Status require_name(const PoolRegion& region, const std::string& path) const;
  /// True when a record of `bytes` at the file's end would pass the autoswitch limit.
  static bool must_switch(const PoolRegion& region, std::uint64_t bytes);
  /// must_switch, unless put_off_switch says that it has just failed.
  bool wants_switch(const PoolRegion& region, std::uint64_t bytes) const;
  /// The current file goes on past the limit: this process tries again when it has grown by an extension.
  void put_off_switch(const PoolRegion& region);
  /// Closes the current file, renames it with a time stamp and goes on in a new one.
  /// `keep_link` false starts a chain that does not continue the old one. Returns the old file's new name.
  /// Errors: JNLNOCREATE, JNLFILOPN, HWJNLREPLACED, SYSCALL: file, names and pool are as before; HWPOOLDAMAGED when
  /// they could not be brought back.
  Result<std::string> switch_generation(PoolRegion& region, bool keep_link, std::uint64_t now_us);
  /// Closes the current file, which keeps its name and says where the journal goes on, and goes on in a new one at
  /// `path`, where no file may be. `note_path` stores the path in the database durably; what a death leaves before
  /// that is found by newest_journal_path(). `note_path` stores all or nothing. Errors: FILENAMETOOLONG; those of
  /// switch_generation and of `note_path`.
  Status move_to(PoolRegion& region, const std::string& path, std::uint64_t now_us,
                 const std::function<Status()>& note_path);

  /// For a process that finishes what a dead one began: the current file, which that may have closed, goes on.
  /// `undone`: as in reopen_journal_file. Errors: those of attach; SYSCALL.
  Status reopen(const PoolRegion& region, const Undone& undone);
  /// The pool's facts become those of a file of `bytes` without records. They say that they are being changed
  /// (kFactsChange) from the first store on; the caller ends that.
  static void begin_file(PoolRegion& region, std::uint64_t generation, std::uint64_t bytes,
                         const FileIdentity& identity);

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
  struct Opened {
    File file;
    Mapping map;
    FileIdentity identity;
  };
  struct Names {
    std::string current;
    std::string successor;
    std::string old;  ///< of the current file, once it is closed
  };
  Status attach_current(const PoolRegion& region);
  /// The file that has just been made under `name`, which goes away when it cannot be opened.
  static Result<Opened> open_next(const std::string& name, const JournalFileHeader& header);
  /// The pool's facts and this object's file become those of the new file. Cannot fail.
  void go_on_in(PoolRegion& region, const JournalFileHeader& header, Opened next);
  /// Closes the current file, and gives both files their names.
  Status exchange_files(FilesChange& change, const PoolRegion& region, const Names& names,
                        const JournalFileHeader& header);
  Result<JournalFileHeader> successor_header(const PoolRegion& region, std::uint64_t now_us) const;
  /// End-of-file record and closing block, each followed by a sync.
  Status close_current(const PoolRegion& region, std::string_view next_path, std::uint64_t now_us);
  Status extend(PoolRegion& region, std::uint64_t end);
  Status prepare(PoolRegion& region, std::uint64_t end);

  std::uint64_t generation_ = 0;
  std::uint32_t cuts_ = 0;
  std::uint64_t put_off_generation_ = 0;  ///< 0: no switch was put off
  std::uint64_t put_off_until_ = 0;       ///< an offset
  std::uint64_t populated_ = 0;           ///< this process's page tables reach up to here
  File file_;
  Mapping map_;
};

}  // namespace hw

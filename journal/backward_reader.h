/// journal/backward_reader.h -- reads the records of one journal file, back to front.
///
/// A rollback undoes the newest transaction first. Each record tells the size of the one before it, so a known end is
/// enough to walk the whole file with the memory of one record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "journal/file_header.h"
#include "journal/record.h"

namespace hw {

/// A place between two records of a region's journal.
struct JournalPlace {
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;             ///< bytes from the start of the file
  std::uint32_t last_record_bytes = 0;  ///< of the record that ends there, 0 at the file's beginning
  friend bool operator==(const JournalPlace&, const JournalPlace&) = default;
};

/// One journal file and a place in it. Movable. Thread: one at a time.
class BackwardReader {
 public:
  /// Begins at `offset`, where a record of `last_record_bytes` ends.
  /// Errors: JNLFILEOPNERR with the system's reason; JNLBADLABEL.
  static Result<BackwardReader> open(const std::string& path, std::uint64_t offset, std::uint32_t last_record_bytes);
  /// Begins at the end of a file that was closed cleanly. Errors: as open; JNLBADRECFMT when it was not.
  static Result<BackwardReader> open_closed(const std::string& path);

  const JournalFileHeader& header() const { return header_; }
  const std::string& path() const { return file_.path(); }
  /// The place before the record that previous() returned last.
  JournalPlace place() const { return {header_.generation, offset_, before_bytes_}; }
  /// Goes to a place of this file.
  void seek(const JournalPlace& place);

  /// Takes the record before. False at the file's beginning. The views in `record` are valid until the next call.
  /// Errors: JNLBADRECFMT with file and offset when something else is there; JNLFILEOPNERR on a failed read.
  /// Blocks: a disk read of about 1 MiB now and then.
  Result<bool> previous(Record& record);

 private:
  Result<Bytes> load(std::uint64_t begin, std::size_t bytes);

  File file_;
  JournalFileHeader header_;
  std::uint64_t offset_ = 0;
  std::uint32_t before_bytes_ = 0;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_offset_ = 0;
  std::size_t buffer_bytes_ = 0;
};

/// The time from which a journal goes on at `offset` of `path`, where a record of `last_record_bytes` ends: that
/// record's, or the file's creation when that is later. Whatever the clock says, no later record gets an earlier time.
/// Errors: as BackwardReader.
Result<std::uint64_t> journal_time_at(const std::string& path, std::uint64_t offset, std::uint32_t last_record_bytes);

}  // namespace hw

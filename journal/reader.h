/// journal/reader.h -- reads the records of one journal file, front to back.
///
/// The file is read with pread in large pieces, never mapped: a file that is cut or a disk that fails is then an
/// Error and not a signal. The open descriptor keeps a file that is renamed or removed underneath readable.
///
/// A live file may still be growing. What follows the pool's write_offset may be half written, so a reader of a
/// live file sets that as its end; without an end the reader takes zeros for the end of the data.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "journal/file_header.h"
#include "journal/record.h"

namespace hw {

/// One journal file and a place in it. Movable. Thread: one at a time.
class JournalReader {
 public:
  /// Opens `path` and comes before its first record.
  ///
  /// Errors: JNLFILEOPNERR with the system's reason; JNLBADLABEL when it is not a journal file of this version.
  static Result<JournalReader> open(const std::string& path);

  const JournalFileHeader& header() const { return header_; }
  /// As it was at `open` or at the last `refresh_closing`; none while the file is open for writing.
  const std::optional<JournalClosing>& closing() const { return closing_; }
  const std::string& path() const { return file_.path(); }
  const File& file() const { return file_; }

  /// Reads the closing block again: a live file may have been closed since. Errors: JNLFILEOPNERR.
  Status refresh_closing();

  /// Goes to `offset`, where a record must start; kJournalHeaderBytes is the first one.
  void seek(std::uint64_t offset);
  /// Records are whole up to `offset` (bytes from the start of the file) and nothing after it is read.
  /// Moving the end forward is how a reader follows a growing file.
  void set_end(std::uint64_t offset);
  /// Place of the record that next() will return.
  std::uint64_t offset() const { return offset_; }

  /// Takes the next record. False at the end: the end set, an EndOfFile record, zeros, or the end of the file.
  /// After false a later call looks again. The views in `record` are valid until the next call on this reader.
  ///
  /// Errors: JNLBADRECFMT with file and offset when something else is there, and when zeros come before the
  /// end set or before the closing block's end (journal/tail.h decides whether that is damage or a torn write);
  /// JNLFILEOPNERR on a failed read.
  /// Blocks: a disk read of about 1 MiB now and then.
  Result<bool> next(Record& record);
  /// Why the last next() gave no record. Good: the end set, the end of the file, or an EndOfFile record; AllZero:
  /// space never written; any other: what is wrong with the record there.
  RecordVerdict end_verdict() const { return end_verdict_; }
  /// True when the last next() stopped at an EndOfFile record.
  bool at_end_of_file_record() const { return at_end_of_file_record_; }

 private:
  /// Bytes of the file from `offset` on, at least `bytes` of them unless the file or the end set comes first.
  Result<Bytes> load(std::uint64_t offset, std::size_t bytes);
  Result<bool> refuse(RecordVerdict verdict);

  File file_;
  JournalFileHeader header_;
  std::optional<JournalClosing> closing_;
  std::uint64_t offset_ = kJournalHeaderBytes;
  std::optional<std::uint64_t> end_;
  std::optional<std::uint32_t> last_bytes_ = 0;  ///< size of the record before; none after a seek
  RecordVerdict end_verdict_ = RecordVerdict::Good;
  bool at_end_of_file_record_ = false;

  std::vector<std::byte> buffer_;
  std::uint64_t buffer_offset_ = 0;
  std::size_t buffer_bytes_ = 0;
};

/// JNLBADRECFMT for `offset` of `path`, with `why` as a further line.
Error bad_record(const std::string& path, std::uint64_t offset, std::string_view why);

}  // namespace hw

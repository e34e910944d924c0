/// journal/record_merge.h -- the records of several regions' journal files, side by side, in one order.
///
/// Transactions come in the order in which they were committed: by seqno among regions that replicate, which count
/// together, else by time. The parts that the regions hold of one transaction come together. Records that are no
/// transaction come as soon as those before them in their file have come.
///
/// Memory: one record a region, whatever the files' size. In place of journal/transaction_merge.h where files are named
/// one by one, may come from regions that do not replicate, or every record is wanted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "journal/file_list.h"
#include "journal/reader.h"

namespace hw {

/// Movable. Thread: one at a time.
class RecordMerge {
 public:
  /// A record where it stands. The views are valid until the next call of next().
  struct Part {
    std::size_t region = 0;        ///< index into the list given to open
    std::size_t file = 0;          ///< index into that region's files
    std::uint64_t offset = 0;      ///< bytes from the start of the file
    std::uint64_t end_offset = 0;  ///< where the record after it stands
    Record record;
    TransactionBody transaction;  ///< when it is a Transaction record
  };

  /// `regions` stay where they are as long as this object lives. Errors: JNLFILEOPNERR, JNLBADLABEL.
  static Result<RecordMerge> open(const std::vector<RegionFiles>& regions);
  RecordMerge(RecordMerge&&) noexcept;
  RecordMerge& operator=(RecordMerge&&) noexcept;
  ~RecordMerge();

  /// One record that is no transaction, or all parts of the next transaction in the order of the regions. False at the
  /// end. Errors: JNLBADRECFMT with file and offset; JNLFILEOPNERR. Blocks: disk reads.
  Result<bool> next(std::vector<Part>& parts);

 private:
  class Region;
  RecordMerge();
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<std::size_t> taken_;  ///< regions whose record the last call returned
};

}  // namespace hw

/// journal/record_merge.h -- the records of several regions' journal files, side by side, in one order.
///
/// Transactions come in the order in which they were committed: by seqno among regions that replicate, which count
/// together, else by time. The parts that the regions hold of one transaction come together, whatever their times say:
/// times go back in journals of earlier versions where the clock was set back. A transaction that lacks a part waits
/// for the regions that still have one of it; only when none has, the transaction comes as it is. Records that are no
/// transaction come as soon as those before them in their file have come.
///
/// Memory: one record a region, whatever the files' size; where parts do not meet by time, also what identifies the
/// transactions of several regions between them. In place of journal/transaction_merge.h where files are named
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
  /// A record in its place. The views are valid until the next call of next().
  struct Part {
    std::size_t region = 0;        ///< index into the list given to open
    std::size_t file = 0;          ///< index into that region's files
    std::uint64_t offset = 0;      ///< bytes from the start of the file
    std::uint64_t end_offset = 0;  ///< where the next record begins
    Record record;
    TransactionBody transaction;  ///< when it is a Transaction record
  };

  /// `regions` stay where they are as long as this object lives. Errors: JNLFILEOPNERR, JNLBADLABEL.
  static Result<RecordMerge> open(const std::vector<RegionFiles>& regions);
  RecordMerge(RecordMerge&&) noexcept;
  RecordMerge& operator=(RecordMerge&&) noexcept;
  ~RecordMerge();

  /// One record that is no transaction, or all parts of the next transaction in the order of the regions. False at the
  /// end. Errors: JNLBADRECFMT with file and offset, also when two files have their common transactions in different
  /// orders; JNLFILEOPNERR. Blocks: disk reads.
  Result<bool> next(std::vector<Part>& parts);

 private:
  class Region;
  RecordMerge();
  /// The region whose transaction comes next; null at the end. All regions are at a transaction, or at their end.
  Result<const Region*> choose();
  const Region* earliest() const;  ///< of those that do not wait
  Result<bool> must_wait(const Region& region) const;
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<bool> waits_;         ///< by region: its transaction has a part that another region is still to reach
  std::vector<std::size_t> taken_;  ///< regions whose record the last call returned
};

}  // namespace hw

/// journal/transaction_merge.h -- the transactions of several regions' journals, side by side, in seqno order.
///
/// For whoever needs what the records say beyond the frame: region transaction numbers, processes, old values. The
/// databases are closed: the files do not grow. Memory: one record a region, whatever the journals' size.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "journal/backward_reader.h"
#include "journal/reader.h"

namespace hw {

/// Where one region's journal is read.
struct MergeSource {
  std::string current_path;
  JournalPlace end;  ///< the last whole record ends here, in the current file
};

/// Movable. Thread: one at a time.
class TransactionMerge {
 public:
  /// One region's share in a transaction. The views are valid until the next call.
  struct Part {
    std::size_t region = 0;  ///< index into the sources
    RecordHeader header;
    TransactionBody body;
  };

  /// Stands before the first transaction with a seqno of at least `first`.
  /// Errors: NOPREVLINK or JNLFILEOPNERR when a region's chain of files ends behind it; those of generation_chain.
  static Result<TransactionMerge> open(std::vector<MergeSource> sources, Seqno first);
  TransactionMerge(TransactionMerge&&) noexcept;
  TransactionMerge& operator=(TransactionMerge&&) noexcept;
  ~TransactionMerge();

  /// All parts of the next transaction, in the order of the sources. False at the end.
  /// Errors: JNLBADRECFMT with file and offset; JNLFILEOPNERR. Blocks: disk reads.
  Result<bool> next(std::vector<Part>& parts);

 private:
  class Region;
  TransactionMerge();
  std::vector<std::unique_ptr<Region>> regions_;
};

}  // namespace hw

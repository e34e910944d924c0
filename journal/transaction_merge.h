/// journal/transaction_merge.h -- the transactions of several regions' journals, side by side, in seqno order.
///
/// For whoever needs what the records say beyond the frame: region transaction numbers, processes, old values. The
/// files may grow: what follows the places that the sources name is not read. Memory: one record a region,
/// whatever the journals' size.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/backward_reader.h"
#include "journal/current_file.h"
#include "journal/reader.h"

namespace hw {

/// Where one region's journal is read.
struct MergeSource {
  std::string current_path;
  JournalPlace end;  ///< the last whole record ends here, in the current file or in one that was the current one
  std::optional<CurrentJournal> current = {};  ///< of a region that is in use: what is read is compared with it
  /// Where an earlier merge ended: what is before it is not read again. Generation 0: the first transaction wanted
  /// is looked for.
  JournalPlace begin = {};
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

  /// Begins before the first transaction with a seqno of at least `first`, and not before the sources' beginnings.
  /// Errors: NOPREVLINK or JNLFILEOPNERR when a region's chain of files ends after it; those of generation_chain.
  static Result<TransactionMerge> open(const std::vector<MergeSource>& sources, Seqno first);
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

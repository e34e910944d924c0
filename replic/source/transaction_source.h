/// replic/source/transaction_source.h -- the transactions of an instance from any seqno on: from the pool's ring while
/// they are in it, from the journal files when not, without a gap between.
///
/// Thread: one at a time. Holds no lock except, for reading journal files, the commit lock for some loads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/commit/domain.h"
#include "journal/seqno_reader.h"

namespace hw {

class TransactionSource {
 public:
  TransactionSource(Domain& domain, bool journal_files_only) : domain_(domain), files_only_(journal_files_only) {}

  /// Starts again at `seqno`, which was agreed on when the pool had counted `rollbacks`.
  void seek(Seqno seqno, std::uint32_t rollbacks);
  Seqno next() const { return next_; }
  bool reading_files() const { return reading_files_; }
  /// The instance was rolled back since the last seek().
  bool rolled_back() const { return domain_.header().rollbacks.load(std::memory_order_acquire) != rollbacks_; }

  /// Looks at the next frame without taking it; none when nothing more is committed, and none at all after the instance
  /// was rolled back while it is up: what follows is another past, and seek() must say from where. The view is valid
  /// until the next call but take(). Reads up to `bytes_max` bytes ahead. Errors: those of SeqnoReader; HWPOOLDAMAGED
  /// when the ring holds another seqno than the expected one.
  Result<std::optional<std::string_view>> peek(std::size_t bytes_max);
  /// Takes what peek showed.
  void take();

 private:
  Result<bool> refill(std::size_t bytes_max);
  Result<bool> read_more(std::size_t bytes_max);
  Result<bool> refill_from_files(std::size_t bytes_max);
  Result<LiveEnd> live_end(std::uint32_t pool_index);

  Domain& domain_;
  const bool files_only_;
  Seqno next_{1};
  std::uint32_t rollbacks_ = 0;  ///< of the pool at the last seek
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t shown_ = 0;
  std::optional<std::uint64_t> position_;  ///< in the ring, after buffer_
  bool reading_files_ = false;
  std::optional<SeqnoReader> reader_;
  std::vector<std::uint32_t> file_regions_;
};

}  // namespace hw

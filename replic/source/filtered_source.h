/// replic/source/filtered_source.h -- the transactions of an instance on their way to one secondary: as they were
/// committed, or as the source server's filter has left them.
///
/// With a filter several transactions go to it at a time, so that server and filter work side by side.
///
/// Thread: one at a time, except Filter::interrupt.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "replic/filter/filter.h"
#include "replic/source/transaction_source.h"

namespace hw {

class FilteredSource {
 public:
  FilteredSource(Domain& domain, bool journal_files_only) : source_(domain, journal_files_only) {}

  /// From now on what is read goes through `filter`; null: through none.
  void use(std::shared_ptr<Filter> filter) { filter_ = std::move(filter); }
  bool has_filter() const { return filter_ != nullptr; }

  /// Starts again at `seqno`, which was agreed on when the pool had counted `rollbacks`.
  void seek(Seqno seqno, std::uint32_t rollbacks);
  Seqno next() const { return Seqno{source_.next().value - filtered_.size()}; }
  bool reading_files() const { return source_.reading_files(); }

  /// As TransactionSource::peek; what was filtered before a rollback goes out no more either. Errors: also those of
  /// Filter::pass; the same transactions come again then.
  Result<std::optional<std::string_view>> peek(std::size_t bytes_max);
  void take();

 private:
  Result<bool> refill(std::size_t bytes_max);

  TransactionSource source_;
  std::uint32_t rollbacks_ = 0;  ///< of the pool at the last seek
  std::shared_ptr<Filter> filter_;
  std::deque<std::string> filtered_;  ///< those before source_.next()
};

}  // namespace hw

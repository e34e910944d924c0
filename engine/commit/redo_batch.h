/// engine/commit/redo_batch.h -- what many transactions of a journal come to, done in one LMDB transaction.
///
/// Of all updates of a node only the last counts, and what a later kill removes is never stored. They are done in the
/// order of the keys, so that each page is found, copied and written once.
///
/// The batch copies what it is given. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "engine/storage/lmdb.h"
#include "journal/record.h"

namespace hw {

class RedoBatch {
 public:
  /// Full at about this much memory.
  static constexpr std::size_t kBytesMax = std::size_t{8} << 20;
  /// Pages that one LMDB transaction may change: it keeps each in memory until it ends.
  static constexpr std::uint64_t kPagesMax = 16'384;
  /// Transactions and reports of progress are to come now and then, even if one node is all that changes.
  static constexpr std::uint64_t kAddedMax = 1'000'000;

  /// A batch for a file with `used_bytes` of data: full, too, when its updates are likely to be on kPagesMax pages.
  explicit RedoBatch(std::uint64_t used_bytes);

  /// Adds one update, or all of a transaction record, after those that are there.
  void add(const UpdateView& update);
  void add(const TransactionBody& body);

  bool full() const { return bytes_ >= kBytesMax || added_ >= kAddedMax || updates_.size() >= updates_max_; }
  /// Of memory.
  std::size_t bytes() const { return bytes_; }

  /// Does all of it. What it replaces is not asked for. Doing it twice is harmless. Errors: DBFILERR, HWDBDAMAGED,
  /// GBLOFLOW.
  Status apply(WriteTransaction& transaction);

 private:
  struct Update {
    std::span<char> key;
    std::span<char> value;
    std::uint32_t number;  ///< the later, the higher
    UpdateType type;
    std::string_view key_text() const { return {key.data(), key.size()}; }
  };

  std::span<char> keep(std::string_view bytes);
  void sort();
  Status apply_kills(WriteTransaction& transaction) const;

  std::uint64_t updates_max_;  ///< as many as are likely to be on kPagesMax pages
  std::uint64_t added_ = 0;
  std::size_t bytes_ = 0;
  std::pmr::monotonic_buffer_resource memory_;
  std::vector<Update> updates_;
};

}  // namespace hw

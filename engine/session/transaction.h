/// engine/session/transaction.h -- what one open transaction has read and changed, before anybody else sees it.
///
/// Pure bookkeeping: no I/O, no locks. The session asks it first and the databases' snapshots second.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/session.h"
#include "journal/transaction_frame.h"

namespace hw {

/// The transaction's own changes, in a form that answers reads.
class Overlay {
 public:
  void set(std::string_view key, std::string_view value);
  void kill(std::string_view key);
  void zkill(std::string_view key);
  void clear();
  bool empty() const { return entries_.empty() && killed_.empty(); }

  enum class Known { No, Absent, Present };
  /// What the transaction knows of exactly this key; Present fills `value`.
  Known lookup(std::string_view key, std::string_view& value) const;
  /// The killed subtree that covers `key`, or none.
  std::optional<std::string_view> killed_above(std::string_view key) const;
  /// The first node the transaction has set at or after `key`; the last one before it.
  std::optional<std::pair<std::string_view, std::string_view>> seek(std::string_view key) const;
  std::optional<std::pair<std::string_view, std::string_view>> before(std::string_view key) const;

 private:
  std::map<std::string, std::optional<std::string>, std::less<>> entries_;  ///< none: removed
  std::set<std::string, std::less<>> killed_;                               ///< roots of removed subtrees
};

/// One read of a database, so that it can be done again at commit.
struct ReadCheck {
  enum class Kind : std::uint8_t { Get, Seek, Before };
  Kind kind;
  std::size_t region;  ///< index in the global directory
  std::string key;
  std::string found_key;  ///< Seek, Before: what was found; empty: nothing
  bool found = false;
  std::uint64_t value_sum = 0;  ///< checksum of the value found
};

/// The changes in their order. Keys and values follow each other in one buffer, so that an update allocates
/// nothing; the overlay is brought up to date when a read asks for it, which many transactions never do.
class TransactionLog {
 public:
  struct Operation {
    UpdateType type;
    std::uint32_t key_bytes;
    std::uint32_t value_bytes;
    std::size_t region;  ///< index in the global directory
    std::size_t at;      ///< of the key in the buffer; the value follows it
  };

  void open_level() { levels_.push_back(operations_.size()); }
  /// Closes the innermost level; its operations stay.
  void close_level() {
    HW_CHECK(!levels_.empty());
    levels_.pop_back();
  }
  /// Undoes back to `level` open levels.
  void undo_to(unsigned level);
  unsigned level() const { return static_cast<unsigned>(levels_.size()); }
  void add(UpdateType type, std::size_t region, std::string_view key, std::string_view value);
  void clear();

  const Overlay& overlay() {
    if (overlaid_ != operations_.size()) bring_overlay_up_to_date();
    return overlay_;
  }
  const std::vector<Operation>& operations() const { return operations_; }
  /// The operation as a view, valid until the log is changed.
  UpdateView view(const Operation& operation) const {
    const std::string_view all(bytes_);
    return {operation.type, all.substr(operation.at, operation.key_bytes),
            all.substr(operation.at + operation.key_bytes, operation.value_bytes)};
  }

 private:
  void bring_overlay_up_to_date();
  std::vector<Operation> operations_;
  std::string bytes_;                ///< keys and values
  std::vector<std::size_t> levels_;  ///< operations before each open level
  Overlay overlay_;
  std::size_t overlaid_ = 0;  ///< operations that the overlay holds
};

}  // namespace hw

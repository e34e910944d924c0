/// engine/extract/transaction_text.h -- one transaction, whose parts may be in the journals of several regions, as
/// lines of an extract (engine/extract/extract_line.h).
///
/// The updates come in the order in which they were made. Each region's TSTART comes before its first update, and one
/// TCOM a region at the end.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engine/extract/extract_line.h"
#include "journal/record.h"

namespace hw {

/// One region's share.
struct TextPart {
  ExtractStamp stamp;
  TransactionBody body;
  NullCollation nulls = NullCollation::Standard;
};

/// Thread: one at a time.
class TransactionText {
 public:
  explicit TransactionText(ExtractLayout layout) : layout_(layout) {}

  /// Which updates of part `part` are wanted.
  using Selects = std::function<bool(std::size_t part, const JournalUpdate&)>;

  /// Appends the transaction's lines to `out`; nothing when none of its updates is wanted. Returns whether there was
  /// anything. Errors: HWKEYBAD.
  Result<bool> append(std::string& out, std::span<const TextPart> parts, const Selects& selects = {});

 private:
  struct Placed {
    std::size_t part;
    JournalUpdate one;
  };

  ExtractLayout layout_;
  std::vector<Placed> updates_;
  std::vector<bool> begun_;
};

}  // namespace hw

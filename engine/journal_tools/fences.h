/// engine/journal_tools/fences.h -- which transactions are whole, judged by the journal files at hand.
///
/// Each record of a transaction says how many regions take part. One that has fewer records here is broken; what
/// was committed after it may build on it and is lost. Pure. Source: GT.M Administration and Operations Guide,
/// chapter 6, -FENCES.
#pragma once

#include <span>

#include "journal/record_merge.h"

namespace hw {

enum class Fences {
  None,     ///< everything counts as whole
  Always,   ///< an update outside a transaction is broken, too
  Process,  ///< transactions are judged, other updates are whole
};

enum class Standing { Whole, Broken, Lost };

/// Transactions are to be given in order. Thread: one at a time.
class FenceJudge {
 public:
  explicit FenceJudge(Fences fences) : fences_(fences) {}

  Standing judge(std::span<const RecordMerge::Part> parts) {
    if (fences_ == Fences::None) return Standing::Whole;
    const TransactionBody& body = parts.front().transaction;
    if (parts.size() < body.participants || (fences_ == Fences::Always && !body.fenced)) {
      broken_ = true;
      return Standing::Broken;
    }
    return broken_ ? Standing::Lost : Standing::Whole;
  }

 private:
  Fences fences_;
  bool broken_ = false;
};

}  // namespace hw

#include "engine/extract/transaction_text.h"

#include <algorithm>

namespace hw {
namespace {

/// A further line of the record whose first one is there already.
ExtractStamp continued(ExtractStamp stamp) {
  if (stamp.place) stamp.place->bytes = 0;
  return stamp;
}

}  // namespace

Result<bool> TransactionText::append(std::string& out, std::span<const TextPart> parts, const Selects& selects) {
  updates_.clear();
  begun_.assign(parts.size(), false);
  bool is_null = true;
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (const JournalUpdate& one : transaction_updates(parts[i].body)) {
      is_null = false;
      if (!selects || selects(i, one)) updates_.push_back({i, one});
    }
  if (is_null) {
    append_null_line(out, parts.front().stamp, layout_);
    return true;
  }
  std::sort(updates_.begin(), updates_.end(), [](const auto& a, const auto& b) { return a.one.number < b.one.number; });
  for (const auto& [index, one] : updates_) {
    const TextPart& part = parts[index];
    const bool first = !begun_[index];
    begun_[index] = true;
    if (!part.body.fenced) {
      HW_TRY_VOID(
          append_update_line(out, first ? part.stamp : continued(part.stamp), one.update, 0, part.nulls, layout_));
      continue;
    }
    if (first) append_tstart_line(out, part.stamp, layout_);
    HW_TRY_VOID(append_update_line(out, continued(part.stamp), one.update, one.number, part.nulls, layout_,
                                   first ? UpdatePlace::First : UpdatePlace::Further));
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (begun_[i] && parts[i].body.fenced)
      append_tcom_line(out, continued(parts[i].stamp), parts[i].body.participants, parts[i].body.tid, layout_);
  return !updates_.empty();
}

}  // namespace hw

#include "replic/history/held_reign.h"

#include <span>

namespace hw {

std::string encode_held_reign(const HistoryRecord& record) {
  std::string out(kHistoryFactsBytes, '\0');
  encode_history_facts(record, std::as_writable_bytes(std::span(out)));
  return out;
}

Result<HistoryRecord> decode_held_reign(std::string_view payload, Seqno next) {
  HistoryRecord record;
  if (!decode_history_facts(as_bytes(payload), record))
    return make_error<MsgId::HWREPLPROTO>("a reign of what is held that is no history record");
  if (record.start >= next) return make_error<MsgId::HWREPLPROTO>("a reign of what is held that begins after it");
  return record;
}

HistoryRecord held_record(HistoryRecord known, Seqno next) {
  HW_CHECK(next.value > 1 && known.start < next);
  known.start = Seqno{next.value - 1};
  return known;
}

}  // namespace hw

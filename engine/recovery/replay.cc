#include "engine/recovery/replay.h"

#include "engine/commit/redo_batch.h"
#include "engine/region/region_write.h"

namespace hw {

Result<std::uint64_t> replay(OpenRegion& region, JournalReader& reader,
                             const std::function<bool(const RecordHeader&)>& wanted) {
  std::uint64_t all = 0;
  for (bool more = true; more;) {
    RedoBatch batch(region.environment.used_bytes());
    while (!batch.full()) {
      Record record;
      const std::uint64_t at = reader.offset();
      HW_TRY(more, reader.next(record));
      if (!more) break;
      if (record.header.type != RecordType::Transaction || !wanted(record.header)) continue;
      TransactionBody body;
      if (!decode_transaction(record.body, body))
        return bad_record(reader.path(), at, verdict_text(RecordVerdict::BadBody));
      batch.add(body);
      ++all;
    }
    HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) { return batch.apply(transaction); }));
  }
  return all;
}

}  // namespace hw

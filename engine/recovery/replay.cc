#include "engine/recovery/replay.h"

#include "engine/commit/redo.h"
#include "engine/region/region_write.h"

namespace hw {
namespace {

constexpr std::uint64_t kBatchTransactions = 20'000;

}  // namespace

Result<std::uint64_t> replay(OpenRegion& region, JournalReader& reader,
                             const std::function<bool(const RecordHeader&)>& wanted) {
  std::uint64_t all = 0;
  for (bool more = true; more;) {
    const std::uint64_t batch_begin = reader.offset();
    std::uint64_t done = 0;
    HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) -> Status {
      reader.seek(batch_begin);  // The same batch again when the file had to grow.
      for (done = 0; done < kBatchTransactions;) {
        Record record;
        const std::uint64_t at = reader.offset();
        HW_TRY(more, reader.next(record));
        if (!more) return {};
        if (record.header.type != RecordType::Transaction || !wanted(record.header)) continue;
        TransactionBody body;
        if (!decode_transaction(record.body, body))
          return bad_record(reader.path(), at, verdict_text(RecordVerdict::BadBody));
        HW_TRY_VOID(redo(transaction, body));
        ++done;
      }
      return {};
    }));
    HW_CHECK(!more || done == kBatchTransactions);  // Or the next batch would begin where this one has not ended.
    all += done;
  }
  return all;
}

}  // namespace hw

// Any bytes as a journal record, what is accepted keeps every bound and is the same bytes when it is built
// again.
#include <cstdint>
#include <string>

#include "engine/base/limits.h"
#include "journal/record.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

void check_transaction(const hw::Record& record) {
  hw::TransactionBody body;
  if (!hw::decode_transaction(record.body, body)) return;
  const auto updates = hw::transaction_updates(body);
  HW_CHECK(updates.size() == body.update_count);
  hw::RecordBuilder builder;
  builder.start_transaction(body.fenced, body.tid, body.pid);
  for (const auto& update : updates) {
    HW_CHECK(!update.update.key.empty() && update.update.key.size() <= hw::kKeyBytesMax);
    HW_CHECK(update.update.value.size() <= hw::kValueBytesMax && update.old_value.size() <= hw::kValueBytesMax);
    HW_CHECK(update.number >= 1 && update.number <= body.total_updates);
    builder.add_update(update.update, update.old_kind, update.old_value, update.number);
  }
  builder.set_totals(body.total_updates, body.participants);
  const auto& header = record.header;
  const std::string again(builder.finish(header.seqno, header.tn, header.time_us, header.prev_bytes));
  hw::Record second;
  hw::TransactionBody second_body;
  HW_CHECK(hw::decode_record(hw::as_bytes(again), second) == hw::RecordVerdict::Good);
  HW_CHECK(hw::decode_transaction(second.body, second_body));
  HW_CHECK(hw::as_text(second_body.updates) == hw::as_text(body.updates));
  HW_CHECK(second_body.tid == body.tid && second_body.fenced == body.fenced && second_body.pid == body.pid);
}

}  // namespace

HW_FUZZ_SHAPE([](std::string& bytes) { hw::fuzz::seal_records(bytes); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = hw::fuzz::text_of(data, size);
  hw::Record record;
  if (hw::decode_record(hw::as_bytes(bytes), record) != hw::RecordVerdict::Good) return 0;
  HW_CHECK(record.header.total_bytes <= size);
  HW_CHECK(record.body.size() <= record.header.total_bytes - hw::kRecordHeaderBytes);
  std::uint32_t update_number = 0;
  std::vector<hw::RemovedNode> nodes;
  hw::Epoch epoch;
  (void)hw::decode_epoch(record.body, epoch);
  if (hw::decode_removed(record.body, update_number, nodes)) {
    for (const auto& node : nodes) HW_CHECK(!node.key.empty() && node.key.size() <= hw::kKeyBytesMax);
  }
  check_transaction(record);
  return 0;
}

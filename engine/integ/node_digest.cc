#include "engine/integ/node_digest.h"

#include <fmt/format.h>

namespace hw {

bool NodeDigest::apply(const Record& record, bool forward) {
  const auto come = [&](std::string_view key, std::string_view value) {
    forward ? add(key, value) : remove(key, value);
  };
  const auto go = [&](std::string_view key, std::string_view value) { forward ? remove(key, value) : add(key, value); };
  if (record.header.type == RecordType::Removed) {
    std::uint32_t number = 0;
    std::vector<RemovedNode> nodes;
    if (!decode_removed(record.body, number, nodes)) return false;
    for (const RemovedNode& node : nodes) go(node.key, node.value);
    return true;
  }
  if (record.header.type != RecordType::Transaction) return true;
  TransactionBody body;
  if (!decode_transaction(record.body, body)) return false;
  for (const JournalUpdate& one : transaction_updates(body)) {
    if (one.old_kind == OldKind::Inline) go(one.update.key, one.old_value);
    if (one.update.type == UpdateType::Set) come(one.update.key, one.update.value);
  }
  return true;
}

}  // namespace hw

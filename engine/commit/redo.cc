#include "engine/commit/redo.h"

namespace hw {

Status redo(WriteTransaction& transaction, const UpdateView& update) {
  switch (update.type) {
    case UpdateType::Set:
      return transaction.put(update.key, update.value);
    case UpdateType::ZKill:
      return transaction.remove(update.key, [](std::string_view) {});
    case UpdateType::Kill:
      return transaction.remove_subtree(update.key, [](std::string_view, std::string_view) { return Status(); });
  }
  return {};
}

Status redo(WriteTransaction& transaction, const TransactionBody& body) {
  for (const JournalUpdate& one : transaction_updates(body)) HW_TRY_VOID(redo(transaction, one.update));
  return {};
}

}  // namespace hw

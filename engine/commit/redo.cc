#include "engine/commit/redo.h"

namespace hw {

Status redo(WriteTransaction& transaction, const TransactionBody& body) {
  for (const JournalUpdate& one : transaction_updates(body)) {
    switch (one.update.type) {
      case UpdateType::Set:
        HW_TRY_VOID(transaction.put(one.update.key, one.update.value));
        break;
      case UpdateType::ZKill:
        HW_TRY_VOID(transaction.remove(one.update.key, [](std::string_view) {}));
        break;
      case UpdateType::Kill:
        HW_TRY_VOID(
            transaction.remove_subtree(one.update.key, [](std::string_view, std::string_view) { return Status(); }));
        break;
    }
  }
  return {};
}

}  // namespace hw

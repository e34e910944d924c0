#include "engine/commit/commit.h"

namespace hw {

Result<CommitReceipt> Committer::commit(const CommitRequest& request) {
  return batch_.run(Origin::Here, [&]() -> Status {
    batch_.begin(request.fenced, request.transaction_id);
    if (request.validate) {
      HW_TRY(const bool valid, request.validate([&](OpenRegion& region) { return batch_.join(region); }));
      if (!valid) return make_error<MsgId::TPRESTART>("another commit changed what it had read");
    }
    for (const PendingUpdate& pending : request.updates)
      HW_TRY_VOID(batch_.add_update(*pending.region, pending.update));
    return batch_.end();
  });
}

}  // namespace hw

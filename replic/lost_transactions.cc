#include "replic/lost_transactions.h"

#include "engine/open_region.h"

namespace hw {

Status complete_lost_transactions(Domain& domain, InstanceFile& instance) {
  {
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    for (OpenRegion* region : domain.regions()) {
      HW_TRY_VOID(region->refresh_header());
      if (region->header.zqgblmod_seqno == Seqno{0} && region->header.zqgblmod_tn == 0) continue;
      region->header.zqgblmod_seqno = Seqno{0};
      region->header.zqgblmod_tn = 0;
      HW_TRY_VOID(region->write_header());
    }
  }
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) { header.lost_transactions = false; }));
  PoolHeader& pool = domain.header();
  for (PoolSlot& slot : pool.slots) slot.lost_tn_due.store(1);
  pool.lost_tn_complete.fetch_add(1);
  return {};
}

}  // namespace hw

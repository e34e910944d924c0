#include "replic/instance/lost_transactions.h"

#include "engine/integ/region_look.h"
#include "engine/region/open_region.h"

namespace hw {

Status complete_lost_transactions(Domain& domain, InstanceFile& instance) {
  {
    HW_TRY(const CheckpointLock images,
           CheckpointLock::take(domain.header()));  // Before the commit lock, as a checkpoint takes them.
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    for (OpenRegion* region : domain.regions()) {
      HW_TRY_VOID(region->refresh_header());
      if (region->header.zqgblmod_seqno == Seqno{0} && region->header.zqgblmod_tn == 0) continue;
      region->header.zqgblmod_seqno = Seqno{0};
      region->header.zqgblmod_tn = 0;
      HW_TRY_VOID(store_live_header(*region));
    }
  }
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) { header.lost_transactions = false; }));
  PoolHeader& pool = domain.header();
  for (PoolSlot& slot : pool.slots) slot.lost_tn_due.store(1);
  pool.lost_tn_complete.fetch_add(1);
  return {};
}

Status mark_divergence(Domain& domain, Seqno from, const std::function<void(std::string_view)>& say) {
  HW_TRY(const CheckpointLock images,
         CheckpointLock::take(domain.header()));  // Before the commit lock, as a checkpoint takes them.
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  for (OpenRegion* region : domain.regions()) {
    HW_TRY_VOID(region->refresh_header());
    RegionHeader& header = region->header;
    if (header.zqgblmod_seqno.value != 0 && header.zqgblmod_seqno <= from) continue;
    say(fmt::format("Updating ZQGBLMOD SEQNO and TN for Region [{}]", header.name));
    header.zqgblmod_seqno = from;
    header.zqgblmod_tn = region->last_tn().value + header.tn_base + 1;
    HW_TRY_VOID(store_live_header(*region));
    say(fmt::format("Assigning Region [{0}] : Resync Seqno [{1:#x}] : ZQGBLMOD SEQNO [{1:#x}] : ZQGBLMOD TN : [{2:#x}]",
                    header.name, from.value, header.zqgblmod_tn));
  }
  return {};
}

}  // namespace hw

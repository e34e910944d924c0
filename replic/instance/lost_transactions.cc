#include "replic/instance/lost_transactions.h"

#include "engine/integ/region_look.h"
#include "engine/region/open_region.h"

namespace hw {

Status publish_mark(PoolHeader& pool, InstanceFile& instance) {
  return instance.look_at_newest([&](const InstanceHeader& header) {
    pool.zqgblmod_seqno.store(header.zqgblmod_seqno.value);
    if (header.zqgblmod_seqno.value == 0) return;
    pool.lost_tn_complete.store(0);
    for (PoolSlot& slot : pool.slots) slot.lost_tn_due.store(0);
  });
}

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
  HW_TRY_VOID(instance.update_header([](InstanceHeader& header) {
    header.lost_transactions = false;
    header.zqgblmod_seqno = Seqno{0};
  }));
  PoolHeader& pool = domain.header();
  for (PoolSlot& slot : pool.slots) slot.lost_tn_due.store(1);
  pool.lost_tn_complete.fetch_add(1);
  return publish_mark(pool, instance);
}

namespace {

/// In the header in memory. Returns false when an older mark stays.
bool set_divergence(OpenRegion& region, Seqno from) {
  RegionHeader& header = region.header;
  if (header.zqgblmod_seqno.value != 0 && header.zqgblmod_seqno <= from) return false;
  header.zqgblmod_seqno = from;
  header.zqgblmod_tn = region.last_tn().value + header.tn_base + 1;
  return true;
}

}  // namespace

Status mark_divergence(Domain& domain, InstanceFile& instance, Seqno from, const DivergenceLines& say) {
  {
    HW_TRY(const CheckpointLock images,
           CheckpointLock::take(domain.header()));  // Before the commit lock, as a checkpoint takes them.
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    HW_TRY_VOID(mark_held_divergence(domain, from, say));
  }
  HW_TRY_VOID(instance.mark(from));
  return publish_mark(domain.header(), instance);
}

Status mark_held_divergence(Domain& domain, Seqno from, const DivergenceLines& say) {
  for (OpenRegion* region : domain.regions()) {
    HW_TRY_VOID(region->refresh_header());
    if (!set_divergence(*region, from)) continue;
    const RegionHeader& header = region->header;
    if (say) say(fmt::format("Updating ZQGBLMOD SEQNO and TN for Region [{}]", header.name));
    HW_TRY_VOID(store_live_header(*region));
    if (say)
      say(fmt::format(
          "Assigning Region [{0}] : Resync Seqno [{1:#x}] : ZQGBLMOD SEQNO [{1:#x}] : ZQGBLMOD TN : [{2:#x}]",
          header.name, from.value, header.zqgblmod_tn));
  }
  return {};
}

Status mark_closed_divergence(std::span<OpenRegion* const> regions, Seqno from) {
  for (OpenRegion* region : regions) {
    if (!set_divergence(*region, from)) continue;
    HW_TRY_VOID(store_closed_header(*region));
  }
  return {};
}

Status lower_held_marks(Domain& domain, Seqno next) {
  for (OpenRegion* region : domain.regions()) {
    HW_TRY_VOID(region->refresh_header());
    if (region->header.zqgblmod_seqno <= next) continue;
    region->header.go_back_to(next);
    HW_TRY_VOID(store_live_header(*region));
  }
  return {};
}

Status lower_closed_marks(std::span<OpenRegion* const> regions, Seqno next) {
  for (OpenRegion* region : regions) {
    if (region->header.zqgblmod_seqno <= next) continue;
    region->header.go_back_to(next);
    HW_TRY_VOID(store_closed_header(*region));
  }
  return {};
}

}  // namespace hw

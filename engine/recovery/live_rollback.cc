#include "engine/recovery/live_rollback.h"

#include <fcntl.h>

#include "engine/base/file.h"
#include "engine/recovery/undo.h"
#include "journal/current_file.h"

namespace hw {

Result<std::unique_ptr<LiveRollback>> LiveRollback::begin(Domain& domain) {
  std::unique_ptr<LiveRollback> self(new LiveRollback(domain));
  PoolHeader& pool = domain.header();
  // In the order in which a checkpoint takes them.
  HW_TRY([[maybe_unused]] const auto checkpoint, lock_watched(pool.checkpoint_lock, lock_name(pool)));
  self->checkpoint_locked_ = true;
  HW_TRY(CommitLock commit, CommitLock::take(domain));
  self->commit_.emplace(std::move(commit));
  HW_TRY_VOID(domain.make_durable(pool.commit_done.load()));
  HW_TRY([[maybe_unused]] const auto sync, lock_watched(pool.sync_lock, lock_name(pool)));
  self->sync_locked_ = true;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    const PoolRegion& facts = pool.regions[i];
    if (facts.in_use.load() == 0 || facts.replicated == 0) continue;
    OpenRegion* const region = domain.region_at(i);
    if (region == nullptr) return make_error<MsgId::HWDBBUSY>(facts.database.view());
    HW_TRY_VOID(refuse_when_frozen(*region, "it cannot be rolled back"));
    // It is cut by its name.
    HW_TRY_VOID(region->journal.attach(facts));
    HW_TRY_VOID(region->journal.require_name(facts, std::string(facts.journal.view())));
    HW_TRY_VOID(region->refresh_header());
    take_place(region->header, facts);
    self->regions_.push_back(region);
  }
  return self;
}

LiveRollback::~LiveRollback() {
  PoolHeader& pool = domain_.header();
  if (sync_locked_) pool.sync_lock.unlock();
  commit_.reset();
  if (checkpoint_locked_) pool.checkpoint_lock.unlock();
}

Status LiveRollback::roll_back(Seqno to, const UndoProgress& progress) {
  PoolHeader& pool = domain_.header();
  HW_CHECK(checkpoint_locked_ && sync_locked_ && commit_);
  HW_CHECK_DEAR(pool.checkpoint_lock.is_mine() && pool.sync_lock.is_mine() && pool.commit_lock.is_mine());
  HW_CHECK(!undone_);
  // All of them: one that has nothing to undo notes that it was taken back, in its journal too.
  for (const OpenRegion* region : regions_) HW_TRY_VOID(can_undo_to(*region, region->header.generation, to));
  pool.damaged.store(
      PoolHeader::kGoingBack);  // Until finish(): whoever takes the lock of a dead process commits nothing.
  pool.rollbacks.fetch_add(1, std::memory_order_acq_rel);
  pool.commit_begun.fetch_add(1, std::memory_order_acq_rel);
  HW_TRY_VOID(roll_back_regions(regions_, to, Attached::Others, progress));
  for (OpenRegion* region : regions_) {
    const RegionHeader& header = region->header;
    HW_CHECK(header.rollback_seqno.value == 0 && header.reg_seqno <= to);
    PoolRegion& facts = domain_.facts(*region);
    HW_TRY(const File file, File::open(header.journal_path, O_RDONLY));
    HW_TRY(const FileIdentity identity, identity_for_pool(file));
    HW_TRY(facts.journal_bytes, file.size());
    facts.journal_file.store(identity);
    facts.generation = header.generation;
    facts.last_record_bytes = header.last_record_bytes;
    facts.prepared_bytes = 0;
    facts.epoch_offset = 0;
    facts.set_end(header.offset);
    facts.synced_generation.store(header.generation);
    facts.synced_offset.store(header.offset);
    facts.image_generation.store(header.generation);
    facts.image_offset.store(header.offset);
    facts.reg_seqno.store(header.reg_seqno.value);
    facts.last_tn.store(region->last_tn().value);
    ++facts.cuts;
  }
  domain_.pool().ring_restart(to);
  pool.next_seqno.store(to.value, std::memory_order_release);
  undone_ = true;
  return {};
}

void LiveRollback::finish() {
  HW_CHECK(commit_.has_value());
  HW_CHECK(undone_);  // Half undone, the pool has to stay damaged.
  PoolHeader& pool = domain_.header();
  // Again: what began while it was under way was agreed on with seqnos and a history that are no more.
  pool.rollbacks.fetch_add(1, std::memory_order_acq_rel);
  pool.commit_done.store(pool.commit_begun.load(), std::memory_order_release);
  pool.damaged.store(0);
  pool.published.signal();
}

}  // namespace hw

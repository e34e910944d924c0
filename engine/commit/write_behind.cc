#include "engine/commit/write_behind.h"

#include <fmt/format.h>

#include "engine/base/checksum.h"
#include "engine/base/failpoint.h"
#include "engine/commit/redo.h"
#include "engine/region/region_write.h"

namespace hw {
namespace {

/// Each set may copy a path of pages and split the last two; the free list takes its share.
constexpr std::uint64_t kRoomBytes = kSetsBehindMax * 8 * 4096;
/// After a reader has had to wait. Long enough that reads and sets in turn pay for few groups of one.
constexpr std::uint32_t kDirectSets = 512;
constexpr std::uint32_t kSharedSetsAfterRead = 32;  // As above. Flushing sets in place costs a reader one LMDB put.

std::uint32_t hash_of(std::string_view key) { return static_cast<std::uint32_t>(checksum(as_bytes(key))); }

/// The sets are where the journal has what LMDB lacks. The tables are as the last holder of the lock left them, for
/// nobody died; the place is one that -jnlpool -change can set.
Status require_in_reach(const PoolRegion& facts, const SetsBehind& behind) {
  const std::uint64_t end = facts.write_offset.load(std::memory_order_relaxed);
  const auto reached = [&](const BehindSet& set) {
    return set.key_offset >= facts.applied_offset && set.key_offset <= end &&
           set.key_bytes + std::uint64_t{set.value_bytes} <= end - set.key_offset;
  };
  bool all = behind.count <= kSetsBehindMax && (behind.in_place == 0 || reached(behind.last_in_place));
  for (std::uint32_t i = 0; all && i < behind.count; ++i) all = reached(behind.sets[i]);
  if (all) return {};
  return make_error<MsgId::HWPOOLDAMAGED>(facts.database.view(), "sets that LMDB lacks are not in the journal's end");
}

/// Puts what the tables have into one LMDB commit. Of the sets in place one is enough: it gives all their number.
Status put_sets(OpenRegion& region, const PoolRegion& facts, const SetsBehind& behind) {
  HW_TRY_VOID(require_in_reach(facts, behind));
  HW_TRY_VOID(region.journal.attach(facts));
  return commit_growing(region, [&](WriteTransaction& transaction) -> Status {
    const auto put = [&](const BehindSet& set) {
      const std::string_view stored =
          as_text(region.journal.stored(set.key_offset, set.key_offset + set.key_bytes + set.value_bytes));
      return transaction.put(stored.substr(0, set.key_bytes), stored.substr(set.key_bytes));
    };
    if (behind.in_place != 0) HW_TRY_VOID(put(behind.last_in_place));  // Older than a set of its key in the table.
    for (std::uint32_t i = 0; i < behind.count; ++i) HW_TRY_VOID(put(behind.sets[i]));
    fail_here(FailPoint::SetsBehindNotApplied);
    return {};
  });
}

/// Redoes the records of a journal range in one LMDB commit.
Status redo_range(OpenRegion& region, PoolRegion& facts, std::uint64_t begin, std::uint64_t end) {
  HW_TRY_VOID(region.journal.attach(facts));
  return commit_growing(region, [&](WriteTransaction& transaction) -> Status {
    Bytes rest = region.journal.stored(begin, end);
    while (!rest.empty()) {
      Record record;
      TransactionBody body;
      const std::uint64_t at = end - rest.size();
      const auto damaged = [&] {
        return make_error<MsgId::JNLBADRECFMT>(facts.journal.view(), fmt::format("0x{:X}", at));
      };
      if (decode_record(rest, record) != RecordVerdict::Good) return damaged();
      if (record.header.type == RecordType::Transaction) {
        if (!decode_transaction(record.body, body)) return damaged();
        HW_TRY_VOID(redo(transaction, body));
      }
      rest = rest.subspan(record.header.total_bytes);
    }
    fail_here(FailPoint::SetsBehindNotApplied);
    return {};
  });
}

}  // namespace

Result<RegionHandle> RegionHandle::open(Domain& domain, std::uint32_t pool_index) {
  RegionHandle handle;
  handle.region_ = domain.region_at(pool_index);
  if (handle.region_ != nullptr) return handle;
  const PoolRegion& facts = domain.header().regions[pool_index];
  handle.definition_ = std::make_unique<Region>();
  handle.own_ = std::make_unique<OpenRegion>(*handle.definition_, std::string(facts.database.view()), 0);
  handle.region_ = handle.own_.get();
  handle.region_->pool_index = pool_index;
  HW_TRY(handle.region_->control, ControlFile::open(handle.region_->path));
  HW_TRY_VOID(handle.region_->open_environment(Environment::Mode::LiveWriter));
  return handle;
}

bool may_stay_behind(Domain& domain, const OpenRegion& region) {
  const PoolRegion& facts = domain.facts(region);
  if (facts.journaled == 0 || JournalWriter::must_switch(facts, kRecordHeaderBytes)) return false;
  return region.control.live().read_only.load(std::memory_order_relaxed) == 0;
}

bool stays_behind(Domain& domain, const OpenRegion& region) {
  SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.direct_left == 0) return true;
  --behind.direct_left;
  return false;
}

Status prepare_behind(Domain& domain, OpenRegion& region) {
  const SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.count == kSetsBehindMax || behind.in_place == kSetsInPlaceMax) HW_TRY_VOID(bring_up(domain, region));
  if (domain.facts(region).is_behind()) return {};
  return region.keep_headroom(domain.facts(region), kRoomBytes);
}

std::optional<std::string_view> find_behind(Domain& domain, const OpenRegion& region, std::string_view key) {
  const SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.count == 0) return std::nullopt;
  const std::uint32_t hash = hash_of(key);
  for (std::size_t slot = hash % behind.table.size(); behind.table[slot] != 0;
       slot = (slot + 1) % behind.table.size()) {
    const BehindSet& set = behind.sets[behind.table[slot] - 1u];
    if (set.hash != hash || set.key_bytes != key.size()) continue;
    const std::string_view stored =
        as_text(region.journal.stored(set.key_offset, set.key_offset + set.key_bytes + set.value_bytes));
    if (stored.substr(0, key.size()) == key) return stored.substr(key.size());
  }
  return std::nullopt;
}

void add_behind(Domain& domain, const OpenRegion& region, BehindSet added) {
  SetsBehind& behind = domain.header().behind[region.pool_index];
  HW_CHECK_LT(behind.count, kSetsBehindMax);
  const PoolRegion& facts = domain.facts(region);
  HW_CHECK_GE(added.key_offset, facts.applied_offset);
  HW_CHECK_LE(added.key_offset + added.key_bytes + added.value_bytes,
              facts.write_offset.load(std::memory_order_relaxed));
  const auto key_of = [&](const BehindSet& set) {
    return as_text(region.journal.stored(set.key_offset, set.key_offset + set.key_bytes));
  };
  added.hash = hash_of(key_of(added));
  if (!behind.any()) ++domain.header().regions_behind;
  behind.sets[behind.count++] = added;
  std::size_t slot = added.hash % behind.table.size();
  for (; behind.table[slot] != 0; slot = (slot + 1) % behind.table.size()) {
    const BehindSet& set = behind.sets[behind.table[slot] - 1u];
    if (set.hash != added.hash || set.key_bytes != added.key_bytes) continue;
    if (key_of(set) == key_of(added)) break;  // An older one.
  }
  behind.table[slot] = static_cast<std::uint8_t>(behind.count);
}

Status bring_up(Domain& domain, OpenRegion& region, bool trusted) {
  PoolHeader& pool = domain.header();
  HW_CHECK_DEAR(pool.commit_lock.is_mine());
  PoolRegion& facts = pool.regions[region.pool_index];
  SetsBehind& behind = pool.behind[region.pool_index];
  const std::uint64_t end = facts.write_offset.load(std::memory_order_relaxed);
  if (facts.applied_offset < end) {
    // A process may have died between LMDB's commit and the next line.
    if (region.last_tn().value < facts.last_tn.load()) {
      HW_TRY_VOID(trusted ? put_sets(region, facts, behind) : redo_range(region, facts, facts.applied_offset, end));
    }
    fail_here(FailPoint::SetsBehindNotMarked);
  }
  if (behind.any()) {
    HW_CHECK(pool.regions_behind.load() != 0);
    --pool.regions_behind;
    behind.count = 0;
    behind.alone = 0;
    behind.in_place = 0;
    behind.table.fill(0);
  }
  // Readers' flag before the offset: until that is moved, whoever finds this process dead comes here again.
  ControlLive& live = region.control.live();
  live.behind.store(0, std::memory_order_release);
  live.caught_up.signal();
  facts.applied_offset = end;
  return {};
}

Status bring_all_up(Domain& domain) {
  PoolHeader& pool = domain.header();
  if (pool.regions_behind == 0) return {};
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    if (pool.regions[i].in_use.load() == 0 || !(pool.behind[i].any() || pool.regions[i].is_behind())) continue;
    HW_TRY(const RegionHandle region, RegionHandle::open(domain, i));
    HW_TRY_VOID(bring_up(domain, *region));
  }
  HW_CHECK_EQ(pool.regions_behind.load(), 0u);
  return {};
}

Status require_brought_up(Domain& domain, const OpenRegion& region) {
  const PoolHeader& pool = domain.header();
  if (!pool.regions[region.pool_index].is_behind() && !pool.behind[region.pool_index].any()) return {};
  return make_error<MsgId::HWPOOLDAMAGED>(lock_name(pool), "sets that LMDB lacks were not brought to it");
}

Status bring_up_for_reader(Domain& domain, OpenRegion& region) {
  HW_TRY(const CommitLock lock, CommitLock::take(domain, CommitLock::Behind::Stays));
  SetsBehind& behind = domain.header().behind[region.pool_index];
  if (behind.count != 0) behind.direct_left = kDirectSets;
  if (behind.alone != 0) behind.shared_left = kSharedSetsAfterRead;
  return bring_up(domain, region);
}

}  // namespace hw

// A commit of one set on its own: at once, or left to a group that LMDB gets later (engine/write_behind.h).
#include "engine/commit_parts.h"
#include "engine/number.h"
#include "engine/write_behind.h"

namespace hw {
namespace {

/// Sets in collation order that one process has made in a row before the next may stay behind: such sets meet on LMDB's
/// pages. Of sets all over a database, a group touches as many pages as they would one by one, and finds them less
/// warm.
constexpr unsigned kInOrderMin = 4;

}  // namespace

bool Committer::in_order(RegionPart& part, std::string_view key) {
  part.in_order = key >= part.last_key ? part.in_order + 1 : 0;
  part.last_key = key;
  return part.in_order >= kInOrderMin;
}

template <typename ValueOf>
Result<CommitReceipt> Committer::run_single(OpenRegion& region, std::string_view key, std::size_t bytes_max,
                                            const ValueOf& value_of) {
  applying_ = false;
  std::optional<CommitLock> lock;
  for (;;) {
    HW_TRY(CommitLock taken, CommitLock::take(domain_, CommitLock::Behind::Stays));
    lock.emplace(std::move(taken));
    if (refuse_frozen(region).has_value()) break;  // Before room is made in its file.
    lock.reset();
    wait_while_frozen();
  }
  const bool behind =
      in_order(part_of(region), key) && bytes_max <= kSetBehindBytesMax && may_stay_behind(domain_, region);
  HW_TRY_VOID(behind ? prepare_behind(domain_, region) : bring_all_up(domain_));
  HW_TRY(const CommitReceipt receipt, run_locked([&]() -> Status {
           PoolHeader& pool = domain_.header();
           HW_TRY_VOID(begin_transaction(next_seqno_, time_us_, false, {}));
           HW_TRY(RegionPart* const part, join(region, behind));
           HW_TRY(const UpdateView update, behind ? put_behind(*part, key, value_of) : put_now(*part, key, value_of));
           HW_TRY_VOID(end_transaction());
           if (pool.ring_bytes != 0 && part->replicated) {
             frame_.start(false, {});
             HW_TRY_VOID(frame_.add(update));
             frames_.push_back(frame_.finish(seqno_, time_us_));
           }
           if (pool.replicating == 0 || part->replicated) next_seqno_ = next(seqno_);
           return {};
         }));
  lock.reset();
  announce_published();
  return receipt;
}

template <typename ValueOf>
Result<UpdateView> Committer::put_now(RegionPart& part, std::string_view key, const ValueOf& value_of) {
  HW_TRY(const std::string_view value, value_of([&] { return part.transaction.get(key); }));
  const UpdateView update{UpdateType::Set, key, value};
  HW_TRY_VOID(add_update(*part.region, update));
  return update;
}

Result<std::optional<std::string_view>> Committer::present_value(RegionPart& part, std::string_view key) {
  if (const auto found = find_behind(domain_, *part.region, key); found) return found;
  OpenRegion& region = *part.region;
  const bool absent = part.gap_known && part.gap_tn == region.last_tn() && key > part.gap_from &&
                      (part.gap_to.empty() || key < part.gap_to);
  if (absent) return std::optional<std::string_view>();
  HW_TRY_VOID(region.take_stored_snapshot(part.stored));
  const auto look = [&]() -> Result<std::optional<std::string_view>> {
    HW_TRY(const auto node, part.stored.seek(key));
    const bool found = node && node->key == key;
    if (found) part.old_value = node->value;
    part.gap_known = !found;
    if (found) return std::optional<std::string_view>(part.old_value);
    part.gap_from = key;
    part.gap_to = node ? node->key : std::string_view();
    part.gap_tn = part.stored.tn();
    return std::optional<std::string_view>();
  };
  auto looked = look();
  region.release_snapshot(part.stored);
  return looked;
}

template <typename ValueOf>
Result<UpdateView> Committer::put_behind(RegionPart& part, std::string_view key, const ValueOf& value_of) {
  HW_TRY(const std::optional<std::string_view> old, present_value(part, key));
  HW_TRY(const std::string_view value, value_of([&] { return Result<std::optional<std::string_view>>(old); }));
  const UpdateView update{UpdateType::Set, key, value};
  HW_CHECK(key.size() + value.size() <= kSetBehindBytesMax);
  touched_.push_back(&part);
  part.touched = true;
  part.record.start_transaction(false, {}, pid_);
  part.record.add_update(update, old ? OldKind::Inline : OldKind::None, old.value_or(""), update_number_ = 1);
  part.key_bytes = key.size();
  part.value_bytes = value.size();
  return update;
}

Result<CommitReceipt> Committer::commit_set(OpenRegion& region, std::string_view key, std::string_view value) {
  return run_single(region, key, key.size() + value.size(),
                    [&](const auto&) { return Result<std::string_view>(value); });
}

Result<CommitReceipt> Committer::commit_computed(
    OpenRegion& region, std::string_view key,
    const std::function<Result<std::string>(std::optional<std::string_view>)>& compute, std::string& value) {
  return run_single(region, key, key.size() + kNumberBytesMax, [&](const auto& present) -> Result<std::string_view> {
    HW_TRY(const auto now, present());
    HW_TRY(value, compute(now));
    return std::string_view(value);
  });
}

}  // namespace hw

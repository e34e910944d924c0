#include "engine/commit/single_set.h"

#include <limits>

#include "engine/commit/in_place.h"
#include "engine/commit/write_behind.h"
#include "engine/globals/number.h"
#include "engine/storage/long_key.h"

namespace hw {
namespace {

/// Sets in collation order that one process has made in a row before the next may be deferred: such sets meet on LMDB's
/// pages. Of sets all over a database, a group touches as many pages as they would one by one, and finds them less
/// warm.
constexpr unsigned kInOrderMin = 4;
/// Sets in a row that replaced a value as long as their own, before it is tried to write the next one in place: to see
/// whether it can be costs a third of a commit.
constexpr unsigned kSameLengthMin = 4;

}  // namespace

// ---- the value that is replaced ----

Status SingleSet::OldValue::find(Domain& domain, OpenRegion& region, std::string_view key) {
  HW_CHECK(!look_);
  HW_TRY_VOID(region.journal.attach(domain.facts(region)));
  last_tn = region.last_tn();
  value = find_behind(domain, region, key);
  const bool absent = memory_.gap_known && memory_.gap_tn == last_tn && key > memory_.gap_from &&
                      (memory_.gap_to.empty() || key < memory_.gap_to);
  if (value || absent) return {};
  HW_TRY(look_, memory_.reader.take_stored(region));
  HW_TRY(const auto node, (*look_)->seek(key));
  memory_.gap_known = !(node && node->key == key);
  if (!memory_.gap_known) {
    value = node->value;
    return {};
  }
  memory_.gap_from = key;
  memory_.gap_to = node ? node->key : std::string_view();
  memory_.gap_tn = last_tn;
  release();
  return {};
}

void SingleSet::OldValue::release() {
  look_.reset();
  memory_.reader.release();
}

SingleSet::Memory& SingleSet::memory_of(const OpenRegion& region) {
  if (memory_.size() <= region.pool_index) memory_.resize(region.pool_index + 1);
  auto& slot = memory_[region.pool_index];
  if (!slot) slot = std::make_unique<Memory>();
  return *slot;
}

// ---- the lock ----

Result<CommitLock> SingleSet::take_lock(OpenRegion& region, bool& nested) {
  HW_TRY(CommitLock lock, CommitLock::take(domain_, CommitLock::Behind::Stays));
  nested = lock.is_nested();
  HW_TRY_VOID(batch_.refuse_frozen(region));  // Before room is made in its file.
  return lock;
}

Result<CommitLock> SingleSet::wait_for_lock(OpenRegion& region) {
  for (;;) {
    bool nested = false;
    auto taken = take_lock(region, nested);
    if (taken.has_value() || taken.error().id != MsgId::HWFROZEN || nested) return taken;
    batch_.wait_while_frozen();
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
  }
}

// ---- the set ----

template <typename ValueOf>
Result<SingleSet::Path> SingleSet::choose(OpenRegion& region, std::string_view key, std::size_t bytes_max, bool ordered,
                                          OldValue& old, std::string_view& value, const ValueOf& value_of) {
  if (bytes_max > kSetBehindBytesMax || !may_stay_behind(domain_, region)) return Path::Now;
  // A long key takes up to three records: the room that is kept for deferred sets is not meant for that many.
  const bool deferred = ordered && !is_long(key) && stays_behind(domain_, region);
  const bool may_overwrite =
      batch_.same_length_sets(region) >= kSameLengthMin && shared_sets_left(domain_, region) == 0;
  if (!deferred && !may_overwrite) return Path::Now;
  HW_TRY_VOID(prepare_behind(domain_, region));
  const bool alone = may_overwrite && make_alone(domain_, region);  // Before this thread takes a snapshot of its own.
  if (!deferred && !alone) return Path::Now;
  HW_TRY_VOID(old.find(domain_, region, key));
  HW_TRY(value, value_of([&] { return Result<std::optional<std::string_view>>(old.value); }));
  if (alone && old.stored() != nullptr && value.size() == old.value->size()) return Path::Overwrite;
  return deferred ? Path::Deferred : Path::Now;
}

template <typename ValueOf>
Status SingleSet::set_now(OpenRegion& region, std::string_view key, const ValueOf& value_of) {
  HW_TRY(TransactionBase* const now, batch_.join(region));
  HW_TRY(const std::string_view value, value_of([&] { return now->get(key); }));
  return batch_.add_update(region, {UpdateType::Set, key, value});
}

template <typename ValueOf>
Result<CommitReceipt> SingleSet::run(OpenRegion& region, std::string_view key, std::size_t bytes_max,
                                     const ValueOf& value_of) {
  HW_TRY(std::optional<CommitLock> lock, wait_for_lock(region));
  Memory& memory = memory_of(region);
  const bool ordered = key >= memory.last_key;
  memory.in_order = ordered ? memory.in_order + 1 : 0;
  memory.last_key = key;
  OldValue old(memory);
  std::string_view value;
  HW_TRY(const Path path, choose(region, key, bytes_max, memory.in_order >= kInOrderMin, old, value, value_of));
  if (path == Path::Now) {
    old.release();
    HW_TRY_VOID(bring_all_up(domain_));
  }
  HW_TRY(const CommitReceipt receipt, batch_.run_locked(Origin::Here, [&]() -> Status {
    batch_.begin(false, {});
    if (path == Path::Now) {
      HW_TRY_VOID(set_now(region, key, value_of));
    } else {
      HW_TRY_VOID(batch_.add_deferred(
          region, {key, value, old.value, old.last_tn, path == Path::Overwrite ? old.stored() : nullptr}));
    }
    return batch_.end();
  }));
  old.release();
  lock.reset();
  batch_.announce();
  return receipt;
}

Result<CommitReceipt> SingleSet::commit(OpenRegion& region, std::string_view key, std::string_view value) {
  return run(region, key, key.size() + value.size(), [&](const auto&) { return Result<std::string_view>(value); });
}

Result<CommitReceipt> SingleSet::commit_computed(
    OpenRegion& region, std::string_view key,
    const std::function<Result<std::string>(std::optional<std::string_view>)>& compute, std::string& value) {
  return run(region, key, key.size() + kNumberBytesMax, [&](const auto& present) -> Result<std::string_view> {
    HW_TRY(const auto now, present());
    HW_TRY(value, compute(now));
    return std::string_view(value);
  });
}

Result<std::size_t> SingleSet::overwrite(OpenRegion& region, const FrameView& frame, const UpdateView& set) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (batch_.same_length_sets(region) < kSameLengthMin) return kAll;
  bool nested = false;
  HW_TRY(std::optional<CommitLock> lock, take_lock(region, nested));
  OldValue old(memory_of(region));
  std::string_view value;
  HW_TRY(const Path path, choose(region, set.key, set.key.size() + set.value.size(), false, old, value,
                                 [&](const auto&) { return Result<std::string_view>(set.value); }));
  if (path != Path::Overwrite) {
    const std::size_t left = shared_sets_left(domain_, region);
    return left != 0 ? left : kAll;
  }
  HW_TRY_VOID(batch_.run_locked(Origin::Primary, [&]() -> Status {
    HW_TRY_VOID(batch_.begin(frame));
    HW_TRY_VOID(batch_.add_deferred(region, {set.key, value, old.value, old.last_tn, old.stored()}));
    return batch_.end(frame);
  }));
  old.release();
  lock.reset();
  batch_.announce();
  return 0;
}

}  // namespace hw

// A commit of one set on its own: at once, left to a group that LMDB gets later (engine/write_behind.h), or written
// over the former value (engine/in_place.h).
#include <limits>

#include "engine/base/interrupt.h"
#include "engine/commit_parts.h"
#include "engine/in_place.h"
#include "engine/long_key.h"
#include "engine/number.h"
#include "engine/write_behind.h"

namespace hw {
namespace {

/// Sets in collation order that one process has made in a row before the next may stay behind: such sets meet on LMDB's
/// pages. Of sets all over a database, a group touches as many pages as they would one by one, and finds them less
/// warm.
constexpr unsigned kInOrderMin = 4;
/// Sets in a row that replaced a value as long as their own, before it is tried to write the next one in place: to look
/// whether it can be costs a third of a commit.
constexpr unsigned kSameLengthMin = 4;

}  // namespace

Result<CommitLock> Committer::lock_for_single(OpenRegion& region, bool& nested) {
  HW_TRY(CommitLock lock, CommitLock::take(domain_, CommitLock::Behind::Stays));
  nested = lock.is_nested();
  HW_TRY_VOID(refuse_frozen(region));  // Before room is made in its file.
  return lock;
}

template <typename ValueOf>
Result<Committer::Way> Committer::choose_way(RegionPart& part, std::string_view key, std::size_t bytes_max,
                                             bool ordered, const ValueOf& value_of) {
  OpenRegion& region = *part.region;
  if (bytes_max > kSetBehindBytesMax || !may_stay_behind(domain_, region)) return Way::Now;
  // A long key takes up to three records: the room that is kept for sets behind is not meant for that many.
  const bool behind = ordered && !is_long(key) && stays_behind(domain_, region);
  const bool may_overwrite = part.same_length >= kSameLengthMin && shared_sets_left(domain_, region) == 0;
  if (!behind && !may_overwrite) return Way::Now;
  HW_TRY_VOID(prepare_behind(domain_, region));
  const bool alone = may_overwrite && make_alone(domain_, region);  // Before `look` takes a snapshot of its own.
  if (!behind && !alone) return Way::Now;
  HW_TRY_VOID(look(part, key));
  HW_TRY(part.value, value_of([&] { return Result<std::optional<std::string_view>>(part.present); }));
  if (alone && part.stored && part.value.size() == part.present->size()) return Way::InPlace;
  return behind ? Way::Behind : Way::Now;
}

template <typename ValueOf>
Result<CommitReceipt> Committer::run_single(OpenRegion& region, std::string_view key, std::size_t bytes_max,
                                            const ValueOf& value_of) {
  applying_ = false;
  RegionPart& part = part_of(region);
  part.region = &region;
  std::optional<CommitLock> lock;
  const LookScope scope(*this, part);
  while (!lock) {
    bool nested = false;
    auto taken = lock_for_single(region, nested);
    if (taken.has_value()) {
      lock.emplace(std::move(taken).value());
    } else if (taken.error().id == MsgId::HWFROZEN && !nested) {
      wait_while_frozen();
      if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    } else {
      return std::move(taken).error();
    }
  }
  const bool ordered = key >= part.last_key;
  part.in_order = ordered ? part.in_order + 1 : 0;
  part.last_key = key;
  HW_TRY(const Way way, choose_way(part, key, bytes_max, part.in_order >= kInOrderMin, value_of));
  if (way == Way::Now) {
    end_look(part);
    HW_TRY_VOID(bring_all_up(domain_));
  }
  HW_TRY(const CommitReceipt receipt, run_locked([&]() -> Status {
           PoolHeader& pool = domain_.header();
           HW_TRY_VOID(begin_transaction(next_seqno_, time_us_, false, {}));
           HW_TRY_VOID(join(region, way != Way::Now));
           part.in_place = way == Way::InPlace;
           HW_TRY(const UpdateView update,
                  way == Way::Now ? put_now(part, key, value_of) : Result<UpdateView>(put_behind(part, key)));
           HW_TRY_VOID(end_transaction());
           if (pool.ring_bytes != 0 && part.replicated) {
             frame_.start(false, {});
             HW_TRY_VOID(frame_.add(update));
             frames_.push_back(frame_.finish(seqno_, time_us_));
           }
           if (pool.replicating == 0 || part.replicated) next_seqno_ = next(seqno_);
           return {};
         }));
  end_look(part);  // Before others get the lock, who might take it for a reader's.
  lock.reset();
  announce_published();
  return receipt;
}

Result<std::size_t> Committer::apply_in_place(
    const FrameView& frame, const std::function<Result<OpenRegion*>(std::string_view key)>& region_of) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (frame.update_count() != 1 || frame.fenced() || !frame.transaction_id().empty()) return kAll;
  UpdateView update{};
  frame.for_each([&](const UpdateView& only) {
    update = only;
    return true;
  });
  if (update.type != UpdateType::Set) return kAll;
  HW_TRY(OpenRegion* const region, region_of(update.key));
  RegionPart& part = part_of(*region);
  part.region = region;
  if (part.same_length < kSameLengthMin) return kAll;
  bool nested = false;
  HW_TRY(std::optional<CommitLock> lock, lock_for_single(*region, nested));
  const LookScope scope(*this, part);
  const auto value_of = [&](const auto&) { return Result<std::string_view>(update.value); };
  HW_TRY(const Way way, choose_way(part, update.key, update.key.size() + update.value.size(), false, value_of));
  if (const auto left = shared_sets_left(domain_, *region); way != Way::InPlace) return left != 0 ? left : kAll;
  HW_TRY_VOID(run_locked([&]() -> Status {
    HW_TRY_VOID(begin_frame(frame));
    HW_TRY_VOID(join(*region, true));
    part.in_place = true;
    put_behind(part, update.key);
    return end_frame(frame);
  }));
  end_look(part);
  lock.reset();
  announce_published();
  return 0;
}

template <typename ValueOf>
Result<UpdateView> Committer::put_now(RegionPart& part, std::string_view key, const ValueOf& value_of) {
  HW_TRY(const std::string_view value, value_of([&] { return part.transaction.get(key); }));
  const UpdateView update{UpdateType::Set, key, value};
  HW_TRY_VOID(add_update(*part.region, update));
  return update;
}

Status Committer::look(RegionPart& part, std::string_view key) {
  OpenRegion& region = *part.region;
  HW_TRY_VOID(region.journal.attach(domain_.facts(region)));
  part.tn = region.last_tn();
  part.present = find_behind(domain_, region, key);
  const bool absent =
      part.gap_known && part.gap_tn == part.tn && key > part.gap_from && (part.gap_to.empty() || key < part.gap_to);
  if (part.present || absent) return {};
  HW_TRY(part.stored, part.reader.take_stored(region));
  HW_TRY(const auto node, (*part.stored)->seek(key));
  part.gap_known = !(node && node->key == key);
  if (!part.gap_known) {
    part.present = node->value;
    return {};
  }
  part.gap_from = key;
  part.gap_to = node ? node->key : std::string_view();
  part.gap_tn = part.tn;
  end_look(part);
  return {};
}

void Committer::end_look(RegionPart& part) {
  part.stored.reset();
  part.reader.release();
}

UpdateView Committer::put_behind(RegionPart& part, std::string_view key) {
  const std::optional<std::string_view>& old = part.present;
  const UpdateView update{UpdateType::Set, key, part.value};
  HW_CHECK(key.size() + part.value.size() <= kSetBehindBytesMax);
  touched_.push_back(&part);
  part.touched = true;
  part.same_length = old && old->size() == part.value.size() ? part.same_length + 1 : 0;
  part.record.start_transaction(false, {}, pid_);
  part.record.add_update(update, old ? OldKind::Inline : OldKind::None, old.value_or(""), update_number_ = 1);
  part.key_bytes = key.size();
  part.value_bytes = part.value.size();
  return update;
}

void Committer::overwrite_present(RegionPart& part) {
  const std::uint64_t value_offset = part.record_begin + kFirstKeyOffset + part.key_bytes;
  overwrite(**part.stored, *part.present,
            as_text(part.region->journal.stored(value_offset, value_offset + part.value_bytes)));
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

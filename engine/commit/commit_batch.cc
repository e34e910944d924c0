#include "engine/commit/commit_batch.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/base/failpoint.h"
#include "engine/base/operator_log.h"
#include "engine/commit/commit_part.h"
#include "engine/commit/in_place.h"
#include "engine/commit/journal_note.h"
#include "engine/commit/write_behind.h"
#include "journal/current_file.h"

namespace hw {
namespace {

constexpr std::size_t kRemovedBytes = 256 << 10;  // A large KILL journals what it removes in pieces of this size.

/// What every holder of the lock leaves so, a dead one's finisher too (docs/concurrency.md). No check: -jnlpool -change
/// sets any of these to anything.
Status look_at(const PoolHeader& pool) {
  const auto damaged = [&](std::string_view what) { return make_error<MsgId::HWPOOLDAMAGED>(lock_name(pool), what); };
  const std::uint64_t done = pool.commit_done.load(std::memory_order_relaxed);
  if (pool.commit_begun.load(std::memory_order_relaxed) != done) return damaged("a commit is begun and not done");
  if (pool.durable_commits.load(std::memory_order_relaxed) > done)
    return damaged("more commits are on disk than were made");
  if (pool.ring_written.load(std::memory_order_relaxed) > pool.ring_reserved.load(std::memory_order_relaxed))
    return damaged("the ring is written past what is reserved");
  return {};
}

}  // namespace

CommitBatch::CommitBatch(Domain& domain) : domain_(domain), pid_(static_cast<std::uint32_t>(::getpid())) {}
CommitBatch::~CommitBatch() = default;

Status CommitBatch::open(Origin origin) {
  PoolHeader& pool = domain_.header();
  HW_CHECK(joined_.empty() && touched_.empty() && short_of_room_ == nullptr);
  HW_CHECK(is_in(pool.in_flight, InFlightState::Idle));
  HW_TRY_VOID(look_at(pool));
  origin_ = origin;
  frames_.clear();
  pool.in_flight.region_count = 0;
  first_seqno_ = next_seqno_ = Seqno{pool.next_seqno.load(std::memory_order_relaxed)};
  time_us_ = next_commit_time_us(pool);
  set_state(pool.in_flight, InFlightState::Writing);
  return {};
}

Result<bool> CommitBatch::close(Status attempted) {
  // An attempt runs inside of no other commit, and takes no lock that would finish this one.
  HW_CHECK(is_in(domain_.header().in_flight, InFlightState::Writing));
  if (attempted.has_value()) attempted = decide_and_apply();
  if (attempted.has_value()) return true;
  OpenRegion* full = std::exchange(short_of_room_, nullptr);
  for (const Part* part : joined_)
    if (part->transaction.map_full()) full = part->region;
  const InFlight& in_flight = domain_.header().in_flight;
  if (!joined_.empty() || in_flight.state.load() == static_cast<std::uint32_t>(InFlightState::Writing)) abandon();
  if (full == nullptr) return std::move(attempted).error();
  HW_TRY_VOID(full->grow(0));
  return false;
}

CommitReceipt CommitBatch::receipt() const {
  return {Seqno{next_seqno_.value - 1}, domain_.header().commit_done.load(std::memory_order_relaxed),
          next_seqno_ != first_seqno_};
}

void CommitBatch::announce() {
  PoolHeader& pool = domain_.header();
  // Ordered against SharedEvent::wait_unless: either the waiter is seen here, or the commit is seen there.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (pool.published.has_waiters()) pool.published.signal();
}

Status CommitBatch::refuse_frozen(OpenRegion& region) {
  if (!region.control.is_frozen()) return {};
  frozen_ = &region;
  return make_error<MsgId::HWFROZEN>(region.definition.name, "updates wait");
}

void CommitBatch::wait_while_frozen(std::chrono::milliseconds at_most) {
  HW_CHECK(frozen_ != nullptr);
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  ControlFreeze& freeze = frozen_->control.freeze();
  while (frozen_->control.is_frozen() && std::chrono::steady_clock::now() < deadline) {
    const std::uint32_t ticket = freeze.thawed.ticket();
    freeze.thawed.wait_unless(ticket, deadline, [&] { return freeze.frozen_by.load() == 0; });
  }
}

// ---- transactions ----

void CommitBatch::start(Seqno seqno, std::uint64_t time_us, bool fenced, std::string_view transaction_id) {
  HW_CHECK(is_in(domain_.header().in_flight, InFlightState::Writing));
  seqno_ = seqno;
  time_us_ = time_us;
  fenced_ = fenced;
  transaction_id_ = transaction_id;
  update_number_ = 0;
  for (Part* part : touched_) part->touched = false;
  touched_.clear();
}

void CommitBatch::begin(bool fenced, std::string_view transaction_id) {
  const PoolHeader& pool = domain_.header();
  start(next_seqno_, time_us_, fenced, transaction_id);
  builds_frame_ = pool.ring_bytes != 0;
  takes_seqno_ = false;
  if (builds_frame_) frame_.start(fenced, transaction_id);
}

Status CommitBatch::end() {
  HW_CHECK_EQ(seqno_, next_seqno_);
  HW_TRY_VOID(finish_records());
  if (!takes_seqno_) return {};
  if (builds_frame_) frames_.push_back(frame_.finish(seqno_, time_us_));
  next_seqno_ = next(seqno_);
  return {};
}

Status CommitBatch::begin(const FrameView& frame) {
  if (frame.seqno() != next_seqno_)
    return make_error<MsgId::REPLINSTDBMATCH>(domain_.header().instance_file.view(), next_seqno_.value,
                                              frame.seqno().value);
  start(frame.seqno(), frame.time_us(), frame.fenced(), frame.transaction_id());
  builds_frame_ = false;
  return {};
}

Status CommitBatch::end(const FrameView& frame) {
  HW_CHECK_EQ(frame.seqno(), seqno_);
  HW_CHECK_EQ(seqno_, next_seqno_);
  HW_TRY_VOID(finish_records());
  if (domain_.header().ring_bytes != 0) frames_.push_back(as_text(frame.bytes()));
  next_seqno_ = next(next_seqno_);
  return {};
}

Status CommitBatch::finish_records() {
  const auto participants = static_cast<std::uint16_t>(
      std::count_if(touched_.begin(), touched_.end(), [](const Part* part) { return part->journaled; }));
  for (Part* part : touched_) {
    HW_CHECK(part->joined && part->touched);
    part->entry->reg_seqno = seqno_.value + 1;
    if (!part->journaled) continue;
    part->record.set_totals(update_number_, participants);
    HW_TRY_VOID(put_record(
        *part, part->record.finish(seqno_, RegionTn{part->entry->tn}, time_us_, part->entry->last_record_bytes)));
    fail_here(FailPoint::CommitRecordsNotComplete);
  }
  return {};
}

Status CommitBatch::count_in_frame(const Part& part, const UpdateView& update) {
  if (origin_ == Origin::Primary) return {};  // The frame came with it.
  if (part.replicated && builds_frame_) HW_TRY_VOID(frame_.add(update));
  takes_seqno_ = takes_seqno_ || part.replicated || domain_.header().replicating == 0;
  return {};
}

// ---- regions ----

CommitBatch::Part& CommitBatch::part_of(const OpenRegion& region) {
  HW_CHECK_LT(region.pool_index, kRegionsMax);
  if (parts_.size() <= region.pool_index) parts_.resize(region.pool_index + 1);
  auto& slot = parts_[region.pool_index];
  if (!slot) slot = std::make_unique<Part>();
  return *slot;
}

unsigned CommitBatch::same_length_sets(const OpenRegion& region) const {
  const bool met = region.pool_index < parts_.size() && parts_[region.pool_index];
  return met ? parts_[region.pool_index]->same_length : 0;
}

Result<TransactionBase*> CommitBatch::join(OpenRegion& region) {
  HW_TRY(Part* const part, take_part(region, nullptr));
  return static_cast<TransactionBase*>(&part->transaction);
}

Result<CommitBatch::Part*> CommitBatch::take_part(OpenRegion& region, const DeferredSet* deferred) {
  Part& part = part_of(region);
  if (part.joined) return &part;
  HW_TRY_VOID(refuse_frozen(region));

  PoolHeader& pool = domain_.header();
  part.region = &region;
  part.facts = &pool.regions[region.pool_index];
  part.journaled = part.facts->journaled != 0;
  part.replicated = part.facts->replicated != 0;
  if (part.replicated && origin_ == Origin::Here && !pool.takes_updates()) return make_error<MsgId::SCNDDBNOUPD>();
  if (part.journaled) {
    HW_TRY_VOID(region.journal.attach(*part.facts));
    if (part.facts->journal_replaced.load(std::memory_order_relaxed) != 0)
      return replaced_error(CurrentJournal::of(*part.facts));
    if (deferred == nullptr) HW_TRY_VOID(require_brought_up(domain_, region));
    if (region.journal.wants_switch(*part.facts, kRecordHeaderBytes)) HW_TRY_VOID(switch_full_journal(part));
  }
  part.deferred.reset();
  part.unjournaled.clear();
  if (deferred != nullptr) {
    part.deferred = *deferred;
  } else {
    HW_TRY_VOID(begin_write(part));
  }
  InFlight& in_flight = pool.in_flight;
  HW_CHECK_EQ(in_flight.region_count, joined_.size());
  part.entry = &in_flight.regions[joined_.size()];
  part.entry->region = region.pool_index;
  part.entry->tn = deferred != nullptr ? deferred->last_tn.value + 1 : part.transaction.tn().value;
  part.entry->last_record_bytes = part.facts->last_record_bytes;
  part.entry->journal_begin = part.facts->write_offset.load(std::memory_order_relaxed);
  part.entry->journal_end = part.entry->journal_begin;
  part.entry->reg_seqno = part.facts->reg_seqno.load(std::memory_order_relaxed);
  part.entry->redo_checksum = 0;
  std::atomic_signal_fence(std::memory_order_release);  // A dead process's stores are seen in program order.
  ++in_flight.region_count;
  part.joined = true;
  joined_.push_back(&part);
  const bool noted = region.announced_generation == part.facts->generation && region.announced_cuts == part.facts->cuts;
  if (part.journaled && !noted) HW_TRY_VOID(note_process(part));
  return &part;
}

/// No update is refused because a file cannot be renamed, or a new one made: the journal grows past its limit.
Status CommitBatch::switch_full_journal(Part& part) {
  JournalWriter& journal = part.region->journal;
  auto old_name = journal.switch_generation(*part.facts, true, time_us_);
  if (old_name.has_value()) return {};
  HW_TRY_VOID(journal.attach(*part.facts));  // Refused when the switch could not be taken back either.
  journal.put_off_switch(*part.facts);
  Error& why = old_name.error();
  to_operator_log({"JNLSWITCH", domain_.header().instance_name},
                  why.note(fmt::format("Journal file {} of region {} has reached its limit and could not be switched. "
                                       "It grows on; the switch is tried again later",
                                       part.facts->journal.view(), part.region->definition.name)));
  return {};
}

Status CommitBatch::begin_write(Part& part) {
  OpenRegion& region = *part.region;
  if (!joined_.empty() && !region.has_headroom()) {
    // The others' maps are held in place: two commits must not hold the one and wait for the other in turn.
    short_of_room_ = &region;
    return make_error<MsgId::GBLOFLOW>(region.path);
  }
  HW_TRY_VOID(region.keep_headroom(*part.facts));
  for (;;) {
    region.map_lock.lock_shared();
    bool needs_adoption = false;
    Status status = part.transaction.begin(region.environment, needs_adoption);
    if (status.has_value() && !needs_adoption) return {};
    region.map_lock.unlock_shared();
    if (!status.has_value()) return status;
    HW_TRY_VOID(region.adopt_size());
  }
}

void CommitBatch::leave(Part& part) {
  HW_CHECK(part.joined);
  if (!part.deferred) part.region->map_lock.unlock_shared();
  part.joined = part.touched = false;
}

void CommitBatch::touch(Part& part) {
  if (part.touched) return;
  part.touched = true;
  touched_.push_back(&part);
  if (part.journaled) part.record.start_transaction(fenced_, transaction_id_, pid_);
}

// ---- updates ----

Status CommitBatch::add_update(OpenRegion& region, const UpdateView& update) {
  HW_TRY(Part* const part, take_part(region, nullptr));
  HW_CHECK(!part->deferred);
  touch(*part);
  // A transaction is what journals hold of it: neither this region nor its updates are missed there.
  if (part->journaled) {
    ++update_number_;
    if (part->record.bytes_so_far() + 2 * kValueBytesMax > kRecordBytesMax)
      return make_error<MsgId::TRANS2BIG>(region.definition.name);
  } else {
    part->unjournaled.push_back(update);
  }
  if (update.type == UpdateType::Kill) {
    HW_TRY_VOID(remove_subtree(*part, update, update_number_));
  } else {
    HW_TRY_VOID(put_update(*part, update, update_number_));
  }
  return count_in_frame(*part, update);
}

Status CommitBatch::put_update(Part& part, const UpdateView& update, std::uint32_t number) {
  bool recorded = false;
  bool same_length = false;
  const auto record_old = [&](std::string_view old) {
    same_length = old.size() == update.value.size();
    if (part.journaled) part.record.add_update(update, OldKind::Inline, old, number);
    recorded = true;
  };
  if (update.type == UpdateType::Set) {
    HW_TRY_VOID(part.transaction.put(update.key, update.value, record_old));
    part.same_length = same_length ? part.same_length + 1 : 0;
    count_shared_set(domain_, *part.region);
  } else {
    HW_TRY_VOID(part.transaction.remove(update.key, record_old));
  }
  if (part.journaled && !recorded) part.record.add_update(update, OldKind::None, {}, number);
  return {};
}

Status CommitBatch::remove_subtree(Part& part, const UpdateView& update, std::uint32_t number) {
  bool any = false;
  part.removed.start_removed(number);
  HW_TRY_VOID(part.transaction.remove_subtree(update.key, [&](std::string_view key, std::string_view value) -> Status {
    if (!part.journaled) return {};
    any = true;
    part.removed.add_removed(key, value);
    if (part.removed.bytes_so_far() < kRemovedBytes) return {};
    HW_TRY_VOID(flush_removed(part));
    part.removed.start_removed(number);
    return {};
  }));
  if (!part.journaled) return {};
  HW_TRY_VOID(flush_removed(part));
  part.record.add_update(update, any ? OldKind::Removed : OldKind::None, {}, number);
  return {};
}

Status CommitBatch::flush_removed(Part& part) {
  if (part.removed.count() == 0) return {};
  return put_record(part,
                    part.removed.finish(seqno_, RegionTn{part.entry->tn}, time_us_, part.entry->last_record_bytes));
}

Status CommitBatch::add_deferred(OpenRegion& region, const DeferredSet& set) {
  HW_CHECK(set.key.size() + set.value.size() <= kSetBehindBytesMax);
  HW_CHECK(joined_.empty());
  HW_TRY(Part* const part, take_part(region, &set));
  HW_CHECK(part->journaled);
  touch(*part);
  part->same_length = set.old && set.old->size() == set.value.size() ? part->same_length + 1 : 0;
  const UpdateView update{UpdateType::Set, set.key, set.value};
  part->record.add_update(update, set.old ? OldKind::Inline : OldKind::None, set.old.value_or(""), update_number_ = 1);
  return count_in_frame(*part, update);
}

Status CommitBatch::add_place() {
  for (OpenRegion* region : domain_.regions()) {
    HW_TRY(Part* const part, take_part(*region, nullptr));
    if (!part->journaled || !part->replicated) continue;
    touch(*part);
    break;
  }
  return {};
}

Status CommitBatch::note_process(Part& part) {
  const PoolRegion& facts = *part.facts;
  domain_.keep_journal(*part.region);
  return put_record(part, process_begin_record(part.record, Seqno{facts.reg_seqno.load()}, RegionTn{part.entry->tn},
                                               time_us_, part.entry->last_record_bytes));
}

Status CommitBatch::put_record(Part& part, std::string_view record) {
  InFlightRegion& entry = *part.entry;
  HW_CHECK_GE(entry.journal_end, entry.journal_begin);
  HW_TRY_VOID(part.region->journal.reserve(*part.facts, entry.journal_end, record.size()));
  const std::uint64_t at = part.record_begin = entry.journal_end;
  entry.journal_end = at + record.size();  // Before the bytes: whoever erases must know how far.
  std::atomic_signal_fence(std::memory_order_release);
  part.region->journal.put(at, record);
  entry.last_record_bytes = static_cast<std::uint32_t>(record.size());
  return {};
}

}  // namespace hw

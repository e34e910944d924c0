#include "engine/commit.h"

#include <unistd.h>

#include <algorithm>

#include "engine/base/failpoint.h"
#include "engine/base/interrupt.h"
#include "engine/commit_parts.h"
#include "engine/domain.h"
#include "engine/in_place.h"
#include "engine/journal_note.h"
#include "engine/recovery.h"
#include "engine/region_write.h"
#include "engine/write_behind.h"

namespace hw {
namespace {

constexpr std::size_t kRemovedBytes = 256 << 10;  // A large KILL journals what it removes in pieces of this size.

}  // namespace

Committer::Committer(Domain& domain) : domain_(domain), pid_(static_cast<std::uint32_t>(::getpid())) {}
Committer::~Committer() = default;

Status Committer::begin_write(RegionPart& part) {
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

void Committer::leave(RegionPart& part) {
  if (!part.behind) part.region->map_lock.unlock_shared();
  part.joined = part.touched = false;
}

Committer::RegionPart& Committer::part_of(OpenRegion& region) {
  if (parts_.size() <= region.pool_index) parts_.resize(region.pool_index + 1);
  auto& slot = parts_[region.pool_index];
  if (!slot) slot = std::make_unique<RegionPart>();
  return *slot;
}

Status Committer::refuse_frozen(OpenRegion& region) {
  if (!region.control.is_frozen()) return {};
  frozen_ = &region;
  return make_error<MsgId::HWFROZEN>(region.definition.name, "updates wait");
}

void Committer::wait_while_frozen(std::chrono::milliseconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  ControlFreeze& freeze = frozen_->control.freeze();
  while (frozen_->control.is_frozen() && std::chrono::steady_clock::now() < deadline) {
    const std::uint32_t ticket = freeze.thawed.ticket();
    freeze.thawed.wait_unless(ticket, deadline, [&] { return freeze.frozen_by.load() == 0; });
  }
}

Result<Committer::RegionPart*> Committer::join(OpenRegion& region, bool behind) {
  RegionPart& part = part_of(region);
  if (part.joined) return &part;
  HW_TRY_VOID(refuse_frozen(region));

  PoolHeader& pool = domain_.header();
  part.region = &region;
  part.facts = &pool.regions[region.pool_index];
  part.journaled = part.facts->journaled != 0;
  part.replicated = part.facts->replicated != 0;
  if (part.replicated && !applying_ && pool.updates_enabled.load(std::memory_order_relaxed) == 0)
    return make_error<MsgId::SCNDDBNOUPD>();
  if (part.journaled) {
    HW_TRY_VOID(region.journal.attach(*part.facts));
    if (JournalWriter::must_switch(*part.facts, kRecordHeaderBytes)) {
      HW_TRY(const std::string old_name, region.journal.switch_generation(*part.facts, true, time_us_));
      (void)old_name;
    }
  }
  part.behind = behind;
  part.in_place = false;
  if (!behind) HW_TRY_VOID(begin_write(part));
  InFlight& in_flight = pool.in_flight;
  part.entry = &in_flight.regions[in_flight.region_count];
  part.entry->region = region.pool_index;
  part.entry->tn = behind ? part.tn.value + 1 : part.transaction.tn().value;
  part.entry->last_record_bytes = part.facts->last_record_bytes;
  part.entry->journal_begin = part.facts->write_offset.load(std::memory_order_relaxed);
  part.entry->journal_end = part.entry->journal_begin;
  part.entry->reg_seqno = part.facts->reg_seqno.load(std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_release);  // A dead process's stores are seen in program order.
  ++in_flight.region_count;
  part.joined = true;
  joined_.push_back(&part);
  const bool announced =
      region.announced_generation == part.facts->generation && region.announced_cuts == part.facts->cuts;
  if (part.journaled && !announced) HW_TRY_VOID(announce(part));
  return &part;
}

Status Committer::announce(RegionPart& part) {
  const PoolRegion& facts = *part.facts;
  return put_record(part, process_begin_record(part.record, Seqno{facts.reg_seqno.load()}, RegionTn{part.entry->tn},
                                               time_us_, part.entry->last_record_bytes));
}

Status Committer::put_record(RegionPart& part, std::string_view record) {
  InFlightRegion& entry = *part.entry;
  HW_TRY_VOID(part.region->journal.reserve(*part.facts, entry.journal_end, record.size()));
  const std::uint64_t at = part.record_begin = entry.journal_end;
  entry.journal_end = at + record.size();  // Before the bytes: whoever erases must know how far.
  std::atomic_signal_fence(std::memory_order_release);
  part.region->journal.put(at, record);
  entry.last_record_bytes = static_cast<std::uint32_t>(record.size());
  return {};
}

Status Committer::flush_removed(RegionPart& part) {
  if (part.removed.count() == 0) return {};
  return put_record(part,
                    part.removed.finish(seqno_, RegionTn{part.entry->tn}, time_us_, part.entry->last_record_bytes));
}

Status Committer::begin_transaction(Seqno seqno, std::uint64_t time_us, bool fenced, std::string_view transaction_id) {
  seqno_ = seqno;
  time_us_ = time_us;
  fenced_ = fenced;
  transaction_id_ = transaction_id;
  update_number_ = 0;
  for (RegionPart* part : touched_) part->touched = false;
  touched_.clear();
  return {};
}

Status Committer::add_update(OpenRegion& region, const UpdateView& update) {
  HW_TRY(RegionPart* const part, join(region));
  if (!part->touched) {
    part->touched = true;
    touched_.push_back(part);
    if (part->journaled) part->record.start_transaction(fenced_, transaction_id_, pid_);
  }
  const bool journaled = part->journaled;
  // A transaction is what journals hold of it: neither this region nor its updates are missed there.
  const std::uint32_t number = journaled ? ++update_number_ : update_number_;
  if (!journaled) unjournaled_.push_back({&region, update});
  if (journaled && part->record.bytes_so_far() + 2 * kValueBytesMax > kRecordBytesMax)
    return make_error<MsgId::TRANS2BIG>(region.definition.name);
  bool recorded = false;
  const auto record_old = [&](std::string_view old) {
    if (!journaled) return;
    part->record.add_update(update, OldKind::Inline, old, number);
    recorded = true;
  };
  switch (update.type) {
    case UpdateType::Set: {
      bool same_length = false;
      HW_TRY_VOID(part->transaction.put(update.key, update.value, [&](std::string_view old) {
        same_length = old.size() == update.value.size();
        record_old(old);
      }));
      part->same_length = same_length ? part->same_length + 1 : 0;
      count_shared_set(domain_, region);
      break;
    }
    case UpdateType::ZKill:
      HW_TRY_VOID(part->transaction.remove(update.key, record_old));
      break;
    case UpdateType::Kill: {
      bool any = false;
      part->removed.start_removed(number);
      HW_TRY_VOID(
          part->transaction.remove_subtree(update.key, [&](std::string_view key, std::string_view value) -> Status {
            if (!journaled) return {};
            any = true;
            part->removed.add_removed(key, value);
            if (part->removed.bytes_so_far() < kRemovedBytes) return {};
            HW_TRY_VOID(flush_removed(*part));
            part->removed.start_removed(number);
            return {};
          }));
      if (!journaled) return {};
      HW_TRY_VOID(flush_removed(*part));
      part->record.add_update(update, any ? OldKind::Removed : OldKind::None, {}, number);
      recorded = true;
      break;
    }
  }
  if (journaled && !recorded) part->record.add_update(update, OldKind::None, {}, number);
  return {};
}

Status Committer::end_transaction() {
  const auto participants = static_cast<std::uint16_t>(
      std::count_if(touched_.begin(), touched_.end(), [](const RegionPart* part) { return part->journaled; }));
  for (RegionPart* part : touched_) {
    part->entry->reg_seqno = seqno_.value + 1;
    if (!part->journaled) continue;
    part->record.set_totals(update_number_, participants);
    HW_TRY_VOID(put_record(
        *part, part->record.finish(seqno_, RegionTn{part->entry->tn}, time_us_, part->entry->last_record_bytes)));
    fail_here(FailPoint::CommitRecordsNotComplete);
  }
  return {};
}

void Committer::abandon() {
  InFlight& in_flight = domain_.header().in_flight;
  for (RegionPart* part : joined_) {
    part->transaction.abort();
    if (part->journaled && part->entry->journal_end > part->entry->journal_begin)
      part->region->journal.erase(part->entry->journal_begin, part->entry->journal_end);
    leave(*part);
  }
  joined_.clear();
  touched_.clear();
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Idle), std::memory_order_release);
}

Status Committer::decide_and_apply() {
  PoolHeader& pool = domain_.header();
  InFlight& in_flight = pool.in_flight;
  std::uint64_t ring_end = pool.ring_written.load(std::memory_order_relaxed);
  std::uint64_t seqno = next_seqno_.value - frames_.size();
  for (const std::string_view frame : frames_) ring_end = domain_.pool().ring_put(ring_end, frame, Seqno{seqno++});
  in_flight.next_seqno = next_seqno_.value;
  in_flight.time_us = time_us_;
  in_flight.ring_end = ring_end;
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Committing), std::memory_order_release);
  fail_here(FailPoint::CommitDecidedNotApplied);
  if (applying_) fail_here(FailPoint::UpdateBatchDecided);

  pool.commit_begun.fetch_add(1, std::memory_order_acq_rel);
  for (std::size_t i = 0; i < joined_.size(); ++i) {
    if (joined_[i]->behind) {  // Not before it is decided: nobody clears the flag of a commit that never was.
      joined_[i]->region->control.live().behind.store(1, std::memory_order_release);
      if (joined_[i]->in_place) overwrite_present(*joined_[i]);
      continue;
    }
    Status status = joined_[i]->transaction.commit();
    if (status.has_value()) {
      if (i == 0) fail_here(FailPoint::CommitHalfApplied);
      continue;
    }
    const bool map_full = joined_[i]->transaction.map_full();
    if (i == 0) {  // Nothing is committed yet: it can still be undone.
      pool.commit_begun.fetch_sub(1, std::memory_order_acq_rel);
      in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Writing), std::memory_order_release);
      return status;
    }
    // Part of it is committed: the rest must follow, from the journals.
    for (std::size_t rest = i + 1; rest < joined_.size(); ++rest) joined_[rest]->transaction.abort();
    for (RegionPart* part : joined_) leave(*part);
    OpenRegion& failed = *joined_[i]->region;
    const std::vector<RegionPart*> unfinished(joined_.begin() + static_cast<std::ptrdiff_t>(i), joined_.end());
    joined_.clear();
    touched_.clear();
    Status finished;
    if (map_full) finished = failed.grow(0);
    for (RegionPart* part : unfinished) {
      if (finished.has_value() && !part->journaled) finished = redo_unjournaled(*part);
    }
    if (finished.has_value()) finished = finish_in_flight(domain_);
    if (!finished.has_value()) pool.damaged.store(1);
    return finished;
  }
  fail_here(FailPoint::CommitAppliedNotPublished);
  publish();
  return {};
}

Status Committer::redo_unjournaled(RegionPart& part) {
  return commit_growing(*part.region, [&](WriteTransaction& transaction) -> Status {
    const auto ignore_old = [](std::string_view) {};
    const auto ignore_node = [](std::string_view, std::string_view) { return Status(); };
    for (const auto& [region, update] : unjournaled_) {
      if (region != part.region) continue;
      if (update.type == UpdateType::Set)
        HW_TRY_VOID(transaction.put(update.key, update.value, ignore_old));
      else if (update.type == UpdateType::ZKill)
        HW_TRY_VOID(transaction.remove(update.key, ignore_old));
      else
        HW_TRY_VOID(transaction.remove_subtree(update.key, ignore_node));
    }
    return {};
  });
}

void Committer::publish() {
  PoolHeader& pool = domain_.header();
  InFlight& in_flight = pool.in_flight;
  for (RegionPart* part : joined_) {
    const InFlightRegion& entry = *part->entry;
    if (part->journaled) {
      part->region->announced_generation = part->facts->generation;
      part->region->announced_cuts = part->facts->cuts;
    }
    part->facts->last_record_bytes = entry.last_record_bytes;
    part->facts->last_time_us = time_us_;
    part->facts->reg_seqno.store(entry.reg_seqno, std::memory_order_relaxed);
    part->facts->last_tn.store(entry.tn, std::memory_order_relaxed);
    if (part->behind) {
      part->facts->write_offset.store(entry.journal_end, std::memory_order_release);
      const BehindSet set{.key_offset = part->record_begin + kFirstKeyOffset,
                          .hash = 0,
                          .key_bytes = static_cast<std::uint16_t>(part->key_bytes),
                          .value_bytes = static_cast<std::uint16_t>(part->value_bytes)};
      part->in_place ? add_in_place(domain_, *part->region, set) : add_behind(domain_, *part->region, set);
    } else {
      part->facts->set_end(entry.journal_end);
    }
    leave(*part);
  }
  joined_.clear();
  touched_.clear();
  pool.last_time_us = time_us_;
  domain_.pool().ring_publish(in_flight.ring_end);
  pool.next_seqno.store(in_flight.next_seqno, std::memory_order_release);
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Idle), std::memory_order_release);
  pool.commit_done.fetch_add(1, std::memory_order_acq_rel);
}

template <typename Attempt>
Result<CommitReceipt> Committer::run(const Attempt& attempt) {
  for (;;) {
    // Also where the thread has it: what another of its sessions has left behind meanwhile is brought up.
    HW_TRY(std::optional<CommitLock> lock, CommitLock::take(domain_));
    auto receipt = run_locked(attempt);
    const bool nested = lock->is_nested();
    lock.reset();
    if (receipt.has_value()) {
      announce_published();
      return receipt;
    }
    if (receipt.error().id != MsgId::HWFROZEN || nested || applying_) return receipt;
    wait_while_frozen();
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
  }
}

void Committer::announce_published() {
  PoolHeader& pool = domain_.header();
  // Ordered against SharedEvent::wait_unless: either the waiter is seen here, or the commit is seen there.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (pool.published.has_waiters()) pool.published.signal();
}

Result<CommitReceipt> Committer::commit(const CommitRequest& request) {
  if (request.updates.size() == 1 && !request.fenced && !request.validate) {
    const auto& [region, update] = request.updates.front();
    if (update.type == UpdateType::Set) return commit_set(*region, update.key, update.value);
  }
  applying_ = false;
  return run([&]() -> Status {
    PoolHeader& pool = domain_.header();
    HW_TRY_VOID(begin_transaction(next_seqno_, time_us_, request.fenced, request.transaction_id));
    if (request.validate) {
      HW_TRY(const bool valid, request.validate([&](OpenRegion& region) -> Result<TransactionBase*> {
        HW_TRY(RegionPart* const part, join(region));
        return static_cast<TransactionBase*>(&part->transaction);
      }));
      if (!valid) return make_error<MsgId::TPRESTART>("another commit changed what it had read");
    }
    const bool streaming = pool.ring_bytes != 0;
    bool takes_seqno = pool.replicating == 0;
    if (streaming) frame_.start(request.fenced, request.transaction_id);
    for (const PendingUpdate& pending : request.updates) {
      HW_TRY_VOID(add_update(*pending.region, pending.update));
      if (!parts_[pending.region->pool_index]->replicated) continue;
      takes_seqno = true;
      if (streaming) HW_TRY_VOID(frame_.add(pending.update));
    }
    HW_TRY_VOID(end_transaction());
    if (takes_seqno && !request.updates.empty()) {
      if (streaming) frames_.push_back(frame_.finish(seqno_, time_us_));
      next_seqno_ = next(seqno_);
    }
    return {};
  });
}

Status Committer::apply(std::span<const FrameView> frames,
                        const std::function<Result<OpenRegion*>(std::string_view key)>& region_of) {
  applying_ = true;
  while (!frames.empty()) {
    HW_TRY(const std::size_t to_lmdb, apply_in_place(frames.front(), region_of));
    const std::size_t done = std::clamp<std::size_t>(to_lmdb, 1, frames.size());
    if (to_lmdb != 0) HW_TRY_VOID(apply_together(frames.first(done), region_of));
    frames = frames.subspan(done);
  }
  return {};
}

Status Committer::apply_together(std::span<const FrameView> frames,
                                 const std::function<Result<OpenRegion*>(std::string_view key)>& region_of) {
  HW_TRY_VOID(run([&]() -> Status {
    for (const FrameView& frame : frames) {
      HW_TRY_VOID(begin_frame(frame));
      Status status;
      frame.for_each([&](const UpdateView& update) {
        auto region = region_of(update.key);
        status = region.has_value() ? add_update(**region, update) : Status(std::move(region).error());
        return status.has_value();
      });
      HW_TRY_VOID(std::move(status));
      if (frame.update_count() == 0) {  // Keeps its place in the journal, so that a relay can send it on.
        for (OpenRegion* region : domain_.regions()) {
          HW_TRY(RegionPart* const part, join(*region));
          if (!part->journaled || !part->replicated) continue;
          part->record.start_transaction(frame.fenced(), frame.transaction_id(), pid_);
          part->touched = true;
          touched_.push_back(part);
          break;
        }
      }
      HW_TRY_VOID(end_frame(frame));
    }
    return {};
  }));
  return {};
}

Status Committer::begin_frame(const FrameView& frame) {
  if (frame.seqno() != next_seqno_)
    return make_error<MsgId::REPLINSTDBMATCH>(domain_.header().instance_file.view(), next_seqno_.value,
                                              frame.seqno().value);
  return begin_transaction(frame.seqno(), frame.time_us(), frame.fenced(), frame.transaction_id());
}

Status Committer::end_frame(const FrameView& frame) {
  HW_TRY_VOID(end_transaction());
  if (domain_.header().ring_bytes != 0) frames_.push_back(as_text(frame.bytes()));
  next_seqno_ = next(next_seqno_);
  return {};
}

}  // namespace hw

// The decision of a commit: from complete records to published ends, and what becomes of a commit that fails.
#include <algorithm>

#include "engine/base/failpoint.h"
#include "engine/commit/commit_part.h"
#include "engine/commit/in_flight.h"
#include "engine/commit/in_place.h"
#include "engine/commit/redo_file.h"
#include "engine/commit/write_behind.h"

namespace hw {

Status CommitBatch::keep_unjournaled() {
  if (joined_.size() == 1) return {};  // LMDB has all of the commit or nothing.
  for (Part* part : joined_) {
    if (part->unjournaled.empty()) continue;
    HW_TRY(part->entry->redo_checksum,
           write_redo_file(*part->region, part->record, part->unjournaled, RegionTn{part->entry->tn}, time_us_, pid_));
  }
  return {};
}

Status CommitBatch::decide_and_apply() {
  PoolHeader& pool = domain_.header();
  InFlight& in_flight = pool.in_flight;
  HW_CHECK(is_in(in_flight, InFlightState::Writing));
  HW_CHECK_EQ(in_flight.region_count, joined_.size());
  // Each seqno that the commit takes has its frame in the ring, or readers would wait for it for ever.
  HW_CHECK(pool.ring_bytes == 0 || next_seqno_.value - first_seqno_.value == frames_.size());
  HW_TRY_VOID(keep_unjournaled());
  std::uint64_t ring_end = pool.ring_written.load(std::memory_order_relaxed);
  std::uint64_t seqno = next_seqno_.value - frames_.size();
  for (const std::string_view frame : frames_) ring_end = domain_.pool().ring_put(ring_end, frame, Seqno{seqno++});
  in_flight.next_seqno = next_seqno_.value;
  in_flight.time_us = time_us_;
  in_flight.ring_end = ring_end;
  set_state(in_flight, InFlightState::Committing);
  fail_here(FailPoint::CommitDecidedNotApplied);
  if (origin_ == Origin::Primary) fail_here(FailPoint::UpdateBatchDecided);

  pool.commit_begun.fetch_add(1, std::memory_order_acq_rel);
  for (std::size_t i = 0; i < joined_.size(); ++i) {
    Part& part = *joined_[i];
    if (part.deferred) {  // Not before it is decided: no process clears the flag of a commit that never was.
      part.region->control.live().behind.store(1, std::memory_order_release);
      if (part.deferred->overwritten != nullptr) overwrite_value(part);
      continue;
    }
    Status status = part.transaction.commit();
    if (status.has_value()) {
      if (i == 0) fail_here(FailPoint::CommitHalfApplied);
      continue;
    }
    if (i != 0) return complete(i);
    pool.commit_begun.fetch_sub(1, std::memory_order_acq_rel);  // Nothing is committed yet: it can still be undone.
    set_state(in_flight, InFlightState::Writing);
    return status;
  }
  fail_here(FailPoint::CommitAppliedNotPublished);
  publish();
  return {};
}

void CommitBatch::overwrite_value(Part& part) {
  const DeferredSet& set = *part.deferred;
  const std::uint64_t value_offset = part.record_begin + kFirstKeyOffset + set.key.size();
  HW_CHECK(set.old && set.old->size() == set.value.size());
  overwrite(*set.overwritten, *set.old,
            as_text(part.region->journal.stored(value_offset, value_offset + set.value.size())));
}

Status CommitBatch::complete(std::size_t failed) {
  const bool map_full = joined_[failed]->transaction.map_full();
  for (std::size_t rest = failed + 1; rest < joined_.size(); ++rest) joined_[rest]->transaction.abort();
  for (Part* part : joined_) leave(*part);
  OpenRegion& region = *joined_[failed]->region;
  joined_.clear();
  touched_.clear();
  Status finished;
  if (map_full) finished = region.grow(0);
  if (finished.has_value()) finished = finish_in_flight(domain_);
  if (!finished.has_value()) domain_.header().damaged.store(PoolHeader::kUnfinished);
  return finished;
}

void CommitBatch::publish() {
  PoolHeader& pool = domain_.header();
  InFlight& in_flight = pool.in_flight;
  HW_CHECK(is_in(in_flight, InFlightState::Committing));
  for (Part* part : joined_) {
    const InFlightRegion& entry = *part->entry;
    PoolRegion& facts = *part->facts;
    HW_CHECK_EQ(entry.journal_begin, facts.write_offset.load(std::memory_order_relaxed));
    HW_CHECK_GE(entry.journal_end, entry.journal_begin);
    HW_CHECK(!part->deferred || entry.journal_end > entry.journal_begin);
    if (part->journaled) {
      part->region->announced_generation = facts.generation;
      part->region->announced_cuts = facts.cuts;
    }
    facts.last_record_bytes = entry.last_record_bytes;
    facts.last_time_us = std::max(facts.last_time_us, time_us_);
    facts.reg_seqno.store(entry.reg_seqno, std::memory_order_relaxed);
    facts.last_tn.store(entry.tn, std::memory_order_relaxed);
    if (part->deferred) {
      facts.write_offset.store(entry.journal_end, std::memory_order_release);
      const BehindSet set{.key_offset = part->record_begin + kFirstKeyOffset,
                          .hash = 0,
                          .key_bytes = static_cast<std::uint16_t>(part->deferred->key.size()),
                          .value_bytes = static_cast<std::uint16_t>(part->deferred->value.size())};
      part->deferred->overwritten != nullptr ? add_in_place(domain_, *part->region, set)
                                             : add_behind(domain_, *part->region, set);
    } else {
      facts.set_end(entry.journal_end);
    }
    leave(*part);
  }
  joined_.clear();
  touched_.clear();
  // A transaction of the primary may be earlier than one that a region of this site alone has.
  pool.last_time_us = std::max(pool.last_time_us, time_us_);
  domain_.pool().ring_publish(in_flight.ring_end);
  pool.next_seqno.store(in_flight.next_seqno, std::memory_order_release);
  set_state(in_flight, InFlightState::Idle);
  const std::uint64_t before = pool.commit_done.fetch_add(1, std::memory_order_acq_rel);
  HW_CHECK_EQ(before + 1, pool.commit_begun.load(std::memory_order_relaxed));
}

void CommitBatch::abandon() {
  HW_CHECK(is_in(domain_.header().in_flight, InFlightState::Writing));  // What is decided is finished, not undone.
  for (Part* part : joined_) {
    part->transaction.abort();
    if (part->journaled && part->entry->journal_end > part->entry->journal_begin)
      part->region->journal.erase(part->entry->journal_begin, part->entry->journal_end);
    if (part->entry->redo_checksum != 0) (void)remove_redo_file(*part->region);  // Void without the decision.
    leave(*part);
  }
  joined_.clear();
  touched_.clear();
  set_state(domain_.header().in_flight, InFlightState::Idle);
}

}  // namespace hw

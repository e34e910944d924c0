#include "engine/commit/journal_note.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string>

#include "engine/commit/domain.h"
#include "engine/commit/write_behind.h"

namespace hw {
namespace {

struct Identity {
  std::uint32_t pid = static_cast<std::uint32_t>(::getpid());
  std::string user;
  std::string host;
};

Identity find_identity() {
  Identity out;
  std::array<char, 4096> room{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    out.user = found->pw_name;
  else
    out.user = std::to_string(::getuid());
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) out.host = host.data();
  return out;
}

/// The same for all of a process's life: a child of fork opens databases of its own.
const Identity& identity() {
  static const Identity found = find_identity();
  return found;
}

/// Commit lock held; the region has a journal.
template <typename Build>
Status append(Domain& domain, OpenRegion& region, const Build& build) {
  PoolHeader& pool = domain.header();
  PoolRegion& facts = domain.facts(region);
  HW_CHECK_EQ(pool.in_flight.state.load(), static_cast<std::uint32_t>(InFlightState::Idle));
  HW_TRY_VOID(region.journal.attach(facts));
  HW_TRY_VOID(require_brought_up(domain, region));
  const std::uint64_t begin = facts.write_offset.load(std::memory_order_relaxed);
  const std::uint64_t time_us = next_commit_time_us(pool);
  RecordBuilder builder;
  build(builder, facts);
  const std::string_view record =
      builder.finish(Seqno{facts.reg_seqno.load()}, RegionTn{facts.last_tn.load()}, time_us, facts.last_record_bytes);
  HW_TRY_VOID(region.journal.reserve(facts, begin, record.size()));

  InFlight& in_flight = pool.in_flight;
  in_flight.next_seqno = pool.next_seqno.load(std::memory_order_relaxed);
  in_flight.time_us = time_us;
  in_flight.ring_end = pool.ring_written.load(std::memory_order_relaxed);
  InFlightRegion& entry = in_flight.regions[0];
  // LMDB has this tn already, so whoever finishes the note has nothing to redo.
  entry = {.region = region.pool_index,
           .last_record_bytes = static_cast<std::uint32_t>(record.size()),
           .tn = facts.last_tn.load(),
           .journal_begin = begin,
           .journal_end = begin + record.size(),
           .reg_seqno = facts.reg_seqno.load(),
           .redo_checksum = 0};
  in_flight.region_count = 1;
  std::atomic_signal_fence(std::memory_order_release);  // A dead process's stores are seen in program order.
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Writing), std::memory_order_release);
  region.journal.put(begin, record);
  std::atomic_signal_fence(std::memory_order_release);
  facts.last_record_bytes = entry.last_record_bytes;
  facts.last_time_us = time_us;
  pool.last_time_us = time_us;
  facts.set_end(entry.journal_end);
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Idle), std::memory_order_release);
  return {};
}

bool epoch_is_due(const PoolRegion& facts) {
  return facts.journaled != 0 && facts.switching == 0 && facts.journal_replaced.load() == 0 &&
         facts.synced_generation.load() == facts.generation && facts.synced_offset.load() > facts.epoch_offset;
}

}  // namespace

std::string_view process_begin_record(RecordBuilder& builder, Seqno next_seqno, RegionTn last_tn, std::uint64_t time_us,
                                      std::uint32_t prev_bytes) {
  const Identity& me = identity();
  builder.build_process(RecordType::ProcessBegin, me.pid, me.user, me.host);
  return builder.finish(next_seqno, last_tn, time_us, prev_bytes);
}

Status note_process_end(Domain& domain, OpenRegion& region) {
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  PoolRegion& facts = domain.facts(region);
  if (facts.journaled == 0 || region.announced_generation != facts.generation || region.control.is_frozen()) return {};
  if (facts.journal_replaced.load() != 0) return {};  // As it is read, this process has died.
  region.announced_generation = 0;
  return append(domain, region, [](RecordBuilder& builder, const PoolRegion&) {
    const Identity& me = identity();
    builder.build_process(RecordType::ProcessEnd, me.pid, me.user, me.host);
  });
}

Status note_epochs(Domain& domain) {
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  for (OpenRegion* region : domain.regions()) {
    PoolRegion& facts = domain.facts(*region);
    if (facts.in_use.load() == 0 || !epoch_is_due(facts) || region->control.is_frozen()) continue;
    HW_TRY_VOID(append(domain, *region, [](RecordBuilder& builder, const PoolRegion& its_facts) {
      builder.build_epoch({Seqno{its_facts.reg_seqno.load()}, its_facts.synced_offset.load()});
    }));
    facts.epoch_offset = facts.write_offset.load();
  }
  return {};
}

}  // namespace hw

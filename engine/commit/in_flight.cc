#include "engine/commit/in_flight.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"
#include "engine/commit/redo_file.h"
#include "engine/commit/write_behind.h"
#include "journal/current_file.h"
#include "journal/files_change.h"
#include "journal/generations.h"
#include "journal/put_back.h"
#include "journal/reader.h"
#include "journal/writer.h"

namespace hw {
namespace {

/// The file under the name is the one of before, or the one that the dead process was about to begin. Errors:
/// HWJNLREPLACED.
Status require_either(const File& file, const JournalFileHeader& found, const PoolRegion& facts) {
  CurrentJournal current = CurrentJournal::of(facts);
  const bool is_next = found.generation == current.generation + 1;
  if (facts.switching == PoolRegion::kFactsChange || is_next) {  // It is not known by its file yet.
    current.file = {};
    current.generation += is_next ? 1 : 0;
  }
  return require_current(file, found, current);
}

/// A process died while it changed the region's journal file: reads the facts from the file.
Status settle_switch(OpenRegion& region, PoolRegion& facts) {
  HW_TRY_VOID(region.refresh_header());
  const std::string path = newest_journal_path(region.header.journal_path);
  if (path != region.header.journal_path) {
    region.header.journal_path = path;
    HW_TRY_VOID(region.write_header());
    HW_TRY_VOID(sync_at(SyncPoint::SettingsLive, region.environment));
  }
  facts.journal.set(path);
  HW_TRY_VOID(finish_interrupted_switch(path, region.header.database_id));
  const auto file = File::open(path, O_RDWR);
  if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(file.error(), path);
  HW_TRY(const JournalFileInfo info, read_journal_info(*file));
  HW_TRY_VOID(require_either(*file, info.header, facts));
  region.journal.detach();
  if (facts.switching != PoolRegion::kFactsChange && info.header.generation == facts.generation) {
    // The old file is still in place: open it again, so that nothing says it is closed.
    HW_TRY_VOID(region.journal.reopen(facts, region.header.undone));
    // Another user's, in a folder with the sticky bit, stays; the next switch says that it is in the way.
    if (is_rest_of_switch(successor_name(path), region.header.database_id)) (void)remove_file(successor_name(path));
  } else {
    HW_TRY(const FileIdentity identity, identity_for_pool(*file));
    HW_TRY(const std::uint64_t bytes, file->size());
    JournalWriter::begin_file(facts, info.header.generation, bytes, identity);
  }
  mark_change(facts, 0);
  return {};
}

}  // namespace

Status finish_in_flight(Domain& domain) {
  PoolHeader& pool = domain.header();
  InFlight& in_flight = pool.in_flight;
  HW_CHECK_DEAR(pool.commit_lock.is_mine());
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& facts = pool.regions[i];
    if (facts.in_use.load() == 0 || facts.switching == 0) continue;
    if (facts.switching == PoolRegion::kPutBack) {
      HW_TRY(const RobustLock nobody_syncs, RobustLock::take(pool.sync_lock));
      finish_put_back(facts);
      continue;
    }
    HW_TRY(RegionHandle region, RegionHandle::open(domain, i));
    HW_TRY_VOID(settle_switch(*region, facts));
  }
  const auto state = static_cast<InFlightState>(in_flight.state.load());
  const std::uint32_t count = std::min<std::uint32_t>(in_flight.region_count, kRegionsMax);
  if (state == InFlightState::Writing) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const InFlightRegion& entry = in_flight.regions[i];
      HW_CHECK(entry.region < kRegionsMax);
      PoolRegion& facts = pool.regions[entry.region];
      if (entry.redo_checksum != 0) {
        HW_TRY(const RegionHandle region, RegionHandle::open(domain, entry.region));
        HW_TRY_VOID(remove_redo_file(*region));
      }
      if (facts.journaled == 0 || entry.journal_end <= entry.journal_begin) continue;
      if (entry.journal_begin != facts.write_offset.load()) continue;  // Its file was switched: nothing of it remains.
      HW_TRY(RegionHandle region, RegionHandle::open(domain, entry.region));
      HW_TRY_VOID(region->journal.attach(facts));
      region->journal.erase(entry.journal_begin, std::min(entry.journal_end, facts.journal_bytes));
    }
    domain.pool().ring_restart(Seqno{pool.next_seqno.load()});
  } else if (state == InFlightState::Committing) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const InFlightRegion& entry = in_flight.regions[i];
      HW_CHECK(entry.region < kRegionsMax);
      PoolRegion& facts = pool.regions[entry.region];
      HW_TRY(RegionHandle region, RegionHandle::open(domain, entry.region));
      if (entry.redo_checksum != 0 && region->last_tn().value < entry.tn)
        HW_TRY_VOID(redo_from_file(*region, entry.redo_checksum));
      // What LMDB lacks is pending from here on, with what was pending before: applied below.
      if (region->last_tn().value >= entry.tn || facts.journaled == 0) facts.applied_offset = entry.journal_end;
      facts.last_record_bytes = entry.last_record_bytes;
      facts.last_time_us = std::max(facts.last_time_us, in_flight.time_us);
      facts.reg_seqno.store(entry.reg_seqno);
      facts.last_tn.store(std::max(entry.tn, facts.last_tn.load()));
      facts.write_offset.store(entry.journal_end);
    }
    pool.last_time_us = std::max(pool.last_time_us, in_flight.time_us);
    pool.next_seqno.store(in_flight.next_seqno);
    domain.pool().ring_restart(Seqno{in_flight.next_seqno});
  }
  // The tables of pending sets may be half written; the journals are whole.
  pool.regions_behind = 0;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& facts = pool.regions[i];
    if (facts.in_use.load() == 0) continue;
    if (pool.behind[i].any()) ++pool.regions_behind;
    if (!pool.behind[i].any() && !facts.is_behind()) continue;
    HW_TRY(RegionHandle region, RegionHandle::open(domain, i));
    HW_TRY_VOID(bring_up(domain, *region, false));
  }
  HW_CHECK_EQ(pool.regions_behind.load(), 0u);
  // Counters first: a reader that sees Idle must not wait for a commit that will never end.
  pool.commit_done.store(std::max(pool.commit_begun.load(), pool.commit_done.load() + 1));
  pool.commit_begun.store(pool.commit_done.load());
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Idle));
  return {};
}

}  // namespace hw

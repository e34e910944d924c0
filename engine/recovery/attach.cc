#include "engine/recovery/attach.h"

#include <fcntl.h>

#include "engine/base/sync_point.h"
#include "engine/commit/journal_note.h"
#include "engine/commit/redo_file.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"
#include "engine/storage/overwritten.h"
#include "journal/backward_reader.h"
#include "journal/current_file.h"

namespace hw {

namespace {

Status require_own_image(const OpenRegion& region, const RegionHeader& image) {
  if (image.database_id == region.header.database_id) return {};
  return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), "it is the image of another database");
}

}  // namespace

Status check_image(const OpenRegion& region, const RegionHeader& image, const PoolRegion& facts) {
  HW_TRY_VOID(require_own_image(region, image));
  const auto no_use = [&](std::string_view why) {
    return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), why);
  };
  if (image.journal_state != JournalState::On) return no_use("it is of a time without a journal");
  const bool ahead = image.generation > facts.generation ||
                     (image.generation == facts.generation && image.offset > facts.write_offset.load());
  return ahead ? Status(no_use("it is ahead of the journal")) : Status();
}

Status publish_image_place(OpenRegion& region, PoolRegion& facts) {
  const auto make_anew = [&] {  // No process updates: the attach lock keeps all out.
    RegionHeader header = region.header;
    take_place(header, facts);
    return build_image(region, header);
  };
  if (!file_exists(image_path(region.path))) HW_TRY_VOID(make_anew());  // A process removed it.
  HW_TRY(RegionHeader header, read_image_header(region.path));
  HW_TRY_VOID(require_own_image(region, header));
  // Of a change of settings that was broken off before it counted; or the journals that it needs have gone since: while
  // the live file is good a new one costs nothing but time.
  if (!check_image(region, header, facts).has_value() || !reach_of_image(region.path, header).has_value()) {
    HW_TRY_VOID(make_anew());
    HW_TRY(header, read_image_header(region.path));
  }
  // Marks and sizes that a dead process had told the live file alone.
  HW_TRY_VOID(write_image_settings(region.path, region.header));
  facts.image_generation.store(header.generation);
  facts.image_offset.store(header.offset);
  return {};
}

namespace {

/// Nothing of what the pool says is missing in it. A commit that a dead process had in flight may be: then it is not
/// taken.
bool holds_all(const PoolHeader& pool, const PoolRegion& facts, const CurrentJournal& current) {
  if (pool.in_flight.state.load() != static_cast<std::uint32_t>(InFlightState::Idle)) return false;
  if (facts.last_record_bytes == 0) return facts.write_offset.load() == kJournalHeaderBytes;
  auto reader = BackwardReader::open(current.path, facts.write_offset.load(), facts.last_record_bytes);
  if (!reader.has_value()) return false;
  Record record;
  const auto found = reader->previous(record);
  return found.has_value() && *found && record.header.time_us == facts.last_time_us;
}

}  // namespace

Status require_named_journal(const PoolHeader& pool, PoolRegion& facts, bool alone) {
  for (;;) {
    // One whose change was broken off is settled by the next holder of the commit lock.
    if (facts.in_use.load() == 0 || facts.journaled == 0 || facts.switching != 0) return {};
    CurrentJournal current = CurrentJournal::of(facts);
    const auto file = File::open(current.path, O_RDWR);
    if (!file.has_value()) return {};
    Status same = require_current(*file, current);
    if (same.has_value()) return {};
    const CurrentJournal again = CurrentJournal::of(facts);
    if (again.generation != current.generation || again.file != current.file) continue;  // Changed meanwhile.
    if (!alone || same.error().id != MsgId::HWJNLREPLACED) return same;
    current.file = {};
    if (!require_current(*file, current).has_value() || !holds_all(pool, facts, current)) return same;
    HW_TRY(const FileIdentity identity, identity_for_pool(*file));
    facts.journal_file.store(identity);
    facts.journal_replaced.store(0);
    ++facts.cuts;
    return {};
  }
}

Status require_own_commits(OpenRegion& region, const PoolRegion& facts) {
  const RegionTn told{facts.last_tn.load()};
  const RegionTn found = region.last_tn();
  // Sets that are behind have the number of LMDB's next commit, and so has a commit that found nothing to change.
  if (found.value + 1 >= told.value) return {};
  return overwritten(region.path, found, told);
}

namespace {

/// The pool goes with this process. Those that only read do not use it, and go on without.
bool is_last_of_pool(const JournalPool& pool) {
  if (pool.header().replicating != 0) return false;
  const auto others = pool.is_used_by_others();
  return others.has_value() && !*others;
}

}  // namespace

Status leave_region(Domain& domain, OpenRegion& region) {
  HW_TRY_VOID(note_process_end(domain, region));
  HW_TRY(const bool alone, region.control.try_exclusive(ControlFile::Lock::Attached));
  if (!alone && !is_last_of_pool(domain.pool())) {
    // What others leave pending in it, until this process has left its other regions, is brought up in another way.
    domain.remove(region);
    region.environment = {};
    return region.control.unlock(ControlFile::Lock::Attached);
  }
  {
    HW_TRY(CommitLock lock, CommitLock::take(domain));
    PoolRegion& facts = domain.facts(region);
    if (facts.journaled != 0) {
      HW_TRY_VOID(require_own_commits(region, facts));
      HW_TRY_VOID(region.journal.attach(facts));
      HW_TRY_VOID(sync_at(SyncPoint::LeftJournal, region.journal));
      facts.synced_generation.store(facts.generation);
      facts.synced_offset.store(facts.write_offset.load());
    }
    // Settings may have changed since this process read the header.
    HW_TRY_VOID(region.refresh_header());
    const std::string stored = encode_region_header(region.header);
    take_place(region.header, facts);
    // A frozen one has it already, and its file is not written.
    if (encode_region_header(region.header) != stored) HW_TRY_VOID(region.write_header());
    HW_TRY_VOID(sync_at(SyncPoint::LeftLive, region.environment));
    if (facts.journaled == 0) HW_TRY_VOID(remove_redo_file(region));
    facts.in_use.store(0);  // The next opener enters it again from the header.
    HW_TRY_VOID(region.control.write(ControlState::closed(region.header.database_id)));
  }
  domain.remove(region);
  region.journal.detach();
  region.environment = {};
  return region.control.unlock(ControlFile::Lock::Attached);
}

}  // namespace hw

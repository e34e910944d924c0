#include "engine/recovery/attach.h"

#include "engine/base/sync_point.h"
#include "engine/commit/journal_note.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"

namespace hw {

Status publish_image_place(OpenRegion& region, PoolRegion& facts) {
  const auto make_anew = [&] {  // Nobody updates: the attach lock keeps everybody out.
    RegionHeader header = region.header;
    header.reg_seqno = Seqno{facts.reg_seqno.load()};
    header.generation = facts.generation;
    header.offset = facts.write_offset.load();
    header.last_record_bytes = facts.last_record_bytes;
    return build_image(region, header);
  };
  if (!file_exists(image_path(region.path))) HW_TRY_VOID(make_anew());  // A process removed it.
  HW_TRY(RegionHeader header, read_image_header(region.path));
  if (header.database_id != region.header.database_id)
    return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), "it is the image of another database");
  // Of a change of settings that was broken off before it counted; or the journals that it needs have gone since: while
  // the live file is good a new one costs nothing but time.
  const bool ahead = header.generation > facts.generation ||
                     (header.generation == facts.generation && header.offset > facts.write_offset.load());
  if (header.journal_state != JournalState::On || ahead || !reach_of_image(region.path, header).has_value()) {
    HW_TRY_VOID(make_anew());
    HW_TRY(header, read_image_header(region.path));
  }
  // Marks and sizes that a dead process had told the live file alone.
  HW_TRY_VOID(write_image_settings(region.path, region.header));
  facts.image_generation.store(header.generation);
  facts.image_offset.store(header.offset);
  return {};
}

Status leave_region(Domain& domain, OpenRegion& region) {
  HW_TRY_VOID(note_process_end(domain, region));
  HW_TRY(const bool last, region.control.try_exclusive(ControlFile::Lock::Attached));
  if (!last) {
    // What others leave behind in it, until this process has left its other regions, is brought up in another way.
    domain.remove(region);
    region.environment = {};
    return region.control.unlock(ControlFile::Lock::Attached);
  }
  {
    HW_TRY(CommitLock lock, CommitLock::take(domain));
    PoolRegion& facts = domain.facts(region);
    if (facts.journaled != 0) {
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
    facts.in_use.store(0);  // The next opener enters it again from the header.
    HW_TRY_VOID(region.control.write(ControlState::closed(region.header.database_id)));
  }
  domain.remove(region);
  region.journal.detach();
  region.environment = {};
  return region.control.unlock(ControlFile::Lock::Attached);
}

}  // namespace hw

#include "engine/recovery/rollback.h"

#include <algorithm>
#include <vector>

#include "engine/base/failpoint.h"
#include "engine/base/sync_point.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/replay.h"
#include "engine/recovery/undo.h"
#include "engine/region/backup_marks.h"
#include "engine/region/region_write.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {
namespace {

Status mark_open(OpenRegion& region, bool clean) {
  const DatabaseId& id = region.header.database_id;
  return region.control.write(clean ? ControlState::closed(id) : ControlState::open_alone(id));
}

/// Marks of the rollback: the image has been made for the place where the live file is.
Status write_both_headers(OpenRegion& region) {
  HW_TRY_VOID(write_image_settings(region.path, region.header));
  HW_TRY_VOID(region.write_header());
  return sync_at(SyncPoint::RollbackHeaders, region.environment);
}

/// A region that has nothing to undo stays where it is.
Result<UndoneTo> undo_data(OpenRegion& region, Seqno to, const UndoProgress& progress) {
  const RegionHeader& header = region.header;
  const JournalPlace end{header.generation, header.offset, header.last_record_bytes};
  if (header.reg_seqno <= to) return UndoneTo{end, header.reg_seqno};
  return undo_back_to(region, end, to, progress);
}

Status undo_one(OpenRegion& region, Seqno to, const UndoProgress& progress) {
  RegionHeader& header = region.header;
  HW_TRY(const UndoneTo end, undo_data(region, to, progress));
  fail_here(FailPoint::RollbackUndone);
  HW_CHECK_LE(end.next_seqno, to);
  header.reg_seqno = end.next_seqno;
  header.generation = end.place.generation;
  header.offset = end.place.offset;
  header.last_record_bytes = end.place.last_record_bytes;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::RollbackLive, region.environment));
  return build_image(region, header);
}

/// Whether a region that replicates is above its seqno.
bool goes_back(std::span<OpenRegion* const> regions, std::span<const Seqno> to) {
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (regions[i]->header.replicated && regions[i]->header.reg_seqno > to[i]) return true;
  return false;
}

Status cut(const RegionHeader& header) {
  return cut_journal(header.journal_path, {header.generation, header.offset, header.last_record_bytes}, header.undone);
}

}  // namespace

Status roll_back_regions(std::span<OpenRegion* const> regions, Seqno to, Attached attached,
                         const UndoProgress& progress) {
  return roll_back_regions(regions, std::vector<Seqno>(regions.size(), to), attached, progress);
}

Status roll_back_regions(std::span<OpenRegion* const> regions, std::span<const Seqno> to, Attached attached,
                         const UndoProgress& progress) {
  HW_CHECK(regions.size() == to.size());
  const bool alone = attached == Attached::Nobody;
  std::vector<OpenRegion*> taken_back;
  std::vector<Seqno> targets;
  const bool instance_goes_back = goes_back(regions, to);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    OpenRegion* region = regions[i];
    const RegionHeader& header = region->header;
    if (header.journal_state != JournalState::On) continue;
    if (header.reg_seqno <= to[i] && !(header.replicated && instance_goes_back)) continue;
    HW_TRY_VOID(can_undo_to(*region, header.generation, to[i]));
    taken_back.push_back(region);
    targets.push_back(to[i]);
  }
  for (std::size_t i = 0; i < taken_back.size(); ++i) {
    if (alone) HW_TRY_VOID(mark_open(*taken_back[i], false));
    taken_back[i]->header.rollback_seqno = targets[i];
    HW_TRY_VOID(taken_back[i]->write_header());
  }
  for (std::size_t i = 0; i < taken_back.size(); ++i) HW_TRY_VOID(undo_one(*taken_back[i], targets[i], progress));
  fail_here(FailPoint::RollbackNotDecided);
  for (OpenRegion* region : taken_back) {
    HW_CHECK_LE(region->header.reg_seqno, region->header.rollback_seqno);  // Each is undone.
    region->header.rollback_decided = true;
    region->header.undone = region->header.undone.and_to(region->header.rollback_seqno);
    region->header.go_back_to(region->header.rollback_seqno);
    HW_TRY_VOID(write_both_headers(*region));
    fail_here(FailPoint::RollbackDecided);
  }
  for (OpenRegion* region : taken_back) {
    const RegionHeader& header = region->header;
    HW_CHECK(header.rollback_decided);  // Of all: from the first cut on nothing can be taken back.
    HW_TRY_VOID(cut(header));
    fail_here(FailPoint::RollbackCut);
  }
  for (OpenRegion* region : taken_back) {
    HW_TRY_VOID(forget_undone_backups(region->path, region->header.database_id, region->header.undone));
    region->header.rollback_seqno = Seqno{0};
    region->header.rollback_decided = false;
    HW_TRY_VOID(write_both_headers(*region));
    if (alone) HW_TRY_VOID(mark_open(*region, true));
  }
  return {};
}

Result<RegionRecovery> finish_cut(OpenRegion& region) {
  RegionHeader& header = region.header;
  HW_CHECK(header.rollback_seqno.value != 0);
  if (!header.rollback_decided) {  // Decided in another region.
    header.undone = header.undone.and_to(header.rollback_seqno);
    header.go_back_to(header.rollback_seqno);
  }
  HW_TRY_VOID(cut(header));
  HW_TRY_VOID(forget_undone_backups(region.path, header.database_id, header.undone));
  header.rollback_seqno = Seqno{0};
  header.rollback_decided = false;
  HW_TRY_VOID(write_both_headers(region));
  RegionRecovery state;
  state.reg_seqno = header.reg_seqno;
  state.last_tn = region.environment.last_tn();
  state.generation = header.generation;
  state.end_offset = header.offset;
  state.last_record_bytes = header.last_record_bytes;
  HW_TRY(state.last_time_us, journal_time_at(header.journal_path, header.offset, header.last_record_bytes));
  return state;
}

Status undo_rollback(OpenRegion& region, const RegionRecovery& state) {
  const Seqno from = region.header.rollback_seqno;
  HW_CHECK(from.value != 0);
  HW_TRY(const GenerationChain chain, generation_chain(region.header.journal_path));
  std::size_t first = 0;
  while (first + 1 < chain.files.size() && chain.files[first].info.header.first_seqno > from) ++first;
  for (std::size_t i = first + 1; i-- > 0;) {
    HW_TRY(JournalReader reader, JournalReader::open(chain.files[i].path));
    if (i == 0) reader.set_end(state.end_offset);
    HW_TRY_VOID(replay(region, reader, [&](const RecordHeader& record) { return record.seqno >= from; }));
  }
  region.header.rollback_seqno = Seqno{0};
  HW_TRY(RegionHeader image, read_image_header(region.path));
  if (image.rollback_seqno.value == 0) return {};
  image.rollback_seqno = Seqno{0};
  image.rollback_decided = false;
  return write_image_settings(region.path, image);
}

}  // namespace hw

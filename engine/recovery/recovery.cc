#include "engine/recovery/recovery.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/sync_point.h"
#include "engine/commit/redo_file.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"
#include "engine/recovery/replay.h"
#include "engine/recovery/rollback.h"
#include "engine/recovery/seqno_gap.h"
#include "engine/recovery/undo.h"
#include "engine/region/backup_marks.h"
#include "engine/region/region_write.h"
#include "journal/current_file.h"
#include "journal/generations.h"
#include "journal/reader.h"
#include "journal/tail.h"

namespace hw {

Result<RegionHeader> header_before_recovery(OpenRegion& region, bool trusted) {
  if (!trusted) {
    if (!file_exists(image_path(region.path))) return make_error<MsgId::HWDBNOTCLEAN>(region.path).with_errno(ENOENT);
    HW_TRY(RegionHeader image, read_image_header(region.path));
    HW_TRY(const ControlState state, region.control.read());
    if (!state.fresh && state.database_id != image.database_id)
      return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), "it is the image of another database");
    return image;
  }
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  return region.header;
}

namespace {

/// A region's journal as recovery finds it: nothing but names of files has been changed.
struct FoundJournal {
  ImageReach files;  ///< trusted: the current one alone
  JournalTail tail;  ///< of the current one
};

/// `start`: the header from which recovery begins. Not trusted, that is the image's, and everything from its place on
/// must be there and whole: a region of which a part is missing is not made from the rest.
Result<FoundJournal> find_journal(const OpenRegion& region, RegionHeader start, bool trusted) {
  FoundJournal found;
  start.journal_path = newest_journal_path(start.journal_path);
  HW_TRY_VOID(finish_interrupted_switch(start.journal_path, start.database_id));
  if (trusted) {
    HW_TRY(JournalFileInfo current, read_journal_info(start.journal_path));
    if (current.header.database_id != start.database_id)
      return make_error<MsgId::JNLBADLABEL>(start.journal_path, "a journal of " + region.path,
                                            "another database's journal");
    if (current.header.generation < start.generation)
      return make_error<MsgId::JNLBADLABEL>(start.journal_path, fmt::format("generation {}", start.generation),
                                            fmt::format("generation {}", current.header.generation));
    found.files.push_back({start.journal_path, std::move(current)});
    HW_TRY(found.tail, find_tail(start.journal_path));
    return found;
  }
  HW_TRY_VOID(finish_interrupted_change(start.journal_path, start.database_id, start.generation));
  HW_TRY(found.files, reach_of_image(region.path, start));
  HW_TRY_VOID(check_closed_files(region.path, start, found.files));
  HW_TRY(found.tail, end_of_current(region.path, start, found.files));
  return found;
}

/// Makes the current file end at its last whole transaction, so that it can go on from there.
Status mend_end(const std::string& path, const FoundJournal& journal, const Undone& undone) {
  if (journal.tail.torn) {
    HW_TRY(File file, File::open(path, O_RDWR));
    HW_TRY(const std::uint64_t bytes, file.size());
    HW_TRY_VOID(file.truncate(journal.tail.end_offset));  // Cuts the remains; the space is reserved again at once.
    // If another file has taken it, the data can be read all the same; the next commit is told.
    if (Status again = file.allocate(journal.tail.end_offset, bytes - journal.tail.end_offset);
        !again.has_value() && again.error().os_errno != ENOSPC)
      return again;
    HW_TRY_VOID(sync_at(SyncPoint::TornTailCut, file));
  }
  // A switch that stopped between closing the file and renaming it: the file goes on.
  if (!journal.files.front().info.closing) return {};
  return reopen_journal_file(path, journal.tail.end_offset, undone);
}

/// Trusted: only what the dying process had journaled and not yet committed can be missing, and that is at the end of
/// the current file. Not trusted: everything after the image's place.
Result<std::uint64_t> roll_forward(OpenRegion& region, const FoundJournal& journal, bool trusted) {
  std::uint64_t transactions = 0;
  for (std::size_t i = journal.files.size(); i-- > 0;) {
    HW_TRY(JournalReader reader, JournalReader::open(journal.files[i].path));
    if (!trusted && i + 1 == journal.files.size()) reader.seek(region.header.offset);
    if (i == 0) reader.set_end(journal.tail.end_offset);
    const RegionTn present = trusted ? region.environment.last_tn() : RegionTn{0};
    HW_TRY(const std::uint64_t done,
           replay(region, reader, [&](const RecordHeader& record) { return record.tn > present; }));
    transactions += done;
  }
  return transactions;
}

/// Puts the image into the live file's place, once it is known that image and journal give all that there was.
Result<FoundJournal> take_image(OpenRegion& region, bool rollback_decided) {
  HW_TRY(const RegionHeader image, header_before_recovery(region, false));
  FoundJournal journal;
  if (image.rollback_seqno.value != 0 && rollback_decided) {
    HW_TRY(journal.files, reach_of_image(region.path, image));  // It is cut there.
  } else if (image.journal_state == JournalState::On) {
    HW_TRY(journal, find_journal(region, image, false));
  }
  HW_TRY_VOID(restore_image(region.path));
  return journal;
}

}  // namespace

Result<RegionRecovery> recover_region(OpenRegion& region, bool trusted, bool rollback_decided) {
  RegionRecovery result;
  FoundJournal journal;
  result.from_image = !trusted;
  if (!trusted) {
    HW_TRY(journal, take_image(region, rollback_decided));
  }
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  if (region.header.rollback_seqno.value != 0 && rollback_decided) {
    HW_TRY(result, finish_cut(region));
    result.from_image = !trusted;
    return result;
  }
  result.reg_seqno = region.header.reg_seqno;
  result.last_tn = region.environment.last_tn();
  if (region.header.journal_state != JournalState::On) {
    // The file was never synced: after a power loss it says nothing.
    HW_TRY_VOID(trusted ? redo_without_pool(region) : remove_redo_file(region));
    result.last_tn = region.environment.last_tn();
    return result;
  }

  // A move of the journal that stopped before the database knew of it has happened, or was made after the image.
  region.header.journal_path = newest_journal_path(region.header.journal_path);
  if (trusted) {
    HW_TRY(journal, find_journal(region, region.header, true));
  }
  HW_CHECK(!journal.files.empty());
  const JournalFileHeader& current = journal.files.front().info.header;
  // A cut that recovery made, and did not live to note in the database.
  if (current.undone.times > region.header.undone.times) region.header.undone = current.undone;
  HW_TRY_VOID(mend_end(region.header.journal_path, journal, region.header.undone));
  HW_TRY(result.transactions, roll_forward(region, journal, trusted));
  // A file that is numbered higher than its journal had its number given: by dse, or in an instance's copy.
  result.reg_seqno = std::max(journal.tail.next_seqno, region.header.reg_seqno);
  HW_CHECK_GE(journal.tail.end_offset, kJournalHeaderBytes);
  result.generation = current.generation;
  result.end_offset = journal.tail.end_offset;
  result.last_record_bytes = journal.tail.last_record_bytes;
  result.last_time_us = journal.tail.last_time_us;
  if (region.header.rollback_seqno.value != 0) HW_TRY_VOID(undo_rollback(region, result));
  result.last_tn = region.environment.last_tn();
  return result;
}

RegionRecovery state_of_clean_region(const OpenRegion& region) {
  RegionRecovery state;
  state.reg_seqno = region.header.reg_seqno;
  state.last_tn = region.environment.last_tn();
  state.generation = region.header.generation;
  state.end_offset = region.header.offset;
  state.last_record_bytes = region.header.last_record_bytes;
  state.was_clean = true;
  return state;
}

Result<Seqno> make_consistent(std::span<OpenRegion* const> regions, std::span<RegionRecovery> recovered,
                              const BeforeCut& before_cut, Seqno asked) {
  HW_CHECK(regions.size() == recovered.size());
  // Everything before the newest checkpoint of any region was on disk in all of them (a checkpoint syncs every
  // journal first). Without a power loss only the last batch can be incomplete.
  constexpr std::uint64_t kBatchSeqnosMax = 100'000;
  Seqno last{1};
  Seqno sure{1};
  bool any_from_image = false;
  std::vector<RegionEnd> ends;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i]->header.journal_state != JournalState::On) continue;
    const RegionRecovery& state = recovered[i];
    last = std::max(last, state.reg_seqno);
    if (state.from_image) {
      any_from_image = true;
      sure = std::max(sure, regions[i]->header.reg_seqno);
    }
    ends.push_back(
        {regions[i], {state.generation, state.end_offset, state.last_record_bytes}, state.reg_seqno, !state.was_clean});
  }
  if (!any_from_image) sure = Seqno{last.value > kBatchSeqnosMax ? last.value - kBatchSeqnosMax : 1};
  HW_TRY(const std::optional<SeqnoGap> gap, first_seqno_gap(ends, sure, any_from_image));
  if (!gap) return last;
  HW_CHECK_GE(gap->seqno, sure);  // What every region had on disk is not taken out.
  if (gap->seqno < asked && !can_be_lost(ends, *gap)) return part_is_elsewhere(ends, *gap);
  if (before_cut) HW_TRY_VOID(before_cut(regions, recovered, gap->seqno));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i]->header.journal_state != JournalState::On || recovered[i].reg_seqno <= gap->seqno) continue;
    HW_TRY_VOID(regions[i]->control.write(ControlState::open_alone(regions[i]->header.database_id)));
    HW_TRY_VOID(undo_region(*regions[i], recovered[i], gap->seqno));
  }
  return gap->seqno;
}

Status undo_region(OpenRegion& region, RegionRecovery& state, Seqno from) {
  HW_TRY_VOID(can_undo_to(region, state.generation, from));
  HW_TRY(const UndoneTo end, undo_back_to(region, {state.generation, state.end_offset, state.last_record_bytes}, from));
  region.header.undone = region.header.undone.and_to(from);
  region.header.go_back_to(from);
  HW_TRY_VOID(cut_journal(region.header.journal_path, end.place, region.header.undone));
  HW_TRY_VOID(forget_undone_backups(region.path, region.header.database_id, region.header.undone));
  state.generation = end.place.generation;
  state.end_offset = end.place.offset;
  state.last_record_bytes = end.place.last_record_bytes;
  HW_CHECK_LE(end.next_seqno, from);
  state.reg_seqno = end.next_seqno;
  state.last_tn = region.environment.last_tn();
  return {};
}

Status settle_recovered_region(OpenRegion& region, RegionRecovery& state) {
  if (region.header.journal_state != JournalState::On)
    return sync_at(SyncPoint::UnjournaledSettled, region.environment);
  if (!state.from_image) return {};
  auto facts = std::make_unique<PoolRegion>();
  facts->database.set(region.path);
  facts->journal.set(region.header.journal_path);
  std::ranges::copy(region.header.database_id, facts->database_id);
  facts->replicated = region.header.replicated ? 1 : 0;
  facts->generation = state.generation;
  facts->autoswitch_bytes = region.header.journal_autoswitch;
  facts->allocation_bytes = region.header.journal_allocation;
  facts->extension_bytes = region.header.journal_extension;
  facts->last_record_bytes = state.last_record_bytes;
  facts->set_end(state.end_offset);
  facts->reg_seqno.store(state.reg_seqno.value);
  facts->last_tn.store(region.environment.last_tn().value);
  {
    HW_TRY(const File file, File::open(region.header.journal_path, O_RDONLY));
    HW_TRY(facts->journal_bytes, file.size());
    HW_TRY(const FileIdentity identity, identity_for_pool(file));
    facts->journal_file.store(identity);
  }
  JournalWriter writer;
  HW_TRY_VOID(writer.reserve_end(*facts));
  HW_TRY(const std::string old_name, writer.switch_generation(*facts, true, state.last_time_us + 1));
  (void)old_name;
  HW_CHECK_EQ(facts->generation.load(), state.generation + 1);
  state.generation = facts->generation;
  state.end_offset = kJournalHeaderBytes;
  state.last_record_bytes = 0;
  region.header.reg_seqno = state.reg_seqno;
  region.header.generation = state.generation;
  region.header.offset = state.end_offset;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::RecoveredLive, region.environment));
  return build_image(region, region.header);
}

Status close_recovered_region(OpenRegion& region, const RegionRecovery& state) {
  if (region.header.journal_state == JournalState::On) {
    HW_TRY(const File journal, File::open(region.header.journal_path, O_RDWR));
    HW_TRY_VOID(sync_at(SyncPoint::ClosedJournal, journal));
    region.header.generation = state.generation;
    region.header.offset = state.end_offset;
    region.header.last_record_bytes = state.last_record_bytes;
  }
  region.header.reg_seqno = state.reg_seqno;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::ClosedLive, region.environment));
  return region.control.write(ControlState::closed(region.header.database_id));
}

}  // namespace hw

#include "engine/recovery.h"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "engine/backup_marks.h"
#include "engine/checkpoint.h"
#include "engine/journal_note.h"
#include "engine/region_write.h"
#include "engine/rollback.h"
#include "engine/undo.h"
#include "engine/write_behind.h"
#include "journal/generations.h"
#include "journal/reader.h"
#include "journal/tail.h"

namespace hw {
namespace {

constexpr std::uint64_t kBatchTransactions = 20'000;

Error bad_record(const std::string& path, std::uint64_t offset) {
  return make_error<MsgId::JNLBADRECFMT>(path, fmt::format("0x{:X}", offset));
}

/// A process died while it changed the region's journal file: reads the facts from the file.
Status settle_switch(OpenRegion& region, PoolRegion& facts) {
  const std::string path(facts.journal.view());
  HW_TRY_VOID(finish_interrupted_switch(path));
  HW_TRY(const JournalFileInfo info, read_journal_info(path));
  region.journal.detach();
  if (info.header.generation == facts.generation) {
    // The old file is still in place: open it again, so that nothing says it is closed.
    HW_TRY_VOID(region.journal.attach(facts));
    const std::uint64_t end = facts.write_offset.load();
    region.journal.erase(end, std::min(end + kRecordHeaderBytes, facts.journal_bytes));
    HW_TRY(File file, File::open(path, O_RDWR));
    constexpr std::array<std::byte, 64> kOpen{};
    HW_TRY_VOID(file.write_all(4096, kOpen));
    HW_TRY_VOID(file.sync());
    HW_TRY_VOID(remove_file(path + "_new"));
  } else {
    HW_TRY(File file, File::open(path, O_RDWR));
    HW_TRY(facts.journal_bytes, file.size());
    facts.generation = info.header.generation;
    facts.prepared_bytes = 0;
    facts.epoch_offset = 0;
    facts.last_record_bytes = 0;
    facts.set_end(kJournalHeaderBytes);
    facts.synced_offset.store(kJournalHeaderBytes);
    facts.synced_generation.store(facts.generation);
  }
  facts.switching = 0;
  return {};
}

}  // namespace

Status redo(WriteTransaction& transaction, const TransactionBody& body) {
  for (const JournalUpdate& one : transaction_updates(body)) {
    switch (one.update.type) {
      case UpdateType::Set:
        HW_TRY_VOID(transaction.put(one.update.key, one.update.value));
        break;
      case UpdateType::ZKill:
        HW_TRY_VOID(transaction.remove(one.update.key, [](std::string_view) {}));
        break;
      case UpdateType::Kill:
        HW_TRY_VOID(
            transaction.remove_subtree(one.update.key, [](std::string_view, std::string_view) { return Status(); }));
        break;
    }
  }
  return {};
}

Status finish_in_flight(Domain& domain) {
  PoolHeader& pool = domain.header();
  InFlight& in_flight = pool.in_flight;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& facts = pool.regions[i];
    if (facts.in_use.load() == 0 || facts.switching == 0) continue;
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
      // What LMDB lacks is behind from here on, with what was behind before: applied below.
      if (region->last_tn().value >= entry.tn || facts.journaled == 0) facts.applied_offset = entry.journal_end;
      facts.last_record_bytes = entry.last_record_bytes;
      facts.last_time_us = in_flight.time_us;
      facts.reg_seqno.store(entry.reg_seqno);
      facts.last_tn.store(std::max(entry.tn, facts.last_tn.load()));
      facts.write_offset.store(entry.journal_end);
    }
    pool.last_time_us = std::max(pool.last_time_us, in_flight.time_us);
    pool.next_seqno.store(in_flight.next_seqno);
    domain.pool().ring_restart(Seqno{in_flight.next_seqno});
  }
  // The tables of sets that are behind may be half written; the journals are whole.
  pool.regions_behind = 0;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& facts = pool.regions[i];
    if (facts.in_use.load() == 0) continue;
    if (pool.behind[i].any()) ++pool.regions_behind;
    if (!pool.behind[i].any() && !facts.is_behind()) continue;
    HW_TRY(RegionHandle region, RegionHandle::open(domain, i));
    HW_TRY_VOID(bring_up(domain, *region, false));
  }
  // Counters first: a reader that sees Idle must not wait for a commit that will never end.
  pool.commit_done.store(std::max(pool.commit_begun.load(), pool.commit_done.load() + 1));
  pool.commit_begun.store(pool.commit_done.load());
  in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Idle));
  return {};
}

Result<RegionHeader> header_before_recovery(OpenRegion& region, bool trusted) {
  if (!trusted) {
    if (!file_exists(image_path(region.path))) return make_error<MsgId::HWDBNOTCLEAN>(region.path).with_errno(ENOENT);
    return read_image_header(region.path);
  }
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  return region.header;
}

Result<RegionRecovery> recover_region(OpenRegion& region, bool trusted, bool rollback_decided) {
  RegionRecovery result;
  if (!trusted) {
    HW_TRY_VOID(restore_image(region.path));
    result.from_image = true;
  }
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  if (region.header.rollback_seqno.value != 0 && rollback_decided) {
    HW_TRY(result, finish_cut(region));
    result.from_image = !trusted;
    return result;
  }
  result.reg_seqno = region.header.reg_seqno;
  result.last_tn = region.environment.last_tn();
  if (region.header.journal_state != JournalState::On) return result;

  const std::string path = region.header.journal_path;
  HW_TRY_VOID(finish_interrupted_switch(path));
  if (!trusted) HW_TRY_VOID(finish_interrupted_change(path, region.header.generation));
  HW_TRY(const GenerationChain chain, generation_chain(path));
  const JournalFileHeader& current = chain.files.front().info.header;
  if (current.database_id != region.header.database_id)
    return make_error<MsgId::JNLBADLABEL>(path, "a journal of " + region.path, "another database's journal");
  if (current.generation < region.header.generation)
    return make_error<MsgId::JNLBADLABEL>(path, fmt::format("generation {}", region.header.generation),
                                          fmt::format("generation {}", current.generation));
  // A cut that recovery made, and did not live to note in the database.
  if (current.undone.times > region.header.undone.times) region.header.undone = current.undone;
  HW_TRY(const JournalTail tail, find_tail(path));
  if (tail.torn) {
    HW_TRY(File file, File::open(path, O_RDWR));
    HW_TRY(const std::uint64_t bytes, file.size());
    HW_TRY_VOID(file.truncate(tail.end_offset));  // Cuts the remains; the space is reserved again at once.
    HW_TRY_VOID(file.allocate(tail.end_offset, bytes - tail.end_offset));
    HW_TRY_VOID(file.sync());
  }
  // A switch that stopped between closing the file and renaming it: the file goes on.
  if (chain.files.front().info.closing.has_value()) HW_TRY_VOID(reopen_journal_file(path, tail.end_offset));

  // Trusted: only what the dying process had journaled and not yet committed can be missing, and that is at the
  // end of the current file. Not trusted: everything behind the image's place.
  std::size_t first = 0;
  if (!trusted) {
    while (first < chain.files.size() && chain.files[first].info.header.generation != region.header.generation) ++first;
    if (first == chain.files.size()) {
      Error error = make_error<MsgId::JNLFILEOPNERR>(chain.missing_path.empty() ? path : chain.missing_path);
      return error.note(fmt::format("Generation {} is needed to recover {}", region.header.generation, region.path));
    }
  }
  for (std::size_t i = first + 1; i-- > 0;) {
    const JournalGeneration& file = chain.files[i];
    HW_TRY(JournalReader reader, JournalReader::open(file.path));
    if (!trusted && i == first) {
      // The image holds only what the journal held on disk before: less in the journal now is damage, not a torn end.
      const std::uint64_t end = i == 0 ? tail.end_offset : file.info.closing ? file.info.closing->end_offset : 0;
      if (end != 0 && region.header.offset > end) return bad_record(file.path, end);
      reader.seek(region.header.offset);
    }
    if (i == 0) reader.set_end(tail.end_offset);
    bool more = true;
    while (more) {
      const std::uint64_t batch_begin = reader.offset();
      std::uint64_t done = 0;
      HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) -> Status {
        reader.seek(batch_begin);  // The same batch again when the file had to grow.
        done = 0;
        while (done < kBatchTransactions) {
          Record record;
          const std::uint64_t at = reader.offset();
          HW_TRY(more, reader.next(record));
          if (!more) return {};
          if (record.header.type != RecordType::Transaction) continue;
          if (trusted && record.header.tn <= result.last_tn) continue;
          TransactionBody body;
          if (!decode_transaction(record.body, body)) return bad_record(file.path, at);
          HW_TRY_VOID(redo(transaction, body));
          ++done;
        }
        return {};
      }));
      result.transactions += done;
    }
  }
  result.reg_seqno = std::max(tail.next_seqno, region.header.reg_seqno);
  if (!trusted) result.reg_seqno = tail.next_seqno;
  result.generation = current.generation;
  result.end_offset = tail.end_offset;
  result.last_record_bytes = tail.last_record_bytes;
  result.last_time_us = tail.last_time_us;
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
  return state;
}

namespace {

/// What the journals of one region say of the seqnos from some point on.
using Participants = std::map<std::uint64_t, std::pair<unsigned, unsigned>>;  // seqno -> (found, expected)

Status collect(const OpenRegion& region, const RegionRecovery& state, Seqno from, Participants& out) {
  HW_TRY(const GenerationChain chain, generation_chain(region.header.journal_path));
  for (const JournalGeneration& file : chain.files) {
    HW_TRY(JournalReader reader, JournalReader::open(file.path));
    if (file.info.header.generation == state.generation) reader.set_end(state.end_offset);
    for (;;) {
      Record record;
      const std::uint64_t at = reader.offset();
      HW_TRY(const bool more, reader.next(record));
      if (!more) break;
      if (record.header.type != RecordType::Transaction || record.header.seqno < from) continue;
      TransactionBody body;
      if (!decode_transaction(record.body, body)) return bad_record(file.path, at);
      auto& [found, expected] = out[record.header.seqno.value];
      ++found;
      expected = std::max<unsigned>(expected, body.participants);
    }
    if (file.info.header.first_seqno <= from) break;
  }
  return {};
}

}  // namespace

Result<Seqno> make_consistent(std::span<OpenRegion* const> regions, std::span<RegionRecovery> recovered,
                              const BeforeCut& before_cut) {
  HW_CHECK(regions.size() == recovered.size());
  // Everything before the newest checkpoint of any region was on disk in all of them (a checkpoint syncs every
  // journal first). Without a power loss only the last batch can be incomplete.
  constexpr std::uint64_t kBatchSeqnosMax = 100'000;
  Seqno last{1};
  Seqno sure{1};
  bool any_from_image = false;
  bool replicated = false;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i]->header.journal_state != JournalState::On) continue;
    last = std::max(last, recovered[i].reg_seqno);
    if (recovered[i].from_image) {
      any_from_image = true;
      sure = std::max(sure, regions[i]->header.reg_seqno);
    }
    replicated = replicated || regions[i]->header.replicated;
  }
  if (!any_from_image) sure = Seqno{last.value > kBatchSeqnosMax ? last.value - kBatchSeqnosMax : 1};
  Participants participants;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i]->header.journal_state != JournalState::On) continue;
    HW_TRY_VOID(collect(*regions[i], recovered[i], sure, participants));
  }
  // Instances that replicate have no gaps; there, a missing seqno is one whose journal pages were lost.
  Seqno cut = last;
  std::uint64_t expected_next = participants.empty() ? 0 : participants.begin()->first;
  if (replicated && any_from_image) expected_next = sure.value;
  for (const auto& [seqno, counts] : participants) {
    const bool gap = replicated && seqno != expected_next;
    if (gap || counts.first < counts.second) {
      cut = Seqno{gap ? expected_next : seqno};
      break;
    }
    expected_next = seqno + 1;
  }
  if (cut < last) {
    if (before_cut) HW_TRY_VOID(before_cut(regions, recovered, cut));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (regions[i]->header.journal_state != JournalState::On || recovered[i].reg_seqno <= cut) continue;
      HW_TRY_VOID(regions[i]->control.write({regions[i]->header.database_id, boot_id(), false, -1, 0, ""}));
      HW_TRY_VOID(undo_region(*regions[i], recovered[i], cut));
    }
  }
  return cut;
}

Status undo_region(OpenRegion& region, RegionRecovery& state, Seqno from) {
  HW_TRY_VOID(can_undo_to(region, state.generation, from));
  HW_TRY(const JournalPlace place,
         undo_back_to(region, {state.generation, state.end_offset, state.last_record_bytes}, from));
  region.header.undone = region.header.undone.and_to(from);
  HW_TRY_VOID(cut_journal(region.header.journal_path, place, region.header.undone));
  HW_TRY_VOID(forget_backups_above(region.path, region.header.database_id, from));
  state.generation = place.generation;
  state.end_offset = place.offset;
  state.last_record_bytes = place.last_record_bytes;
  state.reg_seqno = std::min(state.reg_seqno, from);
  state.last_tn = region.environment.last_tn();
  return {};
}

Status settle_recovered_region(OpenRegion& region, RegionRecovery& state) {
  if (region.header.journal_state != JournalState::On) return region.environment.sync();
  if (!state.from_image) return {};
  auto facts = std::make_unique<PoolRegion>();
  facts->database.set(region.path);
  facts->journal.set(region.header.journal_path);
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
  }
  JournalWriter writer;
  HW_TRY_VOID(writer.reserve_end(*facts));
  HW_TRY(const std::string old_name, writer.switch_generation(*facts, true, state.last_time_us + 1));
  (void)old_name;
  state.generation = facts->generation;
  state.end_offset = kJournalHeaderBytes;
  state.last_record_bytes = 0;
  region.header.reg_seqno = state.reg_seqno;
  region.header.generation = state.generation;
  region.header.offset = state.end_offset;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(region.environment.sync());
  return build_image(region, region.header);
}

Status close_recovered_region(OpenRegion& region, const RegionRecovery& state) {
  if (region.header.journal_state == JournalState::On) {
    HW_TRY(const File journal, File::open(region.header.journal_path, O_RDWR));
    HW_TRY_VOID(journal.sync());
    region.header.generation = state.generation;
    region.header.offset = state.end_offset;
    region.header.last_record_bytes = state.last_record_bytes;
  }
  region.header.reg_seqno = state.reg_seqno;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(region.environment.sync());
  return region.control.write({region.header.database_id, boot_id(), true, -1, 0, ""});
}

Status publish_image_place(OpenRegion& region, PoolRegion& facts) {
  const auto make_anew = [&] {  // Nobody updates: the attach lock keeps everybody out.
    RegionHeader header = region.header;
    header.reg_seqno = Seqno{facts.reg_seqno.load()};
    header.generation = facts.generation;
    header.offset = facts.write_offset.load();
    header.last_record_bytes = facts.last_record_bytes;
    return build_image(region, header);
  };
  if (!file_exists(image_path(region.path))) HW_TRY_VOID(make_anew());  // Somebody removed it.
  HW_TRY(RegionHeader header, read_image_header(region.path));
  // Of a change of settings that was broken off before it counted.
  if (header.journal_state != JournalState::On || header.generation > facts.generation ||
      (header.generation == facts.generation && header.offset > facts.write_offset.load())) {
    HW_TRY_VOID(make_anew());
    HW_TRY(header, read_image_header(region.path));
  }
  if (header.database_id != region.header.database_id)
    return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), "it is the image of another database");
  facts.image_generation.store(header.generation);
  facts.image_offset.store(header.offset);
  return {};
}

void take_place(RegionHeader& header, const PoolRegion& facts) {
  header.reg_seqno = Seqno{facts.reg_seqno.load()};
  header.generation = facts.generation;
  header.offset = facts.write_offset.load();
  header.last_record_bytes = facts.last_record_bytes;
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
      HW_TRY_VOID(region.journal.sync());
      facts.synced_generation.store(facts.generation);
      facts.synced_offset.store(facts.write_offset.load());
    }
    // Settings may have changed since this process read the header.
    HW_TRY_VOID(region.refresh_header());
    const std::string stored = encode_region_header(region.header);
    take_place(region.header, facts);
    // A frozen one has it already, and its file is not written.
    if (encode_region_header(region.header) != stored) HW_TRY_VOID(region.write_header());
    HW_TRY_VOID(region.environment.sync());
    facts.in_use.store(0);  // The next opener enters it again from the header.
    HW_TRY_VOID(region.control.write({region.header.database_id, boot_id(), true, -1, 0, ""}));
  }
  domain.remove(region);
  region.journal.detach();
  region.environment = {};
  return region.control.unlock(ControlFile::Lock::Attached);
}

}  // namespace hw

#include "engine/journal_tools/journal_files.h"

#include <algorithm>

#include "engine/base/boot.h"
#include "engine/commit/domain.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/region_access.h"

namespace hw {

Result<RegionHeader> peek_region_header(const std::string& database) {
  HW_TRY(const auto access, RegionAccess::take(database, nullptr));
  if (access->needs_recovery() && !is_this_boot(access->state().boot) && file_exists(image_path(database)))
    return read_image_header(database);
  HW_TRY_VOID(access->region().open_environment(Environment::Mode::LiveReader));
  return access->region().header;
}

Result<std::vector<std::string>> current_journals(const GlobalDirectory& directory) {
  std::vector<std::string> paths;
  for (const Region& region : directory.regions()) {
    const std::string database = directory.database_path(region);
    if (!file_exists(database)) continue;
    HW_TRY(const RegionHeader header, peek_region_header(database));
    if (header.journal_state == JournalState::On || header.recovering) paths.push_back(header.journal_path);
  }
  if (paths.empty()) return make_error<MsgId::NOTALLJNLEN>("all");
  return paths;
}

namespace {

/// What became of the database that a journal file belongs to, and its pool when it is live. Errors: HWUNSEEN.
Result<DatabaseUse> look_at_database(const JournalFileHeader& header, JournalPool& pool) {
  if (!file_exists(header.database_path)) return DatabaseUse::Closed;
  HW_TRY(const ControlFile control, ControlFile::open(header.database_path));
  HW_TRY(const ControlState state, control.read());
  if (state.clean || state.database_id != header.database_id) return DatabaseUse::Closed;
  HW_TRY(const PoolSeen seen, control.find_pool(state, pool));
  if (seen == PoolSeen::Unseen) return control.unseen();
  return seen == PoolSeen::Alive ? DatabaseUse::Live : DatabaseUse::LeftOpen;
}

/// Whether it is the very file that processes journal to, as far as that is known.
Result<bool> is_file(const std::string& path, const FileIdentity& wanted) {
  if (wanted.inode == 0) return true;
  HW_TRY(const FileIdentity found, identity_of(path));
  return found == wanted;
}

}  // namespace

Result<DatabaseUse> database_use(const std::string& journal, const JournalFileHeader& header) {
  JournalPool pool;
  HW_TRY(const DatabaseUse use, look_at_database(header, pool));
  const auto place = use == DatabaseUse::Live ? pool.find_region(header.database_path) : std::nullopt;
  if (!place) return use;
  HW_TRY(const bool same, is_file(journal, pool.header().regions[*place].journal_file.load()));
  return same ? use : DatabaseUse::LeftOpen;
}

Result<std::optional<JournalTail>> LiveTails::operator()(const std::string& path, const JournalFileHeader& header) {
  if (!by_database_.contains(header.database_path)) {
    JournalPool pool;
    HW_TRY(const DatabaseUse use, look_at_database(header, pool));
    if (use == DatabaseUse::Live) HW_TRY_VOID(look(std::move(pool)));
  }
  const auto found = by_database_.find(header.database_path);
  if (found == by_database_.end() || found->second.generation != header.generation) return std::optional<JournalTail>();
  HW_TRY(const bool same, is_file(path, found->second.file));
  return same ? std::optional(found->second.tail) : std::nullopt;
}

Status LiveTails::look(JournalPool pool) {
  if (std::find(pools_.begin(), pools_.end(), pool.uid()) != pools_.end()) return {};
  pools_.push_back(pool.uid());
  Domain domain(std::move(pool), {});
  HW_TRY(const CommitLock lock, CommitLock::take(domain, CommitLock::Behind::Stays));
  for (const PoolRegion& facts : domain.header().regions) {
    if (facts.in_use.load() == 0 || facts.journaled == 0) continue;
    JournalTail tail;
    tail.end_offset = facts.write_offset.load();
    tail.last_record_bytes = facts.last_record_bytes;
    tail.next_seqno = Seqno{facts.reg_seqno.load()};
    tail.last_tn = RegionTn{facts.last_tn.load()};
    tail.last_time_us = facts.last_time_us;
    by_database_.insert_or_assign(std::string(facts.database.view()),
                                  Seen{facts.generation, facts.journal_file.load(), tail});
  }
  return {};
}

}  // namespace hw

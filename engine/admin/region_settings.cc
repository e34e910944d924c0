#include "engine/admin/region_settings.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"
#include "engine/integ/region_look.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/recovery.h"
#include "engine/region/copy_check.h"

namespace hw {
namespace {

/// The states asked for. Errors: JNLDISABLE, REPLJNLCNFLCT.
struct States {
  JournalState journal;
  bool replicated;
};
Result<States> wanted_states(const RegionHeader& header, const SettingsRequest& request, const std::string& path) {
  States wanted{header.journal_state, request.replication.value_or(header.replicated)};
  if (const auto& journal = request.journal) {
    if (journal->disable) {
      wanted.journal = JournalState::Disabled;
    } else if (header.journal_state == JournalState::Disabled && !journal->enable &&
               !request.replication.value_or(false)) {
      return make_error<MsgId::JNLDISABLE>(path);
    } else {
      wanted.journal = journal->off ? JournalState::Off : JournalState::On;
    }
  }
  if (request.replication.value_or(false)) wanted.journal = JournalState::On;
  if (wanted.replicated && wanted.journal != JournalState::On) {
    constexpr std::string_view kOff = "OFF/DISABLED";
    return make_error<MsgId::REPLJNLCNFLCT>(kOff, path, "ON", kOff);
  }
  return wanted;
}

void apply_sizes(const SettingsRequest& request, RegionHeader& header) {
  if (!request.journal) return;
  header.journal_allocation = request.journal->allocation_bytes.value_or(header.journal_allocation);
  header.journal_extension = request.journal->extension_bytes.value_or(header.journal_extension);
  header.journal_autoswitch = request.journal->autoswitch_bytes.value_or(header.journal_autoswitch);
}

/// The file that has the name of the journal to be made.
struct Occupant {
  bool present = false;
  std::uint64_t generation = 0;
};
Result<Occupant> occupant_of(const std::string& path, const RegionHeader& header, bool own_journal,
                             const std::string& database, bool own_folder) {
  if (!file_exists(path)) return Occupant{};
  const auto info = read_journal_info(path);
  // Another name than the region's own is never overwritten, also when the file was once this region's journal. A copy
  // that names none yet may have the journal of the database whose place it took, unless another database writes there.
  const bool own_name =
      own_folder || (header.journal_path.empty() ? info.has_value() && info->header.database_path == database
                                                 : own_journal && path == header.journal_path);
  if (own_name && info.has_value() && info->header.database_id == header.database_id)
    return Occupant{true, info->header.generation};
  Error error = make_error<MsgId::JNLNOCREATE>(path);
  std::string line = make_error<MsgId::FILEEXISTS>(path).render();
  line.pop_back();
  error.before.push_back(std::move(line));
  return error;
}

JournalFileHeader file_header(const RegionHeader& header, const OpenRegion& region, std::string previous) {
  JournalFileHeader file;
  file.replicated = header.replicated;
  file.database_id = header.database_id;
  file.generation = header.generation;
  file.created_us = wall_clock_us();
  file.first_seqno = header.reg_seqno;
  file.first_tn = region.environment.last_tn();
  file.autoswitch_bytes = header.journal_autoswitch;
  file.allocation_bytes = header.journal_allocation;
  file.extension_bytes = header.journal_extension;
  file.region = header.name;
  file.database_path = region.path;
  file.previous_path = std::move(previous);
  file.undone = header.undone;
  return file;
}

SettingsOutcome outcome_of(const RegionHeader& header) {
  SettingsOutcome outcome;
  outcome.journal_path = header.journal_path;
  outcome.region = header.name;
  outcome.journal_state = header.journal_state;
  outcome.replicated = header.replicated;
  return outcome;
}

/// A copy becomes a database of its own: another id, and a journal of the same name in its own folder.
Status take_own_names(const OpenRegion& region, RegionHeader& header) {
  HW_TRY(header.database_id, new_database_id(region.path));
  if (!header.journal_path.empty()) header.journal_path = own_journal_path(region.path, header.journal_path);
  return {};
}

Result<SettingsOutcome> change_alone(RegionAccess& access, const SettingsRequest& request, const States& wanted) {
  OpenRegion& region = access.region();
  const RegionHeader old = region.header;
  const bool was_on = old.journal_state == JournalState::On;
  const bool own_journal = !request.own && owns_journal(region.path, old);
  RegionHeader next = old;
  apply_sizes(request, next);
  next.journal_state = wanted.journal;
  next.replicated = wanted.replicated;
  const bool starts_replicating = wanted.replicated && !old.replicated;
  if (starts_replicating && !old.ever_replicated) next.reg_seqno = Seqno{1};
  next.ever_replicated = old.ever_replicated || wanted.replicated;
  if (request.journal && request.journal->file_name) next.journal_path = *request.journal->file_name;
  if (next.journal_path.empty() && wanted.journal == JournalState::On)  // A copy of another database.
    next.journal_path = journal_path_of(region.path, region.definition);
  if (request.own) HW_TRY_VOID(take_own_names(region, next));
  if (request.edit) HW_TRY_VOID(request.edit(next));

  SettingsOutcome outcome = outcome_of(next);
  outcome.new_file = wanted.journal == JournalState::On;
  std::string old_name = old.journal_path;  // Of the file in use until now, once the change is made.
  bool rename = false;
  if (outcome.new_file) {
    HW_TRY_VOID(check_path(next.journal_path, kJournalPathBytesMax));
    HW_TRY(const Occupant occupant, occupant_of(next.journal_path, old, own_journal, region.path, request.own));
    rename = occupant.present;
    if (rename) outcome.renamed_to = old_name = stamped_name(next.journal_path);
    const bool link = was_on && own_journal && !starts_replicating && (!request.journal || request.journal->keep_link);
    outcome.link_cut = !link && (was_on || occupant.present);
    next.generation = std::max(old.generation, occupant.generation) + 1;
    next.offset = kJournalHeaderBytes;
    next.last_record_bytes = 0;
    HW_TRY_VOID(prepare_successor(next.journal_path, file_header(next, region, link ? old_name : "")));
  }
  HW_TRY_VOID(build_image(region, next));
  fail_here(FailPoint::SettingsPrepared);
  HW_TRY_VOID(access.write_state(ControlState::changing(old.database_id)));
  fail_here(FailPoint::SettingsDecided);
  if (was_on && own_journal)
    HW_TRY_VOID(close_journal_file(old.journal_path,
                                   {old.offset, old.reg_seqno, region.environment.last_tn(), wall_clock_us()},
                                   old.last_record_bytes));
  if (rename) HW_TRY_VOID(rename_file(next.journal_path, old_name));
  fail_here(FailPoint::SettingsJournalRenamed);
  if (outcome.new_file) {
    HW_TRY_VOID(rename_file(successor_name(next.journal_path), next.journal_path));
    HW_TRY_VOID(sync_folder_at(SyncPoint::SettingsJournalName, next.journal_path));
  }
  region.header = next;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::SettingsLive, region.environment));
  HW_TRY_VOID(access.write_state(ControlState::closed(next.database_id)));
  // Unjournaled, the image would age; the next opener removes it when this does not happen.
  if (!outcome.new_file) HW_TRY_VOID(remove_file(image_path(region.path)));
  return outcome;
}

/// A new journal file under the commit lock of the processes that are at work.
Status switch_under_lock(Domain& domain, OpenRegion& region, const SettingsRequest& request, SettingsOutcome& outcome) {
  HW_TRY(const CheckpointLock images,
         CheckpointLock::take(domain.header()));  // Before the commit lock, as a checkpoint takes them.
  HW_TRY(CommitLock lock, CommitLock::take(domain));
  PoolRegion& facts = domain.facts(region);
  HW_TRY_VOID(region.refresh_header());
  apply_sizes(request, region.header);
  HW_TRY_VOID(store_live_header(region));
  facts.allocation_bytes = region.header.journal_allocation;
  facts.extension_bytes = region.header.journal_extension;
  facts.autoswitch_bytes = region.header.journal_autoswitch;
  outcome = outcome_of(region.header);
  HW_TRY_VOID(region.journal.attach(facts));
  HW_TRY(outcome.renamed_to, region.journal.switch_generation(facts, true, next_commit_time_us(domain.header())));
  outcome.new_file = true;
  return {};
}

/// Moves the journal to another path while processes are at work. The file in use until now keeps its name and says
/// where the journal goes on. The image is brought up to the new file before the command ends, so that recovery does
/// not need the old one any more.
Status move_under_lock(Domain& domain, OpenRegion& region, const SettingsRequest& request, SettingsOutcome& outcome) {
  const std::string& path = *request.journal->file_name;
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  if (file_exists(path)) {
    Error error = make_error<MsgId::JNLNOCREATE>(path);
    std::string line = make_error<MsgId::FILEEXISTS>(path).render();
    line.pop_back();
    error.before.push_back(std::move(line));
    return error;
  }
  HW_TRY(const CheckpointLock images, CheckpointLock::take(domain.header()));
  {
    HW_TRY(CommitLock lock, CommitLock::take(domain));
    PoolRegion& facts = domain.facts(region);
    HW_TRY_VOID(region.refresh_header());
    apply_sizes(request, region.header);
    facts.allocation_bytes = region.header.journal_allocation;
    facts.extension_bytes = region.header.journal_extension;
    facts.autoswitch_bytes = region.header.journal_autoswitch;
    HW_TRY_VOID(region.journal.move_to(facts, path, next_commit_time_us(domain.header()), [&]() -> Status {
      region.header.journal_path = path;
      HW_TRY_VOID(region.write_header());
      return sync_at(SyncPoint::SettingsLive, region.environment);
    }));
    outcome = outcome_of(region.header);
    outcome.new_file = true;
  }
  return advance_image(domain, region, [] { return false; });
}

Result<SettingsOutcome> switch_live(RegionAccess& access, const SettingsRequest& request, bool same_file) {
  SettingsOutcome outcome;
  HW_TRY_VOID(visit_live_region(access, [&](Domain& domain, OpenRegion& region) {
    return same_file ? switch_under_lock(domain, region, request, outcome)
                     : move_under_lock(domain, region, request, outcome);
  }));
  return outcome;
}

/// The header as it is now, of a region that others have open.
Result<RegionHeader> peek_header(OpenRegion& region) {
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveReader));
  RegionHeader header = region.header;
  region.environment = {};
  return header;
}

/// The journal file that was copied with a database names the original: from now on it is the copy's.
Status take_over_journal(const std::string& journal, JournalFileHeader header, const std::string& database) {
  HW_TRY(const File file, File::open(journal, O_RDWR));
  header.database_path = database;
  HW_TRY_VOID(file.write_all(0, encode_opening(header)));
  return sync_at(SyncPoint::JournalTakenOver, file);
}

/// What a copy that was made while the original was open is recovered from: its own image and its own journal.
Status prepare_open_copy(RegionAccess& access) {
  const std::string& path = access.path();
  if (!file_exists(image_path(path))) return make_error<MsgId::HWDBNOTCLEAN>(path).with_errno(ENOENT);
  HW_TRY(RegionHeader image, read_image_header(path));
  const std::string journal = own_journal_path(path, image.journal_path);
  if (image.journal_state == JournalState::On) {
    HW_TRY(const JournalFileInfo info, read_journal_info(journal));
    if (info.header.database_id != image.database_id)
      return make_error<MsgId::JNLBADLABEL>(journal, "a journal of " + path, "another database's journal");
    // Through a link it would be the original's.
    const auto original = identity_of(image.journal_path);
    HW_TRY(const FileIdentity own, identity_of(journal));
    if (original.has_value() && *original == own) return refuse_copy(path, image);
    HW_TRY_VOID(take_over_journal(journal, info.header, path));
    image.journal_path = journal;
    HW_TRY_VOID(write_image_settings(path, image));
  }
  return access.write_state({image.database_id, "copied", false, -1, 0, ""});
}

}  // namespace

std::string own_journal_path(const std::string& database, const std::string& journal) {
  return folder_of(database) + "/" + journal.substr(journal.rfind('/') + 1);
}

Status prepare_own(std::span<RegionAccess* const> regions, RegionSet set) {
  for (RegionAccess* access : regions) {
    HW_TRY_VOID(access->require_alone());
    if (access->state().clean) continue;
    HW_TRY(const RegionHeader header, header_before_recovery(access->region(), access->state().boot == boot_id()));
    if (!refuse_copy(access->path(), header).has_value()) HW_TRY_VOID(prepare_open_copy(*access));
  }
  return make_clean(regions, set);
}

Result<SettingsOutcome> change_settings(RegionAccess& access, const SettingsRequest& request) {
  OpenRegion& region = access.region();
  if (access.is_live()) {
    HW_TRY(const RegionHeader header, peek_header(region));
    HW_TRY(const States wanted, wanted_states(header, request, region.path));
    const bool same_file =
        !request.journal || !request.journal->file_name || *request.journal->file_name == header.journal_path;
    // Cutting the link needs the image to be moved first: nobody may commit meanwhile.
    if (!request.own && !request.edit && header.journal_state == JournalState::On &&
        wanted.journal == JournalState::On && wanted.replicated == header.replicated &&
        (!request.journal || request.journal->keep_link))
      return switch_live(access, request, same_file);
  }
  HW_TRY_VOID(access.require_alone());
  RegionAccess* one[] = {&access};
  if (!access.state().clean || !region.environment.is_open()) HW_TRY_VOID(make_clean(one, RegionSet::Part));
  HW_TRY(const States wanted, wanted_states(region.header, request, region.path));
  return change_alone(access, request, wanted);
}

}  // namespace hw

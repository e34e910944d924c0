#include "engine/admin/region_settings.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>

#include "engine/admin/whole_change.h"
#include "engine/base/boot.h"
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
  return make_error<MsgId::JNLNOCREATE>(path).after(make_error<MsgId::FILEEXISTS>(path));
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
    next.journal_path = resolved_link(journal_path_of(region.path, region.definition));
  if (request.own) HW_TRY_VOID(take_own_names(region, next));
  if (request.edit) HW_TRY_VOID(request.edit(next));

  SettingsOutcome outcome = outcome_of(next);
  outcome.new_file = wanted.journal == JournalState::On;
  WholeChange change;
  if (was_on && own_journal) change.closes = old.journal_path;
  if (outcome.new_file) {
    HW_TRY_VOID(check_path(next.journal_path, kJournalPathBytesMax));
    HW_TRY(const Occupant occupant, occupant_of(next.journal_path, old, own_journal, region.path, request.own));
    if (occupant.present) outcome.renamed_to = change.renamed_to = stamped_name(next.journal_path);
    const bool link = was_on && own_journal && !starts_replicating && (!request.journal || request.journal->keep_link);
    outcome.link_cut = !link && (was_on || occupant.present);
    next.generation = std::max(old.generation, occupant.generation) + 1;
    next.offset = kJournalHeaderBytes;
    next.last_record_bytes = 0;
    change.new_journal = true;
    if (link) change.previous = occupant.present ? change.renamed_to : old.journal_path;
  }
  change.next = next;
  HW_TRY_VOID(make_whole_change(access, change));
  return outcome;
}

/// What the pool says of a journal's sizes. A command that fails gives it back.
struct JournalSizes {
  std::uint64_t allocation;
  std::uint64_t extension;
  std::uint64_t autoswitch;
  bool operator==(const JournalSizes&) const = default;

  static JournalSizes of(const RegionHeader& header) {
    return {header.journal_allocation, header.journal_extension, header.journal_autoswitch};
  }
  static JournalSizes of(const PoolRegion& facts) {
    return {facts.allocation_bytes, facts.extension_bytes, facts.autoswitch_bytes};
  }
  void give_to(PoolRegion& facts) const {
    facts.allocation_bytes = allocation;
    facts.extension_bytes = extension;
    facts.autoswitch_bytes = autoswitch;
  }
};

/// The new journal file is in use: what has not been done besides is no failure of the command.
void note_undone(SettingsOutcome& outcome, const Status& status, std::string_view then) {
  if (status.has_value()) return;
  Error error = status.error();
  outcome.warnings.push_back(
      error.note(fmt::format("Journal file {} is in use. {}", outcome.journal_path, then)).as(Severity::Warning));
}

/// A new journal file under the commit lock of the processes that are at work.
Status switch_under_lock(Domain& domain, OpenRegion& region, const SettingsRequest& request, SettingsOutcome& outcome) {
  HW_TRY(const CheckpointLock images,
         CheckpointLock::take(domain.header()));  // Before the commit lock, as a checkpoint takes them.
  HW_TRY(CommitLock lock, CommitLock::take(domain));
  PoolRegion& facts = domain.facts(region);
  HW_TRY_VOID(region.refresh_header());
  const JournalSizes stored = JournalSizes::of(region.header);
  const JournalSizes before = JournalSizes::of(facts);
  apply_sizes(request, region.header);
  const JournalSizes wanted = JournalSizes::of(region.header);
  wanted.give_to(facts);
  auto renamed = region.journal.switch_generation(facts, true, next_commit_time_us(domain.header()));
  if (!renamed.has_value()) {
    before.give_to(facts);
    return std::move(renamed).error();
  }
  outcome = outcome_of(region.header);
  outcome.renamed_to = std::move(renamed).value();
  outcome.new_file = true;
  if (wanted != stored)
    note_undone(outcome, store_live_header(region), "Its sizes are not stored, and count until the database is closed");
  return {};
}

/// Moves the journal to another path while processes are at work. The file in use until now keeps its name and says
/// where the journal goes on. The image is brought up to the new file before the command ends, so that recovery does
/// not need the old one any more; where that fails, a warning says that it does.
Status move_under_lock(Domain& domain, OpenRegion& region, const SettingsRequest& request, SettingsOutcome& outcome) {
  const std::string& path = *request.journal->file_name;
  HW_TRY_VOID(check_path(path, kJournalPathBytesMax));
  if (file_exists(path)) return make_error<MsgId::JNLNOCREATE>(path).after(make_error<MsgId::FILEEXISTS>(path));
  HW_TRY(const CheckpointLock images, CheckpointLock::take(domain.header()));
  {
    HW_TRY(CommitLock lock, CommitLock::take(domain));
    PoolRegion& facts = domain.facts(region);
    HW_TRY_VOID(region.refresh_header());
    const JournalSizes before = JournalSizes::of(facts);
    apply_sizes(request, region.header);
    JournalSizes::of(region.header).give_to(facts);
    const auto note_path = [&] {
      region.header.journal_path = path;
      return region.write_header();
    };
    if (Status moved = region.journal.move_to(facts, path, next_commit_time_us(domain.header()), note_path);
        !moved.has_value()) {
      before.give_to(facts);
      return moved;
    }
    outcome = outcome_of(region.header);
    outcome.new_file = true;
    // After a power loss the image's header and the closed file lead to the new one, whether this is on disk or not.
    note_undone(outcome, sync_at(SyncPoint::SettingsLive, region.environment), "The database file was not synced");
  }
  note_undone(outcome, advance_image(domain, region, [] { return false; }),
              "Recovery needs the former file, too, until the next checkpoint");
  return {};
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
    if (original.has_value() && *original == own) {
      HW_TRY_VOID(refuse_copy(path, image));
      // One that is where the original was, with the journal that was copied with it.
      const bool is_beside = journal == image.journal_path && resolved_link(journal) == journal;
      if (!access.state().original_in_use || !is_beside) return refuse_copy_in_use(path, access.state());
    } else {
      HW_TRY_VOID(take_over_journal(journal, info.header, path));
      image.journal_path = journal;
      HW_TRY_VOID(write_image_settings(path, image));
    }
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
    HW_TRY(const RegionHeader header, header_before_recovery(access->region(), is_this_boot(access->state().boot)));
    const bool is_copy = access->state().original_in_use || !refuse_copy(access->path(), header).has_value();
    if (is_copy) HW_TRY_VOID(prepare_open_copy(*access));
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
    // Cutting the link needs the image to be moved first: no process may commit meanwhile.
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

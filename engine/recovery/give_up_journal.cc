#include "engine/recovery/give_up_journal.h"

#include "engine/base/boot.h"
#include "engine/base/file_rights.h"
#include "engine/base/sync_point.h"
#include "engine/recovery/checkpoint.h"

namespace hw {
namespace {

/// Renames the live file to `kept_aside` and puts its image into its place. On failure it has its name again.
Status replace_by_image(const std::string& database, const std::string& kept_aside) {
  HW_TRY(const FileRights rights, rights_of(database));
  HW_TRY_VOID(rename_file(database, kept_aside));
  Status status = [&]() -> Status {
    HW_TRY(const File made, open_or_create_like(database, rights, Likeness::Same));
    return restore_image(database);
  }();
  if (!status.has_value()) HW_TRY_VOID(rename_file(kept_aside, database));
  return status;
}

}  // namespace

Result<GivenUpJournal> give_up_journal(RegionAccess& access) {
  HW_TRY_VOID(access.require_alone());
  OpenRegion& region = access.region();
  region.environment = {};
  GivenUpJournal given_up;
  given_up.from_image = !is_this_boot(access.state().boot);
  if (given_up.from_image) {
    const std::string image = image_path(region.path);
    if (!file_exists(image)) return make_error<MsgId::HWDBNOTCLEAN>(region.path);
    given_up.kept_aside = stamped_name(region.path);
    HW_TRY_VOID(replace_by_image(region.path, given_up.kept_aside));
  }
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  HW_TRY_VOID(refuse_interrupted(region));
  RegionHeader& header = region.header;
  given_up.journal_path = header.journal_path;
  given_up.was_replicated = header.replicated;
  header.journal_state = JournalState::Disabled;
  header.replicated = false;
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::SettingsLive, region.environment));
  HW_TRY_VOID(drop_pool_if_last(access.pool()));
  access.pool().detach();  // Or the next region's would not be the last.
  region.control.live().behind.store(0);
  HW_TRY_VOID(access.write_state(ControlState::closed(header.database_id)));
  HW_TRY_VOID(remove_file(image_path(region.path)));
  return given_up;
}

}  // namespace hw

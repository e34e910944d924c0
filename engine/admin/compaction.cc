#include "engine/admin/compaction.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/admin/freeze.h"
#include "engine/admin/region_settings.h"
#include "engine/base/failpoint.h"
#include "engine/base/file.h"
#include "engine/base/sync_point.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"
#include "engine/storage/page.h"

namespace hw {
namespace {

Result<std::uint64_t> file_bytes(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDONLY));
  return file.size();
}

/// Cuts the live file, whose content does not count any more, to what the image will take and some room to go on.
Status cut_live_file(const std::string& path, std::uint64_t extension_blocks) {
  HW_TRY(const std::uint64_t image, file_bytes(image_path(path)));
  HW_TRY(const File file, File::open(path, O_RDWR));
  HW_TRY(const std::uint64_t live, file.size());
  constexpr std::uint64_t kRoomMin = 1 << 20;
  const std::uint64_t room = std::max({extension_blocks * kPageBytes, image / 8, kRoomMin});
  const std::uint64_t target = (image + room + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (target >= live) return {};
  HW_TRY_VOID(file.truncate(target));
  return sync_at(SyncPoint::CutLive, file);
}

}  // namespace

Result<Compaction> compact_region(RegionAccess& access) {
  HW_TRY_VOID(refuse_when_frozen(access.region(), "it cannot be written anew"));
  HW_TRY_VOID(access.require_alone());
  RegionAccess* one[] = {&access};
  OpenRegion& region = access.region();
  if (!access.state().clean || !region.environment.is_open()) HW_TRY_VOID(make_clean(one, RegionSet::Part));
  Compaction done;
  HW_TRY(const std::uint64_t before, file_bytes(region.path));
  done.pages_before = before / kPageBytes;
  const RegionHeader header = region.header;
  HW_TRY_VOID(build_image(region, header));
  HW_TRY_VOID(access.write_state(ControlState::changing(header.database_id)));
  fail_here(FailPoint::SettingsDecided);
  region.environment = {};
  HW_TRY_VOID(cut_live_file(region.path, header.extension_blocks));
  HW_TRY_VOID(make_clean(one, RegionSet::Part));
  if (header.journal_state != JournalState::On) HW_TRY_VOID(remove_file(image_path(region.path)));
  HW_TRY(const std::uint64_t after, file_bytes(region.path));
  done.pages_after = after / kPageBytes;
  done.tn = region.environment.last_tn().value + region.header.tn_base;
  return done;
}

Status rebuild_region(RegionAccess& access) {
  HW_TRY_VOID(access.require_alone());
  OpenRegion& region = access.region();
  // Opening makes an image where there is none.
  if (!file_exists(image_path(region.path))) return make_error<MsgId::HWDBNOTCLEAN>(region.path);
  HW_TRY(const RegionHeader header, read_image_header(region.path));
  // From then on the live file counts for nothing: not before it is known that the rest gives all that it had.
  if (access.state().database_id != DatabaseId{} && access.state().database_id != header.database_id)
    return make_error<MsgId::HWDBDAMAGED>(image_path(region.path), "it is the image of another database");
  if (header.journal_state == JournalState::On) {
    HW_TRY(const ImageReach reach, reach_of_image(region.path, header));
    HW_TRY_VOID(check_closed_files(region.path, header, reach));
    HW_TRY(const JournalTail tail, end_of_current(region.path, header, reach));
    (void)tail;  // Recovery looks for it again.
  }
  HW_TRY_VOID(access.write_state(ControlState::changing(header.database_id)));
  region.environment = {};
  RegionAccess* one[] = {&access};
  return make_clean(one, RegionSet::Part);
}

}  // namespace hw

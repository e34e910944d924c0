#include "engine/admin/compaction.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/admin/freeze.h"
#include "engine/admin/whole_change.h"
#include "engine/base/file.h"
#include "engine/base/file_rights.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"
#include "engine/region/copy_check.h"
#include "engine/storage/page.h"

namespace hw {
namespace {

Result<std::uint64_t> file_bytes(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDONLY));
  return file.size();
}

/// Whether what recovery makes beside the live file can be made: another image, and the next journal file. Asked while
/// the region can still be left as it is; the room is given back at once. Errors: SYSCALL, JNLNOCREATE.
Status require_room(const std::string& database, const RegionHeader& header) {
  HW_TRY(const std::uint64_t image, file_bytes(image_path(database)));
  HW_TRY(const std::uint64_t live, file_bytes(database));
  HW_TRY(const File beside, File::open_unnamed(folder_of(database)));
  // The image that is made, and what the live file is shorter than the one that there is.
  HW_TRY_VOID(beside.allocate(0, image + (image > live ? image - live : 0)));
  if (header.journal_state != JournalState::On) return {};
  const std::string journal = newest_journal_path(header.journal_path);
  HW_TRY_VOID(check_path(journal, kJournalPathBytesMax));
  HW_TRY(JournalFileInfo current, read_journal_info(journal));
  ++current.header.generation;
  current.header.allocation_bytes = header.journal_allocation;
  HW_TRY_VOID(prepare_successor(journal, current.header));
  return remove_file(successor_name(journal));
}

/// Whether recovery may write to what it has to. Errors: HWCOPY; DBOPNERR, JNLFILOPN.
Status require_files(const std::string& database, const RegionHeader& header) {
  for (const std::string& beside : {lock_path(database), image_path(database)}) {
    const auto file = File::open(beside, O_RDWR);
    if (!file.has_value() && may_not_write(file.error()))
      return rename_error<MsgId::DBOPNERR>(file.error(), database).note(beside);
  }
  if (header.journal_state != JournalState::On) return {};
  HW_TRY_VOID(refuse_copy(database, header));
  const std::string journal = newest_journal_path(header.journal_path);
  const auto file = File::open(journal, O_RDWR);
  return file.has_value() ? Status() : rename_error<MsgId::JNLFILOPN>(file.error(), journal, database);
}

/// The change that rewrites a region: its transaction numbers are new, so the journal goes on in another file.
Result<WholeChange> change_of(const RegionHeader& header) {
  WholeChange change;
  change.next = header;
  change.anew = true;
  if (header.journal_state != JournalState::On) return change;
  HW_TRY_VOID(check_path(header.journal_path, kJournalPathBytesMax));
  change.new_journal = true;
  change.closes = header.journal_path;
  change.renamed_to = change.previous = stamped_name(header.journal_path);
  ++change.next.generation;
  change.next.offset = kJournalHeaderBytes;
  change.next.last_record_bytes = 0;
  return change;
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
  HW_TRY_VOID(refuse_copy(region.path, region.header));
  HW_TRY(const WholeChange change, change_of(region.header));
  HW_TRY_VOID(make_whole_change(access, change));
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
  HW_TRY_VOID(require_room(region.path, header));
  HW_TRY_VOID(require_files(region.path, header));
  HW_TRY_VOID(access.write_state(ControlState::changing(header.database_id)));
  region.environment = {};
  RegionAccess* one[] = {&access};
  return make_clean(one, RegionSet::Part);
}

}  // namespace hw

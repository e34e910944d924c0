// freeze -on, -off: regions that no process changes for a while.
#include <unistd.h>

#include <ostream>

#include "engine/admin/freeze.h"
#include "engine/integ/region_look.h"
#include "engine/region/backup_marks.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {
namespace {

/// A later incremental backup may begin at the moment of the freeze (-since=record).
Status record_mark(const std::string& path, const Region& region) {
  HW_TRY(const auto access, RegionAccess::take(path, &region));
  std::optional<BackupMarks> marks;
  HW_TRY_VOID(look_at_region(*access, [&](const RegionLook& seen) -> Status {
    if (!seen.header.has_value()) return seen.header.error();
    HW_TRY(marks, read_backup_marks(path, seen.header->database_id));
    marks->record = seen.reg_seqno;
    return {};
  }));
  return write_backup_marks(path, *marks);
}

Status freeze_or_thaw(const ParsedCommand& command, const std::string& path, const Region& region) {
  HW_TRY(const auto access, RegionAccess::take(path, &region));
  if (command.has("OFF")) return thaw_region(*access, ::getuid(), command.has("OVERRIDE"));
  return freeze_region(*access, ::getuid());
}

}  // namespace

Result<int> run_freeze(const ParsedCommand& command, Console& console) {
  if (command.has("ONLINE"))
    return make_error<MsgId::HWREFUSED>("FREEZE -ONLINE",
                                        "files are mapped into memory, so that an update is a change of the file");
  HW_TRY(const std::string named, ask_parameter(command, 0, console.in, console.out));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  const auto regions = regions_named(directory, named);
  if (!regions.has_value()) return no_action(regions.error());
  // All of them or none, as far as one can know before.
  for (const Region* region : *regions) {
    const auto access = RegionAccess::take(directory.database_path(*region), region);
    if (!access.has_value()) return no_action(access.error());
  }
  const bool on = command.has("ON");
  bool all = true;
  Error last = make_error<MsgId::MUNOFINISH>();
  for (const Region* region : *regions) {
    const std::string path = directory.database_path(*region);
    Status done = freeze_or_thaw(command, path, *region);
    if (done.has_value()) {
      console.err << fmt::format("Region {} is now {}\n", region->name, on ? "FROZEN" : "UNFROZEN");
      if (on && command.has("RECORD")) done = record_mark(path, *region);
    }
    if (done.has_value()) continue;
    console.err << done.error().render();
    last.counts(done.error());
    all = false;
  }
  if (!all) return last;
  console.err << (on ? "All requested regions frozen\n" : "All requested regions unfrozen\n");
  return 0;
}

}  // namespace hw::mupip

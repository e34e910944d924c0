// create: the database files of the global directory.
#include <ostream>

#include "engine/region/open_region.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {

Result<int> run_create(const ParsedCommand& command, Console& console) {
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  auto regions = regions_named(directory, command.text("REGION").value_or("*"));
  if (!regions.has_value()) return value_error(regions.error());
  bool all = true;
  for (const Region* region : *regions) {
    if (Status status = create_database(directory, *region); !status.has_value()) {
      console.err << status.error().render();
      all = false;
      continue;
    }
    console.err << make_line<MsgId::DBFILECREATED>(directory.database_path(*region)) << '\n';
  }
  if (!all) return make_error<MsgId::DBNOCRE>();
  return 0;
}

}  // namespace hw::mupip

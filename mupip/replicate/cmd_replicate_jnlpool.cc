// replicate -source -jnlpool: shows or changes the live journal pool.
#include <ostream>

#include "journal/pool_fields.h"
#include "mupip/commands.h"
#include "replic/control/instance_show.h"
#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "replic/source/source_options.h"

namespace hw::mupip {

Result<int> run_source_jnlpool(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string path, instance_path_from_environment());
  HW_TRY(const JournalPool pool, command.has("SHOW") ? look_at_pool(path) : find_pool(path));
  if (command.has("SHOW")) {
    const bool detail = command.has("DETAIL");
    HW_TRY(const InstanceFile file, InstanceFile::open(path, /*writable=*/false));
    HW_TRY(const auto cells, file.read_cells());
    console.err << show_journal_pool(pool.header(), detail, show_cells_in_pool(cells, pool.header(), detail));
    return 0;
  }
  HW_TRY(const FieldChange wanted, parse_field_change(command));
  HW_TRY(const FieldEdit done, change_pool_field(pool, wanted.offset_bytes, wanted.size_bytes, wanted.value));
  console.err << edit_line(wanted.offset_bytes, wanted.size_bytes, done) << '\n';
  return 0;
}

}  // namespace hw::mupip

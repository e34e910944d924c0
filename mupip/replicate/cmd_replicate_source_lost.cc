// replicate -source -losttncomplete: what a former root lost has been dealt with.
#include <ostream>

#include "engine/session/database.h"
#include "mupip/replicate/source_actions.h"
#include "replic/instance/lost_transactions.h"
#include "replic/process/server_log.h"

namespace hw::mupip {

Result<int> run_source_losttncomplete(const ParsedCommand&, Console& console) {
  HW_TRY(const SourceControl control, open_source_control(std::nullopt, console));
  console.err << timed(
                     fmt::format("Initiating LOSTTNCOMPLETE operation on instance [{}]", control.file().header().name))
              << '\n'
              << std::flush;
  DatabaseOptions options;
  options.instance_file = control.path();
  options.background = false;
  HW_TRY(const auto database, Database::open(options));
  HW_TRY(Domain* const domain, database->domain());
  HW_TRY(InstanceFile file, InstanceFile::open(control.path()));
  HW_TRY_VOID(complete_lost_transactions(*domain, file));
  HW_TRY_VOID(database->close());
  return 0;
}

}  // namespace hw::mupip

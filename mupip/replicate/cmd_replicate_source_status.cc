// replicate -source -status -json: the whole instance for a monitoring program.
#include <ostream>

#include "mupip/commands.h"
#include "replic/control/instance_status.h"
#include "replic/instance/instance.h"

namespace hw::mupip {

Result<int> run_source_status(const ParsedCommand&, Console& console) {
  HW_TRY(const std::string path, instance_path_from_environment());
  HW_TRY(const InstanceStatus status, instance_status(path));
  console.out << status.json << '\n';
  if (!status.unseen) return 0;
  console.err << status.unseen->render();
  return status.unseen->status();
}

}  // namespace hw::mupip

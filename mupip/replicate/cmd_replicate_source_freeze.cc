// replicate -source -freeze: this product has no instance freeze, and says so.
#include <ostream>

#include "mupip/commands.h"
#include "mupip/replicate/source_actions.h"

namespace hw::mupip {

Result<int> run_source_freeze(const ParsedCommand& command, Console& console) {
  HW_TRY(const SourceFreezeOptions options, parse_source_freeze(command));
  HW_TRY(const SourceControl control, open_source_control(std::nullopt, console, ControlUse::Look));
  if (options.request == FreezeRequest::On)
    return value_error(
        "Instance Freeze is not supported; a backup needs none, and a full disk stops updates with an error");
  if (options.request == FreezeRequest::Show) {
    if (command.has("COMMENT"))
      console.err << make_line<MsgId::TEXT>("-COMMENT has no effect: it goes with -FREEZE=ON") << '\n';
    console.err << "Instance Freeze: OFF\n";
  }
  return 0;
}

}  // namespace hw::mupip

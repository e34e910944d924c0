// replicate -source -activate, -deactivate: a request in the server's slot; it turns within seconds.
#include <ostream>

#include "mupip/replicate/source_actions.h"

namespace hw::mupip {

Result<int> run_source_activate(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_activate(command, needed_secondary()));
  HW_TRY(SourceControl control, open_source_control(options.secondary_name, console));
  HW_TRY(const SourceView server, control.live_server(options.secondary_name));
  HW_TRY_VOID(control.check_activate(options.role));
  console.out << initiating("ACTIVATE", server) << '\n' << std::flush;
  if (server.active()) {
    console.err << "Source Server already ACTIVE, not changing mode\n";
    return 1;
  }
  if (options.role == InstanceRole::Root && !control.updates_enabled()) {
    if (control.is_fenced())
      console.err << make_error<MsgId::HWFENCED>(control.file().header().name).render();
    else
      HW_TRY_VOID(control.become_root(options.secondary_name));
  }
  HW_TRY(const LogRequest said, control.activate(server, options));
  for (const auto& line : said.lines) console.err << line << '\n';
  return 0;
}

Result<int> run_source_deactivate(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_deactivate(command, needed_secondary()));
  HW_TRY(SourceControl control, open_source_control(options.secondary_name, console));
  HW_TRY(const SourceView server, control.live_server(options.secondary_name));
  HW_TRY_VOID(control.check_deactivate(options.role));
  console.out << initiating("DEACTIVATE", server) << '\n' << std::flush;
  if (server.passive()) {
    console.err << "Source Server already PASSIVE, not changing mode\n";
    return 1;
  }
  control.deactivate(server);
  return 0;
}

}  // namespace hw::mupip

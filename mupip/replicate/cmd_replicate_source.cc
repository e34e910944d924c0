// replicate -source: -start, and the way to the other actions.
#include <ostream>
#include <utility>

#include "mupip/commands.h"
#include "mupip/replicate/own_program.h"
#include "mupip/replicate/source_actions.h"
#include "replic/instance/instance.h"
#include "replic/process/server_log.h"
#include "replic/source/source_options.h"
#include "replic/source/source_server.h"
#include "replic/source/source_start.h"

namespace hw::mupip {
namespace {

Result<int> run_source_start(const ParsedCommand& command, Console& console) {
  HW_TRY(const SourceStartOptions options, parse_source_start(command, needed_secondary()));
  return start_source_server(options, "mupip " + command.line(), console);
}

constexpr std::pair<std::string_view, CommandFunction> kActions[] = {
    {"START", run_source_start},
    {"SHUTDOWN", run_source_shutdown},
    {"ACTIVATE", run_source_activate},
    {"DEACTIVATE", run_source_deactivate},
    {"CHECKHEALTH", run_source_checkhealth},
    {"STATSLOG", run_source_statslog},
    {"SHOWBACKLOG", run_source_showbacklog},
    {"CHANGELOG", run_source_changelog},
    {"STOPSOURCEFILTER", run_source_stopsourcefilter},
    {"LOSTTNCOMPLETE", run_source_losttncomplete},
    {"NEEDRESTART", run_source_needrestart},
};

}  // namespace

Result<int> start_source_server(const SourceStartOptions& options, const std::string& command_line, Console& console) {
  HW_TRY(const std::string path, instance_path_from_environment());
  console.out << timed(fmt::format("Initiating START of source server for secondary instance [{}]",
                                   options.secondary_name.view()))
              << '\n'
              << std::flush;
  HW_TRY_VOID(check_source_start(options, path));
  std::vector<std::string> refresh_command{own_program(), "replicate", "-refreshsend"};
  if (options.tls.id) refresh_command.push_back("-tlsid=" + *options.tls.id);
  if (options.tls.plaintext_fallback) refresh_command.emplace_back("-plaintextfallback");
  const SourceServerConfig config{options, path, command_line, std::move(refresh_command)};
  HW_TRY(const DaemonStart start,
         run_as_daemon([&](StartReport& report) { return run_source_server(config, report); }));
  if (start.started) {
    console.err << start.text;
    return 0;
  }
  if (start.status <= 2)
    console.out << timed("Source server startup failed. See source server log file") << '\n' << std::flush;
  console.err << start.text;
  return start.status;
}

Result<SourceControl> open_source_control(const std::optional<InstanceName>& secondary, Console& console,
                                          ControlUse for_what) {
  HW_TRY(SourceControl control, SourceControl::open(secondary, for_what));
  for (const Error& warning : control.repaired()) console.err << warning.render() << std::flush;
  return control;
}

std::string initiating(std::string_view what, const SourceView& server) {
  return timed(fmt::format("Initiating {} operation on source server pid [{}] for secondary instance [{}]", what,
                           server.pid(), server.name));
}

Result<int> run_source(const ParsedCommand& command, Console& console) {
  for (const auto& [name, run] : kActions)
    if (command.has(name)) return run(command, console);
  HW_CHECK(false);  // The grammar lets no line through that has none of them.
}

}  // namespace hw::mupip

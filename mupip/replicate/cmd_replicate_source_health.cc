// replicate -source -checkhealth, -showbacklog, -needrestart: looks only.
#include <ostream>

#include "mupip/replicate/source_actions.h"
#include "replic/process/server_log.h"

namespace hw::mupip {

Result<int> run_source_checkhealth(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, optional_secondary(command, environment_secondary()));
  HW_TRY(const SourceControl control, open_source_control(name, console, ControlUse::Look));
  HW_TRY(const auto servers, control.servers(name));
  int status = 0;
  for (const SourceView& server : servers) {
    console.out << timed(fmt::format("Initiating CHECKHEALTH operation on source server pid [{}] for secondary "
                                     "instance name [{}]",
                                     server.pid(), server.name))
                << '\n';
    if (server.unseen) {
      const Error unseen = make_error<MsgId::HWUNSEEN>(
          control.path(),
          fmt::format("source server {} runs in another PID name space, or cannot be looked at", server.pid()));
      console.err << unseen.render();
      if (status == 0) status = unseen.status();
    } else if (server.alive) {
      console.err << fmt::format("PID {} Source server is alive in {} mode\n", server.pid(),
                                 server.passive() ? "PASSIVE" : "ACTIVE");
    } else {
      console.err << fmt::format("PID {} Source server is NOT alive\n", server.pid())
                  << make_error<MsgId::SRCSRVNOTEXIST>(server.name).render();
      status = 1;
    }
  }
  return status;
}

Result<int> run_source_showbacklog(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, optional_secondary(command, environment_secondary()));
  HW_TRY(const SourceControl control, open_source_control(name, console, ControlUse::Look));
  HW_TRY(const auto servers, control.servers(name));
  for (const SourceView& server : servers) {
    if (!name && !server.alive) continue;
    console.err << timed(fmt::format("Initiating SHOWBACKLOG operation on source server pid [{}] for secondary "
                                     "instance [{}]",
                                     server.alive ? server.pid() : 0, server.name))
                << '\n';
    for (const auto& line : control.backlog(server).lines(server.name)) console.err << line << '\n';
    if (!server.alive) {
      console.err << make_error<MsgId::SRCSRVNOTEXIST>(server.name).as(Severity::Warning).render();
    } else if (server.passive()) {
      console.err << "WARNING - Source Server is in passive mode, transactions are not being replicated\n";
    }
  }
  return 0;
}

Result<int> run_source_needrestart(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, required_secondary(command, needed_secondary()));
  HW_TRY(const SourceControl control, open_source_control(name, console, ControlUse::Look));
  const auto servers = control.servers(name);
  if (!servers.has_value() && servers.error().id != MsgId::REPLINSTSECNONE) return servers.error();
  bool needs = true;
  if (servers.has_value()) {
    console.err << initiating("NEEDRESTART", servers->front()) << '\n';
    needs = control.needs_restart(servers->front());
  } else {
    console.err << timed(fmt::format("Initiating NEEDRESTART operation for secondary instance [{}]", name.view()))
                << '\n';
  }
  console.err << (needs ? fmt::format("Secondary Instance [{}] NEEDS to be restarted first\n", name.view())
                        : fmt::format("Secondary Instance [{}] DOES NOT NEED to be restarted\n", name.view()));
  return 0;
}

}  // namespace hw::mupip

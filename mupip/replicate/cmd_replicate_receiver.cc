// replicate -receiver: -start, -checkhealth, -showbacklog, and the way to the other actions.
#include <algorithm>
#include <ostream>
#include <utility>

#include "mupip/commands.h"
#include "mupip/replicate/own_program.h"
#include "mupip/replicate/receiver_actions.h"
#include "replic/control/receiver_control.h"
#include "replic/instance/instance.h"
#include "replic/receiver/receiver_options.h"
#include "replic/receiver/receiver_process.h"
#include "replic/receiver/update_server.h"

namespace hw::mupip {
namespace {

/// Exit status bits of -checkhealth.
constexpr int kReceiverDead = 1;
constexpr int kUpdateDead = 4;
constexpr int kUpdateProcessExists = 3;  // GT.M's status, which is not its message's.

Result<int> start_update_process(Console& console) {
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  if (const Status started = control.start_update_process(); !started.has_value()) {
    if (started.error().id != MsgId::UPDPROC) return started.error();
    console.err << started.error().render();
    return kUpdateProcessExists;
  }
  console.err << make_line<MsgId::REPLINFO>("Update Process started successfully") << '\n';
  return 0;
}

Result<int> answer_helpers(Console& console) {
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  HW_TRY_VOID(control.need_receiver());
  console.err << make_line<MsgId::REPLINFO>("Helper processes are not needed; none is started") << '\n';
  return 0;
}

Result<int> start(const ParsedCommand& command, Console& console) {
  HW_TRY(const ReceiverStartOptions options, parse_receiver_start(command));
  if (options.update_process_only) return start_update_process(console);
  if (!options.listen_port) return answer_helpers(console);
  HW_TRY(const int status, start_receiver_server(options, "mupip " + command.line(), console));
  return status == 0 && options.helpers ? answer_helpers(console) : Result<int>(status);
}

Result<int> check_health(const ParsedCommand&, Console& console) {
  HW_TRY(const ReceiverControl control, ReceiverControl::open(ControlUse::Look));
  const ReceivePoolHeader& header = control.header();
  int status = 0;
  for (const PoolProcess* process : {&header.receiver, &header.update})
    if (liveness_of(*process, control.path()) == Liveness::Unseen)
      return make_error<MsgId::HWUNSEEN>(
          control.path(),
          fmt::format("process {} runs in another PID name space, or cannot be looked at", process->pid.load()));
  const auto say = [&](const PoolProcess& process, std::string_view who, int bit) {
    const bool alive = process_lives(process, control.path());
    if (!alive) status |= bit;
    console.err << fmt::format("PID {} {} is {}\n", process.pid.load(), who, alive ? "alive" : "NOT alive");
    return alive;
  };
  say(header.receiver, "Receiver server", kReceiverDead);
  if (!say(header.update, "Update process", kUpdateDead) && header.update.pid.load() == 0)
    console.err << "Update Process crashed during initialization\n";
  return status;
}

Result<int> show_backlog(const ParsedCommand&, Console& console) {
  HW_TRY(const ReceiverControl control, ReceiverControl::open(ControlUse::Look));
  const std::uint64_t applied = control.journal_pool().next_seqno.load();
  const std::uint64_t received = std::max(control.header().next_received.load(), applied);
  console.err << fmt::format(
      "{} : number of backlog transactions received by receiver server and yet to be processed by update process\n"
      "{} : sequence number of last transaction received from Source Server and written to receive pool\n"
      "{} : sequence number of last transaction processed by update process\n",
      received - applied, received - 1, applied - 1);
  return 0;
}

constexpr std::pair<std::string_view, CommandFunction> kActions[] = {
    {"START", start},
    {"SHUTDOWN", run_receiver_shutdown},
    {"CHECKHEALTH", check_health},
    {"STATSLOG", run_receiver_statslog},
    {"SHOWBACKLOG", show_backlog},
    {"CHANGELOG", run_receiver_changelog},
    {"STOPRECEIVERFILTER", run_receiver_stopfilter},
};

}  // namespace

Result<int> start_receiver_server(const ReceiverStartOptions& options, const std::string& command_line,
                                  Console& console) {
  HW_CHECK(options.listen_port && !options.update_process_only);
  HW_TRY(std::string path, instance_path_from_environment());
  const ReceiverServerConfig config{.instance_path = std::move(path),
                                    .options = options,
                                    .command_line = command_line,
                                    .update_command = {own_program(), "replicate", "-updateproc"}};
  HW_TRY_VOID(check_receiver_start(config));
  HW_TRY(const DaemonStart daemon,
         run_as_daemon([&config](StartReport& report) { return run_receiver_server(config, report); }));
  if (daemon.started) return 0;
  console.err << daemon.text;
  return daemon.status;
}

Result<int> run_receiver(const ParsedCommand& command, Console& console) {
  for (const auto& [name, run] : kActions)
    if (command.has(name)) return run(command, console);
  HW_CHECK(false);  // The grammar lets no line through that has none of them.
}

Result<int> run_update_process_command(const ParsedCommand&, Console&) {
  HW_TRY(const std::string path, instance_path_from_environment());
  return run_update_process(path);
}

}  // namespace hw::mupip

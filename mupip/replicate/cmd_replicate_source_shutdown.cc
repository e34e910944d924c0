// replicate -source -shutdown: waits as asked, stops the servers, and removes the pool with the last one.
#include <algorithm>
#include <chrono>
#include <ostream>
#include <span>
#include <thread>

#include "engine/base/liveness.h"
#include "mupip/replicate/source_actions.h"
#include "replic/instance/instance.h"
#include "replic/process/server_log.h"

namespace hw::mupip {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t kShutdownWait_s = 180;  // GT.M's.
constexpr auto kLookAgain = std::chrono::seconds(1);

void say(Console& console, std::string_view text) { console.out << timed(text) << '\n' << std::flush; }

/// Until the secondaries of all active servers have applied everything, or the time is over.
void wait_for_zero_backlog(const SourceControl& control, const std::vector<SourceView>& servers,
                           std::uint32_t timeout_s, Console& console) {
  const auto behind = [&](const SourceView& server) {
    return server.alive && server.active() && control.backlog(server).unacknowledged() != 0;
  };
  SharedEvent& news = control.pool().published;
  const auto deadline = steady_clock::now() + std::chrono::seconds(timeout_s);
  for (;;) {
    const std::uint32_t ticket = news.ticket();
    if (std::ranges::none_of(servers, behind)) return say(console, make_line<MsgId::REPL0BACKLOG>());
    if (steady_clock::now() >= deadline) break;
    // What a secondary acknowledges is not announced.
    news.wait(ticket, std::min(deadline, steady_clock::now() + kLookAgain));
  }
  for (const SourceView& server : servers)
    if (behind(server)) say(console, make_line<MsgId::REPLNORESP>(server.name, timeout_s));
  say(console, make_line<MsgId::REPLBACKLOG>());
}

/// The time given is for servers to end by themselves; it is over early when none is left.
Status wait_for_servers(const std::vector<SourceView>& servers, std::uint32_t timeout_s) {
  const auto given = steady_clock::now() + std::chrono::seconds(timeout_s);
  for (const SourceView& server : servers)
    if (server.alive) HW_TRY_VOID(wait_for_exit(server.pid(), server.live->pid_start.load(), given));
  return {};
}

/// Noted once: a server takes its number out of the pool before it leaves it.
struct Asked {
  std::uint32_t pid;
  std::uint64_t start;
};

Status refuse_unseen(const SourceControl& control, std::span<const SourceView> servers) {
  for (const SourceView& server : servers) {
    if (!server.unseen) continue;
    return make_error<MsgId::HWUNSEEN>(
        control.path(),
        fmt::format("source server {} runs in another PID name space, or cannot be looked at", server.pid()));
  }
  return {};
}

Error pool_stays(Error why) {
  why.note("The servers have ended. The journal pool stays until this command can be carried out");
  return why;
}

}  // namespace

Result<int> run_source_shutdown(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_shutdown(command, environment_secondary()));
  if (options.wait_for_zero_backlog) {
    say(console, fmt::format("Initiating ZEROBACKLOG shutdown operation. Waiting for up to {} second(s) for backlog to "
                             "clear",
                             options.timeout_s));
  } else if (options.timeout_s == 0) {
    say(console, "Forcing immediate shutdown");
  } else {
    say(console, fmt::format("Waiting for {} second(s) before forcing shutdown", options.timeout_s));
  }
  HW_TRY(SourceControl control, open_source_control(options.secondary_name, console));
  HW_TRY(const auto servers, control.servers(options.secondary_name));
  if (options.secondary_name && !servers.front().alive && servers.front().pid() == 0)
    return make_error<MsgId::SRCSRVNOTEXIST>(options.secondary_name->view());
  HW_TRY_VOID(control.check_removable());
  HW_TRY_VOID(refuse_unseen(control, servers));
  if (options.wait_for_zero_backlog) {
    wait_for_zero_backlog(control, servers, options.timeout_s, console);
  } else {
    HW_TRY_VOID(wait_for_servers(servers, options.timeout_s));
  }

  std::vector<Asked> asked;
  std::vector<std::string> abnormal;
  for (const SourceView& server : servers) {
    const Asked process{server.pid(), server.live->pid_start.load()};
    console.out << initiating("SHUTDOWN", server) << '\n';
    if (server.unseen || server_lives(*server.live, control.path())) {
      asked.push_back(process);
    } else if (process.pid != 0) {
      abnormal.push_back(
          fmt::format("Source Server pid [{}] (secondary instance [{}]) exited abnormally. MUPIP RUNDOWN "
                      "might be warranted",
                      process.pid, server.name));
    }
    HW_TRY_VOID(control.ask_to_stop(server));
  }
  say(console, fmt::format("Waiting for upto [{}] seconds for the source server to shutdown", kShutdownWait_s));
  int status = 0;
  const auto deadline = steady_clock::now() + std::chrono::seconds(kShutdownWait_s);
  for (const Asked& process : asked) {
    HW_TRY(const bool ended, wait_for_exit(process.pid, process.start, deadline));
    if (!ended) status = 1;
  }

  const auto tell_abnormal = [&] {
    for (const auto& line : abnormal) console.err << timed(line) << '\n';
    return abnormal.empty() ? status : 1;
  };
  if (const std::size_t alive = control.alive_count(); alive > 0) {
    console.err << timed(fmt::format("Not deleting jnlpool ipcs. {} source servers still attached to jnlpool", alive))
                << '\n';
    return tell_abnormal();
  }
  const std::string path = control.path();
  const auto removal = remove_unused_pool(control.take_pool(), path);
  if (!removal.has_value()) return pool_stays(removal.error());
  const LeaveOutcome& left = *removal;
  if (left.removed) {
    say(console, "Journal pool shared memory removed");
  } else {
    console.err << timed(fmt::format("Not deleting jnlpool ipcs. {} processes still attached to jnlpool", left.others))
                << '\n';
    status = 1;
  }
  return tell_abnormal();
}

}  // namespace hw::mupip

// replicate -source: -start, -checkhealth, -showbacklog, -shutdown, -activate, -deactivate.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <ostream>
#include <utility>
#include <vector>

#include "engine/base/liveness.h"
#include "mupip/commands.h"
#include "replic/backlog.h"
#include "replic/instance.h"
#include "replic/server_log.h"
#include "replic/source_options.h"
#include "replic/source_server.h"
#include "replic/source_start.h"

namespace hw::mupip {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t kShutdownWait_s = 180;  // GT.M's.

const char* environment_secondary() { return std::getenv("gtm_repl_instsecondary"); }

/// One source server as a command sees it; `live` is null when the pool knows the name no more.
struct Server {
  std::string name;
  PoolSlot* live = nullptr;
  const InstanceSlot* entry = nullptr;
  bool alive = false;
  std::uint32_t pid() const { return live == nullptr ? 0 : live->pid.load(); }
};

/// The pool and the instance file, and the servers that a command is about.
struct Target {
  std::string path;
  InstanceFile file;
  JournalPool pool;

  Server server_of(const InstanceSlot& entry) {
    Server out{entry.name, nullptr, &entry, false};
    for (PoolSlot& slot : pool.header().slots)
      if (slot.in_use.load() != 0 && slot.name == entry.name) out.live = &slot;
    out.alive = out.live != nullptr && server_lives(*out.live);
    return out;
  }
  /// Of the name, or all that are alive or died without a word.
  /// Errors: REPLINSTSECNONE when no slot has the name.
  Result<std::vector<Server>> servers(const std::optional<InstanceName>& name) {
    std::vector<Server> out;
    for (const InstanceSlot& entry : file.slots()) {
      if (!entry.used() || (name && entry.name != name->view())) continue;
      Server server = server_of(entry);
      if (name || server.pid() != 0) out.push_back(std::move(server));
    }
    if (name && out.empty()) return make_error<MsgId::REPLINSTSECNONE>(name->view(), path);
    return out;
  }
};

Result<Target> open_target(const std::optional<InstanceName>& secondary) {
  HW_TRY(std::string path, instance_path_from_environment());
  HW_TRY(InstanceFile file, InstanceFile::open(path, /*writable=*/false));
  if (secondary && secondary->view() == file.header().name) return make_error<MsgId::REPLINSTNMSAME>(secondary->view());
  HW_TRY(JournalPool pool, find_pool(path));
  return Target{std::move(path), std::move(file), std::move(pool)};
}

Error not_alive(std::string_view name) { return make_error<MsgId::SRCSRVNOTEXIST>(name); }

Result<int> run_source_start(const ParsedCommand& command, Console& console) {
  HW_TRY(const SourceStartOptions options, parse_source_start(command, environment_secondary()));
  if (options.filter_command) return value_error("A filter is not supported");
  HW_TRY(const std::string path, instance_path_from_environment());
  console.out << timed(fmt::format("Initiating START of source server for secondary instance [{}]",
                                   options.secondary_name.view()))
              << '\n'
              << std::flush;
  HW_TRY_VOID(check_source_start(options, path));
  const SourceServerConfig config{options, path, "mupip " + command.line()};
  HW_TRY(const DaemonStart start,
         run_as_daemon([&](StartReport& report) { return run_source_server(config, report); }));
  if (start.started) return 0;
  if (start.status <= 2)
    console.out << timed("Source server startup failed. See source server log file") << '\n' << std::flush;
  console.err << start.text;
  return start.status;
}

Result<int> run_source_checkhealth(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, optional_secondary(command, environment_secondary()));
  HW_TRY(Target target, open_target(name));
  HW_TRY(const auto servers, target.servers(name));
  int status = 0;
  for (const Server& server : servers) {
    console.out << timed(
                       fmt::format("Initiating CHECKHEALTH operation on source server pid [{}] for secondary instance "
                                   "name [{}]",
                                   server.pid(), server.name))
                << '\n';
    if (server.alive) {
      const bool passive = server.live->mode.load() == static_cast<std::uint32_t>(ServerMode::Passive);
      console.err << fmt::format("PID {} Source server is alive in {} mode\n", server.pid(),
                                 passive ? "PASSIVE" : "ACTIVE");
    } else {
      console.err << fmt::format("PID {} Source server is NOT alive\n", server.pid())
                  << not_alive(server.name).render();
      status = 1;
    }
  }
  return status;
}

Result<int> run_source_showbacklog(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto name, optional_secondary(command, environment_secondary()));
  HW_TRY(Target target, open_target(name));
  HW_TRY(const auto servers, target.servers(name));
  for (const Server& server : servers) {
    if (!name && !server.alive) continue;
    Backlog backlog{Seqno{target.pool.header().next_seqno.load()}, server.entry->send_next, server.entry->acked_next};
    if (server.live != nullptr) {
      backlog.send_next = Seqno{server.live->read_seqno.load()};
      const std::uint64_t applied = server.live->applied_seqno.load();
      backlog.acked_next = Seqno{applied == 0 ? 0 : applied + 1};
    }
    console.err << timed(
                       fmt::format("Initiating SHOWBACKLOG operation on source server pid [{}] for secondary instance "
                                   "[{}]",
                                   server.alive ? server.pid() : 0, server.name))
                << '\n';
    for (const auto& line : backlog.lines(server.name)) console.err << line << '\n';
    if (!server.alive) {
      console.err << not_alive(server.name).as(Severity::Warning).render();
    } else if (server.live->mode.load() == static_cast<std::uint32_t>(ServerMode::Passive)) {
      console.err << "WARNING - Source Server is in passive mode, transactions are not being replicated\n";
    }
  }
  return 0;
}

Result<int> run_source_shutdown(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_shutdown(command, environment_secondary()));
  if (options.timeout_s == 0) {
    console.out << timed("Forcing immediate shutdown") << '\n' << std::flush;
  } else {
    console.out << timed(fmt::format("Waiting for {} second(s) before forcing shutdown", options.timeout_s)) << '\n'
                << std::flush;
  }
  HW_TRY(Target target, open_target(options.secondary_name));
  HW_TRY(const auto servers, target.servers(options.secondary_name));
  if (options.secondary_name && !servers.front().alive && servers.front().pid() == 0)
    return not_alive(options.secondary_name->view());

  // The time given is for servers to end by themselves; it is over early when none is left.
  const auto given = steady_clock::now() + std::chrono::seconds(options.timeout_s);
  for (const Server& server : servers)
    if (server.alive) HW_TRY_VOID(wait_for_exit(server.pid(), server.live->pid_start.load(), given));

  int status = 0;
  std::vector<std::string> abnormal;
  // Noted once: a server takes its number out of the pool before it leaves it.
  struct Asked {
    std::uint32_t pid;
    std::uint64_t start;
  };
  std::vector<Asked> asked;
  for (const Server& server : servers) {
    const Asked process{server.pid(), server.live->pid_start.load()};
    console.out << timed(fmt::format(
                       "Initiating SHUTDOWN operation on source server pid [{}] for secondary instance [{}]",
                       process.pid, server.name))
                << '\n';
    if (!process_lives(process.pid, process.start)) {
      if (process.pid != 0)
        abnormal.push_back(
            fmt::format("Source Server pid [{}] (secondary instance [{}]) exited abnormally. MUPIP "
                        "RUNDOWN might be warranted",
                        process.pid, server.name));
      server.live->pid.store(0);
      continue;
    }
    server.live->shutdown.store(1);
    if (::kill(static_cast<pid_t>(process.pid), SIGTERM) != 0 && errno != ESRCH)
      return system_error("kill()", fmt::format("process {}", process.pid));
    asked.push_back(process);
  }
  console.out << timed(fmt::format("Waiting for upto [{}] seconds for the source server to shutdown", kShutdownWait_s))
              << '\n'
              << std::flush;
  const auto deadline = steady_clock::now() + std::chrono::seconds(kShutdownWait_s);
  for (const Asked& process : asked) {
    HW_TRY(const bool ended, wait_for_exit(process.pid, process.start, deadline));
    if (!ended) status = 1;
  }
  std::size_t left_alive = 0;
  for (const PoolSlot& slot : target.pool.header().slots)
    if (server_lives(slot)) ++left_alive;
  if (left_alive > 0) {
    console.err << timed(fmt::format("Not deleting jnlpool ipcs. {} source servers still attached to jnlpool",
                                     left_alive))
                << '\n';
    return status;
  }
  HW_TRY(const LeaveOutcome left, remove_unused_pool(std::move(target.pool), target.path));
  if (left.removed) {
    console.out << timed("Journal pool shared memory removed") << '\n' << std::flush;
  } else {
    console.err << timed(fmt::format("Not deleting jnlpool ipcs. {} processes still attached to jnlpool", left.others))
                << '\n';
    status = 1;
  }
  for (const auto& line : abnormal) console.err << timed(line) << '\n';
  return abnormal.empty() ? status : 1;
}

/// The one live server of a name. Errors: REPLINSTSECNONE, SRCSRVNOTEXIST.
Result<PoolSlot*> live_server(Target& target, const InstanceName& name) {
  HW_TRY(const auto servers, target.servers(name));
  if (!servers.front().alive) return not_alive(name.view());
  return servers.front().live;
}

/// A propagating instance becomes root: only its one passive source server may be attached to the pool.
Status become_root(Target& target, const InstanceName& secondary) {
  PoolHeader& pool = target.pool.header();
  // Attached are: this command and that server.
  HW_TRY(const std::uint64_t attached, SharedMemory::attached_count(target.pool.id()));
  if (attached > 2) return make_error<MsgId::ACTIVATEFAIL>(secondary.view());
  HW_TRY(InstanceFile file, InstanceFile::open(target.path));
  const RobustLock admin(pool.admin_lock);
  HW_TRY_VOID(file.begin_reign(Seqno{pool.next_seqno.load()}, static_cast<std::uint32_t>(::getpid()),
                               static_cast<std::uint64_t>(std::time(nullptr))));
  pool.updates_enabled.store(1, std::memory_order_release);
  return {};
}

Result<int> run_source_activate(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_activate(command, environment_secondary()));
  HW_TRY(Target target, open_target(options.secondary_name));
  HW_TRY(PoolSlot* const slot, live_server(target, options.secondary_name));
  const bool enabled = target.pool.header().updates_enabled.load() != 0;
  if (options.role == InstanceRole::Propagating && enabled)
    return make_error<MsgId::PRIMARYISROOT>(target.file.header().name);
  console.out << timed(
                     fmt::format("Initiating ACTIVATE operation on source server pid [{}] for secondary instance [{}]",
                                 slot->pid.load(), options.secondary_name.view()))
              << '\n'
              << std::flush;
  if (slot->mode.load() != static_cast<std::uint32_t>(ServerMode::Passive)) {
    console.err << "Source Server already ACTIVE, not changing mode\n";
    return 1;
  }
  if (options.role == InstanceRole::Root && !enabled) HW_TRY_VOID(become_root(target, options.secondary_name));
  std::memset(slot->host, 0, sizeof slot->host);
  std::memcpy(slot->host, options.secondary.host.data(),
              std::min(options.secondary.host.size(), sizeof slot->host - 1));
  slot->port = options.secondary.port;
  if (options.log.interval_transactions) slot->log_interval = *options.log.interval_transactions;
  if (options.connect) {
    const auto& c = *options.connect;
    const std::uint32_t params[] = {c.hard_tries_count, c.hard_tries_period_ms, c.soft_tries_period_s,
                                    c.alert_period_s,   c.heartbeat_period_s,   c.heartbeat_wait_max_s};
    std::copy(std::begin(params), std::end(params), std::begin(slot->connect_params));
  }
  slot->mode.store(static_cast<std::uint32_t>(ServerMode::ActiveRequested));
  return 0;
}

Result<int> run_source_deactivate(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto options, parse_source_deactivate(command, environment_secondary()));
  HW_TRY(Target target, open_target(options.secondary_name));
  HW_TRY(PoolSlot* const slot, live_server(target, options.secondary_name));
  const bool enabled = target.pool.header().updates_enabled.load() != 0;
  if (options.role == InstanceRole::Root && !enabled)
    return make_error<MsgId::PRIMARYNOTROOT>(target.file.header().name);
  if (options.role == InstanceRole::Propagating && enabled)
    return make_error<MsgId::PRIMARYISROOT>(target.file.header().name);
  console.out << timed(fmt::format("Initiating DEACTIVATE operation on source server pid [{}] for secondary instance "
                                   "[{}]",
                                   slot->pid.load(), options.secondary_name.view()))
              << '\n'
              << std::flush;
  if (slot->mode.load() == static_cast<std::uint32_t>(ServerMode::Passive)) {
    console.err << "Source Server already PASSIVE, not changing mode\n";
    return 1;
  }
  slot->mode.store(static_cast<std::uint32_t>(ServerMode::PassiveRequested));
  return 0;
}

}  // namespace

Result<int> run_source(const ParsedCommand& command, Console& console) {
  constexpr std::pair<std::string_view, CommandFunction> actions[] = {{"START", run_source_start},
                                                                      {"CHECKHEALTH", run_source_checkhealth},
                                                                      {"SHOWBACKLOG", run_source_showbacklog},
                                                                      {"SHUTDOWN", run_source_shutdown},
                                                                      {"ACTIVATE", run_source_activate},
                                                                      {"DEACTIVATE", run_source_deactivate}};
  for (const auto& [name, run] : actions)
    if (command.has(name)) return run(command, console);
  return value_error("This action of -source is not supported");
}

}  // namespace hw::mupip

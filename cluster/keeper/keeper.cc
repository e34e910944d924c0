#include "cluster/keeper/keeper.h"

#include <csignal>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/file.h"

namespace hw::cluster {

namespace {

/// Its end is not what anybody wants.
bool is_to_run(ServerState state) {
  return state == ServerState::Launching || state == ServerState::Starting || state == ServerState::Ready;
}

}  // namespace

struct Keeper::Server {
  Server(const ServerSpec& its_spec) : spec(its_spec), machine(its_spec.rules) {}
  ServerSpec spec;       ///< of the process that runs
  ServerSpec next_spec;  ///< of the next one
  ServerMachine machine;
  ProcessRow row;
  bool has_leader = false;
  std::uint64_t since_us = 0;
  std::string failure;
  std::unique_ptr<Process> process;
  std::unique_ptr<ReadinessWatch> readiness;
  EventLoop::Handle deadline, soon;
};

Keeper::Keeper(EventLoop& loop, ProcessTable& table, Options options, Events events)
    : loop_(loop), table_(table), options_(std::move(options)), events_(std::move(events)) {}

Keeper::~Keeper() = default;

Keeper::Server* Keeper::find(const ServerKey& key) const {
  const auto found = servers_.find(key);
  return found == servers_.end() ? nullptr : found->second.get();
}

Keeper::Server& Keeper::server_of(const ServerSpec& spec) {
  auto& server = servers_[spec.key];
  if (!server) server = std::make_unique<Server>(spec);
  server->next_spec = spec;
  return *server;
}

std::string Keeper::ready_path(const ServerKey& key) const {
  return fmt::format("{}/ready.{}.{}.{}", options_.run_folder, key.group, file_name_of(key.name), key.number);
}

void Keeper::start(const ServerSpec& spec) { feed(server_of(spec), server_event::Start{}); }

void Keeper::stop(const ServerKey& key, StopMode mode) {
  if (Server* const server = find(key)) feed(*server, server_event::Stop{mode});
}

void Keeper::forget(const ServerKey& key) {
  const Server* const server = find(key);
  if (server == nullptr) return;
  if (server->machine.state() == ServerState::Down || server->machine.state() == ServerState::Failed)
    servers_.erase(key);
}

void Keeper::adopt(const ServerSpec& spec, const ProcessRow& found) {
  Server& server = server_of(spec);
  if (server.machine.state() != ServerState::Down) return;
  // The machine's rules are of the process that runs.
  server.spec = spec;
  server.machine = ServerMachine(spec.rules);
  server.row = found;
  server.row.key = spec.key;
  server.has_leader = !found.ended_well;
  server.process = found.ended_well ? Process::adopt_rest(loop_, found.identity, found.group, events_of(server))
                                    : Process::adopt(loop_, found.identity, found.group, events_of(server));
  write_row(server);
  feed(server, server_event::Adopted{found.ready, server.has_leader, found.restarts});
}

void Keeper::launched(const ServerKey& key, const ProcessIdentity& identity) {
  Server* const server = find(key);
  if (server == nullptr || !server->spec.agent_launches || server->process) return;
  const ServerState state = server->machine.state();
  if (state != ServerState::Launching && state != ServerState::Cancelling) return;
  server->row =
      ProcessRow{ProcessKind::Server,       key, false, false, identity, group_of(identity.pid), wall_clock_us(),
                 server->machine.restarts()};
  server->process = Process::adopt(loop_, identity, server->row.group, events_of(*server));
  server->has_leader = true;
  write_row(*server);
  feed(*server, server_event::Launched{});
}

void Keeper::not_launched(const ServerKey& key, const Error& why) {
  Server* const server = find(key);
  if (server == nullptr || !server->spec.agent_launches || server->process) return;
  not_started(*server, why);
}

void Keeper::not_started(Server& server, const Error& why) {
  server.failure = why.lines();
  server.has_leader = false;
  server.process.reset();
  say(server, why);
  feed(server, server_event::NotLaunched{});
}

void Keeper::work_ended(const ServerKey& key) {
  if (Server* const server = find(key)) feed(*server, server_event::WorkEnded{});
}

void Keeper::is_ready(const ServerKey& key) {
  Server* const server = find(key);
  if (server != nullptr && server->spec.agent_launches) feed(*server, server_event::IsReady{});
}

Process::Events Keeper::events_of(Server& server) {
  Process::Events events;
  events.runs = [this, &server] { feed(server, server_event::Launched{}); };
  events.failed = [this, &server](const Error& why) { not_started(server, why); };
  events.ended = [this, &server](const ProcessEnd& end) {
    server.has_leader = false;
    if (is_to_run(server.machine.state())) server.failure = end.describe();
    feed(server, server_event::Ended{end.well()});
  };
  events.cleared = [this, &server] { feed(server, server_event::Cleared{}); };
  return events;
}

void Keeper::feed(Server& server, const ServerEvent& event) {
  const ServerState before = server.machine.state();
  const auto actions = server.machine.step(event, EventLoop::Clock::now());
  const bool is_new = std::holds_alternative<server_event::Adopted>(event);
  for (const ServerAction& action : actions) std::visit([&](const auto& its) { perform(server, its); }, action);
  server.deadline.cancel();
  if (const auto due = server.machine.deadline())
    server.deadline = loop_.at(*due, [this, &server] { feed(server, server_event::Time{}); });
  // A server that starts again within one step is in the state that it was in before.
  const bool starts = !actions.empty() && std::holds_alternative<server_action::Launch>(actions.front());
  if (server.machine.state() == before && !starts) return;
  server.since_us = is_new && server.row.since_us != 0 ? server.row.since_us : wall_clock_us();
  enter_state(server);
  if (events_.changed) tell([this, view = view_of(server)] { events_.changed(view); });
}

void Keeper::enter_state(Server& server) {
  switch (server.machine.state()) {
    case ServerState::Ready:
      let_readiness_go(server);
      server.row.ready = true;
      server.row.ended_well = !server.has_leader;
      server.row.since_us = server.since_us;
      write_row(server);
      break;
    case ServerState::Down:
    case ServerState::BackOff:
    case ServerState::Failed:
      let_readiness_go(server);
      server.process.reset();
      if (Status dropped = table_.drop(ProcessKind::Server, server.spec.key); !dropped.has_value())
        say(server, dropped.error());
      break;
    default:
      break;
  }
}

void Keeper::let_readiness_go(Server& server) {
  server.readiness.reset();
  if (server.spec.agent_launches || server.spec.rules.ready != ReadyRule::Notify) return;
  if (Status removed = remove_file(ready_path(server.spec.key)); !removed.has_value()) say(server, removed.error());
}

void Keeper::write_row(Server& server) {
  if (Status written = table_.put(server.row); !written.has_value()) say(server, written.error());
}

void Keeper::perform(Server& server, const server_action::Launch&) {
  server.spec = server.next_spec;
  server.machine.set_rules(server.spec.rules);
  server.readiness.reset();
  server.process.reset();
  if (server.spec.agent_launches) {
    if (events_.launch) tell([this, key = server.spec.key] { events_.launch(key); });
    return;
  }
  const Status started = start_process(server);
  if (started.has_value()) return;
  server.soon =
      loop_.at(EventLoop::Clock::now(), [this, &server, why = started.error()] { not_started(server, Error(why)); });
}

Status Keeper::start_process(Server& server) {
  const ServerSpec& spec = server.spec;
  LaunchSpec launch;
  launch.what = spec.what;
  launch.output_base = options_.log_folder + "/" + file_name_of(spec.key.name);
  Descriptor ready;
  if (spec.rules.ready == ReadyRule::Notify) {
    HW_TRY(ready, ReadyFile::create(ready_path(spec.key)));
    launch.ready_fd = ready.get();
  }
  HW_TRY(server.process, Process::start(loop_, std::move(launch), events_of(server)));
  server.has_leader = true;
  const Process& process = *server.process;
  server.row = ProcessRow{ProcessKind::Server, spec.key,        false,           false,
                          process.identity(),  process.group(), wall_clock_us(), server.machine.restarts()};
  // An agent that dies now leaves no process that the next one does not know of.
  const Status written = table_.put(server.row);
  if (written.has_value()) {
    server.process->go();
  } else {
    server.process->give_up(written.error());
  }
  return {};
}

void Keeper::perform(Server& server, const server_action::CancelLaunch&) {
  if (!server.spec.agent_launches) {
    if (server.process) server.process->signal(SIGTERM);
  } else if (events_.cancel_launch) {
    tell([this, key = server.spec.key] { events_.cancel_launch(key); });
  }
}

void Keeper::perform(Server& server, const server_action::WatchReadiness&) {
  server.readiness =
      std::make_unique<ReadinessWatch>(loop_, [this, &server] { feed(server, server_event::IsReady{}); });
  if (server.spec.rules.ready == ReadyRule::Port) {
    server.readiness->watch_port(server.spec.port_addresses, server.spec.port);
  } else if (!server.spec.agent_launches) {
    server.readiness->watch_file(ready_path(server.spec.key));
  }
}

void Keeper::perform(Server& server, const server_action::EndWork&) {
  if (events_.end_work) tell([this, key = server.spec.key] { events_.end_work(key); });
}

void Keeper::perform(Server& server, const server_action::Signal& action) {
  if (server.process) server.process->signal(action.number);
}

void Keeper::perform(Server& server, const server_action::ClearGroup& action) {
  if (server.process) return server.process->clear(action.kill);
  server.soon = loop_.at(EventLoop::Clock::now(), [this, &server] { feed(server, server_event::Cleared{}); });
}

void Keeper::perform(Server& server, const server_action::GaveUp& action) {
  Error error = make_error<MsgId::HWGAVEUP>(server.spec.key.name, action.failures);
  if (!server.failure.empty()) error.note("The last time: " + server.failure);
  say(server, error);
}

void Keeper::perform(Server& server, const server_action::Killed& action) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(action.after).count();
  say(server, make_error<MsgId::HWKILLED>(server.spec.key.name, seconds));
}

void Keeper::say(const Server& server, const Error& error) {
  if (events_.said) tell([this, key = server.spec.key, error] { events_.said(key, error); });
}

void Keeper::tell(std::function<void()> what) {
  to_tell_.push_back(std::move(what));
  if (telling_.is_armed()) return;
  telling_ = loop_.at(EventLoop::Clock::now(), [this] {
    telling_.cancel();
    std::vector<std::function<void()>> told;
    told.swap(to_tell_);
    for (const auto& one : told) one();
  });
}

ServerView Keeper::view_of(const Server& server) const {
  return {server.spec.key,           server.machine.state(), server.has_leader ? server.row.identity.pid : 0,
          server.machine.restarts(), server.since_us,        server.failure};
}

std::optional<ServerView> Keeper::view(const ServerKey& key) const {
  const Server* const server = find(key);
  if (server == nullptr) return std::nullopt;
  return view_of(*server);
}

std::vector<ServerView> Keeper::views() const {
  std::vector<ServerView> out;
  out.reserve(servers_.size());
  for (const auto& [key, server] : servers_) out.push_back(view_of(*server));
  return out;
}

}  // namespace hw::cluster

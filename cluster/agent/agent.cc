#include "cluster/agent/agent.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <future>
#include <utility>

#include "cluster/agent/agent_parts.h"
#include "cluster/agent/agent_sites.h"
#include "cluster/agent/awaited_answer.h"
#include "cluster/agent/listening.h"
#include "cluster/agent/own_place.h"
#include "cluster/board/command_result.h"
#include "cluster/config/finding.h"
#include "cluster/plan/commands.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kWorkersMax = 64;
constexpr std::chrono::seconds kEnd{2};         ///< that what is under way has when the agent is to end
constexpr std::chrono::seconds kHandedOver{5};  ///< in which a new coordinator has told
constexpr std::chrono::seconds kStep{30};       ///< in which an update process is started
constexpr std::chrono::milliseconds kTurn{50};
/// Before something is decided: a node that is heard no more is silent by then.
constexpr std::chrono::milliseconds kLook = kSilence + 2 * kHeartbeatPeriod;
/// Before something is printed: the board of the last second will do. All of `psr` is to take no more than 0.2 s.
constexpr std::chrono::milliseconds kReadLook{150};

Error not_started(const Error& why) { return make_error<MsgId::HWNOSTART>(why.text).because(why); }

/// One agent a node, also when its folder was copied and the copy is used. Another domain may have a node of that name.
Status be_alone(AgentFolder& folder, const NodeConfig& config, const NamedDomain& current, const std::string& node) {
  const std::string named = named_elsewhere(*current.domain, node, folder.dir());
  if (named.empty()) return {};
  HW_TRY(const Generation own, config.text(current.number));
  const auto there = read_file(fmt::format("{}/config/{}.toml", named, current.number), kDomainTextBytesMax);
  if (there.has_value() ? *there != own.text : there.error().os_errno == ENOENT) return {};
  return folder.take_named(named, node);
}

}  // namespace

Agent::Parts::Parts(AgentOptions its_options, AgentFolder its_folder, ServerLog& its_log,
                    std::unique_ptr<NodeConfig> its_config, LinkThread its_link)
    : options(std::move(its_options)),
      folder(std::move(its_folder)),
      log(its_log),
      notify(environment_variable("NOTIFY_SOCKET")),
      table(folder.process_table()),
      config(std::move(its_config)),
      board(folder.board(), options.node),
      history(folder.history(), options.node, log),
      link(std::move(its_link)),
      links(link.loop()),
      site(loop, table,
           {.node = options.node,
            .dir = folder.dir(),
            .home = options.home,
            .release = agent_release(),
            .domain = [this](std::uint64_t generation) { return config->domain(generation); },
            .umask = options.umask,
            .changed = [this](const ServerView&) { duties.probe(); },
            .said = [this](const ServerKey&, const Error& error) { log.report(error); },
            .generation_noted = [this](std::uint64_t generation) { config->note_running(generation); },
            .lease = [this](const LeaseRequest& request, Deadline deadline) { return leases.ask(request, deadline); },
            .rebuild_lease = [this](const std::string& group,
                                    Deadline deadline) { return leases.rebuild(group, deadline); }}),
      workers(kWorkersMax),
      leases({.loop = link.loop(),
              .site = site,
              .board = board,
              .links = links,
              .workers = workers,
              .history = history,
              .log = log,
              .notes = folder.lease_notes()}),
      orders(board, [this] { beat_soon(); }),
      runner(loop),
      coordinator(board, *config, [this] { beat_soon(); }),
      config_service(options.node, options.home, *config, [this] { config_changed(); }),
      config_nodes(
          options.node, config_service, [this] { return board.orders().coordinator.node; },
          [this](const Node& node, const std::string& verb, const std::string& body, Deadline deadline) {
            return ask_node(node, verb, body, deadline);
          }),
      heartbeat(board, links,
                {.heard = [this](const HeartbeatMessage& message,
                                 const BoardChange& change) { duties.heard(message, change); },
                 .silent = [this](const std::string& node) { duties.silent(node); },
                 .post = [this](std::function<void()> work) { loop.post(std::move(work)); }},
                [this](HeartbeatMessage& message) { fill(message); }),
      update_care({.node = options.node,
                   .start = [this](const std::string& instance) { return start_update_process(instance); },
                   .in_worker = [this](std::function<void()> work) { return workers.run(std::move(work)); },
                   .say = [this](const Error& error) { log.report(error); }}),
      prober(
          board,
          {.domain = [this] { return config->domain(0); },
           .servers = [this] { return site.servers(); },
           .look = [this](const std::string& instance) { return look(instance); },
           .agent = [this] { return facts(); },
           .receipts = folder.receipts(),
           .lease = [this](InstanceReport& report) { leases.fill(report); },
           .probed = [this](const std::vector<InstanceFacts>& found) { leases.look(found, coordinator.is_here()); }}),
      reads(board, history, *config, links, [this] { look_now(kReadLook); }),
      carrier({.home = options.home,
               .config = *config,
               .board = board,
               .coordinator = coordinator,
               .site = site,
               .links = links,
               .orders = orders,
               .history = history,
               .config_nodes = config_nodes,
               .look_now = [this] { look_now(kLook); },
               .cancelled = cancelled}),
      commands(
          coordinator, runner, links,
          [this](const Asked& asked, const CommandDeadline& deadline, Say& say) {
            return carrier.carry(asked, deadline, say);
          },
          [this](const Asked& asked) { return deadline_of(asked); }),
      masters({.board = board,
               .config = *config,
               .links = links,
               .coordinator = coordinator,
               .runner = runner,
               .history = history,
               .deadline_of = [this](const Asked& asked) { return deadline_of(asked); },
               .own_message = [this] { return whole_message(); },
               .take_in = [this](const std::string& body) { return take_message(body); },
               .after_a_while =
                   [this](std::function<void()> then) {
                     loop.post([this, then = std::move(then)] {
                       releasing = loop.at(EventLoop::Clock::now() + kHandedOver, then);
                     });
                   }}),
      duties({.board = board,
              .config = *config,
              .coordinator = coordinator,
              .heartbeat = heartbeat,
              .commands = commands,
              .masters = masters,
              .config_nodes = config_nodes,
              .prober = prober,
              .site = site,
              .history = history,
              .workers = workers,
              .log = log,
              .servers = [this] { return site.servers(); },
              .ask_rejoin =
                  [this](const std::string& instance) {
                    return ask_coordinator("rejoin", json_of_command(RejoinCommand{instance}));
                  },
              .end_change =
                  [this](const std::string& group) {
                    return ask_coordinator("switchover", json_of_command(SwitchoverCommand{{}, group, true}));
                  },
              .store_answers = [this] { return leases.store_answers(); },
              .ask_position = [this](const std::string& node,
                                     const std::string& instance) { return ask_position(node, instance); },
              .passive = options.passive}),
      dispatcher(options.node, workers, log) {}

// ---- beginning ----

Status Agent::Parts::open() {
  if (const NamedDomain current = config->current(); current.domain != nullptr) {
    HW_TRY_VOID(check_own_place(*current.domain, options.node, folder.dir()));
    HW_TRY_VOID(be_alone(folder, *config, current, options.node));
  }
  HW_TRY_VOID(loop.open());
  const Status loaded = board.load(wall_clock_us());
  if (!loaded.has_value()) log.report(loaded.error());
  HW_TRY_VOID(history.open());
  HW_TRY_VOID(runner.start());
  serve_verbs();
  HW_TRY_VOID(listen());
  follow_domain();
  // What is damaged or full is said; the servers that could be read are adopted.
  if (const Status adopted = site.adopt(); !adopted.has_value()) log.report(adopted.error());
  begin_beating();
  return {};
}

Status Agent::Parts::listen() {
  const NamedDomain current = config->current();
  if (!options.port && current.domain == nullptr)
    return make_error<MsgId::HWNOSTART>("HW_RAC_PORT is not set, and there is no configuration");
  AgentServerSettings settings = listening_of(options, folder.socket(), current.domain.get());
  auto started = AgentServer::start(link.loop(), std::move(settings), dispatcher);
  if (!started.has_value()) return std::move(started).error();
  server.emplace(*std::move(started));
  dispatcher.turned_away_by([this](const Peer& peer, const Error& error) { server->denied(peer, error); });
  return {};
}

void Agent::Parts::follow_domain() {
  const NamedDomain current = config->current();
  AgentCaller caller{options.node, agent_release(), nullptr};
  const LinkSecurity security = link_security(options, current.domain.get());
  if (security.mode != LinkSecurity::Mode::None) {
    auto credentials = Credentials::load(security);
    if (credentials.has_value())
      caller.credentials = *std::move(credentials);
    else
      log.report(credentials.error());
  }
  const bool alone = current.domain == nullptr;
  links.set(alone ? std::vector<AgentTarget>() : other_nodes(*current.domain, options.node), std::move(caller));
  leases.follow(current.domain);
}

void Agent::Parts::config_changed() {
  const NamedDomain current = config->current();
  const Status changed = server->change(listening_of(options, folder.socket(), current.domain.get()));
  if (!changed.has_value()) log.report(changed.error());
  log.line(fmt::format("generation {} is current", current.number));
  follow_domain();
  beat_soon();
}

// ---- second by second ----

void Agent::Parts::begin_beating() {
  const auto now = EventLoop::Clock::now();
  duties.beat(now);
  notify.lives();
  beating = loop.at(now + kHeartbeatPeriod, [this] { begin_beating(); });
  if (probing.is_armed()) return;
  const auto domain = config->domain(0);
  const Node* const own = domain == nullptr ? nullptr : domain->node(options.node);
  const Milliseconds period = own == nullptr ? Milliseconds(1000) : std::max(own->agent.probe, Milliseconds(100));
  duties.probe();
  probing = loop.at(now + period, [this] { probing = {}; });
}

void Agent::Parts::beat_soon() {
  loop.post([this] { duties.beat(EventLoop::Clock::now()); });
}

void Agent::Parts::look_now(std::chrono::milliseconds at_most) {
  const auto known = std::make_shared<std::promise<void>>();
  auto others_known = known->get_future();
  loop.post([this, known] { heartbeat.look(EventLoop::Clock::now(), [known] { known->set_value(); }); });
  duties.probe_now();
  others_known.wait_for(at_most);
}

Result<InstanceLook> Agent::Parts::look(const std::string& instance) {
  HW_TRY(InstanceLook seen, site.look(instance));
  const auto domain = config->domain(0);
  const Node* const own = domain == nullptr ? nullptr : domain->node(options.node);
  if (own != nullptr && !options.passive) {
    const bool died = seen.receiver && seen.receiver->alive && seen.receiver->update_died;
    update_care.saw(instance, died, static_cast<unsigned>(own->agent.max_fail), UpdateCare::Time::clock::now());
  }
  return seen;
}

Status Agent::Parts::start_update_process(const std::string& instance) {
  const HistoryEntry entry =
      history.begin({"agent", options.node, "start of the update process of " + instance, "it has died"});
  Status started = site.start_update_process(instance, std::chrono::steady_clock::now() + kStep);
  history.end(entry, started.has_value() ? HistoryResult::Done : HistoryResult::Failed);
  return started;
}

AgentFacts Agent::Parts::facts() const {
  AgentFacts out;
  out.release = agent_release();
  out.running_generation = config->running();
  out.requests = dispatcher.requests();
  if (coordinator.is_here()) {
    out.coordinator_requests = runner.done();
    const std::string current = runner.current();
    out.coordinator_service = current.empty() ? "IDLE" : current;
  }
  out.problems = duties.problems();
  for (BoardProblem& problem : update_care.problems()) out.problems.push_back(std::move(problem));
  for (BoardProblem& problem : leases.problems()) out.problems.push_back(std::move(problem));
  std::vector<Error> troubles = server->certificate_problems();
  for (const std::optional<Error>& unwritten : {board.trouble(), history.trouble()})
    if (unwritten) troubles.push_back(*unwritten);
  for (const Error& error : troubles) {
    const ResultMessage said = message_of(error);
    out.problems.push_back({said.severity, said.code, said.text, options.node});
  }
  return out;
}

HeartbeatMessage& Agent::Parts::fill(HeartbeatMessage& message) const {
  const NamedDomain current = config->current();
  message.generation = current.number;
  message.sha256 = current.sha256;
  message.coordinator = board.orders().coordinator;
  return message;
}

std::string Agent::Parts::whole_message() const {
  HeartbeatMessage message;
  message.node = options.node;
  message.whole = true;
  message.parts = board.parts();
  message.parts.heard.clear();
  return encode_heartbeat(fill(message));
}

Status Agent::Parts::take_message(const std::string& body) {
  HW_TRY(const HeartbeatMessage message, decode_heartbeat(body, "hand over"));
  (void)board.merge(message.parts);
  return {};
}

// ---- what others are asked ----

CommandDeadline Agent::Parts::deadline_of(const Asked& asked) const {
  const auto now = std::chrono::steady_clock::now();
  if (asked.request.timeout_s) {
    if (*asked.request.timeout_s < 0) return std::nullopt;
    return now + std::chrono::milliseconds(std::llround(*asked.request.timeout_s * 1000));
  }
  if (asked.verb != "boot" && asked.verb != "down") return std::nullopt;
  const NamedDomain current = config->current();
  const Node* const own = current.domain == nullptr ? nullptr : current.domain->node(options.node);
  const Milliseconds wait = options.wait.value_or(own == nullptr ? AgentKeys{}.wait : own->agent.wait);
  if (wait < Milliseconds(0)) return std::nullopt;
  return now + wait;
}

Result<std::string> Agent::Parts::ask_node(const Node& node, const std::string& verb, const std::string& body,
                                           Deadline deadline) {
  const auto known = links.find(node.name);
  if (known != nullptr && known->target().address == target_of(node).address)
    return links.ask(node.name, verb, body, deadline);
  return links.ask_at(target_of(node), verb, body, deadline);
}

Status Agent::Parts::ask_coordinator(const std::string& verb, const std::string& arguments) {
  CommandRequest request;
  request.arguments = arguments;
  request.yes = 1;
  request.user = "agent";
  request.host = options.node;
  // As for a command of a user: who is coordinator is waited for, in the first seconds.
  auto answer = std::make_shared<AwaitedAnswer>();
  auto ending = answer->ending();
  commands.command({verb, std::move(request), {}, std::move(answer)});
  return status_of_answer(coordinator.standing().node, ending.get());
}

Result<Position> Agent::Parts::ask_position(const std::string& node, const std::string& instance) {
  AgentSites sites(site, links, board);
  HW_TRY(Site* const other, sites.at(node));
  return other->position(instance, std::chrono::steady_clock::now() + kSilence);
}

// ---- its life ----

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(AgentOptions options, AgentFolder folder, ServerLog& log) {
  auto config = NodeConfig::open(folder.dir(), options.home, options.generation, options.passive);
  if (!config.has_value()) return not_started(config.error());
  auto link = LinkThread::start("link of the agents");
  if (!link.has_value()) return not_started(link.error());
  auto parts =
      std::make_unique<Parts>(std::move(options), std::move(folder), log, *std::move(config), *std::move(link));
  const Status opened = parts->open();
  if (opened.has_value()) return std::unique_ptr<Agent>(new Agent(std::move(parts)));
  const Error& why = opened.error();
  return why.id == MsgId::HWNOSTART ? why : not_started(why);
}

bool Agent::run(const StopSignal& stop) {
  Parts& parts = *parts_;
  const auto watch = parts.loop.when_readable(stop.fd(), [&parts] { parts.loop.stop(); });
  if (!watch.has_value()) {
    parts.log.report(watch.error());
    return true;
  }
  parts.notify.ready();
  parts.loop.run();
  parts.notify.ends();
  parts.cancelled = true;
  parts.server.reset();
  parts.beating.cancel();
  parts.probing.cancel();
  if (const Status saved = parts.board.save(); !saved.has_value()) parts.log.report(saved.error());
  const auto over = EventLoop::Clock::now();
  const auto is_idle = [&parts, over] { return parts.workers.wait_idle(over) && parts.runner.wait_idle(over); };
  EventLoop::Handle turning;
  std::function<void()> turn = [&] { turning = parts.loop.at(EventLoop::Clock::now() + kTurn, turn); };
  turn();
  return parts.loop.run_until(over + kEnd, is_idle);
}

}  // namespace hw::cluster

#include "cluster/agent/prober.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "cluster/board/board_domain.h"
#include "cluster/board/receipt.h"
#include "engine/base/liveness.h"

namespace hw::cluster {
namespace {

constexpr std::chrono::milliseconds kIdle{900};  ///< a probe's period, all but
constexpr std::chrono::seconds kTick{1};         ///< what changes a file twice within it may leave one time

BoardServerState shown(ServerState state) {
  switch (state) {
    case ServerState::Down:
      return BoardServerState::Down;
    case ServerState::Launching:
    case ServerState::Starting:
    case ServerState::Clearing:
    case ServerState::BackOff:
      return BoardServerState::Starting;
    case ServerState::Ready:
      return BoardServerState::Ready;
    case ServerState::Failed:
      return BoardServerState::Failed;
    case ServerState::Cancelling:
    case ServerState::EndingWork:
    case ServerState::Terminating:
    case ServerState::Killing:
      return BoardServerState::Draining;
  }
  return BoardServerState::Down;
}

/// Where it listens, of a source server whom it feeds: as configured.
std::string queue_of(ServerKind kind, const std::string& name, const Domain& domain) {
  const std::string behind = name.substr(name.find(':') + 1);
  if (kind == ServerKind::Gateway || kind == ServerKind::Handler) {
    const Gateway* const gateway = domain.gateway(behind);
    return gateway == nullptr ? "" : gateway->listen.text();
  }
  if (kind != ServerKind::Receiver && kind != ServerKind::Source) return "";
  const Instance* const instance = domain.instance(behind);
  const Node* const at = instance == nullptr ? nullptr : domain.node(instance->node);
  return at == nullptr ? "" : Endpoint{at->address, instance->listen}.text();
}

BoardProblem problem_of(const Error& error, const std::string& node) {
  std::string text = error.text;
  if (error.os_errno != 0) text += fmt::format(": {}", std::strerror(error.os_errno));
  return {severity_letter(error.severity), std::string(message_row(error.id).name), text, node};
}

const EngineServerFacts* find_facts(const std::vector<InstanceFacts>& instances, const ServerKey& key,
                                    const Domain& domain) {
  for (const InstanceFacts& facts : instances) {
    const Group* const group = domain.group_of_instance(facts.report.name);
    const auto found = facts.servers.find(key.name);
    if (group != nullptr && group->name == key.group && found != facts.servers.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

ServerKind server_kind(const std::string& name, const Domain& domain) {
  const std::string_view before = std::string_view(name).substr(0, name.find(':'));
  if (before.size() < name.size()) {
    if (before == "source") return ServerKind::Source;
    if (before == "receiver") return ServerKind::Receiver;
    if (before == "gateway") return ServerKind::Gateway;
    if (before == "handler") return ServerKind::Handler;
  }
  return domain.resource(name) != nullptr ? ServerKind::Resource : ServerKind::Application;
}

std::vector<InstanceFacts> Prober::instances() const {
  const MutexLock guard(mutex_);
  return instances_;
}

std::vector<InstanceFacts> Prober::look_at_instances(const Domain& domain, std::vector<BoardProblem>& problems) const {
  const Board board = board_.board();
  std::vector<InstanceFacts> out;
  for (const Instance& instance : domain.instances) {
    if (instance.node != board_.node()) continue;
    const auto seen = sources_.look(instance.name);
    if (!seen.has_value() && !is_not_made(seen.error(), instance, domain)) {
      // Its file may be read all the same.
      out.push_back(facts_of_unseen(instance.name, look_at_files(instance.dir).value_or(InstanceLook{})));
      problems.push_back(problem_of(seen.error(), board_.node()));
      continue;
    }
    out.push_back(facts_of_look(instance.name, seen.value_or(InstanceLook{}), board));
    if (!sources_.lease) continue;
    sources_.lease(out.back().report);
    for (auto& [server, facts] : out.back().servers) facts.failsafe = out.back().report.failsafe;
  }
  return out;
}

bool Prober::is_not_made(const Error& why, const Instance& instance, const Domain& domain) const {
  if (why.id == MsgId::HWCFGBAD) return true;  // Not of the configuration that runs.
  if (why.id != MsgId::FILENOTFND) return false;
  // Its file may have been removed while its servers are at work.
  const Group* const group = domain.group_of_instance(instance.name);
  const auto views = sources_.servers();
  return std::ranges::none_of(views, [&](const ServerView& view) {
    const ServerKind kind = server_kind(view.key.name, domain);
    return view.pid != 0 && group != nullptr && view.key.group == group->name &&
           (kind == ServerKind::Source || kind == ServerKind::Receiver);
  });
}

ServerReport Prober::report_of(const ServerView& view, const Domain& domain) {
  ServerReport out;
  out.kind = server_kind(view.key.name, domain);
  out.name = view.key.name;
  out.group = view.key.group;
  out.copy = view.key.number;
  out.position = position_in(domain, out.kind, out.name, out.group, board_.node());
  out.pid = view.pid;
  out.pid_start = view.pid == 0 ? 0 : process_start(view.pid);
  out.state = shown(view.state);
  out.restarts = view.restarts;
  out.since_us = view.since_us;
  out.queue = queue_of(out.kind, out.name, domain);
  return out;
}

void Prober::add_server_problem(const ServerView& view, std::vector<BoardProblem>& problems) const {
  if (view.state != ServerState::Failed) return;
  problems.push_back(problem_of(make_error<MsgId::HWGAVEUP>(view.key.name, view.restarts + 1), board_.node()));
}

bool Prober::is_idle(const ServerKey& key, std::uint64_t transactions) {
  const auto now = std::chrono::steady_clock::now();
  const auto [count, is_new] = counts_.try_emplace(key, Count{transactions, now});
  if (count->second.transactions != transactions) count->second = {transactions, now};
  return now - count->second.since >= kIdle;
}

const std::vector<Receipt>& Prober::receipts() {
  namespace fs = std::filesystem;
  std::error_code fault;
  // A receipt that changes is replaced, which changes the folder; its time is as coarse as a tick of the kernel.
  const auto changed = fs::last_write_time(sources_.receipts, fault);
  if (fault) return receipts_;
  const bool may_change_unseen = fs::file_time_type::clock::now() - changed < kTick;
  if (changed == receipts_of_) return receipts_;
  std::vector<Receipt> found;
  for (const auto& entry : fs::directory_iterator(sources_.receipts, fault)) {
    if (entry.path().extension() != ".json") continue;
    if (auto file = read_receipt(entry.path().string()); file.has_value()) found.push_back(std::move(file->receipt));
  }
  std::ranges::sort(found, {}, &Receipt::new_epoch);
  receipts_ = std::move(found);
  receipts_of_ = may_change_unseen ? fs::file_time_type() : changed;
  return receipts_;
}

void Prober::probe() {
  const MutexLock one_at_a_time(probing_);
  const auto domain = sources_.domain();
  AgentFacts agent = sources_.agent();
  std::vector<InstanceFacts> instances;
  std::vector<ServerReport> servers;
  if (domain != nullptr) {
    instances = look_at_instances(*domain, agent.problems);
    for (const ServerView& view : sources_.servers()) {
      ServerReport& report = servers.emplace_back(report_of(view, *domain));
      if (const EngineServerFacts* const facts = find_facts(instances, view.key, *domain); facts != nullptr) {
        report.requests = facts->transactions;
        report.kib = facts->kib;
        if (facts->passive) report.queue.clear();
        if (is_idle(view.key, facts->transactions) && report.state == BoardServerState::Ready) report.service = "IDLE";
        if (facts->failsafe) report.service = "FAILSAFE";
      }
      add_server_problem(view, agent.problems);
    }
  }
  const std::vector<Receipt> found_receipts = receipts();
  board_.change_report([&](NodeReport& report) {
    report.release = agent.release;
    report.running_generation = agent.running_generation;
    report.requests = agent.requests;
    report.service = "IDLE";
    report.coordinator_requests = agent.coordinator_requests;
    report.coordinator_service = agent.coordinator_service;
    report.instances.clear();
    report.hops.clear();
    for (const InstanceFacts& facts : instances) {
      report.instances.push_back(facts.report);
      report.hops.insert(report.hops.end(), facts.hops.begin(), facts.hops.end());
    }
    report.servers = std::move(servers);
    report.problems = std::move(agent.problems);
    report.receipts = found_receipts;
  });
  if (sources_.probed) sources_.probed(instances);
  const MutexLock guard(mutex_);
  instances_ = std::move(instances);
}

}  // namespace hw::cluster

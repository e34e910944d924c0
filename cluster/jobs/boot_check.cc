#include "cluster/jobs/boot_check.h"

#include <algorithm>

#include "cluster/jobs/each_node.h"
#include "cluster/jobs/job_time.h"

namespace hw::cluster {
namespace {

bool is_cleaned(const Board& board, const std::string& node) {
  const BoardNode* const found = board.node(node);
  return found != nullptr && found->state == NodeState::Cleaned;
}

std::vector<std::string> nodes_that_count(const JobContext& context, const BootCommand& command) {
  const Board board = context.board();
  std::vector<std::string> nodes;
  for (const Node& node : context.domain.nodes) {
    const std::vector<std::string>& named = command.selection.nodes;
    if (!named.empty() && std::ranges::find(named, node.name) == named.end()) continue;
    if (!is_cleaned(board, node.name)) nodes.push_back(node.name);
  }
  return nodes;
}

CheckRequest request_for(const JobContext& context, const BootPlan& plan, const std::string& node) {
  CheckRequest request;
  request.generation = context.generation;
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const PlannedStart& start : plan.starts) {
    if (start.server.node != node) continue;
    if (start.server.is_of_instance()) add(request.instances, start.server.instance);
    if (!start.server.is_engine()) add(request.servers, start.server.name);
  }
  for (const PlannedRecovery& recovery : plan.recoveries)
    if (recovery.node == node) add(request.instances, recovery.instance);
  return request;
}

void ask_node(JobContext& context, const BootPlan& plan, NodeCheck& check) {
  const Result<Site*> site = context.sites.at(check.node);
  if (!site) {
    check.faults.push_back(site.error());
    return;
  }
  Result<CheckReport> report = (*site)->check(request_for(context, plan, check.node), step_by(context, kSmallStep));
  if (!report) {
    check.faults.push_back(report.error());
    return;
  }
  check.report = *std::move(report);
  for (const CheckFinding& finding : check.report->findings)
    if (finding.fault && finding.fault->severity != Severity::Warning && finding.fault->severity != Severity::Info)
      check.faults.push_back(*finding.fault);
}

/// It answers, and has what it needs to know.
bool agent_is_well(const CheckReport& report) {
  return std::ranges::none_of(report.findings, [](const CheckFinding& finding) {
    return finding.what == "agent" && finding.fault.has_value();
  });
}

}  // namespace

std::string NodeCheck::line(std::uint64_t generation) const {
  if (!report) return fmt::format("{}: agent not heard", node);
  const std::uint64_t runs = report->running_generation == 0 ? generation : report->running_generation;
  std::string text = fmt::format("{}: agent {}, generation {}", node, agent_is_well(*report) ? "ok" : "failed", runs);
  for (const CheckFinding& finding : report->findings)
    if (finding.what != "agent") text += fmt::format(", {} {}", finding.what, finding.fault ? "failed" : "ok");
  return text;
}

std::vector<NodeCheck> check_nodes(JobContext& context, const BootPlan& plan, const BootCommand& command,
                                   const StoredDomains& running) {
  const std::vector<std::string> nodes = nodes_that_count(context, command);
  std::vector<NodeCheck> checks;
  for (const std::string& node : nodes) checks.push_back({node, std::nullopt, {}});
  at_each_node(nodes, [&](const std::string& node) {
    ask_node(context, plan, *std::ranges::find(checks, node, &NodeCheck::node));
  });
  for (NodeCheck& check : checks)
    if (check.report)
      if (std::optional<Error> fault = stale(context, check.node, check.report->running_generation, running); fault)
        check.faults.push_back(*std::move(fault));
  return checks;
}

bool say_checks(JobContext& context, const std::vector<NodeCheck>& checks, bool all) {
  bool well = true;
  for (const NodeCheck& check : checks) {
    if (all || !check.faults.empty()) context.say.line(check.line(context.generation));
    for (const Error& fault : check.faults) context.say.message(fault, check.node);
    if (check.report)
      for (const CheckFinding& finding : check.report->findings)
        if (finding.fault && finding.fault->severity == Severity::Warning)
          context.say.message(*finding.fault, check.node);
    well = well && check.faults.empty();
  }
  return well;
}

Table table_of(const std::vector<NodeCheck>& checks) {
  Table table;
  table.columns = {{"node"}, {"what"}, {"state"}};
  const auto add = [&](const NodeCheck& check, std::string_view what, std::string_view state) {
    table.rows.push_back({cell_of(check.node), cell_of(what), cell_of(state)});
  };
  for (const NodeCheck& check : checks) {
    add(check, "agent", check.report && agent_is_well(*check.report) ? "ok" : "failed");
    if (!check.report) continue;
    const bool is_stale =
        std::ranges::any_of(check.faults, [](const Error& fault) { return fault.id == MsgId::HWCFGSTALE; });
    add(check, "generation", is_stale ? "failed" : "ok");
    for (const CheckFinding& finding : check.report->findings)
      if (finding.what != "agent") add(check, finding.what, finding.fault ? "failed" : "ok");
  }
  return table;
}

}  // namespace hw::cluster

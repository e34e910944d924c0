#include <fmt/format.h>

#include <algorithm>

#include "cluster/board/board_tables.h"
#include "cluster/board/lag_text.h"
#include "cluster/board/status.h"

namespace hw::cluster {
namespace {

std::string_view or_nothing(std::string_view text) { return text.empty() ? "-" : text; }

std::string epoch_text(std::uint64_t epoch) { return text_of(unless_zero(epoch)); }

std::string_view who_decides(Dcs dcs) {
  switch (dcs) {
    case Dcs::Manual:
      return "by operator only";
    case Dcs::Etcd:
      return "automatic";
    case Dcs::Pacemaker:
      return "by Pacemaker";
  }
  return "-";
}

std::string domain_line(const Board& board) {
  std::string line =
      fmt::format("domain {}  dcs {} ({})", or_nothing(board.domain), word_of(board.dcs), who_decides(board.dcs));
  if (board.generation.number == 0) {
    line += "  generation -";
  } else {
    line += fmt::format("  generation {} {}", board.generation.number, short_sha256(board.generation.sha256));
  }
  const Coordinator& coordinator = board.coordinator;
  line += fmt::format("  coordinator {}", or_nothing(coordinator.node));
  if (!coordinator.node.empty()) line += fmt::format(" since {}", local_time(coordinator.since_us));
  if (board.paused_until_us == kUntilResume_us) {
    line += "  paused until resume";
  } else if (board.paused_until_us != 0) {
    line += fmt::format("  paused until {}", local_time(board.paused_until_us));
  }
  return line;
}

std::string not_heard(const BoardNode& node) {
  return node.heard_us == 0 ? "not heard" : fmt::format("not heard since {}", local_time(node.heard_us));
}

std::string state_of(const BoardNode& node) {
  switch (node.state) {
    case NodeState::Running:
      return "running";
    case NodeState::Cleaned:
      return fmt::format("cleaned, {}", not_heard(node));
    case NodeState::Silent:
    case NodeState::Unheard:
      break;
  }
  return not_heard(node);
}

/// Groups that have an instance, or their files, at the node.
std::string groups_at(const Board& board, const std::string& node) {
  std::vector<std::string_view> groups;
  for (const BoardGroup& group : board.groups) {
    const bool here = std::ranges::any_of(board.instances, [&](const BoardInstance& instance) {
      return instance.group == group.name && instance.node == node;
    });
    if (here || group.place == node) groups.push_back(group.name);
  }
  return groups.empty() ? "-" : fmt::format("{}", fmt::join(groups, " "));
}

std::string group_line(const Board& board, const BoardGroup& group) {
  const BoardInstance* const root = root_of(board, group.name);
  std::string line = fmt::format("group {}  {}  place {}  root {}  epoch {}", group.name, word_of(group.state),
                                 or_nothing(group.place), root == nullptr ? "-" : root->name, epoch_text(group.epoch));
  if (group.failsafe) line += "  failsafe";
  if (group.hold) line += "  hold";
  return line;
}

std::string instance_line(const BoardInstance& instance) {
  std::string line = fmt::format("instance {}  {}  {}  epoch {}  next {}  lag {}", instance.name, instance.node,
                                 word_of(instance.role), epoch_text(instance.epoch),
                                 text_of(unless_zero(instance.next_seqno)), lag_text(instance.lag));
  if (!instance.needs.empty()) line += fmt::format("  needs {}", instance.needs);
  return line;
}

/// A group has one instance at a node, so its gateways there are that instance's.
bool is_gateway_of(const BoardServer& server, const BoardInstance& instance) {
  return server.kind == ServerKind::Gateway && server.state != BoardServerState::Down && server.node == instance.node &&
         server.group == instance.group;
}

class Lines {
 public:
  void add(const std::string& line) { text_ += on_one_line(line) + '\n'; }
  void add_instance(const Board& board, const BoardInstance& instance) {
    add(instance_line(instance));
    for (const BoardServer& server : board.servers)
      if (is_gateway_of(server, instance))
        add(fmt::format("  {}  {}  {}  {}", server.name, server.node, or_nothing(server.queue), word_of(server.state)));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool is_serious(const BoardGroup& group, const Board& board) {
  const BoardInstance* const root = root_of(board, group.name);
  return group.state == GroupState::Failed || root == nullptr || !root->accepting;
}

std::string why_serious(const BoardGroup& group) {
  if (group.state == GroupState::Up) return fmt::format("group {} has no root that accepts updates", group.name);
  return fmt::format("group {} is {}", group.name, word_of(group.state));
}

}  // namespace

std::string status_text(const Board& board) {
  Lines lines;
  lines.add(domain_line(board));
  for (const BoardNode& node : board.nodes)
    lines.add(fmt::format("node {}  {}  {}  {}", node.name, or_nothing(node.address), state_of(node),
                          groups_at(board, node.name)));
  for (const BoardGroup& group : board.groups) {
    lines.add(group_line(board, group));
    for (const BoardInstance& instance : board.instances)
      if (instance.group == group.name) lines.add_instance(board, instance);
  }
  for (const BoardProblem& problem : board.problems)
    lines.add(fmt::format("problem {} {} {}", problem.severity, problem.code, problem.text));
  return lines.take();
}

HealthCheck check_health(const Board& board) {
  const auto say = [&](Health health, const char* word, std::string_view what) {
    return HealthCheck{health, on_one_line(fmt::format("{} {}: {}", word, or_nothing(board.domain), what))};
  };
  for (const BoardGroup& group : board.groups)
    if (is_serious(group, board)) return say(Health::Critical, "CRITICAL", why_serious(group));
  if (!board.problems.empty()) {
    const BoardProblem& first = board.problems.front();
    return say(Health::Warning, "WARNING", fmt::format("{} {}", first.code, first.text));
  }
  return say(Health::Ok, "OK", fmt::format("{} nodes, {} groups", board.nodes.size(), board.groups.size()));
}

HealthCheck health_unknown(std::string_view domain, std::string_view why) {
  return {Health::Unknown, on_one_line(fmt::format("UNKNOWN {}: {}", or_nothing(domain), why))};
}

}  // namespace hw::cluster

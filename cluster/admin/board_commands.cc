// What is printed of the board: section 5.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "cluster/admin/domain_folder.h"
#include "cluster/admin/session.h"
#include "cluster/board/board_tables.h"
#include "cluster/board/show.h"
#include "cluster/board/status.h"
#include "cluster/board/topology.h"
#include "cluster/config/read_domain.h"
#include "cluster/plan/reads.h"
#include "engine/base/clock.h"

namespace hw::cluster::hwadm {
namespace {

/// The board as the agent has it now. None: the command has ended.
std::optional<Board> read_board(const CommandLine& line, Session& session) {
  const auto body = read_answer(line, "board", "{}", session);
  if (!body) return std::nullopt;
  const auto answer = decode_board_answer(*body, "board");
  if (!answer.has_value()) {
    session.out.fail(answer.error());
    return std::nullopt;
  }
  if (answer->limited) session.out.message(make_error<MsgId::HWLIMITED>());
  return join(answer->parts, answer->node, wall_clock_us());
}

int end_with(Table rows, Session& session) {
  CommandResult result;
  result.rows = std::move(rows);
  return session.out.end(std::move(result));
}

int print_table(Table table, Session& session) {
  session.out.text(text_of(table));
  return end_with(std::move(table), session);
}

/// What a line names is on the board. Errors: CLIERR.
Status check_selection(const CommandLine& line, const BoardSelection& selection, const Board& board) {
  if (!selection.group.empty() && board.group(selection.group) == nullptr)
    return usage_error(line, "no such group: " + on_one_line(selection.group));
  if (!selection.node.empty() && board.node(selection.node) == nullptr)
    return usage_error(line, "no such node: " + on_one_line(selection.node));
  return {};
}

int run_servers(const CommandLine& line, Session& session, Table (*table)(const Board&, const BoardSelection&)) {
  const auto board = read_board(line, session);
  if (!board) return session.out.status();
  const BoardSelection selection{line.value("-g"), line.value("-n")};
  const Status named = check_selection(line, selection, *board);
  if (!named.has_value()) return session.out.fail(named.error());
  return print_table(table(*board, selection), session);
}
int run_psr(const CommandLine& line, Session& session) { return run_servers(line, session, psr_table); }
int run_st(const CommandLine& line, Session& session) { return run_servers(line, session, process_table); }

/// One line, and the status that monitoring expects.
int end_check(const HealthCheck& check, Session& session) {
  session.out.text(check.line + "\n");
  CommandResult result;
  result.exit = check.exit();
  result.values = {{"line", check.line}};
  return session.out.end(std::move(result));
}

int run_check(const CommandLine& line, Session& session) {
  // What keeps the board from being read is said in the line alone.
  std::ostringstream nowhere;
  Console quiet_console{session.console.in, nowhere, nowhere, false};
  Output quiet(quiet_console, false);
  Session inner{quiet_console, quiet, session.agents, session.person, session.program};
  const auto board = read_board(line, inner);
  if (board) return end_check(check_health(*board), session);
  const auto& messages = quiet.messages();
  return end_check(health_unknown("", messages.empty() ? "no agent answers" : messages.back().text), session);
}

int run_status(const CommandLine& line, Session& session) {
  if (line.has("--check")) return run_check(line, session);
  const auto board = read_board(line, session);
  if (!board) return session.out.status();
  session.out.text(status_text(*board));
  return session.out.end_object(status_json(*board), 0);
}

int run_topology(const CommandLine& line, Session& session) {
  const auto board = read_board(line, session);
  if (!board) return session.out.status();
  session.out.text(topology_text(*board));
  return end_with(topology_table(*board), session);
}

int run_lag(const CommandLine& line, Session& session) {
  const auto board = read_board(line, session);
  if (!board) return session.out.status();
  const std::string instance = line.parameter(0);
  if (!instance.empty() && board->instance(instance) == nullptr)
    return session.out.fail(usage_error(line, "no such instance: " + on_one_line(instance)));
  return print_table(lag_table(*board, instance), session);
}

int run_history(const CommandLine& line, Session& session) {
  HistoryFilter filter;
  filter.count_max = line.number("-n").value_or(filter.count_max);
  filter.group = line.parameter(0);
  const auto body = read_answer(line, "history", encode_history_arguments(filter), session);
  if (!body) return session.out.status();
  auto entries = decode_history_answer(*body, "history");
  if (!entries.has_value()) return session.out.fail(entries.error());
  const auto found = filter_history(merge_history({*std::move(entries)}), filter);
  if (found.empty() && !filter.group.empty()) {
    // A group that is no more has a history all the same.
    const auto board = read_board(line, session);
    if (!board) return session.out.status();
    const Status named = check_selection(line, {filter.group, {}}, *board);
    if (!named.has_value()) return session.out.fail(named.error());
  }
  return print_table(history_table(found), session);
}

std::optional<ShowSelection> show_selection(const CommandLine& line) {
  constexpr std::array<std::pair<std::string_view, ShowKind>, 3> kKinds{
      {{"all", ShowKind::All}, {"group", ShowKind::Group}, {"agent", ShowKind::Agent}}};
  const auto found = std::ranges::find(kKinds, line.parameter(0), &std::pair<std::string_view, ShowKind>::first);
  if (found == kKinds.end()) return std::nullopt;
  return ShowSelection{found->second, line.value("--name")};
}

int run_show(const CommandLine& line, Session& session) {
  const auto selection = show_selection(line);
  if (!selection) return session.out.fail(usage_error(line, "one of all, group, agent"));
  const auto board = read_board(line, session);
  if (!board) return session.out.status();
  const auto body = read_answer(line, "config.show", encode_generation_argument({}), session);
  if (!body) return session.out.status();
  const auto config = decode_config_answer(*body, "configuration");
  if (!config.has_value()) return session.out.fail(config.error());
  const CheckedDomain checked = read_domain(config->text, own_home(session.program));
  if (!checked.domain) return session.out.fail(checked.findings.all().front().error, Outcome::Refused);
  Table table = show_table(*board, *checked.domain, *selection);
  if (table.rows.empty() && !selection->name.empty())
    return session.out.fail(
        usage_error(line, fmt::format("no such {}: {}", line.parameter(0), on_one_line(selection->name))));
  session.out.text(show_text(*board, *checked.domain, *selection));
  return end_with(std::move(table), session);
}

constexpr Option kSelection[] = {{"-g", Takes::Name, "GROUP", "servers of that group alone"},
                                 {"-n", Takes::Name, "NODE", "what is at that node alone"}};
constexpr Option kProcessOptions[] = {{"-p", Takes::Nothing, {}, "processes; as without it"},
                                      {"-g", Takes::Name, "GROUP", "servers of that group alone"},
                                      {"-n", Takes::Name, "NODE", "what is at that node alone"}};
constexpr Option kStatusOptions[] = {
    {"--check", Takes::Nothing, {}, "one line; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"}};
constexpr Option kHistoryOptions[] = {{"-n", Takes::Number, "N", "the last N changes, 0 all; 20 without it"}};
constexpr Option kShowOptions[] = {{"--name", Takes::Name, "NAME", "of a group or agent alone"}};

constexpr Command kBoardCommands[] = {
    {.name = "status",
     .summary = "The domain: nodes, groups, instances, problems.",
     .options = kStatusOptions,
     .run = run_status},
    {.name = "psr", .summary = "Servers, and what they do.", .options = kSelection, .run = run_psr},
    {.name = "st", .summary = "Servers, and their processes.", .options = kProcessOptions, .run = run_st},
    {.name = "topology", .summary = "Who feeds whom, a tree a group.", .run = run_topology},
    {.name = "lag", .parameters = "[INSTANCE]", .summary = "What each source server has not sent yet.", .run = run_lag},
    {.name = "history",
     .parameters = "[GROUP]",
     .summary = "Who changed what, when, and how it ended.",
     .options = kHistoryOptions,
     .run = run_history},
    {.name = "show",
     .parameters = "KIND",
     .summary = "What is configured at each node, and whether it is up: all, group or agent.",
     .options = kShowOptions,
     .run = run_show},
};

}  // namespace

std::span<const Command> board_commands() { return kBoardCommands; }

}  // namespace hw::cluster::hwadm

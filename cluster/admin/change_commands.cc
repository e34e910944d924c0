// Commands of sections 6, 7 and 10: the coordinator, moves, changes of root, lost transactions, plans.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cluster/admin/command_line.h"
#include "cluster/board/json.h"
#include "cluster/plan/commands.h"

namespace hw::cluster::hwadm {
namespace {

constexpr Option kGroup{"-g", Takes::Name, "GROUP", "when there is more than one group of kind role"};
constexpr Option kForce{"-force", Takes::Nothing, {}, "although it is refused without"};

template <typename Command>
Demand demand_of(std::string_view verb, const Command& command) {
  return {.verb = std::string(verb), .arguments = json_of_command(command)};
}

Result<Demand> switchover_demand(const CommandLine& line) {
  return demand_of("switchover", SwitchoverCommand{line.parameter(0), line.value("-g")});
}

Result<Demand> failover_demand(const CommandLine& line) {
  return demand_of("failover", FailoverCommand{line.parameter(0), line.value("-g"), line.has("-force")});
}

Result<Demand> rejoin_demand(const CommandLine& line) { return demand_of("rejoin", RejoinCommand{line.parameter(0)}); }

Result<Demand> reparent_demand(const CommandLine& line) {
  if (!line.has("--to")) return usage_error(line, "--to is missing");
  return demand_of("reparent", ReparentCommand{line.parameter(0), line.value("--to")});
}

Result<Demand> refresh_demand(const CommandLine& line) {
  const bool discard = line.has("-discard");
  if (discard && !(line.has("-y") && line.has("-force"))) return usage_error(line, "-discard: only with -y -force");
  return demand_of("refresh", RefreshCommand{line.parameter(0), line.value("--from"), discard, line.has("-force")});
}

Result<Demand> move_demand(const CommandLine& line, std::string_view verb) {
  if (line.has("-restart") && !line.has("-cancel")) return usage_error(line, "-restart: with -cancel");
  MigrateCommand command{{}, {}, line.has("-cancel"), line.has("-restart")};
  (verb == "migg" ? command.group : command.node) = line.parameter(0);
  return demand_of(verb, command);
}
Result<Demand> migg_demand(const CommandLine& line) { return move_demand(line, "migg"); }
Result<Demand> migm_demand(const CommandLine& line) { return move_demand(line, "migm"); }

Result<Demand> losttn_apply_demand(const CommandLine& line) {
  return demand_of("losttn", LosttnCommand{"apply", line.parameter(0), {}, {}, false});
}
Result<Demand> losttn_complete_demand(const CommandLine& line) {
  return demand_of("losttn", LosttnCommand{"complete", {}, line.value("-g"), {}, line.has("-force")});
}
Result<Demand> losttn_move_demand(const CommandLine& line) {
  Demand demand = demand_of("losttn", LosttnCommand{"move", line.parameter(0), {}, line.parameter(1), false});
  demand.no_limit = true;
  return demand;
}

Demand losttn_read(std::string_view what, const CommandLine& line) {
  Json arguments = Json::object();
  if (!line.parameter(0).empty()) arguments["id"] = line.parameter(0);
  return {.verb = fmt::format("losttn.{}", what), .arguments = dump(arguments)};
}
Result<Demand> losttn_list_demand(const CommandLine& line) { return losttn_read("list", line); }
Result<Demand> losttn_show_demand(const CommandLine& line) { return losttn_read("show", line); }
Result<Demand> losttn_diff_demand(const CommandLine& line) { return losttn_read("diff", line); }

Result<Demand> pause_demand(const CommandLine& line) {
  PauseCommand command;
  if (!line.parameters().empty()) {
    command.seconds = whole_number(line.parameter(0));
    if (!command.seconds) return usage_error(line, "not a number of seconds: " + on_one_line(line.parameter(0)));
  }
  return demand_of("pause", command);
}

Result<Demand> resume_demand(const CommandLine& line) {
  if (line.parameters().empty() == line.has("-force")) return usage_error(line, "an instance with -force, or neither");
  return demand_of("resume", ResumeCommand{line.parameter(0), line.has("-force")});
}

Result<Demand> fence_demand(const CommandLine& line) { return demand_of("fence", FenceCommand{line.parameter(0)}); }

Result<Demand> drill_demand(const CommandLine& line) {
  constexpr std::array<std::string_view, 5> kFaults{"kill", "pause", "partition", "etcd", "full"};
  if (std::ranges::find(kFaults, line.parameter(0)) == kFaults.end())
    return usage_error(line, fmt::format("one of {}", fmt::join(kFaults, ", ")));
  if (!line.has("--node")) return usage_error(line, "--node is missing");
  return demand_of("drill", DrillCommand{line.parameter(0), line.value("--node")});
}

Result<Demand> master_demand(const CommandLine& line) { return demand_of("master", MasterCommand{line.parameter(0)}); }
Result<Demand> pclean_demand(const CommandLine& line) { return demand_of("pclean", PcleanCommand{line.parameter(0)}); }

/// The rest of the line is a command of its own.
Result<Demand> plan_demand(const CommandLine& line) {
  HW_TRY(const CommandLine inner, parse_line(line.parameters(), {}));
  if (inner.command() == nullptr || !inner.command()->planned)
    return usage_error(line, "not of a command that has a plan: " + on_one_line(line.parameter(0)));
  HW_TRY(const Demand planned, inner.command()->demand(inner));
  Json arguments;
  arguments["command"] = planned.verb;
  arguments["arguments"] = parse_bounded(planned.arguments);
  return Demand{.verb = "plan", .arguments = dump(arguments), .warnings = planned.warnings};
}

constexpr Option kSwitchoverOptions[] = {kGroup};
constexpr Option kFailoverOptions[] = {
    kGroup,
    {"-force", Takes::Nothing, {}, "while the old root's lease may last; beyond max_loss; with -y: ask nothing"}};
constexpr Option kReparentOptions[] = {{"--to", Takes::Name, "FEEDER", "instance that shall feed it"}};
constexpr Option kRefreshOptions[] = {
    {"--from", Takes::Name, "INSTANCE", "whose data; else a secondary of its site"},
    {"-discard", Takes::Nothing, {}, "throw its own data away first; only with -y -force"},
    kForce};
constexpr Option kMoveOptions[] = {{"-cancel", Takes::Nothing, {}, "call the move off"},
                                   {"-restart", Takes::Nothing, {}, "with -cancel: boot here again"}};
constexpr Option kCompleteOptions[] = {{"-g", Takes::Name, "GROUP", "receipts of that group alone"},
                                       {"-force", Takes::Nothing, {}, "give up what is open or not applied"}};
constexpr Option kResumeOptions[] = {{"-force", Takes::Nothing, {}, "updates of that instance on, unconfirmed"}};
constexpr Option kDrillOptions[] = {{"--node", Takes::Name, "NODE", "whose fault it is"}};

constexpr std::string_view kMiggNames[] = {"migrategroup"};
constexpr std::string_view kMigmNames[] = {"migratemach"};
constexpr std::string_view kPcleanNames[] = {"pcl"};

constexpr Command kChangeCommands[] = {
    {.name = "switchover",
     .parameters = "[TO]",
     .summary = "Makes a candidate root while the old root lives. Nothing is lost.",
     .options = kSwitchoverOptions,
     .asks = Yes::All,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = switchover_demand},
    {.name = "failover",
     .parameters = "[TO]",
     .summary = "Makes a candidate root when the old root is gone.",
     .options = kFailoverOptions,
     .asks = Yes::FirstOrForced,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = failover_demand},
    {.name = "rejoin",
     .parameters = "INSTANCE",
     .summary = "Brings a former root back as a secondary, its lost transactions kept.",
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = rejoin_demand},
    {.name = "reparent",
     .parameters = "INSTANCE",
     .summary = "Gives an instance another feeder.",
     .options = kReparentOptions,
     .planned = true,
     .demand = reparent_demand},
    {.name = "refresh",
     .parameters = "INSTANCE",
     .summary = "Copies the data anew to an instance.",
     .options = kRefreshOptions,
     .asks = Yes::All,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = refresh_demand},
    {.name = "migg",
     .parameters = "GROUP",
     .summary = "Moves a group that was stopped by down -R to its alternate.",
     .options = kMoveOptions,
     .aliases = kMiggNames,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = migg_demand},
    {.name = "migm",
     .parameters = "NODE",
     .summary = "The same of all groups placed at a node.",
     .options = kMoveOptions,
     .aliases = kMigmNames,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = migm_demand},
    {.name = "losttn list", .summary = "Receipts of lost transactions.", .demand = losttn_list_demand},
    {.name = "losttn show",
     .parameters = "ID",
     .summary = "A receipt: what each lost transaction changed.",
     .demand = losttn_show_demand},
    {.name = "losttn diff",
     .parameters = "ID",
     .summary = "A receipt: lost values beside present ones.",
     .demand = losttn_diff_demand},
    {.name = "losttn apply",
     .parameters = "ID",
     .summary = "Applies lost transactions; those changed since become conflicts.",
     .planned = true,
     .demand = losttn_apply_demand},
    {.name = "losttn complete",
     .summary = "Ends receipts: what they hold is not looked at again.",
     .options = kCompleteOptions,
     .asks = Yes::All,
     .planned = true,
     .demand = losttn_complete_demand},
    {.name = "losttn move",
     .parameters = "ID NODE",
     .summary = "Brings a receipt's files to another node.",
     .planned = true,
     .demand = losttn_move_demand},
    {.name = "pause",
     .parameters = "[SECONDS]",
     .summary = "No automatic takeover, rejoin or move back, so long or until resume.",
     .planned = true,
     .demand = pause_demand},
    {.name = "resume",
     .parameters = "[INSTANCE]",
     .summary = "Ends a pause; with -force updates of an instance that waits to be confirmed.",
     .options = kResumeOptions,
     .asks = Yes::All,
     .planned = true,
     .demand = resume_demand},
    {.name = "drill",
     .parameters = "FAULT",
     .summary = "Makes a real fault (kill, pause, partition, etcd, full) and measures what follows.",
     .options = kDrillOptions,
     .asks = Yes::All,
     .patience = Patience::NoLimit,
     .planned = true,
     .demand = drill_demand},
    {.name = "fence off",
     .parameters = "INSTANCE",
     .summary = "Gives an instance that is down back to mupip, until an agent boots it.",
     .asks = Yes::All,
     .demand = fence_demand},
    {.name = "master",
     .parameters = "[NODE]",
     .summary = "Makes a node the coordinator; without NODE that of the agent asked.",
     .asks = Yes::All,
     .demand = master_demand},
    {.name = "pclean",
     .parameters = "NODE",
     .summary = "Takes a node that is not heard off the board.",
     .aliases = kPcleanNames,
     .asks = Yes::All,
     .demand = pclean_demand},
    {.name = "plan",
     .parameters = "COMMAND…",
     .summary = "What a command would choose, lose and do. Changes nothing, never asks.",
     .demand = plan_demand},
};

}  // namespace

std::span<const Command> change_commands() { return kChangeCommands; }

}  // namespace hw::cluster::hwadm

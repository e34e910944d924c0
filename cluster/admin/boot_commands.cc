// boot and down: every letter of their tables, into BootCommand and DownCommand.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "cluster/admin/command_line.h"
#include "cluster/admin/selection.h"
#include "cluster/plan/commands.h"
#include "engine/base/limits.h"

namespace hw::cluster::hwadm {
namespace {

/// -w: as -d with this.
constexpr std::uint64_t kReadyWait_us = 1'000'000;

constexpr Option kBootOptions[] = {
    {"--check", Takes::Nothing, {}, "only look whether all could start; a line a node"},
    {"-A", Takes::Nothing, {}, "application servers and resources only"},
    {"-T", Takes::Nothing, {}, "engine servers only"},
    {"-b", Takes::Nothing, {}, "servers with backup = true too; releases a hold"},
    {"-c", Takes::Nothing, {}, "one more handler at each gateway, of -g that group, of -n that node"},
    {"-f", Takes::Number, "GEN", "generation of the configuration"},
    {"-g", Takes::Name, "GROUP", "servers of a group; with -s, -S only those of it"},
    {"-n", Takes::Name, "NODE", "servers placed at that node now", true},
    {"-l", Takes::Name, "NODE", "the same", true},
    {"-s", Takes::Name, "SERVER", "one of a server, with -k N more", true},
    {"-k", Takes::Name, "N", "how many of the -s before it; `all` with -t recov", true},
    {"-S", Takes::Name, "SERVER", "a server up to its min", true},
    {"-i", Takes::Nothing, {}, "with -g: go on past a server at its max"},
    {"-a", Takes::Nothing, {}, "accepted: the agent always starts servers"},
    {"-o", Takes::Text, "TEXT", "added to the servers' arguments, this boot"},
    {"-q", Takes::Name, "GROUP", "the group's gateway alone"},
    {"-t", Takes::Name, "recov", "recovery only: of a group's instance, with -k all of every one"},
    {"-B", Takes::Name, "NODE", "the relay instances of a node"},
    {"-w", Takes::Nothing, {}, "one by one, as -d -1000000; ignored with -d"},
    {"-d", Takes::Signed, "USEC", "below 0: one at a time, waiting so long for READY; 0: neither; above 0: only wait"},
    {"-D", Takes::Signed, "USEC", "as -d, always the full time"},
    {"-W", Takes::Nothing, {}, "wait for each READY, however long"},
    {"-e", Takes::Name, "KIND", "missing engine servers of a kind: gw, src, rcv"},
    {"-R", Takes::Nothing, {}, "accepted: nothing started holds the caller's stdin, stdout"},
};

constexpr Option kDownOptions[] = {
    {"-A", Takes::Nothing, {}, "application servers and resources only"},
    {"-f", Takes::Number, "GEN", "generation of the configuration"},
    {"-g", Takes::Name, "GROUP", "servers of a group"},
    {"-n", Takes::Name, "NODE", "servers placed at that node now", true},
    {"-l", Takes::Name, "NODE", "the same", true},
    {"-q", Takes::Name, "GROUP", "the group's gateway alone"},
    {"-B", Takes::Name, "NODE", "the relay instances of a node"},
    {"-i", Takes::Nothing, {}, "at once: work is cut, clients get HWCLOSED"},
    {"-b", Takes::Nothing, {}, "with -S, -g, -A: hold, no restart until its next boot"},
    {"-p", Takes::Number, "N", "process number N of `st -p`; with -i even when it loops"},
    {"-s", Takes::Name, "SERVER", "one of a server, with -k N of them", true},
    {"-k", Takes::Name, "N", "how many of the -s before it; `all` with -t recov", true},
    {"-S", Takes::Name, "SERVER", "all of a server", true},
    {"-t", Takes::Name, "recov", "recovery workers, with -k all of every instance"},
    {"-w", Takes::Number, "SECONDS", "begin after that time"},
    {"-R", Takes::Nothing, {}, "with -n NODE: rolling down; with -g GROUP, -l NODE: stop for a move"},
};

/// Whether -t, when it is there, says `recov`; -k all goes with it alone.
Status check_recovery(const CommandLine& line) {
  if (line.has("-t") && line.value("-t") != "recov") return usage_error(line, "-t: only recov");
  if (is_all(line) && !line.has("-t")) return usage_error(line, "-k all: with -t recov");
  return {};
}

Result<std::string> engine_kind(const CommandLine& line) {
  const std::string kind = line.value("-e");
  for (const char* const other : {"cas", "tlm", "tsm"})
    if (kind == other) return make_error<MsgId::HWREFUSED>("boot -e " + kind, "there is no such process");
  if (kind == "clh") return std::string("gw");
  if (line.has("-e") && kind != "gw" && kind != "src" && kind != "rcv")
    return usage_error(line, "-e: one of gw, src, rcv");
  return kind;
}

std::uint64_t magnitude(std::int64_t number) {
  return number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
}

Status read_pace(const CommandLine& line, BootCommand& boot) {
  const auto given = std::ranges::count_if(line.given(), [](const GivenOption& one) {
    return one.option->name == "-d" || one.option->name == "-D" || one.option->name == "-W";
  });
  if (given > 1) return usage_error(line, "one of -d, -D, -W");
  if (line.has("-W")) {
    boot.pace = Pace::Ready;
  } else if (line.has("-d")) {
    const std::int64_t time_us = signed_number(line.value("-d")).value_or(0);
    boot.pace = time_us == 0 ? Pace::AtOnce : time_us < 0 ? Pace::Wait : Pace::Delay;
    boot.pace_us = magnitude(time_us);
  } else if (line.has("-D")) {
    boot.pace_us = magnitude(signed_number(line.value("-D")).value_or(0));
    boot.pace = boot.pace_us == 0 ? Pace::AtOnce : Pace::FullWait;
  } else if (line.has("-w")) {
    boot.pace = Pace::Wait;
    boot.pace_us = kReadyWait_us;
  }
  return {};
}

Result<Demand> boot_demand(const CommandLine& line) {
  BootCommand boot;
  HW_TRY_VOID(check_recovery(line));
  HW_TRY(boot.selection, selection_of(line));
  if (boot.selection.applications_only && boot.selection.engine_only) return usage_error(line, "-A or -T, not both");
  HW_TRY(boot.engine_kind, engine_kind(line));
  HW_TRY_VOID(read_pace(line, boot));
  boot.check_only = line.has("--check");
  boot.with_backup = line.has("-b");
  boot.one_more_handler = line.has("-c");
  boot.generation = line.number("-f");
  boot.go_on_at_max = line.has("-i");
  boot.options = line.value("-o");
  boot.recovery_only = line.has("-t");
  boot.recover_all = is_all(line);
  return Demand{.verb = "boot", .arguments = json_of_command(boot)};
}

/// -R says how much is stopped: a node, or a group or all groups of a node for a move.
Status read_roll(const CommandLine& line, DownCommand& down) {
  if (!line.has("-R")) return {};
  const auto ways =
      static_cast<int>(line.has("-n")) + static_cast<int>(line.has("-g")) + static_cast<int>(line.has("-l"));
  const bool more = line.has("-s") || line.has("-S") || line.has("-p") || line.has("-A") || line.has("-q") ||
                    line.has("-B") || line.has("-t") || down.selection.nodes.size() > 1;
  if (ways != 1 || more) return usage_error(line, "-R: with one of -n NODE, -g GROUP, -l NODE");
  down.rolling = line.has("-n");
  down.move = !down.rolling;
  return {};
}

/// -p N, or -k N -i without a server.
Status read_process(const CommandLine& line, DownCommand& down, std::vector<Error>& warnings) {
  std::optional<std::uint64_t> number = line.number("-p");
  if (!number && line.has("-i") && !line.has("-s") && line.has("-k") && !is_all(line)) {
    number = whole_number(line.value("-k"));
    if (!number) return usage_error(line, "-k: not a number");
    warnings.push_back(
        make_error<MsgId::CLIERR>(fmt::format("down: -k {0} -i is taken as -p {0} -i", *number)).as(Severity::Warning));
  }
  if (!number) return {};
  if (*number == 0 || *number > std::numeric_limits<std::uint32_t>::max())
    return usage_error(line, "-p: no number of a process");
  down.process = static_cast<std::uint32_t>(*number);
  return {};
}

Result<Demand> down_demand(const CommandLine& line) {
  DownCommand down;
  Demand demand{.verb = "down", .arguments = {}};
  HW_TRY_VOID(check_recovery(line));
  HW_TRY_VOID(read_process(line, down, demand.warnings));
  HW_TRY(down.selection, selection_of(line));
  HW_TRY_VOID(read_roll(line, down));
  down.generation = line.number("-f");
  down.at_once = line.has("-i");
  down.hold = line.has("-b");
  if (down.hold && !line.has("-S") && !line.has("-g") && !line.has("-A"))
    return usage_error(line, "-b: with -S, -g or -A");
  down.recovery_only = line.has("-t");
  down.recover_all = is_all(line);
  down.begin_after_s = line.number("-w").value_or(0);
  demand.no_limit = down.rolling || down.move;
  demand.arguments = json_of_command(down);
  return demand;
}

constexpr std::string_view kBootNames[] = {"tmboot"};
constexpr std::string_view kDownNames[] = {"tmdown", "tmshutdown"};

constexpr Command kBootCommands[] = {
    {.name = "boot",
     .summary = "Starts the instances and servers of the domain, or what the options name.",
     .options = kBootOptions,
     .aliases = kBootNames,
     .patience = Patience::AsAgentWaits,
     .planned = true,
     .demand = boot_demand},
    {.name = "down",
     .summary = "Stops the servers and instances of the domain, or what the options name. Agents stay.",
     .options = kDownOptions,
     .aliases = kDownNames,
     .asks = Yes::All,
     .patience = Patience::AsAgentWaits,
     .planned = true,
     .demand = down_demand},
};

}  // namespace

std::span<const Command> boot_commands() { return kBootCommands; }

}  // namespace hw::cluster::hwadm

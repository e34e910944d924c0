#include "cluster/admin/program.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string_view>
#include <vector>

#include "cluster/admin/command_line.h"
#include "cluster/admin/help.h"
#include "cluster/admin/install_links.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"

namespace hw::cluster::hwadm {
namespace {

constexpr std::string_view kQuit = "quit";

/// A line that says nothing is answered in the form that it asked for, as far as that can be told.
int refuse_line(const Error& error, std::span<const std::string> words, const Common& defaults, Console& console) {
  const bool json = defaults.json || std::ranges::find(words, std::string("--json")) != words.end();
  Output out(console, json);
  return out.fail(error);
}

/// -h and -V, which need nothing else. None: neither is there.
std::optional<int> run_inquiry(const CommandLine& line, Output& out) {
  if (line.common().version) {
    out.text("Headwater " HW_VERSION "\n");
    return out.end(Outcome::Done);
  }
  if (!line.common().help) return std::nullopt;
  out.text(line.command() == nullptr ? help_overview() : help_of(*line.command()));
  return out.end(Outcome::Done);
}

int run_command(const CommandLine& line, Surroundings& surroundings) {
  Output out(surroundings.console, line.common().json);
  if (const auto ended = run_inquiry(line, out)) return *ended;
  surroundings.set_folder(line.common().dir);
  Session session{surroundings.console, out, surroundings.agents, surroundings.person, surroundings.program};
  if (line.command()->run != nullptr) return line.command()->run(line, session);
  const auto demand = line.command()->demand(line);
  if (!demand.has_value()) return out.fail(demand.error());
  return carry_out(line, *demand, session);
}

/// Commands line by line. `defaults`: common options of the program's own line.
int run_prompt(std::string_view prompt, const Common& defaults, Surroundings& surroundings) {
  Console& console = surroundings.console;
  int status = 0;
  for (std::string line;;) {
    if (console.in_is_terminal) console.out << prompt << std::flush;
    const auto more = read_line(console.in, line, "the commands", kCommandLineBytesMax);
    if (!more.has_value()) return refuse_line(more.error(), {}, defaults, console);
    if (!*more) break;
    const auto words = split_line(line);
    if (words.has_value() && words->empty()) continue;
    const auto parsed = words.has_value() ? parse_line(*words, defaults) : Result<CommandLine>(words.error());
    if (!parsed.has_value()) {
      status = refuse_line(parsed.error(), words.has_value() ? *words : std::vector<std::string>(), defaults, console);
      continue;
    }
    if (parsed->command() == nullptr) {  // Common options alone.
      Output out(console, parsed->common().json);
      (void)run_inquiry(*parsed, out);
      continue;
    }
    if (parsed->command()->name == kQuit) return status;
    status = run_command(*parsed, surroundings);
  }
  if (console.in_is_terminal) console.out << '\n' << std::flush;
  return status;
}

ProgramName called_as(const std::string& name) {
  const auto found = std::ranges::find(program_names(), name, &ProgramName::name);
  return found == program_names().end() ? ProgramName{.name = "hwadm"} : *found;
}

}  // namespace

int run_program(const std::string& name, std::span<const std::string> words, Surroundings& surroundings) {
  const ProgramName self = called_as(name);
  std::vector<std::string> line;
  if (!self.command.empty()) line.emplace_back(self.command);
  line.insert(line.end(), words.begin(), words.end());
  const auto parsed = parse_line(line, {});
  if (!parsed.has_value()) return refuse_line(parsed.error(), line, {}, surroundings.console);
  if (parsed->command() != nullptr) return run_command(*parsed, surroundings);
  Output out(surroundings.console, parsed->common().json);
  if (const auto ended = run_inquiry(*parsed, out)) return *ended;
  return run_prompt(self.prompt, parsed->common(), surroundings);
}

}  // namespace hw::cluster::hwadm

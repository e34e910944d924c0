// The configuration: section 2. `check` needs no agent.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cluster/admin/domain_folder.h"
#include "cluster/admin/session.h"
#include "cluster/board/board_tables.h"
#include "cluster/board/json.h"
#include "cluster/config/read_domain.h"
#include "cluster/config/written_diff.h"
#include "cluster/plan/reads.h"
#include "engine/base/file.h"

namespace hw::cluster::hwadm {
namespace {

/// FILE, or -i FILE. Errors: CLIERR: none, or both.
Result<std::string> file_of(const CommandLine& line) {
  const std::string file = line.parameter(0).empty() ? line.value("-i") : line.parameter(0);
  if (file.empty()) return usage_error(line, "FILE is missing");
  if (!line.parameter(0).empty() && line.has("-i")) return usage_error(line, "FILE or -i FILE, not both");
  return file;
}

/// A row a finding, for JSON.
Table finding_table(const Findings& findings) {
  Table table;
  table.columns = {{"Line"}, {"Column"}, {"Severity"}, {"Code"}, {"Text"}};
  for (const Finding& finding : findings.all()) {
    const ResultMessage message = message_of(finding.error);
    table.rows.push_back({std::uint64_t{finding.at.line}, std::uint64_t{finding.at.column},
                          std::string(1, message.severity), message.code, message.text});
  }
  return table;
}

/// Prints what is wrong with a file.
void show_findings(const CheckedDomain& checked, const std::string& file, Output& out) {
  for (const Finding& finding : checked.findings.all()) out.finding(finding.line(file), finding.error);
}

int end_check(const CheckedDomain& checked, const std::string& file, Output& out) {
  out.text(checked.findings.summary(file) + "\n");
  CommandResult result;
  result.outcome = checked.findings.passed() ? Outcome::Done : Outcome::Refused;
  result.values = {{"errors", std::uint64_t{checked.findings.errors()}},
                   {"warnings", std::uint64_t{checked.findings.warnings()}}};
  result.rows = finding_table(checked.findings);
  return out.end(std::move(result));
}

int run_config_check(const CommandLine& line, Session& session) {
  const auto file = file_of(line);
  if (!file.has_value()) return session.out.fail(file.error());
  const CheckedDomain checked = read_domain_file(*file, own_home(session.program));
  show_findings(checked, *file, session.out);
  return end_check(checked, *file, session.out);
}

/// apply, and add: the text goes to the coordinator when nothing is wrong with it by itself.
int run_new_generation(const CommandLine& line, std::string_view verb, Session& session) {
  const auto file = file_of(line);
  if (!file.has_value()) return session.out.fail(file.error());
  CheckedDomain checked = read_domain_file(*file, own_home(session.program));
  show_findings(checked, *file, session.out);
  if (!checked.domain) return end_check(checked, *file, session.out);
  Json arguments;
  arguments["text"] = checked.text;
  arguments["store_as"] = line.value("-o");
  arguments["file"] = *file;
  Demand demand;
  demand.verb = verb;
  demand.arguments = dump(arguments);
  demand.domain = std::make_shared<const Domain>(*std::move(checked.domain));
  return carry_out(line, demand, session);
}
int run_apply(const CommandLine& line, Session& session) { return run_new_generation(line, "config.apply", session); }
int run_add(const CommandLine& line, Session& session) { return run_new_generation(line, "config.add", session); }

/// N of the line. Errors: CLIERR.
Result<std::optional<std::uint64_t>> generation_of(const CommandLine& line, std::size_t index) {
  const std::string text = line.parameter(index);
  if (text.empty()) return std::optional<std::uint64_t>();
  const auto number = whole_number(text);
  if (!number || *number == 0) return usage_error(line, "no number of a generation: " + on_one_line(text));
  return number;
}

/// None: the command has ended.
std::optional<ConfigAnswer> read_config(const CommandLine& line, std::optional<std::uint64_t> number,
                                        Session& session) {
  const auto body = read_answer(line, "config.show", encode_generation_argument(number), session);
  if (!body) return std::nullopt;
  auto config = decode_config_answer(*body, "configuration");
  if (config.has_value()) return *std::move(config);
  session.out.fail(config.error());
  return std::nullopt;
}

int run_config_show(const CommandLine& line, Session& session) {
  const auto number = generation_of(line, 0);
  if (!number.has_value()) return session.out.fail(number.error());
  const auto config = read_config(line, *number, session);
  if (!config) return session.out.status();
  session.out.text(config->text);
  if (!config->text.ends_with('\n')) session.out.text("\n");
  CommandResult result;
  result.values = {
      {"number", config->number}, {"sha256", config->sha256}, {"state", config->state}, {"text", config->text}};
  return session.out.end(std::move(result));
}

/// None: the command has ended.
std::optional<std::vector<GenerationRow>> read_generations(const CommandLine& line, Session& session) {
  const auto body = read_answer(line, "config.list", "{}", session);
  if (!body) return std::nullopt;
  auto rows = decode_generations_answer(*body, "configuration");
  if (rows.has_value()) return *std::move(rows);
  session.out.fail(rows.error());
  return std::nullopt;
}

int run_list(const CommandLine& line, Session& session) {
  const auto rows = read_generations(line, session);
  if (!rows) return session.out.status();
  CommandResult result;
  result.rows = generation_table(*rows);
  session.out.text(text_of(result.rows));
  return session.out.end(std::move(result));
}

/// Lines of two texts' difference. Errors: HWCFGBAD: one is no TOML.
Result<std::vector<std::string>> difference(const ConfigAnswer& from, const ConfigAnswer& to) {
  Findings findings;
  const auto before = parse_toml(from.text, findings);
  const auto after = parse_toml(to.text, findings);
  if (!before || !after) return findings.all().front().error;
  return written_diff(*before, *after);
}

/// Without N what runs; nothing runs: what is current, so that there is no difference.
Result<std::optional<std::uint64_t>> first_of_diff(const CommandLine& line, const std::vector<GenerationRow>& rows) {
  HW_TRY(const auto given, generation_of(line, 0));
  if (given) return given;
  const auto running = std::ranges::find(rows, true, &GenerationRow::running);
  return running == rows.end() ? std::optional<std::uint64_t>() : running->generation.number;
}

int run_diff(const CommandLine& line, Session& session) {
  const auto to_number = generation_of(line, 1);
  if (!to_number.has_value()) return session.out.fail(to_number.error());
  const auto rows = read_generations(line, session);
  if (!rows) return session.out.status();
  const auto from_number = first_of_diff(line, *rows);
  if (!from_number.has_value()) return session.out.fail(from_number.error());
  const auto from = read_config(line, *from_number, session);
  const auto to = from ? read_config(line, *to_number, session) : std::nullopt;
  if (!to) return session.out.status();
  const auto lines = difference(*from, *to);
  if (!lines.has_value()) return session.out.fail(lines.error());
  CommandResult result;
  for (const std::string& one : *lines) session.out.line(one);
  result.values = {{"from", from->number}, {"to", to->number}};
  result.lists = {{"lines", *lines}};
  return session.out.end(std::move(result));
}

Result<Demand> epoch_base_demand(const CommandLine&) { return Demand{.verb = "config.epoch-base", .arguments = "{}"}; }

constexpr Option kFile{"-i", Takes::Name, "FILE", "the same as FILE"};
constexpr Option kStoreAs{"-o", Takes::Name, "NAME", "only store it, as config/NAME.toml"};
constexpr Option kApplyOptions[] = {kFile, kStoreAs};
constexpr Option kAddOptions[] = {kFile};
constexpr std::string_view kAddNames[] = {"cfgadd"};
constexpr std::string_view kCflNames[] = {"cfl"};

constexpr Command kConfigCommands[] = {
    {.name = "config check",
     .parameters = "FILE",
     .summary = "All that is wrong with a file; needs no node.",
     .run = run_config_check},
    {.name = "config apply",
     .parameters = "[FILE]",
     .summary = "Makes a file the next generation of the configuration, on every node.",
     .options = kApplyOptions,
     .run = run_apply},
    {.name = "config",
     .summary = "The same, as `config -i FILE`.",
     .options = kApplyOptions,
     .aliases = kCflNames,
     .run = run_apply},
    {.name = "config add",
     .parameters = "[FILE]",
     .summary = "The same while the domain runs, when the file only adds.",
     .options = kAddOptions,
     .aliases = kAddNames,
     .run = run_add},
    {.name = "config show",
     .parameters = "[N]",
     .summary = "A generation's text; without N the current one's.",
     .run = run_config_show},
    {.name = "config diff",
     .parameters = "[N] [M]",
     .summary = "Keys in which two generations differ; without them what runs and what is current.",
     .run = run_diff},
    {.name = "config list", .summary = "All generations.", .run = run_list},
    {.name = "config epoch-base",
     .summary = "Makes the lease store's records anew when it has lost its memory.",
     .asks = Yes::All,
     .demand = epoch_base_demand},
};

}  // namespace

std::span<const Command> config_commands() { return kConfigCommands; }

}  // namespace hw::cluster::hwadm

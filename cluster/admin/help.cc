#include "cluster/admin/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hw::cluster::hwadm {
namespace {

std::string form_of(const Option& option) {
  return option.form.empty() ? std::string(option.name) : fmt::format("{} {}", option.name, option.form);
}

std::string form_of(const Command& command) {
  std::string form(command.name);
  if (!command.options.empty() || command.asks != Yes::Never) form += " [options]";
  if (!command.parameters.empty()) form += fmt::format(" {}", command.parameters);
  return form;
}

std::vector<const Option*> own_options(const Command& command) {
  std::vector<const Option*> options;
  for (const Option& option : command.options) options.push_back(&option);
  if (command.asks != Yes::Never) options.push_back(&yes_option());
  return options;
}

std::string option_lines(const std::vector<const Option*>& options) {
  std::size_t width = 0;
  for (const Option* const option : options) width = std::max(width, form_of(*option).size());
  std::string out;
  for (const Option* const option : options)
    out += fmt::format("   {:{}}  {}\n", form_of(*option), width, option->meaning);
  return out;
}

std::string common_lines() {
  std::vector<const Option*> options;
  for (const Option& option : common_options()) options.push_back(&option);
  return option_lines(options);
}

std::string_view patience_text(const Command& command) {
  switch (command.patience) {
    case Patience::TenSeconds:
      return "10 s";
    case Patience::AsAgentWaits:
      return "wait_s";
    case Patience::NoLimit:
      return "none";
  }
  return "";
}

std::string_view asks_text(Yes asks) {
  switch (asks) {
    case Yes::Never:
      return "no";
    case Yes::All:
      return "yes";
    case Yes::FirstOrForced:
      return "yes; -y answers the first question, -y -force all";
  }
  return "";
}

struct Section {
  std::string_view title;
  std::span<const Command> (*commands)();
};
constexpr std::array<Section, 6> kSections{{{"Boot and down", boot_commands},
                                            {"The board", board_commands},
                                            {"Configuration", config_commands},
                                            {"Changes", change_commands},
                                            {"Groups and agents", group_commands},
                                            {"hwadm itself", local_commands}}};

constexpr std::string_view kPageHead = R"(# Commands of hwadm

<!-- Made of cluster/admin's command table (cluster/admin/help.cc): HW_UPDATE_DOCS=1 unit_cluster_admin writes it. -->

`hwadm COMMAND …` asks the agent of a domain; `hwadm` alone is a prompt: a command a line, `quit`, `q` or the end of the
input ends it with the last command's status. Put a text with blanks in `'…'` or `"…"`. Every command can be repeated.

The domain is that of `--dir`, else of HW_DIR, else of the only folder in /var/lib/headwater. Its agent answers at
`run/hwd.sock` there; when it does not, the nodes of the current generation are asked over TCP in the order of the file, with
the key or certificate that it names (`config apply` and `config add`: those of their FILE).

Tables and results are on stdout, messages on stderr. With `--json` one object is on stdout and nothing else
([keys](board.md#every-other-command)); a question is then on stderr. `config show` has the text as `text`, `config
diff` its lines as the list `lines`; `status --check` has its line as `line`, and its status as `exit`.

A command that asks prints a line that says what will happen, and `Are you sure? [y, n] `: `y` or `yes` goes on, everything
else ends it with status 1 and nothing done. Where stdin is no terminal it ends with HWNOTTY, status 1, unless -y is given.

| exit | when |
| ---: | --- |
| 0 | done, with warnings too |
| 1 | refused, nothing done |
| 2 | the command line says nothing that could be done, or names a node, instance, group or server that the domain does not have |
| 3 | partly done; the same command again goes on |
| 4 | still running at the time-out, or an agent was lost meanwhile and its outcome is not known; `history` tells |
| 5 | not without a coordinator |
| 6 | no agent reached |

`status --check` has 0 to 3 of its own.

These may be given before and after the command:

)";

constexpr std::string_view kNames = R"(
`hwadm install links` makes other names, beside hwadm:

| name | is |
| --- | --- |
| tmboot | `hwadm boot` |
| tmdown, tmshutdown | `hwadm down` |
| cfl | `hwadm config` |
| tmadmin | the prompt |
| prs_adm | the prompt, as `Admin> ` |
| cmrctl | `hwadm`, for `group` and `agent` |
| racd | hwd |
)";

/// A text inside of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string option_rows(const std::vector<const Option*>& options) {
  std::string out = "| option | meaning |\n| --- | --- |\n";
  for (const Option* const option : options)
    out += fmt::format("| `{}`{} | {} |\n", form_of(*option), option->repeated ? ", also several times" : "",
                       cell(option->meaning));
  return out;
}

std::string page_of(const Command& command) {
  const auto code = [](std::string_view name) { return fmt::format("`{}`", name); };
  std::string out = fmt::format("\n### {}\n\n`hwadm {}`\n\n{}", command.name, form_of(command), command.summary);
  if (!command.aliases.empty()) {
    std::vector<std::string> names;
    for (const std::string_view alias : command.aliases) names.push_back(code(alias));
    out += fmt::format(" Also: {}.", fmt::join(names, ", "));
  }
  out += fmt::format("\n\nAsks: {}. Time-out: {}.", asks_text(command.asks), patience_text(command));
  if (command.planned) out += " `plan` takes it.";
  out += '\n';
  if (!own_options(command).empty()) out += "\n" + option_rows(own_options(command));
  return out;
}

}  // namespace

std::string help_overview() {
  std::string out =
      "hwadm [options] COMMAND …     asks the agent of a domain\n"
      "hwadm [options]               a prompt: a command a line, until quit\n";
  std::size_t width = 0;
  for (const Command* const command : command_table()) width = std::max(width, command->name.size());
  for (const Section& section : kSections) {
    out += fmt::format("\n{}\n", section.title);
    for (const Command& command : section.commands())
      out += fmt::format("   {:{}}  {}\n", command.name, width, command.summary);
  }
  return out + "\nOptions of every command\n" + common_lines() + "\nhwadm COMMAND -h shows a command's own.\n";
}

std::string help_of(const Command& command) {
  std::string out = fmt::format("hwadm {}\n\n   {}\n", form_of(command), command.summary);
  if (!command.aliases.empty()) out += fmt::format("   Also: {}\n", fmt::join(command.aliases, ", "));
  if (!own_options(command).empty()) out += "\n" + option_lines(own_options(command));
  return out + "\n" + common_lines();
}

std::string commands_page() {
  std::vector<const Option*> common;
  for (const Option& option : common_options()) common.push_back(&option);
  std::string out = std::string(kPageHead) + option_rows(common) + std::string(kNames);
  for (const Section& section : kSections) {
    out += fmt::format("\n## {}\n", section.title);
    for (const Command& command : section.commands()) out += page_of(command);
  }
  return out;
}

}  // namespace hw::cluster::hwadm

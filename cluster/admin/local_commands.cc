// What hwadm does without an agent: help, quit, install links.
#include "cluster/admin/help.h"
#include "cluster/admin/install_links.h"
#include "cluster/admin/session.h"

namespace hw::cluster::hwadm {
namespace {

int run_help(const CommandLine& line, Session& session) {
  if (line.parameters().empty()) {
    session.out.text(help_overview());
    return session.out.end(Outcome::Done);
  }
  std::size_t length = 0;
  const Command* const command = find_command(line.parameters(), &length);
  if (command == nullptr)
    return session.out.fail(usage_error(line, "no such command: " + on_one_line(line.parameter(0))));
  session.out.text(help_of(*command));
  return session.out.end(Outcome::Done);
}

/// The prompt ends before it gets here; alone on a command line there is nothing to end.
int run_quit(const CommandLine&, Session& session) { return session.out.end(Outcome::Done); }

int run_install_links(const CommandLine&, Session& session) {
  const auto made = install_links(session.program);
  if (!made.has_value()) return session.out.fail(made.error());
  for (const std::string& line : *made) session.out.line(line);
  CommandResult result;
  result.lists = {{"lines", *made}};
  return session.out.end(std::move(result));
}

constexpr std::string_view kQuitNames[] = {"q"};

constexpr Command kLocalCommands[] = {
    {.name = "help", .parameters = "[COMMAND…]", .summary = "The commands, or one of them.", .run = run_help},
    {.name = "quit", .summary = "Ends the prompt.", .aliases = kQuitNames, .run = run_quit},
    {.name = "install links", .summary = "Makes the other names of the programs.", .run = run_install_links},
};

}  // namespace

std::span<const Command> local_commands() { return kLocalCommands; }

}  // namespace hw::cluster::hwadm

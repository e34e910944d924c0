#include "dse/dispatch.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string>

#include "dse/grammars.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"

namespace hw::dse {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

int report(const Error& error, Console& console) {
  console.out.flush();
  console.err << error.render() << std::flush;
  return error.status();
}

const Command& row_of(const ParsedCommand& command) {
  const auto table = command_table();
  const auto row = std::ranges::find(table, &command.command(), &Command::grammar);
  HW_CHECK(row != table.end());  // command_grammars() offers no other.
  return *row;
}

int run_parsed(const ParsedCommand& command, Session& session, Console& console) {
  const Status status = row_of(command).run(command, session, console);
  return status.has_value() ? 0 : report(status.error(), console);
}

}  // namespace

int run_line(std::string_view line, Session& session, Console& console) {
  if (is_blank(line)) return 0;
  const auto command = parse_command(command_grammars(), line);
  return command.has_value() ? run_parsed(*command, session, console) : report(command.error(), console);
}

int run_prompt(Session& session, Console& console) {
  console.err << session.heading() << std::flush;
  std::string line;
  for (;;) {
    console.out << "DSE> " << std::flush;
    const auto more = read_line(console.in, line, "the commands", kCommandLineBytesMax);
    if (!more.has_value()) return report(more.error(), console);
    if (!*more) break;
    const auto command = parse_command(command_grammars(), line);
    if (command.has_value() && (&command->command() == &kExit || &command->command() == &kQuit)) return 0;
    run_line(line, session, console);
  }
  console.out << std::endl;
  return 0;
}

int run_program(int argc, const char* const* argv, Console& console) {
  std::string line = join_arguments(argc, argv);
  if (line == "-help" || line == "--help") line = "help";
  if (line == "-version" || line == "--version") line = "version";
  Session session;
  if (is_blank(line)) {
    const Status opened = session.open();
    return opened.has_value() ? run_prompt(session, console) : report(opened.error(), console);
  }
  const auto command = parse_command(command_grammars(), line);
  if (!command.has_value()) return report(command.error(), console);
  if (row_of(*command).needs_region) {
    if (const Status opened = session.open(); !opened.has_value()) return report(opened.error(), console);
    console.err << session.heading() << std::flush;
  }
  return run_parsed(*command, session, console);
}

}  // namespace hw::dse

#include "mupip/dispatch.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// What a user sees who names a table that no function follows.
Error unknown(const ParsedCommand& command) {
  const auto path = command.path();
  if (path.size() == 1) return make_error<MsgId::CLIERR>(fmt::format("Unrecognized command: {}", path[0]->name));
  return make_error<MsgId::CLIERR>(fmt::format("Unrecognized option : {}", path.back()->name));
}

Result<int> run_parsed(const ParsedCommand& command, Console& console) {
  const auto table = command_table();
  const auto row = std::ranges::find(table, &command.grammar(), &Command::grammar);
  if (row == table.end()) return unknown(command);
  // Servers keep the names of their logs in shared memory.
  if (const auto log = command.text("LOG")) HW_TRY_VOID(check_path(absolute_path(*log), kPathBytesMax));
  for (const std::string& line : command.without_effect()) console.err << make_line<MsgId::TEXT>(line) << '\n';
  return row->run(command, console);
}

Result<int> parse_and_run(std::string_view line, Console& console) {
  HW_TRY(const auto command, parse_command(command_grammars(), line));
  return run_parsed(command, console);
}

int report(const Result<int>& result, Console& console) {
  console.out.flush();
  if (result.has_value()) return *result;
  console.err << result.error().render() << std::flush;
  return result.error().status();
}

/// `-help` and `-version`, with one or two dashes: conveniences that GT.M's grammar has no room for.
std::string_view without_dashes(std::string_view argument) {
  if (argument == "-help" || argument == "--help") return "help";
  if (argument == "-version" || argument == "--version") return "version";
  return argument;
}

}  // namespace

int run_line(std::string_view line, Console& console) {
  if (is_blank(line)) return 0;
  return report(parse_and_run(line, console), console);
}

int run_prompt(Console& console) {
  std::string line;
  for (;;) {
    console.out << "MUPIP> " << std::flush;
    const auto more = read_line(console.in, line, "the commands", kCommandLineBytesMax);
    if (!more.has_value()) return report(Result<int>(more.error()), console);
    if (!*more) break;
    if (is_blank(line)) continue;
    const auto command = parse_command(command_grammars(), line);
    if (command.has_value() && &command->grammar() == &kExit) break;
    if (command.has_value() && &command->grammar() == &kQuit) break;
    const auto result = command.has_value() ? run_parsed(*command, console) : Result<int>(command.error());
    const int status = report(result, console);
    // A signal that ends a command is meant for the program.
    if (!result.has_value() && result.error().id == MsgId::FORCEDHALT) return status;
  }
  console.out << std::endl;
  return 0;
}

int run_program(int argc, const char* const* argv, Console& console) {
  if (argc <= 1) return run_prompt(console);
  // `replicate … -help` shows the command's help, as `help replicate` does.
  const std::string_view last = without_dashes(argv[argc - 1]);
  if (argc > 2 && last == "help" && last != argv[argc - 1]) return run_line(std::string("help ") + argv[1], console);
  if (argc == 2) return run_line(last, console);
  return run_line(join_arguments(argc, argv), console);
}

}  // namespace hw::mupip

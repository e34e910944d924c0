// help, version, exit and quit.
#include <ostream>

#include "mupip/commands.h"

namespace hw::mupip {

Result<int> run_help(const ParsedCommand& command, Console& console) {
  if (command.parameters().empty()) {
    console.out << help_overview("mupip", command_grammars());
    return 0;
  }
  const auto& name = command.parameters().front();
  const Grammar* grammar = find_command(command_grammars(), name);
  if (grammar == nullptr) return make_error<MsgId::CLIERR>(fmt::format("Unrecognized command: {}", name));
  console.out << help_command("mupip", *grammar);
  return 0;
}

Result<int> run_version(const ParsedCommand&, Console& console) {
  console.out << "Headwater " HW_VERSION "\n";
  return 0;
}

Result<int> run_exit(const ParsedCommand&, Console&) { return 0; }

}  // namespace hw::mupip

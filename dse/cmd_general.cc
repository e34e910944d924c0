// help, version, page, evaluate, exit and quit.
#include <ostream>

#include "dse/commands.h"
#include "engine/base/text.h"

namespace hw::dse {

Status run_help(const ParsedCommand& command, Session&, Console& console) {
  if (command.parameters().empty()) {
    console.out << help_overview("dse", command_grammars());
    return {};
  }
  const auto& name = command.parameters().front();
  const Grammar* grammar = find_command(command_grammars(), name);
  if (grammar == nullptr) return make_error<MsgId::CLIERR>(fmt::format("Unrecognized command: {}", name));
  console.out << help_command("dse", *grammar);
  return {};
}

Status run_version(const ParsedCommand&, Session&, Console& console) {
  console.err << "Headwater " HW_VERSION "\n";
  return {};
}

Status run_page(const ParsedCommand&, Session&, Console& console) {
  console.out << '\f';
  return {};
}

Status run_evaluate(const ParsedCommand& command, Session&, Console& console) {
  std::string_view digits = command.value("NUMBER");
  int base = command.has("DECIMAL") ? 10 : 16;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  const auto number = whole_number<std::uint64_t>(digits, base);
  if (!number)
    return make_error<MsgId::CLIERR>(fmt::format("Unrecognized value: {}, A non-negative {} integer required",
                                                 command.value("NUMBER"), base == 10 ? "decimal" : "hexadecimal"));
  console.err << fmt::format("Hex:  {:X}   Dec:  {}\n", *number, *number);
  return {};
}

Status run_exit(const ParsedCommand&, Session&, Console&) { return {}; }

}  // namespace hw::dse

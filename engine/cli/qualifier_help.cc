// Help made from the command tables, so that it cannot say what the parser does not do.
#include <algorithm>

#include "engine/cli/qualifier.h"

namespace hw {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string value_form(const Qualifier& row) {
  if (!row.value_form.empty()) return fmt::format("<{}>", row.value_form);
  switch (row.kind) {
    case ValueKind::Number:
      return "<number>";
    case ValueKind::Hex:
      return "<hex>";
    case ValueKind::Keywords:
      return "<keyword>[,…]";
    case ValueKind::Text:
      break;
  }
  return "<text>";
}

std::string form(const Qualifier& row) {
  std::string out = (row.negatable ? "[no]" : "") + lower(row.name);
  if (row.assignment == Assignment::Required) out += "=" + value_form(row);
  if (row.assignment == Assignment::Optional) out += "[=" + value_form(row) + "]";
  return out;
}

void add_qualifiers(std::string& out, const Grammar& grammar, std::size_t indent) {
  for (const auto& row : grammar.qualifiers) {
    if (!row.refusal.empty()) continue;
    out += fmt::format("{:{}}-{}\n", "", indent, form(row));
    for (const auto& keyword : row.keywords) out += fmt::format("{:{}}{}\n", "", indent + 6, form(keyword));
    if (row.grammar != nullptr && row.grammar != &grammar) add_qualifiers(out, *row.grammar, indent + 3);
  }
}

}  // namespace

std::string help_overview(std::string_view program, std::span<const Grammar* const> commands) {
  std::string out = fmt::format("{} <command> [-qualifier[=value]]… [parameter]…\n\n", program);
  std::size_t width = 0;
  for (const auto* command : commands) width = std::max(width, command->name.size());
  for (const auto* command : commands)
    if (!command->reserved && command->refusal.empty())
      out += fmt::format("   {:{}}  {}\n", lower(command->name), width, command->summary);
  out += fmt::format(
      "\n{} help <command> shows a command's qualifiers. Commands, qualifiers and keywords may be cut\n"
      "to any unique prefix; quote a value with blanks as '\"…\"'.\n",
      program);
  return out;
}

std::string help_command(std::string_view program, const Grammar& grammar) {
  if (!grammar.refusal.empty())
    return fmt::format("{} {}\n\n   Refused: {}\n", program, lower(grammar.name), grammar.refusal);
  std::string out = fmt::format("{} {}", program, lower(grammar.name));
  if (!grammar.qualifiers.empty()) out += " [-qualifier[=value]]…";
  for (const auto& parameter : grammar.parameters) out += fmt::format(" <{}>", parameter.form);
  out += fmt::format("\n\n   {}\n", grammar.summary);
  if (!grammar.qualifiers.empty()) out += "\n";
  add_qualifiers(out, grammar, 3);
  return out;
}

}  // namespace hw

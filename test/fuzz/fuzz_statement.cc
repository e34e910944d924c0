// Any line, in either mode: parsing never harms, and what it accepts is within the bounds that the executor relies on.
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/gbl/statement.h"
#include "engine/globals/key.h"
#include "test/support/fuzz/mutator.h"

namespace {

void check(const hw::gbl::Expression& expression);

void check(const hw::gbl::Reference& node) {
  HW_CHECK(hw::is_global_name(node.global));
  HW_CHECK(node.subscripts.size() <= hw::kSubscriptsMax);
  for (const auto& subscript : node.subscripts) check(subscript);
}

void check(const hw::gbl::Expression& expression) {
  HW_CHECK(!expression.steps.empty());
  for (const auto& step : expression.steps) {
    HW_CHECK((step.term.kind == hw::gbl::TermKind::Node) == !step.term.node.empty());
    HW_CHECK((step.term.kind == hw::gbl::TermKind::Group) == !step.term.group.empty());
    for (const auto& node : step.term.node) check(node);
    for (const auto& group : step.term.group) check(group);
  }
}

void check(std::string_view text, hw::Charset charset) {
  using hw::gbl::Command;
  if (const auto node = hw::gbl::parse_node(text, charset)) check(node->node);
  const auto statements = hw::gbl::parse_line(text, charset);
  if (!statements) return;
  for (const auto& statement : *statements) {
    const auto command = statement.command;
    const bool has_node = command == Command::Set || command == Command::Kill || command == Command::ZKill ||
                          command == Command::Increment || command == Command::ZWrite;
    if (has_node) check(statement.node);
    HW_CHECK(command != Command::Set || !statement.value.steps.empty());
    HW_CHECK(command != Command::Hang || !statement.value.steps.empty());
    if (!statement.value.steps.empty()) check(statement.value);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = hw::as_text(std::as_bytes(std::span{data, size}));
  check(text, hw::Charset::M);
  check(text, hw::Charset::Utf8);
  return 0;
}

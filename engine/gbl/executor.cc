#include "engine/gbl/executor.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/globals/node_key.h"
#include "engine/globals/number.h"
#include "engine/globals/zwr.h"
#include "engine/session/database.h"

namespace hw::gbl {
namespace {

constexpr double kHangSecondsMax = 2147483;  // milliseconds in 31 bits, as in GT.M

Number negated(Number number) {
  if (!number.is_zero()) number.negative = !number.negative;
  return number;
}

}  // namespace

Executor::Executor(Session& session, std::ostream& out, Sleep sleep)
    : session_(session), out_(out), sleep_(std::move(sleep)) {}

Status Executor::run(std::span<const Statement> statements) {
  for (const auto& statement : statements) {
    if (halted_) break;
    HW_TRY_VOID(run_one(statement));
  }
  return {};
}

Status Executor::run_one(const Statement& statement) {
  const bool was_inside = in_transaction();
  if (!was_inside) kept_.clear();
  const bool keep = was_inside || statement.command == Command::TStart;
  if (keep) kept_.push_back(statement);
  auto status = perform(statement);
  if (!status && keep && is_restart(status.error())) status = replay();
  if (!status && keep) kept_.pop_back();
  return status;
}

Status Executor::replay() {
  for (;;) {
    if (in_transaction()) HW_TRY_VOID(session_.rollback());
    Status status;
    for (const auto& statement : kept_) {
      status = perform(statement);
      if (!status) break;
    }
    if (status || !is_restart(status.error())) return status;
  }
}

Status Executor::perform(const Statement& statement) {
  switch (statement.command) {
    case Command::Set: {
      HW_TRY(const auto key, key_of(statement.node));
      HW_TRY(const auto value, compute(statement.value));
      return session_.set(key, value);
    }
    case Command::Kill: {
      HW_TRY(const auto key, key_of(statement.node));
      return session_.kill(key);
    }
    case Command::ZKill: {
      HW_TRY(const auto key, key_of(statement.node));
      return session_.zkill(key);
    }
    case Command::Increment: {
      HW_TRY(const auto key, key_of(statement.node));
      std::string by{"1"};
      if (!statement.value.steps.empty()) {
        HW_TRY(by, compute(statement.value));
      }
      HW_TRY_VOID(session_.increment(key, by));
      return {};
    }
    case Command::Write: {
      std::string text{"\n"};
      if (!statement.value.steps.empty()) {
        HW_TRY(text, compute(statement.value));
      }
      out_ << text;
      return {};
    }
    case Command::ZWrite:
      return zwrite(statement);
    case Command::TStart: {
      TransactionOptions options;
      options.id = statement.transaction_id;
      return session_.begin(options);
    }
    case Command::TCommit:
      return session_.commit();
    case Command::TRollback:
      return perform_rollback(statement);
    case Command::Hang: {
      HW_TRY(const auto text, compute(statement.value));
      HW_TRY(const auto seconds, parse_number(text));
      out_.flush();
      if (!seconds.negative) sleep_(std::min(std::strtod(to_text(seconds).c_str(), nullptr), kHangSecondsMax));
      return {};
    }
    case Command::Halt:
      halted_ = true;
      return {};
  }
  HW_CHECK(false);
  return {};
}

Status Executor::perform_rollback(const Statement& statement) {
  if (statement.value.steps.empty()) return session_.rollback();
  HW_TRY(const auto text, compute(statement.value));
  HW_TRY(const auto number, parse_number(text));
  const auto count = std::strtoull(to_text(number).c_str() + (number.negative ? 1 : 0), nullptr, 10);
  const auto level = session_.level();
  if (!number.negative) return session_.rollback(static_cast<unsigned>(std::min<unsigned long long>(count, level)));
  return session_.rollback(count >= level ? 0 : level - static_cast<unsigned>(count));
}

Result<std::string> Executor::key_of(const Reference& node) {
  std::vector<std::string> subscripts;
  subscripts.reserve(node.subscripts.size());
  for (const auto& subscript : node.subscripts) {
    HW_TRY(auto text, compute(subscript));
    subscripts.push_back(std::move(text));
  }
  return encode_key(session_.database().directory(), node.global, subscripts);
}

Result<std::string> Executor::value_of(const Reference& node) {
  HW_TRY(const auto key, key_of(node));
  HW_TRY(auto value, session_.get(key));
  if (!value) return make_error<MsgId::GVUNDEF>(text_of(key));
  return std::move(*value);
}

/// A choice as components of keys, whose byte order is M's.
struct Executor::Limits {
  std::optional<std::string> from;
  std::optional<std::string> to;

  bool allow(std::string_view component) const { return (!from || component >= *from) && !is_beyond(component); }
  bool is_beyond(std::string_view component) const { return to && component > *to; }
};

Result<std::vector<Executor::Limits>> Executor::limits_of(const Statement& pattern) {
  const auto nulls = null_collation_of(session_.database().directory(), pattern.node.global);
  std::vector<Limits> all;
  for (const SubscriptChoice& choice : pattern.choices) {
    Limits limits;
    if (!choice.from.steps.empty()) {
      HW_TRY(const auto text, compute(choice.from));
      limits.from = encode_subscript(text, nulls);
    }
    if (!choice.to.steps.empty()) {
      HW_TRY(const auto text, compute(choice.to));
      limits.to = encode_subscript(text, nulls);
    }
    if (choice.exact) limits.to = limits.from;
    all.push_back(std::move(limits));
  }
  return all;
}

Status Executor::print_node(std::string_view key, std::string_view value) {
  std::string line = text_of(key);
  line += '=';
  if (is_canonical_number(value))
    line += value;
  else
    append_value(line, value);
  out_ << line << '\n';
  return {};
}

Status Executor::zwrite(const Statement& pattern) {
  HW_TRY(const auto root, key_of(pattern.node));
  HW_TRY(const auto limits, limits_of(pattern));
  bool any = false;
  if (limits.empty()) {
    HW_TRY(const auto own, session_.get(root));
    if (own) HW_TRY_VOID(print_node(root, *own));
    any = own.has_value();
    if (!pattern.subtree) return any ? Status() : make_error<MsgId::GVUNDEF>(text_of(root));
  }
  // The first node that the first choice allows may be far after the root.
  std::string start = root;
  if (!limits.empty() && limits.front().from) start += *limits.front().from + '\0';
  HW_TRY(auto found, session_.get(start));
  std::optional<NodeCopy> node;
  if (found && start != root) {
    node = NodeCopy{start, std::move(*found)};
  } else {
    HW_TRY(node, session_.query(start, Direction::Forward));
  }
  while (node && key_is_in_subtree(node->key, root)) {
    std::string_view rest = std::string_view(node->key).substr(root.size());
    std::size_t level = 0;
    bool allowed = true, beyond = false;
    for (; !rest.empty() && level < limits.size() && allowed; ++level) {
      const std::string_view component = rest.substr(0, rest.find('\0'));
      allowed = limits[level].allow(component);
      beyond = level == 0 && limits[level].is_beyond(component);
      rest.remove_prefix(component.size() + 1);
    }
    if (beyond) break;
    if (allowed && level == limits.size() && (rest.empty() || pattern.subtree)) {
      any = true;
      HW_TRY_VOID(print_node(node->key, node->value));
    }
    HW_TRY(auto next, session_.query(node->key, Direction::Forward));
    node = std::move(next);
  }
  if (!any) return make_error<MsgId::GVUNDEF>(text_of(root));
  return {};
}

Result<std::string> Executor::compute(const Expression& expression) {
  HW_CHECK(!expression.steps.empty());
  HW_TRY(auto left, compute(expression.steps.front().term));
  for (std::size_t i = 1; i < expression.steps.size(); ++i) {
    HW_TRY(const auto right, compute(expression.steps[i].term));
    const char operation = expression.steps[i].operation;
    if (operation == '_') {
      if (left.size() + right.size() > kValueBytesMax) return make_error<MsgId::MAXSTRLEN>();
      left += right;
      continue;
    }
    HW_TRY(const auto a, parse_number(left));
    HW_TRY(const auto b, parse_number(right));
    HW_TRY(const auto sum, add(a, operation == '-' ? negated(b) : b));
    left = to_text(sum);
  }
  return left;
}

Result<std::string> Executor::compute(const Term& term) {
  std::string text = term.text;
  if (term.kind == TermKind::Node) {
    HW_TRY(text, value_of(term.node.front()));
  }
  if (term.kind == TermKind::Group) {
    HW_TRY(text, compute(term.group.front()));
  }
  if (!term.numeric) return text;
  HW_TRY(const auto number, parse_number(text));
  return to_text(term.negative ? negated(number) : number);
}

std::string Executor::text_of(std::string_view key) {
  std::string text;
  const auto nulls = null_collation_of(session_.database().directory(), key_global(key));
  HW_CHECK(append_reference(text, key, nulls).has_value());
  return text;
}

}  // namespace hw::gbl

// The rules of a command table: a small expression language over the qualifiers given.
#include <algorithm>

#include "engine/cli/qualifier.h"

namespace hw {
namespace {

/// Evaluates one rule. A part whose outcome no longer matters is read past without being tested, so that
/// the names listed are those on which the decision rested.
class RuleReader {
 public:
  RuleReader(std::string_view rule, const QualifierSet& given) : rest_(rule), given_(given) {}

  bool holds() {
    const bool outcome = either(true);
    skip_blanks();
    well_formed_ = well_formed_ && rest_.empty();
    return outcome;
  }
  bool well_formed() const { return well_formed_; }
  const std::vector<std::string>& tested() const { return tested_; }
  /// Every name in the rule with its keyword if any, tested or not.
  const std::vector<std::string>& mentioned() const { return mentioned_; }

 private:
  void skip_blanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool either(bool live) {
    bool outcome = both(live);
    while (take("|")) outcome = both(live && !outcome) || outcome;
    return outcome;
  }
  bool both(bool live) {
    bool outcome = unary(live);
    while (take("&")) outcome = unary(live && outcome) && outcome;
    return outcome;
  }
  bool unary(bool live) {
    if (take("!")) return !unary(live);
    if (take("one(")) return exactly_one(live);
    if (take("(")) {
      const bool outcome = either(live);
      well_formed_ = take(")") && well_formed_;
      return outcome;
    }
    return atom(live);
  }
  bool exactly_one(bool live) {
    int count = 0;
    while (!take(")")) {
      if (atom(live)) ++count;
      if (!well_formed_) return false;
    }
    return count == 1;
  }
  bool atom(bool live) {
    const bool listed = !take("?");
    skip_blanks();
    const auto length = std::min(rest_.find_first_of(" &|!()?"), rest_.size());
    const auto word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (word.empty()) {
      well_formed_ = false;
      rest_ = {};
      return false;
    }
    mentioned_.emplace_back(word);
    if (!live) return false;
    const auto dot = word.find('.');
    const auto& set = dot == std::string_view::npos ? given_ : given_.keywords(word.substr(0, dot));
    return test(set, dot == std::string_view::npos ? word : word.substr(dot + 1), listed);
  }
  /// `~NAME` asks for the negated form.
  bool test(const QualifierSet& set, std::string_view name, bool listed) {
    const bool negated = name.starts_with('~');
    if (negated) name.remove_prefix(1);
    if (listed) tested_.emplace_back(name);
    return negated ? set.negated(name) : set.has(name);
  }

  std::string_view rest_;
  const QualifierSet& given_;
  bool well_formed_ = true;
  std::vector<std::string> tested_;
  std::vector<std::string> mentioned_;
};

const Qualifier* row_named(std::span<const Qualifier> rows, std::string_view name) {
  const auto it = std::ranges::find_if(rows, [&](const Qualifier& row) { return row.name == name; });
  return it == rows.end() ? nullptr : &*it;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

std::string rule_word_defect(const Grammar& grammar, std::string_view word) {
  const auto dot = word.find('.');
  auto name = word.substr(0, dot);
  if (name.starts_with('~')) name.remove_prefix(1);
  if (!is_name(name)) return fmt::format("{}: bad name {}", grammar.name, word);
  if (dot == std::string_view::npos) return {};
  const auto* owner = row_named(grammar.qualifiers, name);
  auto keyword = word.substr(dot + 1);
  if (keyword.starts_with('~')) keyword.remove_prefix(1);
  if (owner == nullptr || row_named(owner->keywords, keyword) == nullptr)
    return fmt::format("{}: no keyword {}", grammar.name, word);
  return {};
}

}  // namespace

std::optional<std::string> violated_rule(std::string_view rule, const QualifierSet& given) {
  RuleReader reader(rule, given);
  if (!reader.holds()) return std::nullopt;
  return fmt::format("{}", fmt::join(reader.tested(), " "));
}

std::optional<std::vector<std::string>> names_of_condition(std::string_view condition, const QualifierSet& given) {
  RuleReader reader(condition, given);
  if (!reader.holds()) return std::nullopt;
  std::vector<std::string> names;
  for (std::string_view word : reader.mentioned()) {
    word = word.substr(0, word.find('.'));
    if (word.starts_with('~')) word.remove_prefix(1);
    names.emplace_back(word);
  }
  return names;
}

std::vector<std::string> grammar_defects(const Grammar& grammar) {
  std::vector<std::string> defects;
  const auto complain = [&](std::string text) {
    if (!text.empty()) defects.push_back(std::move(text));
  };
  if (!is_name(grammar.name)) complain(fmt::format("bad command name {}", grammar.name));
  for (const auto& row : grammar.qualifiers) {
    if (!is_name(row.name)) complain(fmt::format("{}: bad qualifier name {}", grammar.name, row.name));
    if (row_named(grammar.qualifiers, row.name) != &row)
      complain(fmt::format("{}: {} is there twice", grammar.name, row.name));
    if ((row.kind == ValueKind::Keywords) != !row.keywords.empty())
      complain(fmt::format("{}: keywords of {}", grammar.name, row.name));
    if (row.kind != ValueKind::Text && row.assignment == Assignment::Forbidden)
      complain(fmt::format("{}: {} has a kind but takes no value", grammar.name, row.name));
    for (const auto& keyword : row.keywords)
      if (!is_name(keyword.name)) complain(fmt::format("{}: bad keyword {}", grammar.name, keyword.name));
    if (row.grammar != nullptr && row.grammar != &grammar) {
      auto inner = grammar_defects(*row.grammar);
      defects.insert(defects.end(), inner.begin(), inner.end());
    }
  }
  const QualifierSet nothing;
  const auto check_condition = [&](std::string_view condition) {
    RuleReader reader(condition, nothing);
    reader.holds();
    if (!reader.well_formed()) complain(fmt::format("{}: bad rule {}", grammar.name, condition));
    for (const auto& word : reader.mentioned()) complain(rule_word_defect(grammar, word));
  };
  std::ranges::for_each(grammar.rules, check_condition);
  for (const Action& action : grammar.actions) {
    check_condition(action.when);
    for (std::string_view left = action.reads; !left.empty();) {
      const auto name = left.substr(0, left.find(' '));
      left.remove_prefix(std::min(name.size() + 1, left.size()));
      if (row_named(grammar.qualifiers, name) == nullptr)
        complain(fmt::format("{}: {} reads {}, which is no qualifier", grammar.name, action.when, name));
    }
  }
  return defects;
}

}  // namespace hw

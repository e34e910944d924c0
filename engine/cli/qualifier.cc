#include <algorithm>
#include <istream>
#include <iterator>
#include <limits>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/base/text.h"
#include "engine/cli/qualifier.h"

namespace hw {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0'; }

/// Reads words off a command line; what ends a word depends on its place.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  void skip_blanks() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
  }
  bool done() const { return at_ >= line_.size(); }
  char peek() const { return done() ? '\0' : line_[at_]; }
  char take() { return line_[at_++]; }

  /// A name: up to a blank or `=`, quotes as they are; a leading `-` or `=` is a name of its own.
  std::string_view name() {
    const std::size_t start = at_;
    if (peek() == '-' || peek() == '=') return line_.substr(at_++, 1);
    while (!done() && !is_blank(peek()) && peek() != '=') ++at_;
    return line_.substr(start, at_ - start);
  }

  /// A value or parameter: up to a blank outside quotes; quotes are removed, a doubled one inside is kept once.
  std::string text() {
    std::string out;
    bool quoted = false;
    for (; !done(); ++at_) {
      const char c = peek();
      if (c == '"') {
        if (quoted && at_ + 1 < line_.size() && line_[at_ + 1] == '"') {
          out += '"';
          ++at_;
        } else {
          quoted = !quoted;
        }
        continue;
      }
      if (!quoted && is_blank(c)) break;
      out += c;
    }
    return out;
  }

  std::size_t at() const { return at_; }
  /// What was read since then, as it is.
  std::string_view since(std::size_t start) const { return line_.substr(start, at_ - start); }

  /// Everything that is left, as it is.
  std::string rest() { return std::string(line_.substr(std::exchange(at_, line_.size()))); }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

/// The row that `name` (upper case) names: exactly, or as a prefix of that row alone.
const Qualifier* find_row(std::span<const Qualifier> rows, std::string_view name) {
  const Qualifier* found = nullptr;
  for (const auto& row : rows) {
    if (row.name == name) return &row;
    if (row.whole || name.empty() || !row.name.starts_with(name)) continue;
    if (found != nullptr) return nullptr;
    found = &row;
  }
  return found;
}

enum class NumberVerdict : std::uint8_t { Good, NotANumber, Negative };

/// Decimal or 0x… (base 10), or hexadecimal with or without 0x (base 16). Saturates.
NumberVerdict read_number(std::string_view text, unsigned base, std::uint64_t& number) {
  bool negative = false;
  if (base == 16 && text.starts_with('-')) {
    negative = true;
    text.remove_prefix(1);
  }
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  if (text.empty()) return NumberVerdict::NotANumber;
  number = 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (const char c : text) {
    unsigned digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit >= base) return NumberVerdict::NotANumber;
    number = number > (kMax - digit) / base ? kMax : number * base + digit;
  }
  return negative ? NumberVerdict::Negative : NumberVerdict::Good;
}

Error cli_error(std::string_view text) { return make_error<MsgId::CLIERR>(text); }

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find_first_not_of(' '); at != std::string_view::npos;
       at = text.find_first_not_of(' ', at)) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// The place of a qualifier; GT.M names it differently in one message.
enum class Place : std::uint8_t { CommandLine, KeywordList };

/// What was typed for one qualifier or keyword, before any table is asked.
struct Typed {
  std::string_view name;
  bool assigned = false;
  std::string value;
  std::string_view written;  ///< the value with its quotes
};

Result<QualifierSet> parse_keywords(const Qualifier& owner, std::string_view text);

Status check_value(const Qualifier& row, std::string_view value) {
  if (row.kind != ValueKind::Number && row.kind != ValueKind::Hex) return {};
  const bool hex = row.kind == ValueKind::Hex;
  std::uint64_t number = 0;
  if (read_number(value, hex ? 16 : 10, number) != NumberVerdict::NotANumber) return {};
  return cli_error(fmt::format("Unrecognized value: {}, A non-negative {}hexadecimal integer required", value,
                               hex ? "" : "decimal or "));
}

/// Checks one qualifier against its table and records it.
Result<const Qualifier*> accept(std::span<const Qualifier> rows, Typed typed, Place place, QualifierSet& into) {
  std::string name = upper(typed.name);
  GivenQualifier given;
  given.qualifier = find_row(rows, name);
  if (given.qualifier == nullptr && name.size() > 2 && name.starts_with("NO")) {
    name.erase(0, 2);
    given.negated = true;
    given.qualifier = find_row(rows, name);
  }
  if (given.qualifier == nullptr) return cli_error("Unrecognized option : " + name);
  const Qualifier& row = *given.qualifier;
  if (!row.refusal.empty()) return cli_error("Unrecognized option : " + name).note(row.refusal);
  if (given.negated && !row.negatable) return cli_error(fmt::format("Option {} may not be negated", name));
  if (typed.assigned && (row.assignment == Assignment::Forbidden || given.negated))
    return cli_error(fmt::format("Assignment is not allowed for this option : {}", row.name));
  if (!typed.assigned && row.assignment == Assignment::Required && !given.negated)
    return cli_error(fmt::format("Option : {} needs value", place == Place::CommandLine ? row.name : name));
  if (typed.assigned && typed.value.empty())
    return cli_error(fmt::format("Unrecognized option : {}, value expected but not found", row.name));
  given.assigned = typed.assigned;
  given.written = typed.written;
  given.value = typed.assigned ? std::move(typed.value) : std::string(given.negated ? "" : row.default_value);
  QualifierSet keywords;
  if (given.assigned) HW_TRY_VOID(check_value(row, given.value));
  if (row.kind == ValueKind::Keywords && !given.value.empty()) {
    HW_TRY(keywords, parse_keywords(row, given.value));
  }
  into.set(std::move(given), std::move(keywords));
  return &row;
}

Result<QualifierSet> parse_keywords(const Qualifier& owner, std::string_view text) {
  QualifierSet set;
  if (text.ends_with(',')) return cli_error("Option expected");
  for (const auto& part : split_at_commas(text)) {
    const std::string_view word = part;
    const auto equal = word.find('=');
    Typed typed{.name = word.substr(0, equal), .assigned = equal != std::string_view::npos, .value = {}, .written = {}};
    if (typed.assigned) typed.value = word.substr(equal + 1);
    HW_TRY_VOID(accept(owner.keywords, std::move(typed), Place::KeywordList, set));
  }
  return set;
}

Typed read_typed(Scanner& scanner) {
  Typed typed;
  typed.name = scanner.name();
  scanner.skip_blanks();
  if (scanner.peek() == '=' && typed.name != "-") {
    scanner.take();
    typed.assigned = true;
    const std::size_t start = scanner.at();
    typed.value = scanner.text();
    typed.written = scanner.since(start);
  }
  return typed;
}

}  // namespace

// ---- what was given ---------------------------------------------------------------------------

const GivenQualifier* QualifierSet::find(std::string_view name) const {
  const auto it = given_.find(name);
  return it == given_.end() ? nullptr : &it->second;
}

bool QualifierSet::has(std::string_view name) const {
  const auto* given = find(name);
  return given != nullptr && !given->negated;
}

bool QualifierSet::negated(std::string_view name) const {
  const auto* given = find(name);
  return given != nullptr && given->negated;
}

std::string_view QualifierSet::value(std::string_view name) const {
  const auto* given = find(name);
  return given == nullptr ? std::string_view{} : std::string_view{given->value};
}

std::string_view QualifierSet::written(std::string_view name) const {
  const auto* given = find(name);
  return given == nullptr ? std::string_view{} : std::string_view{given->written};
}

std::optional<std::string> QualifierSet::text(std::string_view name) const {
  const auto* given = find(name);
  if (given == nullptr || !given->assigned) return std::nullopt;
  return given->value;
}

std::optional<std::uint64_t> QualifierSet::number(std::string_view name) const {
  const auto* given = find(name);
  if (given == nullptr) return std::nullopt;
  std::uint64_t number = 0;
  const unsigned base = given->qualifier->kind == ValueKind::Hex ? 16 : 10;
  if (read_number(given->value, base, number) != NumberVerdict::Good) return std::nullopt;
  return number;
}

std::vector<std::string> QualifierSet::list(std::string_view name) const {
  const auto text = value(name);
  return text.empty() ? std::vector<std::string>{} : split_at_commas(text);
}

const QualifierSet& QualifierSet::keywords(std::string_view name) const {
  static const QualifierSet none;
  const auto it = keywords_.find(name);
  return it == keywords_.end() ? none : it->second;
}

void QualifierSet::set(GivenQualifier given, QualifierSet keywords) {
  std::string name(given.qualifier->name);
  keywords_.erase(name);
  if (!keywords.empty()) keywords_.emplace(name, std::move(keywords));
  given_.insert_or_assign(std::move(name), std::move(given));
}

void QualifierSet::append_without_effect(std::vector<std::string>& out, std::string_view owner) const {
  for (const auto& [name, given] : given_) {
    const std::string shown = fmt::format("{}{}{}{}", owner.empty() ? "-" : "", owner, given.negated ? "NO" : "", name);
    if (!given.qualifier->no_effect.empty()) {
      out.push_back(fmt::format("{} has no effect: {}", shown, given.qualifier->no_effect));
      continue;
    }
    keywords(name).append_without_effect(out, shown + "=");
  }
}

void QualifierSet::append_unread(std::vector<std::string>& out, const Grammar& grammar) const {
  if (grammar.actions.empty()) return;
  std::vector<std::string> read;
  std::string actions;
  for (const Action& action : grammar.actions) {
    auto named = names_of_condition(action.when, *this);
    if (!named) continue;
    for (const auto& name : *named)
      if (has(name) && std::ranges::find(read, name) == read.end()) actions += fmt::format(" -{}", name);
    std::ranges::move(*named, std::back_inserter(read));
    for (const auto name : words(action.reads)) read.emplace_back(name);
  }
  if (actions.empty()) actions = fmt::format(" {}", grammar.name);
  for (const auto& [name, given] : given_) {
    const Qualifier& row = *given.qualifier;
    if (!row.no_effect.empty() || row.is_default || row.grammar != nullptr) continue;
    if (std::ranges::find(read, name) != read.end()) continue;
    out.push_back(fmt::format("-{}{} has no effect: it does not go with{}", given.negated ? "NO" : "", name, actions));
  }
}

std::vector<std::string> ParsedCommand::without_effect() const {
  std::vector<std::string> lines;
  append_without_effect(lines, {});
  append_unread(lines, grammar());
  return lines;
}

// ---- the line ---------------------------------------------------------------------------------

const Grammar* find_command(std::span<const Grammar* const> commands, std::string_view name) {
  const std::string wanted = upper(name);
  const Grammar* found = nullptr;
  for (const auto* command : commands) {
    if (command->name == wanted) return command->reserved ? nullptr : command;
    if (wanted.empty() || !command->name.starts_with(wanted)) continue;
    if (found != nullptr) return nullptr;
    found = command;
  }
  return found == nullptr || found->reserved ? nullptr : found;
}

Result<ParsedCommand> parse_command(std::span<const Grammar* const> commands, std::string_view line) {
  Scanner scanner(line);
  scanner.skip_blanks();
  const auto name = scanner.name();
  const Grammar* grammar = find_command(commands, name);
  if (grammar == nullptr) return cli_error("Unrecognized command: " + upper(name));
  if (!grammar->refusal.empty()) return make_error<MsgId::HWREFUSED>(grammar->name, grammar->refusal);

  ParsedCommand parsed;
  parsed.line_ = line;
  parsed.path_.push_back(grammar);
  for (scanner.skip_blanks(); !scanner.done(); scanner.skip_blanks()) {
    if (scanner.peek() == '=') return cli_error("Qualifier expected instead of : = ");
    if (scanner.peek() != '-') {
      const std::size_t place = parsed.parameters_.size();
      const bool pipe = scanner.peek() == '|' && place < grammar->parameters.size() && grammar->parameters[place].pipe;
      parsed.parameters_.push_back(pipe ? scanner.rest() : scanner.text());
      continue;
    }
    scanner.take();
    scanner.skip_blanks();
    if (scanner.done()) return cli_error("Qualifier string missing - ");
    if (grammar->qualifiers.empty()) return cli_error("No qualifiers allowed for this command");
    HW_TRY(const Qualifier* row, accept(grammar->qualifiers, read_typed(scanner), Place::CommandLine, parsed));
    if (row->grammar != nullptr) {
      grammar = row->grammar;
      parsed.path_.push_back(grammar);
    }
  }
  if (parsed.parameters_.size() > grammar->parameters.size()) return cli_error("Too many parameters");
  for (const auto rule : grammar->rules)
    if (auto tested = violated_rule(rule, parsed))
      return cli_error("Missing or illegal combination of command elements - check documentation: " + *tested);
  return parsed;
}

std::string join_arguments(int argc, const char* const* argv) {
  std::string line;
  for (int i = 1; i < argc; ++i) {
    if (i > 1) line += ' ';
    line += argv[i];
  }
  return line;
}

Result<std::string> ask_parameter(const ParsedCommand& command, std::size_t index, std::istream& in,
                                  std::ostream& out) {
  if (index < command.parameters().size()) return command.parameters()[index];
  const auto& parameters = command.grammar().parameters;
  HW_CHECK(index < parameters.size());
  out << parameters[index].prompt << std::flush;
  std::string answer;
  HW_TRY(const bool more, read_line(in, answer, "the answer", kCommandLineBytesMax));
  if (!more || answer.empty()) return make_error<MsgId::MUPCLIERR>();
  return answer;
}

Error value_error(std::string_view line) {
  Error error = make_error<MsgId::MUPCLIERR>();
  if (!line.empty()) error.after(line);
  return error;
}

Error value_error(const Error& cause) { return make_error<MsgId::MUPCLIERR>().after(cause); }

}  // namespace hw

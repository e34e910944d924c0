/// engine/cli/qualifier.h -- the grammar of GT.M's utilities: commands, qualifiers, keyword lists, rules.
///
/// A program states its commands as tables (Grammar) and gets one parser, one set of error texts and
/// generated help. A command line is text: programs join their argument vector with blanks
/// (join_arguments), so quotes that reach us group words and `-log="a b"` needs its quotes protected
/// from the shell, as with GT.M.
///
///   line       = command { qualifier | parameter }
///   qualifier  = "-" name [ "=" value ]        blanks may follow "-" and before "=", not after it
///   value      = text up to the next blank, double quotes group and are removed, "" inside is one quote
///   keywords   = keyword [ "=" value ] { "," keyword [ "=" value ] }
///
/// Names are case-insensitive and may be cut to a unique prefix (those marked whole may not); values keep their case.
/// `-noNAME` negates where the table allows it. A qualifier given twice counts as last given. A qualifier with a
/// `grammar` of its own replaces the table for the rest of the line (`replicate -source …`). GT.M takes many qualifiers
/// with actions that have no use for them, and says nothing; here the line is taken too, and without_effect() names
/// them.
///
/// Source: observed on GT.M V7.0-005.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace hw {

struct Grammar;
struct Qualifier;

/// Whether a qualifier takes `=value`.
enum class Assignment : std::uint8_t { Forbidden, Optional, Required };

/// What the value must look like. Numbers are decimal or 0x…, Hex takes digits without 0x as well.
enum class ValueKind : std::uint8_t { Text, Number, Hex, Keywords };

struct Qualifier {
  std::string_view name;  ///< upper case, full
  Assignment assignment = Assignment::Forbidden;
  ValueKind kind = ValueKind::Text;
  bool negatable = false;
  std::string_view value_form = {};          ///< shown by help: `=<seconds>` is written "seconds"
  std::string_view default_value = {};       ///< what value() says when given bare (Assignment::Optional)
  std::span<const Qualifier> keywords = {};  ///< for ValueKind::Keywords
  const Grammar* grammar = nullptr;          ///< replaces the table for what follows
  std::string_view refusal = {};             ///< known but refused: CLIERR followed by this line
  bool whole = false;  ///< ours, beside GT.M's: known by its full name only, so that GT.M's abbreviations stay unique
  std::string_view no_effect = {};  ///< accepted for the sake of scripts, and said to do nothing: why
  bool is_default = false;          ///< what it asks for happens without it too
};

/// A word that is not a qualifier. `prompt` is what ask_parameter prints when it is missing.
struct Parameter {
  std::string_view form;  ///< shown by help, e.g. "file"
  std::string_view prompt = {};
  bool pipe = false;  ///< may be `| command`, which goes to the end of the line as it is
};

/// What one action of a command reads. The actions of a line are those whose condition holds. A qualifier that none of
/// them reads is accepted and said to do nothing.
struct Action {
  std::string_view when;        ///< a condition, written as a rule is; the qualifiers that it names are read
  std::string_view reads = {};  ///< the others, separated by blanks
};

/// One command, or the table a qualifier switches to.
///
/// A rule is a condition that must NOT hold; the first that holds is reported with the names it tested, in
/// that order. Grammar of a rule, `&` and `|` stop early as soon as they are decided:
///
///   rule = or ; or = and { "|" and } ; and = unary { "&" unary } ; unary = "!" unary | atom
///   atom = NAME            the qualifier is given and not negated
///        | "~" NAME        it is given negated (the plain name is listed)
///        | NAME "." atom   that keyword is given in the list of NAME (the keyword is listed)
///        | "?" atom        tested without being listed
///        | "one(" NAME … ")"    exactly one is given; all are listed
///        | "(" or ")"
struct Grammar {
  std::string_view name;  ///< upper case, full
  std::string_view summary;
  std::span<const Qualifier> qualifiers = {};
  std::span<const std::string_view> rules = {};
  std::span<const Parameter> parameters = {};  ///< one more word than these is `Too many parameters`
  bool reserved = false;  ///< an unknown command whose name still keeps prefixes ambiguous (`re` is not `replicate`)
  std::string_view refusal = {};         ///< a known command that is refused, whatever follows it: why
  std::span<const Action> actions = {};  ///< none: every qualifier acts, or has a rule or a row that says otherwise
};

/// Short forms for the rows of tables.
namespace qualifier {

constexpr Qualifier flag(std::string_view name) { return {.name = name}; }
/// Must have a value; `form` describes it in help.
constexpr Qualifier needs(std::string_view name, ValueKind kind, std::string_view form) {
  return {.name = name, .assignment = Assignment::Required, .kind = kind, .value_form = form};
}
/// May have a value; bare it counts as `bare_value`.
constexpr Qualifier may(std::string_view name, ValueKind kind, std::string_view form,
                        std::string_view bare_value = {}) {
  return {
      .name = name, .assignment = Assignment::Optional, .kind = kind, .value_form = form, .default_value = bare_value};
}
constexpr Qualifier needs_keywords(std::string_view name, std::span<const Qualifier> keywords) {
  return {.name = name, .assignment = Assignment::Required, .kind = ValueKind::Keywords, .keywords = keywords};
}
constexpr Qualifier may_keywords(std::string_view name, std::span<const Qualifier> keywords,
                                 std::string_view bare_value = {}) {
  return {.name = name,
          .assignment = Assignment::Optional,
          .kind = ValueKind::Keywords,
          .default_value = bare_value,
          .keywords = keywords};
}
/// Switches to another table.
constexpr Qualifier leads_to(std::string_view name, const Grammar& grammar) {
  return {.name = name, .grammar = &grammar};
}
constexpr Qualifier negatable(Qualifier row) {
  row.negatable = true;
  return row;
}
constexpr Qualifier whole(Qualifier row) {
  row.whole = true;
  return row;
}
/// Accepted, does nothing, and says so with `why`; so do its keywords.
constexpr Qualifier no_effect(std::string_view why, Qualifier row) {
  row.no_effect = why;
  return row;
}
/// What it asks for happens without it too; no code asks for it.
constexpr Qualifier by_default(Qualifier row) {
  row.is_default = true;
  return row;
}
constexpr Qualifier refused(std::string_view name, std::string_view why) { return {.name = name, .refusal = why}; }

}  // namespace qualifier

/// One given qualifier or keyword.
struct GivenQualifier {
  const Qualifier* qualifier = nullptr;
  bool negated = false;
  bool assigned = false;  ///< `=value` was there
  std::string value;      ///< without its quotes; default_value when bare
  std::string written;    ///< of a command line: as it was assigned, with its quotes
};

/// What was given: of a command line, or of a keyword list. Names are upper case and full.
class QualifierSet {
 public:
  bool has(std::string_view name) const;      ///< given, and not negated
  bool negated(std::string_view name) const;  ///< given as -noNAME
  /// The value as given, or the table's default_value when given bare; empty when absent or negated.
  std::string_view value(std::string_view name) const;
  /// The value as it was assigned, with its quotes; empty in a keyword list, and when there is none.
  std::string_view written(std::string_view name) const;
  /// The value only if one was assigned.
  std::optional<std::string> text(std::string_view name) const;
  /// Value of a Number or Hex qualifier, none when absent. Saturates at 2^64-1; a Hex `-8` is no number: none.
  std::optional<std::uint64_t> number(std::string_view name) const;
  /// The value split at its commas; empty when absent.
  std::vector<std::string> list(std::string_view name) const;
  /// The keywords given in the list of a Keywords qualifier; an empty set when absent.
  const QualifierSet& keywords(std::string_view name) const;
  /// Of a keyword list that means one of its words: just one was given, and it is not negated. GT.M's tables let every
  /// list and every negation through; its commands refuse them with words of their own.
  bool is_one_word() const { return given_.size() == 1 && !given_.begin()->second.negated; }
  /// Nothing was given at all.
  bool empty() const { return given_.empty(); }

  /// Records one; a later one of the same name replaces the earlier.
  void set(GivenQualifier given, QualifierSet keywords = {});

 protected:
  /// Appends a line for each that was given and does nothing; `owner`: of this keyword list, `-NAME=`, or empty.
  void append_without_effect(std::vector<std::string>& out, std::string_view owner) const;
  /// Appends a line for each that `grammar` has actions for, none of which reads it.
  void append_unread(std::vector<std::string>& out, const Grammar& grammar) const;

 private:
  const GivenQualifier* find(std::string_view name) const;
  std::map<std::string, GivenQualifier, std::less<>> given_;
  std::map<std::string, QualifierSet, std::less<>> keywords_;
};

/// A command line that obeys its tables and their rules.
class ParsedCommand : public QualifierSet {
 public:
  /// The command's row.
  const Grammar& command() const { return *path_.front(); }
  /// The innermost table in force at the end of the line: of `replicate -source -jnlpool -show` that of
  /// JNLPOOL. Its address identifies what is to be done.
  const Grammar& grammar() const { return *path_.back(); }
  /// From the command's row to grammar().
  std::span<const Grammar* const> path() const { return path_; }
  const std::vector<std::string>& parameters() const { return parameters_; }
  /// A line for each qualifier or keyword that was given and does nothing: `-NAME has no effect: why`. By the row, or
  /// by the actions of grammar().
  std::vector<std::string> without_effect() const;
  /// The line as typed, for server logs.
  const std::string& line() const { return line_; }

 private:
  friend Result<ParsedCommand> parse_command(std::span<const Grammar* const>, std::string_view);
  std::vector<const Grammar*> path_;
  std::vector<std::string> parameters_;
  std::string line_;
};

/// Parses one command line against `commands` and tests the innermost table's rules.
///
/// Errors: CLIERR with GT.M's texts; HWREFUSED for a command whose table has a refusal. Blocks: never. Thread: any.
Result<ParsedCommand> parse_command(std::span<const Grammar* const> commands, std::string_view line);

/// The argument vector after the program's name as one line.
std::string join_arguments(int argc, const char* const* argv);

/// Parameter `index` (from 0); a missing one is asked for: its table's prompt goes to `out`, one line is
/// read from `in` and taken as it is.
///
/// Errors: MUPCLIERR when the answer is empty or the input ended. Blocks: reads `in`.
Result<std::string> ask_parameter(const ParsedCommand& command, std::size_t index, std::istream& in, std::ostream& out);

/// The error of a value that no table can check: `line` (unless empty), then MUPCLIERR.
Error value_error(std::string_view line);
/// The lines of `cause`, then MUPCLIERR (exit status 250 instead of the cause's own).
Error value_error(const Error& cause);

/// Tests one rule; the names it tested, when it is violated.
std::optional<std::string> violated_rule(std::string_view rule, const QualifierSet& given);

/// The qualifiers that a condition names; none when it does not hold.
std::optional<std::vector<std::string>> names_of_condition(std::string_view condition, const QualifierSet& given);

/// Lists what is wrong with a table itself: unknown names in rules and actions, bad syntax, names not upper case.
/// Empty for a good one. For tests: a program's tables are constants.
std::vector<std::string> grammar_defects(const Grammar& grammar);

/// Help made from the tables: an overview of all commands, or one command with its qualifiers and sub-tables.
std::string help_overview(std::string_view program, std::span<const Grammar* const> commands);
std::string help_command(std::string_view program, const Grammar& grammar);
/// Finds a command by unique prefix; none for a reserved name.
const Grammar* find_command(std::span<const Grammar* const> commands, std::string_view name);

}  // namespace hw

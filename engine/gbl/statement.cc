#include "engine/gbl/statement.h"

#include <algorithm>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/globals/key.h"
#include "engine/globals/number.h"
#include "engine/globals/zwr.h"

namespace hw::gbl {
namespace {

enum class Word : std::uint8_t {
  Set,
  Kill,
  ZKill,
  Increment,
  Write,
  ZWrite,
  TStart,
  TCommit,
  TRollback,
  Hang,
  Halt,
  Quit
};

struct CommandWord {
  std::string_view name;
  std::size_t letters_min;
  Word word;
};

constexpr CommandWord kCommandWords[] = {
    {"SET", 1, Word::Set},
    {"KILL", 1, Word::Kill},
    {"ZKILL", 2, Word::ZKill},
    {"ZWITHDRAW", 3, Word::ZKill},
    {"INCREMENT", 4, Word::Increment},
    {"WRITE", 1, Word::Write},
    {"ZWRITE", 3, Word::ZWrite},
    {"TSTART", 2, Word::TStart},
    {"TCOMMIT", 2, Word::TCommit},
    {"TROLLBACK", 3, Word::TRollback},
    {"HALT", 3, Word::Halt},
    {"HANG", 1, Word::Hang},
    {"QUIT", 1, Word::Quit},
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// One pass over a line; `at_` only grows.
class Parser {
 public:
  Parser(std::string_view text, Charset charset) : text_(text), charset_(charset) {}

  Status line(std::vector<Statement>& out);
  Status pattern(Statement& out);
  bool at_end() const { return at_ == text_.size(); }
  Error expected(std::string_view what) const { return make_error<MsgId::HWSTATEMENT>(at_ + 1, what); }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  std::string word() {
    std::string out;
    for (; !at_end() && is_letter(text_[at_]); ++at_) out += upper(text_[at_]);
    return out;
  }
  /// After a command word: exactly one blank and something that is not a comment.
  bool argument_follows() const {
    return at_ + 1 < text_.size() && is_blank(text_[at_]) && !is_blank(text_[at_ + 1]) && text_[at_ + 1] != ';';
  }

  Status command(std::vector<Statement>& out);
  Result<Word> command_word();
  Status arguments(Command command, std::vector<Statement>& out);
  Status argument(Statement& out);
  Status tstart(Statement& out);
  Status tstart_parameter(Statement& out);
  Status name(std::string& out);
  Status reference(Reference& out);
  Status choice(SubscriptChoice& out);
  Status expression(Expression& out);
  Status term(Term& out);
  Status number(std::string& out);
  Status quoted(std::string& out);
  Status check_characters(std::string_view text) const;
  Status codes(std::string& out);

  std::string_view text_;
  Charset charset_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

Status Parser::line(std::vector<Statement>& out) {
  for (;;) {
    skip_blanks();
    if (at_end() || peek() == ';') return {};
    HW_TRY_VOID(command(out));
    if (!at_end() && !is_blank(peek()) && peek() != ';')
      return expected("a blank, a comma or the end of the line expected");
  }
}

Result<Word> Parser::command_word() {
  const auto start = at_;
  const auto name = word();
  for (const auto& row : kCommandWords)
    if (name.size() >= row.letters_min && row.name.starts_with(name)) return row.word;
  at_ = start;
  return expected("a command expected: set, kill, zkill, incr, write, zwrite, tstart, tcommit, trollback, hang, halt");
}

Status Parser::command(std::vector<Statement>& out) {
  HW_TRY(const auto name, command_word());
  if (peek() == ':') return expected("conditions behind a command are not supported");
  Statement statement;
  switch (name) {
    case Word::Set:
      return arguments(Command::Set, out);
    case Word::Kill:
      return arguments(Command::Kill, out);
    case Word::ZKill:
      return arguments(Command::ZKill, out);
    case Word::Increment:
      return arguments(Command::Increment, out);
    case Word::Write:
      return arguments(Command::Write, out);
    case Word::ZWrite:
      return arguments(Command::ZWrite, out);
    case Word::TStart:
      statement.command = Command::TStart;
      HW_TRY_VOID(tstart(statement));
      break;
    case Word::TCommit:
      statement.command = Command::TCommit;
      break;
    case Word::TRollback:
      statement.command = Command::TRollback;
      if (argument_follows() && (is_digit(text_[at_ + 1]) || text_[at_ + 1] == '-')) {
        ++at_;
        HW_TRY_VOID(expression(statement.value));
      }
      break;
    case Word::Hang:
      statement.command = Command::Halt;
      if (argument_follows()) {
        ++at_;
        statement.command = Command::Hang;
        HW_TRY_VOID(expression(statement.value));
      }
      break;
    case Word::Halt:
    case Word::Quit:
      statement.command = Command::Halt;
      break;
  }
  out.push_back(std::move(statement));
  return {};
}

Status Parser::arguments(Command command, std::vector<Statement>& out) {
  if (!argument_follows()) return expected("one blank and an argument expected; there are no local variables");
  ++at_;
  do {
    Statement statement;
    statement.command = command;
    HW_TRY_VOID(argument(statement));
    out.push_back(std::move(statement));
  } while (take(','));
  return {};
}

Status Parser::argument(Statement& out) {
  if (out.command == Command::Write) return take('!') ? Status{} : expression(out.value);
  if (out.command == Command::ZWrite) return pattern(out);
  HW_TRY_VOID(reference(out.node));
  if (out.command == Command::Set) {
    if (!take('=')) return expected("an equals sign expected");
    return expression(out.value);
  }
  if (out.command == Command::Increment && take(':')) return expression(out.value);
  return {};
}

Status Parser::pattern(Statement& out) {
  HW_TRY_VOID(name(out.node.global));
  if (!take('(')) {
    out.subtree = true;
    return {};
  }
  do {
    if (take('*')) {
      out.subtree = true;
      break;
    }
    if (out.node.subscripts.size() + out.choices.size() == kSubscriptsMax) return make_error<MsgId::MAXNRSUBSCRIPTS>();
    SubscriptChoice next;
    HW_TRY_VOID(choice(next));
    if (next.exact && out.choices.empty()) {
      out.node.subscripts.push_back(std::move(next.from));
    } else {
      out.choices.push_back(std::move(next));
    }
  } while (take(','));
  if (!take(')')) return expected("a comma or a right parenthesis expected");
  return {};
}

Status Parser::choice(SubscriptChoice& out) {
  const auto ends = [this] { return peek() == ',' || peek() == ')'; };
  if (ends()) return {};
  if (peek() != ':') HW_TRY_VOID(expression(out.from));
  out.exact = !take(':');
  if (!out.exact && !ends()) return expression(out.to);
  return {};
}

Status Parser::tstart(Statement& out) {
  if (!argument_follows()) return {};
  const char next = text_[at_ + 1];
  if (next != '(' && next != '*' && next != ':') return {};
  ++at_;
  if (take('(')) {
    if (!take(')')) return expected("a right parenthesis expected; there are no local variables to restore");
  } else {
    take('*');
  }
  if (!take(':')) return {};
  if (!take('(')) return tstart_parameter(out);
  do {
    HW_TRY_VOID(tstart_parameter(out));
  } while (take(':'));
  if (!take(')')) return expected("a colon or a right parenthesis expected");
  return {};
}

Status Parser::tstart_parameter(Statement& out) {
  const auto start = at_;
  const auto name = word();
  if (!name.empty() && std::string_view("SERIAL").starts_with(name)) return {};
  if (name.empty() || !std::string_view("TRANSACTIONID").starts_with(name)) {
    at_ = start;
    return expected("serial or transactionid expected");
  }
  if (!take('=')) return expected("an equals sign expected");
  if (peek() != '"') return expected("a string in quotes expected");
  return quoted(out.transaction_id);
}

Status Parser::name(std::string& out) {
  if (!take('^')) {
    if (is_letter(peek()) || peek() == '%')
      return expected("a global with its up-arrow expected; there are no local variables");
    return expected("a global such as ^a(1) expected");
  }
  const auto start = at_;
  take('%');
  while (is_letter(peek()) || is_digit(peek())) ++at_;
  const auto found = text_.substr(start, at_ - start);
  if (found.empty()) return expected("a global's name expected");
  if (!is_global_name(found)) return make_error<MsgId::NOTMNAME>(found);
  out = found;
  return {};
}

Status Parser::reference(Reference& out) {
  HW_TRY_VOID(name(out.global));
  if (!take('(')) return {};
  do {
    if (out.subscripts.size() == kSubscriptsMax) return make_error<MsgId::MAXNRSUBSCRIPTS>();
    HW_TRY_VOID(expression(out.subscripts.emplace_back()));
  } while (take(','));
  if (!take(')')) return expected("a comma or a right parenthesis expected");
  return {};
}

Status Parser::expression(Expression& out) {
  if (depth_ == kStatementDepthMax) return expected("fewer levels of parentheses expected");
  ++depth_;
  char operation = '_';
  for (;;) {
    Step step;
    step.operation = operation;
    HW_TRY_VOID(term(step.term));
    out.steps.push_back(std::move(step));
    operation = peek();
    if (operation != '+' && operation != '-' && operation != '_') break;
    ++at_;
  }
  --depth_;
  if (!at_end() && std::string_view("*/#\\<>=&![]'?").find(peek()) != std::string_view::npos)
    return expected("only the operators + - and _ are known");
  return {};
}

Status Parser::term(Term& out) {
  for (; peek() == '+' || peek() == '-'; ++at_) {
    out.numeric = true;
    out.negative ^= peek() == '-';
  }
  const char c = peek();
  if (is_digit(c) || c == '.') return number(out.text);
  if (c == '"') return quoted(out.text);
  if (c == '$') return codes(out.text);
  if (c == '(') {
    ++at_;
    out.kind = TermKind::Group;
    HW_TRY_VOID(expression(out.group.emplace_back()));
    if (!take(')')) return expected("a right parenthesis expected");
    return {};
  }
  out.kind = TermKind::Node;
  if (c != '^' && !is_letter(c) && c != '%') return expected("a number, a string in quotes, a global or $C() expected");
  return reference(out.node.emplace_back());
}

Status Parser::number(std::string& out) {
  std::size_t used = 0;
  HW_TRY(const auto value, parse_number(text_.substr(at_), &used));
  if (used == 0) return expected("a digit expected");
  at_ += used;
  append_number(out, value);
  return {};
}

Status Parser::check_characters(std::string_view text) const {
  if (charset_ == Charset::M) return {};
  while (!text.empty()) {
    const auto bytes = first_character(text).bytes;
    if (bytes == 0)
      return make_error<MsgId::BADCHAR>(static_cast<unsigned>(static_cast<unsigned char>(text.front())),
                                        charset_name(charset_));
    text.remove_prefix(bytes);
  }
  return {};
}

Status Parser::quoted(std::string& out) {
  ++at_;
  for (;;) {
    const auto end = text_.find('"', at_);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return expected("a closing quote expected");
    }
    HW_TRY_VOID(check_characters(text_.substr(at_, end - at_)));
    out.append(text_, at_, end - at_);
    at_ = end + 1;
    if (!take('"')) return {};
    out += '"';
  }
}

Status Parser::codes(std::string& out) {
  const auto start = at_++;
  const auto name = word();
  if (name != "C" && name != "CHAR" && name != "ZCH" && name != "ZCHAR") {
    at_ = start;
    return expected("no function but $C() is known");
  }
  const bool is_zchar = name.front() == 'Z';
  if (!take('(')) return expected("a left parenthesis expected");
  do {
    const auto code = scan_code(text_, at_);
    if (!code) return expected("a code expected");
    HW_TRY_VOID(append_code_value(out, *code, is_zchar, charset_));
  } while (take(','));
  if (!take(')')) return expected("a comma or a right parenthesis expected");
  return {};
}

}  // namespace

Result<std::vector<Statement>> parse_line(std::string_view line, Charset charset) {
  std::vector<Statement> out;
  Parser parser{line, charset};
  HW_TRY_VOID(parser.line(out));
  return out;
}

Result<Statement> parse_node(std::string_view text, Charset charset) {
  Statement out;
  Parser parser{text, charset};
  HW_TRY_VOID(parser.pattern(out));
  if (!parser.at_end()) return parser.expected("the end of the node expected");
  return out;
}

}  // namespace hw::gbl

#include "engine/globals/zwr.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/ascii.h"
#include "engine/globals/number.h"

namespace hw {
namespace {

constexpr std::size_t kCodesPerFunctionMax = 256;  // GT.M starts another function after that many
constexpr std::uint64_t kByteMax = 255;
constexpr std::uint64_t kCodePointMax = 0x10FFFF;
constexpr std::uint64_t kCodeEnough = 999'999'999'999;  // so far from any code that further digits do not matter
constexpr std::string_view kValueTooLong = "a value of at most 1 MiB expected";

/// How a piece of a string is written.
enum class Form : unsigned char {
  Plain,
  Quote,
  Code,   ///< in $C()
  Byte,   ///< in $ZCH(): no character
  Longer  ///< of a byte alone: what follows tells
};

using Forms = std::array<Form, 256>;

constexpr Forms forms_of(Charset charset) {
  Forms forms{};
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const bool is_longer = charset == Charset::Utf8 && i >= 128;
    const bool is_control = i < 32 || (i >= 127 && i < 160) || i == 255;
    forms[i] = is_longer ? Form::Longer : is_control ? Form::Code : i == '"' ? Form::Quote : Form::Plain;
  }
  return forms;
}

constexpr Forms kFormsInM = forms_of(Charset::M);
constexpr Forms kFormsInUtf8 = forms_of(Charset::Utf8);

bool starts_number(char c) { return is_digit(c) || c == '.' || c == '-' || c == '+'; }

/// Appends a string's pieces; `at_` is where the next one begins.
class Writer {
 public:
  Writer(std::string& out, std::string_view bytes, Charset charset)
      : out_(out), bytes_(bytes), forms_(charset == Charset::Utf8 ? kFormsInUtf8 : kFormsInM) {
    look();
  }

  void write() {
    if (bytes_.empty()) out_ += "\"\"";
    while (at_ < bytes_.size()) {
      if (at_ > 0) out_ += '_';
      if (form_ == Form::Code || form_ == Form::Byte) {
        write_codes();
      } else {
        write_quoted();
      }
    }
  }

 private:
  /// What is at `at_`: its form, its code and how many bytes it has.
  void look() {
    if (at_ == bytes_.size()) return;
    const auto byte = static_cast<unsigned char>(bytes_[at_]);
    form_ = forms_[byte];
    next_ = {byte, 1};
    if (form_ != Form::Longer) return;
    const Character character = first_character(bytes_.substr(at_));
    form_ = character.bytes == 0 ? Form::Byte : is_graphic(character.code) ? Form::Plain : Form::Code;
    if (form_ != Form::Byte) next_ = character;
  }
  void advance() {
    at_ += next_.bytes;
    look();
  }

  void write_codes() {
    const Form form = form_;
    out_ += form == Form::Byte ? "$ZCH(" : "$C(";
    for (std::size_t count = 0; at_ < bytes_.size() && form_ == form && count < kCodesPerFunctionMax; ++count) {
      if (count > 0) out_ += ',';
      const fmt::format_int text(static_cast<std::uint32_t>(next_.code));
      out_.append(text.data(), text.size());
      advance();
    }
    out_ += ')';
  }

  void write_quoted() {
    out_ += '"';
    while (at_ < bytes_.size() && (form_ == Form::Plain || form_ == Form::Quote)) {
      const auto start = at_;
      // Most text is of single bytes that are printed as they are.
      at_ += next_.bytes;
      while (form_ == Form::Plain && at_ < bytes_.size() &&
             forms_[static_cast<unsigned char>(bytes_[at_])] == Form::Plain)
        ++at_;
      out_.append(bytes_.data() + start, at_ - start);
      if (form_ == Form::Quote) out_ += '"';
      look();
    }
    out_ += '"';
  }

  std::string& out_;
  const std::string_view bytes_;
  const Forms& forms_;
  std::size_t at_ = 0;
  Form form_ = Form::Plain;
  Character next_;
};

/// One pass over a text; `at` only grows. Functions append to their outputs and report the first byte that
/// does not fit.
class Scanner {
 public:
  Scanner(std::string_view text, Charset charset) : text_(text), charset_(charset) {}

  bool at_end() const { return at_ == text_.size(); }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  Error expected(std::string_view what) const { return make_error<MsgId::HWZWRBAD>(at_ + 1, what); }

  Status reference(std::string& key, NullCollation nulls);
  Status expression(std::string& out);

 private:
  Status atom(std::string& out);
  Status quoted(std::string& out);
  Status function(std::string& out);
  Result<std::string_view> bare_number();
  Status subscript(std::string& key, NullCollation nulls);
  bool plain_quoted(std::string_view& content);

  std::string_view text_;
  Charset charset_;
  std::size_t at_ = 0;
  std::string scratch_;
};

Status Scanner::reference(std::string& key, NullCollation nulls) {
  if (!take('^')) return make_error<MsgId::NOTGBL>(text_);
  const auto start = at_;
  take('%');
  while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
  const auto name = text_.substr(start, at_ - start);
  if (!is_global_name(name)) return make_error<MsgId::NOTMNAME>(name);
  key.assign(name);
  key += '\0';
  if (!take('(')) return {};
  std::size_t count = 0;
  do {
    if (++count > kSubscriptsMax) return make_error<MsgId::MAXNRSUBSCRIPTS>();
    HW_TRY_VOID(subscript(key, nulls));
    key += '\0';
    if (key.size() > kKeyBytesMax) return make_error<MsgId::GVSUBOFLOW>();
  } while (take(','));
  if (!take(')')) return expected("a comma or a right parenthesis expected");
  return {};
}

/// A subscript that is one bare number or one string without doubled quotes is encoded where it lies.
Status Scanner::subscript(std::string& key, NullCollation nulls) {
  std::string_view content;
  if (at_ < text_.size() && starts_number(text_[at_])) {
    const auto start = at_;
    HW_TRY(content, bare_number());
    if (!next_is('_')) {
      append_subscript(key, content, nulls);
      return {};
    }
    at_ = start;
  } else if (plain_quoted(content)) {
    append_subscript(key, content, nulls);
    return {};
  }
  scratch_.clear();
  HW_TRY_VOID(expression(scratch_));
  append_subscript(key, scratch_, nulls);
  return {};
}

bool Scanner::plain_quoted(std::string_view& content) {
  if (!next_is('"')) return false;
  const auto end = text_.find('"', at_ + 1);
  if (end == std::string_view::npos) return false;
  const bool goes_on = end + 1 < text_.size() && (text_[end + 1] == '"' || text_[end + 1] == '_');
  if (goes_on) return false;
  content = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return true;
}

Status Scanner::expression(std::string& out) {
  do {
    HW_TRY_VOID(atom(out));
  } while (take('_'));
  return {};
}

Status Scanner::atom(std::string& out) {
  if (next_is('"')) return quoted(out);
  if (next_is('$')) return function(out);
  if (at_ == text_.size() || !starts_number(text_[at_])) return expected("a number, a string or $C() expected");
  HW_TRY(const auto number, bare_number());
  out += number;
  return {};
}

Status Scanner::quoted(std::string& out) {
  ++at_;
  for (;;) {
    const auto end = text_.find('"', at_);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return expected("a closing quote expected");
    }
    out.append(text_.data() + at_, end - at_);
    at_ = end + 1;
    if (!take('"')) return {};
    out += '"';
  }
}

Status Scanner::function(std::string& out) {
  const auto start = at_;
  std::string name;
  for (++at_; at_ < text_.size() && is_letter(text_[at_]); ++at_) name += static_cast<char>(text_[at_] & ~0x20);
  if (name != "C" && name != "CHAR" && name != "ZCH" && name != "ZCHAR") {
    at_ = start;
    return expected("only $C(), $CHAR(), $ZCH() and $ZCHAR() are known");
  }
  if (!take('(')) return expected("a left parenthesis expected");
  const bool is_zchar = name.front() == 'Z';
  do {
    const auto code = scan_code(text_, at_);
    if (!code) return expected("a code expected");
    HW_TRY_VOID(append_code_value(out, *code, is_zchar, charset_));
  } while (take(','));
  if (!take(')')) return expected("a comma or a right parenthesis expected");
  return {};
}

Result<std::string_view> Scanner::bare_number() {
  const auto start = at_;
  if (next_is('-') || next_is('+')) ++at_;
  if (!skip_decimal(text_, at_)) return expected("a digit expected");
  return text_.substr(start, at_ - start);
}

/// Appends `component`'s text as it is in a reference. False for bytes that are not a subscript's.
bool append_component(std::string& out, std::string_view component, NullCollation nulls, Charset charset) {
  if (component.empty()) return false;
  switch (component_kind(component, nulls)) {
    case ComponentKind::Null:
      out += "\"\"";
      return true;
    case ComponentKind::Number:
      return append_decoded_subscript(out, component, nulls);
    case ComponentKind::String:
      break;
  }
  const auto plain = component.substr(1);
  if (std::memchr(plain.data(), '\x01', plain.size()) == nullptr) {
    if (plain.empty() || is_canonical_number(plain)) return false;
    append_value(out, plain, charset);
    return true;
  }
  std::string text;
  if (!append_decoded_subscript(text, component, nulls)) return false;
  append_value(out, text, charset);
  return true;
}

}  // namespace

void append_value(std::string& out, std::string_view value, Charset charset) { Writer(out, value, charset).write(); }

std::optional<std::uint64_t> scan_code(std::string_view text, std::size_t& at) {
  const auto start = at;
  std::uint64_t code = 0;
  for (; at < text.size() && is_digit(text[at]); ++at)
    code = std::min(code * 10 + static_cast<std::uint64_t>(text[at] - '0'), kCodeEnough);
  return at == start ? std::nullopt : std::optional(code);
}

bool skip_decimal(std::string_view text, std::size_t& at) {
  bool any_digit = false;
  for (bool point = false; at < text.size(); ++at) {
    if (is_digit(text[at])) {
      any_digit = true;
    } else if (text[at] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  return any_digit;
}

Status append_code_value(std::string& out, std::uint64_t code, bool is_zchar, Charset charset) {
  if (is_zchar || charset == Charset::M) {
    if (code > kByteMax) return make_error<MsgId::INVDLRCVAL>(code);
    out += static_cast<char>(code);
    return {};
  }
  if (code > kCodePointMax || !is_character(static_cast<char32_t>(code))) return make_error<MsgId::INVDLRCVAL>(code);
  append_character(out, static_cast<char32_t>(code));
  return {};
}

std::string format_value(std::string_view value, Charset charset) {
  std::string out;
  append_value(out, value, charset);
  return out;
}

std::string format_reference(const NodeName& node, Charset charset) {
  std::string out{"^"};
  out += node.global;
  char before = '(';
  for (const auto& subscript : node.subscripts) {
    out += before;
    before = ',';
    if (is_canonical_number(subscript)) {
      out += subscript;
    } else {
      append_value(out, subscript, charset);
    }
  }
  if (!node.subscripts.empty()) out += ')';
  return out;
}

Status append_reference(std::string& out, std::string_view key, NullCollation nulls, Charset charset) {
  const auto before_all = out.size();
  const auto name = key_global(key);
  if (name.size() == key.size() || key.back() != '\0' || !is_global_name(name))
    return make_error<MsgId::HWKEYBAD>("no global name at the front or no 00 at the end");
  out += '^';
  out += name;
  char before = '(';
  for (std::size_t at = name.size() + 1; at < key.size();) {
    const auto end = key.find('\0', at);
    out += before;
    before = ',';
    if (!append_component(out, key.substr(at, end - at), nulls, charset)) {
      out.resize(before_all);
      return make_error<MsgId::HWKEYBAD>(fmt::format("bad subscript at byte {}", at));
    }
    at = end + 1;
  }
  if (before == ',') out += ')';
  return {};
}

Status append_zwr_line(std::string& out, std::string_view key, std::string_view value, NullCollation nulls,
                       Charset charset) {
  HW_TRY_VOID(append_reference(out, key, nulls, charset));
  out += '=';
  append_value(out, value, charset);
  return {};
}

Status parse_reference_to_key(std::string_view text, std::string& key, NullCollation nulls, Charset charset) {
  Scanner scanner{text, charset};
  HW_TRY_VOID(scanner.reference(key, nulls));
  if (!scanner.at_end()) return scanner.expected("the end of the reference expected");
  return {};
}

Status parse_zwr_line_to_key(std::string_view line, std::string& key, std::string& value, NullCollation nulls,
                             Charset charset) {
  Scanner scanner{line, charset};
  HW_TRY_VOID(scanner.reference(key, nulls));
  if (!scanner.take('=')) return scanner.expected("an equals sign expected");
  value.clear();
  HW_TRY_VOID(scanner.expression(value));
  if (!scanner.at_end()) return scanner.expected("the end of the line or _ expected");
  if (value.size() > kValueBytesMax) return scanner.expected(kValueTooLong);
  return {};
}

Result<NodeName> parse_reference(std::string_view text, Charset charset) {
  std::string key;
  HW_TRY_VOID(parse_reference_to_key(text, key, NullCollation::Standard, charset));
  return decode_key(key);
}

Result<ZwrLine> parse_zwr_line(std::string_view line, Charset charset) {
  std::string key;
  ZwrLine out;
  HW_TRY_VOID(parse_zwr_line_to_key(line, key, out.value, NullCollation::Standard, charset));
  HW_TRY(out.node, decode_key(key));
  return out;
}

Result<std::string> parse_value(std::string_view text, Charset charset) {
  std::string value;
  Scanner scanner{text, charset};
  HW_TRY_VOID(scanner.expression(value));
  if (!scanner.at_end()) return scanner.expected("the end of the value or _ expected");
  if (value.size() > kValueBytesMax) return scanner.expected(kValueTooLong);
  return value;
}

std::string_view global_of_reference(std::string_view text) {
  if (!text.starts_with('^')) return {};
  text.remove_prefix(1);
  return text.substr(0, text.find_first_of("(="));
}

}  // namespace hw

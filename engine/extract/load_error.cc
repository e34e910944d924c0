#include "engine/extract/load_error.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/ascii.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr std::uint64_t kByteMax = 255;
constexpr std::uint64_t kCodeMax = 999'999'999;  // that a message names

/// Goes over subscripts in the order in which GT.M reads them, up to the first fault.
class Subscripts {
 public:
  Subscripts(std::string_view reference, std::size_t at, Charset charset)
      : text_(reference), at_(at), charset_(charset) {}

  std::optional<Error> fault() {
    do {
      do {
        if (auto error = atom()) return error;
      } while (take('_'));
    } while (take(','));
    if (take(')')) return std::nullopt;
    if (at_ == text_.size()) return make_error<MsgId::NUMUNXEOR>(text_);
    return make_error<MsgId::RPARENREQD>(text_);
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<Error> atom() {
    if (take('"')) return string();
    if (take('$')) return function();
    return number();
  }

  std::optional<Error> string() {
    do {
      const auto end = text_.find('"', at_);
      if (end == std::string_view::npos) return make_error<MsgId::STRUNXEOR>(text_);
      at_ = end + 1;
    } while (take('"'));
    return std::nullopt;
  }

  std::optional<Error> function() {
    const bool is_zchar = at_ < text_.size() && (text_[at_] == 'Z' || text_[at_] == 'z');
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    if (!take('(')) return make_error<MsgId::DLRCUNXEOR>(text_);
    do {
      const auto code = scan_code(text_, at_);
      if (!code) return make_error<MsgId::DLRCUNXEOR>(text_);
      if (auto error = bad_code(std::min(*code, kCodeMax), is_zchar)) return error;
    } while (take(','));
    if (!take(')')) return make_error<MsgId::DLRCUNXEOR>(text_);
    return std::nullopt;
  }

  std::optional<Error> bad_code(std::uint64_t code, bool is_zchar) const {
    if (is_zchar || charset_ == Charset::M) {
      // GT.M names the one function when it means the other.
      if (code > kByteMax) return make_error<MsgId::DLRCTOOBIG>(text_, is_zchar ? "$CHAR()" : "$ZCHAR()");
    } else if (!is_character(static_cast<char32_t>(code))) {
      return make_error<MsgId::DLRCILLEGAL>(text_, code);
    }
    return std::nullopt;
  }

  std::optional<Error> number() {
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) {
      ++at_;
      if (at_ < text_.size() && !is_digit(text_[at_]) && text_[at_] != '.') return make_error<MsgId::RPARENREQD>(text_);
    }
    if (!skip_decimal(text_, at_) || take('.')) return make_error<MsgId::NUMUNXEOR>(text_);
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_;
  Charset charset_;
};

}  // namespace

std::string_view reference_of_record(std::string_view line) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == '=' && depth <= 0) return line.substr(0, at);
  }
  return line;
}

std::optional<Error> load_reference_error(std::string_view reference, Charset charset, const Error& cause) {
  if (cause.id == MsgId::NOTGBL) return make_error<MsgId::NOTGBL>(reference);
  if (cause.id == MsgId::NOTMNAME) return make_error<MsgId::GVINVALID>(reference);
  if (cause.id != MsgId::HWZWRBAD && cause.id != MsgId::INVDLRCVAL) return cause;
  const auto open = reference.find('(');
  // What follows a name without a parenthesis belongs to the name.
  if (!is_global_name(reference.substr(1, open == std::string_view::npos ? open : open - 1)))
    return make_error<MsgId::GVINVALID>(reference);
  if (open == std::string_view::npos) return std::nullopt;
  return Subscripts(reference, open + 1, charset).fault();
}

}  // namespace hw

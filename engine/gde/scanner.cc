#include "engine/gde/scanner.h"

#include <algorithm>
#include <cctype>

#include "engine/base/text.h"

namespace hw::gde {

void Scanner::skip_spaces() {
  while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
}

bool Scanner::at_end() {
  skip_spaces();
  return rest_.empty() || rest_.front() == '!';
}

bool Scanner::next_is(char c) {
  skip_spaces();
  return !rest_.empty() && rest_.front() == c;
}

bool Scanner::take(char c) {
  if (!next_is(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

std::string Scanner::keyword() {
  skip_spaces();
  std::size_t end = 0;
  while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) || rest_[end] == '_')) ++end;
  const auto word = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return upper(word);
}

std::string Scanner::pattern() {
  skip_spaces();
  bool in_string = false;
  std::size_t end = 0;
  for (; end < rest_.size(); ++end) {
    const char c = rest_[end];
    if (c == '"') in_string = !in_string;
    if (!in_string && std::isspace(static_cast<unsigned char>(c))) break;
  }
  std::string out(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return out;
}

Outcome<std::string> Scanner::value(std::string_view stops) {
  std::string out;
  if (take('"')) {
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] != '"') {
        out += rest_[i];
      } else if (i + 1 < rest_.size() && rest_[i + 1] == '"') {
        out += rest_[i++];
      } else {
        rest_.remove_prefix(i + 1);
        return out;
      }
    }
    return make<MsgId::STRMISSQUOTE>(out);
  }
  std::size_t end = 0;
  while (end < rest_.size() && !std::isspace(static_cast<unsigned char>(rest_[end])) &&
         stops.find(rest_[end]) == std::string_view::npos)
    ++end;
  out = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return out;
}

std::string Scanner::rest() {
  skip_spaces();
  return std::string(rest_);
}

}  // namespace hw::gde

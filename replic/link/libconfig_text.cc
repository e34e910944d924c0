#include "replic/link/libconfig_text.h"

#include <algorithm>
#include <cctype>

#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace hw {
namespace {

constexpr std::size_t kDepthMax = 32;  // Groups inside of each other; a real file has three.

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '*'; }
bool continues_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '*' || c == '-' || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<LibconfigSettings> whole() {
    HW_TRY_VOID(settings("", '\0', 0));
    return std::move(out_);
  }

 private:
  Error wrong(std::string_view what) const {
    const auto lines = std::ranges::count(text_.substr(0, std::min(at_, text_.size())), '\n');
    return make_error<MsgId::TEXT>(fmt::format("line {}: {}", lines + 1, what));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }

  /// White space and comments. False when a comment has no end.
  bool skip() {
    for (;;) {
      while (!at_end() && std::isspace(static_cast<unsigned char>(peek())) != 0) ++at_;
      const std::string_view rest = text_.substr(std::min(at_, text_.size()));
      if (rest.starts_with("#") || rest.starts_with("//")) {
        at_ += std::min(rest.find('\n'), rest.size());
      } else if (rest.starts_with("/*")) {
        const auto end = rest.find("*/", 2);
        if (end == rest.npos) return false;
        at_ += end + 2;
      } else {
        return true;
      }
    }
  }

  bool take(char wanted) {
    if (peek() != wanted || at_end()) return false;
    ++at_;
    return true;
  }

  /// Settings one after another, up to `end`; '\0': the end of the file.
  Status settings(const std::string& path, char end, std::size_t depth) {
    for (;;) {
      if (!skip()) return wrong("comment without an end");
      if (end == '\0' && at_end()) return {};
      if (end != '\0' && take(end)) return {};
      if (!begins_name(peek())) return wrong(at_end() ? "end of the file inside a group" : "no name of a setting");
      std::string name = path;
      if (!name.empty()) name += '.';
      while (!at_end() && continues_name(peek())) name += text_[at_++];
      if (!skip()) return wrong("comment without an end");
      if (!take(':') && !take('=')) return wrong("neither : nor = behind a name");
      HW_TRY_VOID(value(name, depth));
      if (!skip()) return wrong("comment without an end");
      if (!take(';')) (void)take(',');  // Neither is needed.
    }
  }

  Status value(const std::string& path, std::size_t depth) {
    if (depth >= kDepthMax) return wrong("groups too deep inside of each other");
    if (!skip()) return wrong("comment without an end");
    if (take('{')) return settings(path, '}', depth + 1);
    if (take('(')) return values(path, ')', depth + 1);
    if (take('[')) return values(path, ']', depth + 1);
    if (peek() == '"') return strings(path);
    std::string word;
    while (!at_end() && (continues_name(peek()) || peek() == '.' || peek() == '+')) word += text_[at_++];
    if (word.empty()) return wrong("no value");
    out_[path] = word;
    return {};
  }

  Status values(const std::string& path, char end, std::size_t depth) {
    for (std::size_t index = 0;; ++index) {
      if (!skip()) return wrong("comment without an end");
      if (take(end)) return {};
      if (at_end()) return wrong("end of the file inside a list");
      HW_TRY_VOID(value(fmt::format("{}.{}", path, index), depth));
      if (!skip()) return wrong("comment without an end");
      (void)take(',');
    }
  }

  /// Strings side by side are one.
  Status strings(const std::string& path) {
    std::string all;
    while (take('"')) {
      while (!at_end() && peek() != '"') {
        if (!take('\\')) {
          all += text_[at_++];
        } else if (!escape(all)) {
          return wrong("unknown character behind a backslash");
        }
      }
      if (!take('"')) return wrong("string without an end");
      if (!skip()) return wrong("comment without an end");
    }
    out_[path] = all;
    return {};
  }

  bool escape(std::string& out) {
    constexpr std::string_view kLetters = "nrtf\\\"";
    constexpr std::string_view kMeant = "\n\r\t\f\\\"";
    if (const auto which = kLetters.find(peek()); !at_end() && which != kLetters.npos) {
      out += kMeant[which];
      ++at_;
      return true;
    }
    const auto code = peek() == 'x' ? whole_number<std::uint8_t>(text_.substr(at_ + 1, 2), 16) : std::nullopt;
    if (!code.has_value()) return false;
    out += static_cast<char>(*code);
    at_ += 3;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  LibconfigSettings out_;
};

}  // namespace

Result<LibconfigSettings> parse_libconfig(std::string_view text) { return Parser(text).whole(); }

}  // namespace hw

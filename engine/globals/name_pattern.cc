#include "engine/globals/name_pattern.h"

#include <cctype>
#include <vector>

#include "engine/base/limits.h"
#include "engine/globals/key.h"
#include "engine/globals/number.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

using gde::make;
using Id = gde::MsgId;
using Failure = tl::unexpected<gde::Message>;

/// The least name after every name that begins with `prefix`, as gde shows it.
std::string label_after_prefix(std::string prefix) {
  while (!prefix.empty()) {
    char& last = prefix.back();
    if (last == '%') {
      last = 'A';
      return prefix;
    }
    if (last == '9') {
      last = 'A';
      return prefix;
    }
    if (last == 'Z') {
      last = 'a';
      return prefix;
    }
    if (last != 'z') {
      ++last;
      return prefix;
    }
    prefix.pop_back();
  }
  return "...";
}

/// The subscripts between the parentheses, each with its bounds when it is a range.
struct WrittenSubscript {
  std::string left;
  std::string right;
  bool is_range = false;
};

std::string trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

/// Cuts `text`, which begins with '(', at the commas and colons that are in no string and no inner parentheses.
tl::expected<std::vector<WrittenSubscript>, gde::Message> split_subscripts(std::string_view pattern,
                                                                           std::string_view text) {
  std::vector<WrittenSubscript> out(1);
  std::string current;
  bool in_string = false;
  int depth = 0;
  const auto finish_part = [&] { (out.back().is_range ? out.back().right : out.back().left) = trim(current); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      current += c;
      continue;
    }
    if (c == '(' && depth++ == 0) continue;
    if (c == ')' && --depth == 0) {
      finish_part();
      if (i + 1 != text.size()) return Failure(make<Id::NAMRPARENNOTEND>(pattern));
      return out;
    }
    if (depth == 1 && c == ',') {
      finish_part();
      out.emplace_back();
      current.clear();
    } else if (depth == 1 && c == ':') {
      if (out.back().is_range) return Failure(make<Id::NAMONECOLON>(pattern));
      finish_part();
      out.back().is_range = true;
      current.clear();
    } else {
      current += c;
    }
  }
  if (in_string) return Failure(make<Id::STRMISSQUOTE>(pattern));
  return Failure(make<Id::NAMRPARENMISSING>(pattern));
}

std::string subscript_text(std::string_view value) {
  return is_canonical_number(value) ? std::string(value) : format_value(value);
}

tl::expected<std::string, gde::Message> subscript_value(const std::string& written, std::size_t number) {
  if (written.empty()) return Failure(make<Id::NAMSUBSEMPTY>(number));
  if (std::string_view("+-.0123456789").find(written[0]) != std::string_view::npos) {
    std::size_t used = 0;
    const auto value = parse_number(written, &used);
    if (!value.has_value() || used != written.size()) return Failure(make<Id::NAMSUBSBAD>(number, written));
    return to_text(*value);
  }
  auto value = parse_value(written);
  if (!value.has_value()) return Failure(make<Id::NAMSUBSBAD>(number, written));
  return std::move(*value);
}

tl::expected<NamePattern, gde::Message> parse_subscripted(std::string_view written, std::string_view name,
                                                          std::string_view rest) {
  auto subscripts = split_subscripts(written, rest);
  if (!subscripts.has_value()) return Failure(std::move(subscripts).error());
  if (subscripts->size() > kSubscriptsMax) return Failure(make<Id::NAMGVSUBSMAX>(written, kSubscriptsMax));

  NamePattern out;
  out.global = name;
  std::string prefix = std::string(name) + '\0';  // Key bytes of everything but the last subscript.
  std::string prefix_text = std::string(name) + '(';
  for (std::size_t i = 0; i + 1 < subscripts->size(); ++i) {
    const auto& part = (*subscripts)[i];
    if (part.is_range) return Failure(make<Id::NAMRANGELASTSUB>(written));
    auto value = subscript_value(part.left, i + 1);
    if (!value.has_value()) return Failure(std::move(value).error());
    prefix += encode_subscript(*value) + '\0';
    prefix_text += subscript_text(*value) + ',';
  }

  auto last = subscripts->back();
  if (last.is_range && last.left.empty()) last.left = "\"\"";
  if (last.is_range && last.right.empty()) last.right = "\"\"";
  auto left = subscript_value(last.left, subscripts->size());
  if (!left.has_value()) return Failure(std::move(left).error());
  const std::string left_text = subscript_text(*left);
  out.from = prefix + encode_subscript(*left);
  out.from_label = prefix_text + left_text + ')';
  if (!last.is_range) {
    out.from += '\0';
    out.to = subtree_upper_bound(out.from);
    out.text = out.from_label;
    out.to_label = out.from_label + "++";
  } else {
    auto right = subscript_value(last.right, subscripts->size());
    if (!right.has_value()) return Failure(std::move(right).error());
    const std::string right_text = subscript_text(*right);
    out.text = prefix_text + left_text + ':' + right_text + ')';
    if (right->empty()) {  // An open end: all that is left below the same leading subscripts.
      out.to = subtree_upper_bound(prefix);
      out.to_label =
          subscripts->size() == 1 ? std::string(name) + '0' : prefix_text.substr(0, prefix_text.size() - 1) + ")++";
    } else {
      out.to = prefix + encode_subscript(*right);
      out.to_label = prefix_text + right_text + ')';
    }
    if (out.from >= out.to) return Failure(make<Id::NAMRANGEORDER>(written, 0));
  }
  if (out.from.size() >= kKeySizeMax || out.to.size() >= kKeySizeMax)
    return Failure(make<Id::NAMGVSUBOFLOW>(written, 0));
  return out;
}

}  // namespace

tl::expected<NamePattern, gde::Message> parse_name_pattern(std::string_view text) {
  NamePattern out;
  if (text == "*") {
    out.text = "*";
    out.to_end = true;
    out.from_label = "%";
    out.to_label = "...";
    return out;
  }
  const auto open = text.find('(');
  std::string_view name = text.substr(0, open);
  const bool star = !name.empty() && name.back() == '*';
  if (star && open != std::string_view::npos) return Failure(make<Id::NAMSTARSUBSMIX>(text));
  if (star) name.remove_suffix(1);
  if (name.size() > kGlobalNameBytesMax) return Failure(make<Id::VALTOOLONG>(name, kGlobalNameBytesMax, "name"));
  if (!is_global_name(name)) return Failure(make<Id::VALUEBAD>(text, "name"));
  if (open != std::string_view::npos) return parse_subscripted(text, name, text.substr(open));

  out.text = text;
  out.from = name;
  out.from_label = name;
  if (star) {
    out.to = name;
    ++out.to.back();  // A name's bytes end at 'z', so this does not overflow.
    out.to_label = label_after_prefix(std::string(name));
  } else {
    out.to = std::string(name) + '\1';  // After the 00 of this name's keys, before every longer name.
    out.to_label = std::string(name) + '0';
  }
  return out;
}

}  // namespace hw

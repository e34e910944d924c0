#include "engine/extract/load_header.h"

#include <algorithm>
#include <string>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/extract/load_error.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr std::string_view kBlanks = " \t\r";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool contains_word(std::string_view line, std::string_view word) {
  const auto equal = [](char a, char b) { return upper(a) == b; };
  return std::search(line.begin(), line.end(), word.begin(), word.end(), equal) != line.end();
}

/// True when the text at the front has the form: 0 a digit, A a letter, everything else itself.
bool has_form(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  return std::ranges::equal(text.substr(0, form.size()), form, [](char c, char wanted) {
    if (wanted == '0') return is_digit(c);
    return wanted == 'A' ? is_letter(c) : c == wanted;
  });
}

bool contains_date(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto rest = line.substr(at);
    if (has_form(rest, "00-AAA-0000 00:00:00") || has_form(rest, "00-AAA-0000  00:00:00")) return true;
  }
  return false;
}

}  // namespace

std::optional<ExtractFormat> format_by_header(std::string_view second_line) {
  if (contains_word(second_line, "ZWR")) return ExtractFormat::Zwr;
  if (contains_word(second_line, "GLO") || contains_date(second_line)) return ExtractFormat::Go;
  return std::nullopt;
}

std::optional<ExtractFormat> format_by_record(std::string_view record, Charset charset) {
  record.remove_prefix(std::min(record.find_first_not_of(kBlanks), record.size()));
  const std::string_view reference = reference_of_record(record);
  const std::string_view name = reference.substr(0, reference.find('('));
  if (!name.starts_with('^') || !is_global_name(name.substr(1, kGlobalNameBytesMax))) return std::nullopt;
  if (name != reference && !reference.ends_with(')')) return std::nullopt;
  if (reference == record) return ExtractFormat::Go;
  if (!parse_value(record.substr(reference.size() + 1), charset)) return std::nullopt;
  return ExtractFormat::Zwr;
}

Charset charset_by_label(std::string_view first_line) {
  return contains_word(first_line, charset_name(Charset::Utf8)) ? Charset::Utf8 : Charset::M;
}

}  // namespace hw

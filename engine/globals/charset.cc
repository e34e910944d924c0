#include "engine/globals/charset.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>

#include "engine/base/check.h"
#include "engine/base/text.h"

namespace hw {
namespace {

constexpr std::string_view kUtf8Name = "UTF-8";
constexpr std::string_view kUtf8Suffix = " UTF-8";
constexpr char32_t kCodeMax = 0x10FFFF;

bool is_surrogate(char32_t code) { return code >= 0xD800 && code <= 0xDFFF; }
bool is_noncharacter(char32_t code) { return (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE; }

}  // namespace

Charset charset_from_environment() {
  const char* value = std::getenv("gtm_chset");
  if (value == nullptr) return Charset::M;
  return equals_ignoring_case(value, kUtf8Name) ? Charset::Utf8 : Charset::M;
}

Charset process_charset() {
  static const Charset charset = charset_from_environment();
  return charset;
}

std::string_view charset_name(Charset charset) { return charset == Charset::Utf8 ? kUtf8Name : "M"; }

std::string_view charset_suffix(Charset charset) { return charset == Charset::Utf8 ? kUtf8Suffix : ""; }

Character first_character(std::string_view text) {
  utf8proc_int32_t code = -1;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (bytes <= 0 || !is_character(static_cast<char32_t>(code))) return {};
  return {static_cast<char32_t>(code), static_cast<std::size_t>(bytes)};
}

bool is_character(char32_t code) { return code <= kCodeMax && !is_surrogate(code) && !is_noncharacter(code); }

bool is_graphic(char32_t code) {
  HW_CHECK(is_character(code));
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

void append_character(std::string& out, char32_t code) {
  HW_CHECK(is_character(code));
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes.data());
  out.append(bytes.begin(), bytes.begin() + count);
}

}  // namespace hw

#include "engine/globals/charset.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace hw {
namespace {

// test/conformance/graphic_characters holds GT.M to the same file.
TEST(Charset, EveryCodePointIsWhatGtmMakesOfIt) {
  std::ifstream runs(std::filesystem::path(HW_SOURCE_DIR) / "test" / "golden" / "graphic_characters.txt");
  std::map<char32_t, std::string> kinds;
  for (std::string line; std::getline(runs, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::uint32_t code = 0;
    words >> std::hex >> code >> kinds[code];
  }
  ASSERT_GT(kinds.size(), 1000U);
  const std::string* kind = nullptr;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (const auto begins = kinds.find(code); begins != kinds.end()) kind = &begins->second;
    const std::string ours = !is_character(code) ? "none" : is_graphic(code) ? "graphic" : "other";
    ASSERT_EQ(ours, *kind) << static_cast<std::uint32_t>(code);
  }
  EXPECT_FALSE(is_character(0x110000));
}

TEST(Charset, EveryCharacterComesBack) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (!is_character(code)) continue;
    std::string text;
    append_character(text, code);
    const auto bytes = text.size();
    text += "x";
    const auto found = first_character(text);
    ASSERT_EQ(found.code, code);
    ASSERT_EQ(found.bytes, bytes);
    ASSERT_EQ(first_character(std::string_view(text).substr(0, bytes - 1)).bytes, 0U) << "cut";
  }
}

TEST(Charset, NoCharacterBegins) {
  for (const auto* text : {"",
                           "\x80",
                           "\xBF",
                           "\xC3",
                           "\xC3x",
                           "\xC0\x80",
                           "\xC1\xBF",
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",
                           "\xE2\x82",
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",
                           "\xEF\xB7\x90",
                           "\xEF\xBF\xBF",
                           "\xF0\x80\x80\x80",
                           "\xF0\x9F\xBF\xBE",
                           "\xF4\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80",
                           "\xFF"})
    EXPECT_EQ(first_character(text).bytes, 0U) << text;
}

TEST(Charset, TheEnvironmentAsksForIt) {
  const char* before = std::getenv("gtm_chset");
  const std::string former = before == nullptr ? "" : before;
  for (const auto* name : {"UTF-8", "utf-8", "Utf-8"}) {
    setenv("gtm_chset", name, 1);
    EXPECT_EQ(charset_from_environment(), Charset::Utf8) << name;
  }
  for (const auto* name : {"", "M", "m", "UTF8", "UTF-8x", "UTF-16", "ISO-8859-1"}) {
    setenv("gtm_chset", name, 1);
    EXPECT_EQ(charset_from_environment(), Charset::M) << name;
  }
  unsetenv("gtm_chset");
  EXPECT_EQ(charset_from_environment(), Charset::M);
  if (before != nullptr) setenv("gtm_chset", former.c_str(), 1);
}

}  // namespace
}  // namespace hw

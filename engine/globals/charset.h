/// engine/globals/charset.h -- whether text is bytes (M mode) or characters (UTF-8 mode), as gtm_chset
/// says.
///
/// The mode is a matter of text alone: extracts, journal extracts, filters, statements and messages. Nodes and values
/// are bytes in both modes, keys sort by their bytes, and every length is counted in bytes, so that sites of different
/// modes replicate to each other, and one database may be used in either.
///
/// A character is a code point that is neither a surrogate nor one of the 66 noncharacters, in its shortest form; GT.M
/// calls everything else invalid. Graphic is what GT.M prints as it is: every character but those of Unicode's
/// categories C (control, format, private, not assigned), Zl and Zp. Source: observed on GT.M V7.0-005 with ICU 72,
/// every code point; test/conformance/graphic_characters repeats that. Which code points are assigned is libutf8proc's
/// knowledge, so that a newer one prints more of them as they are; what is read does not depend on it.
///
/// All functions here may be called from any thread and do not block.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hw {

enum class Charset : std::uint8_t { M, Utf8 };

/// What gtm_chset asks for: UTF-8, in any letter case, or M for everything else, as GT.M takes it. Errors: none.
Charset charset_from_environment();
/// The same as it was at the first call: a process does not change its mode.
Charset process_charset();

/// `M`, `UTF-8`.
std::string_view charset_name(Charset charset);
/// What is at the end of an extract's first line: ` UTF-8`, or nothing in M mode.
std::string_view charset_suffix(Charset charset);

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 0: the text does not begin with a character
};
/// The character at the front of `text`.
Character first_character(std::string_view text);

bool is_character(char32_t code);
/// `code` is a character.
bool is_graphic(char32_t code);
/// Appends the UTF-8 form. `code` is a character.
void append_character(std::string& out, char32_t code);

}  // namespace hw

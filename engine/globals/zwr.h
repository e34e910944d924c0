/// engine/globals/zwr.h -- nodes and values as text, in the form GT.M calls ZWR, both ways.
///
///   line      = reference '=' expression
///   reference = '^' name [ '(' expression { ',' expression } ')' ]
///   expression = atom { '_' atom }
///   atom      = '"' { byte | '""' } '"' | ('$C' | '$CHAR' | '$ZCH' | '$ZCHAR') '(' code { ',' code } ')' | number
///
/// Written form: a numeric subscript bare, every other subscript and every value as strings joined by `_`; a run of up
/// to 256 of what is not printed is in one function; all else is in quotes as it is, a quote doubled. Not
/// printed are, in M mode, the bytes 0-31, 127-159 and 255, as $C(); in UTF-8 mode characters that are not graphic, as
/// $C() with their code points, and bytes that are no character, as $ZCH() (engine/globals/charset.h).
///
/// Read form: as above, function names in any letter case. $ZCH() holds bytes, 0 to 255; so does $C() in M mode, while
/// in UTF-8 mode it holds code points of characters. In quotes there may be any bytes. A bare number is taken as its
/// text and not as its value, as `mupip load` does: ^a(1.0) is the node ^a("1.0"). Source: observed on GT.M V7.0-005
/// (`mupip extract`, `mupip load`); the golden lines are in test/unit/engine/zwr_test.cc.
///
/// The mode is that of the process where it is not given. All functions here are pure but for that: they do not block
/// and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/globals/charset.h"
#include "engine/globals/key.h"

namespace hw {

struct ZwrLine {
  NodeName node;
  std::string value;
  friend bool operator==(const ZwrLine&, const ZwrLine&) = default;
};

/// `"quote""quote"`, `"tab"_$C(9)_"nl"`, `""`. A number is quoted too.
void append_value(std::string& out, std::string_view value, Charset charset = process_charset());
std::string format_value(std::string_view value, Charset charset = process_charset());

/// `^a(1,"x",$C(9)_"y")`.
std::string format_reference(const NodeName& node, Charset charset = process_charset());

/// The same from key bytes, appended to `out`. Errors: HWKEYBAD, with `out` as it was.
Status append_reference(std::string& out, std::string_view key, NullCollation nulls = NullCollation::Standard,
                        Charset charset = process_charset());
/// Appends `reference=value`, no newline: one record of an extract. Errors: as append_reference.
Status append_zwr_line(std::string& out, std::string_view key, std::string_view value,
                       NullCollation nulls = NullCollation::Standard, Charset charset = process_charset());

/// Errors of all parsers: NOTGBL without the up-arrow; NOTMNAME for a bad name; MAXNRSUBSCRIPTS and GVSUBOFLOW as
/// encode_key; INVDLRCVAL for a code that is no character's or byte's; else HWZWRBAD with the position (character from
/// 1) and what was expected there, also for a value over kValueBytesMax. Outputs are unspecified after an error.
Result<NodeName> parse_reference(std::string_view text, Charset charset = process_charset());
Result<ZwrLine> parse_zwr_line(std::string_view line, Charset charset = process_charset());
Result<std::string> parse_value(std::string_view text, Charset charset = process_charset());

/// `a` of `^a(1)="x"`, to know its region before it is parsed; empty when no up-arrow is in front.
std::string_view global_of_reference(std::string_view text);

/// Straight to bytes, for load: `key` and `value` are overwritten, and keep their memory from line to line.
/// `line` has no newline at its end. Errors: those of the parsers.
Status parse_reference_to_key(std::string_view text, std::string& key, NullCollation nulls = NullCollation::Standard,
                              Charset charset = process_charset());
Status parse_zwr_line_to_key(std::string_view line, std::string& key, std::string& value,
                             NullCollation nulls = NullCollation::Standard, Charset charset = process_charset());

/// The number at `at` of a text, which moves past its digits; none where there is no digit. One that is far above every
/// code is not counted further.
std::optional<std::uint64_t> scan_code(std::string_view text, std::size_t& at);
/// Moves `at` past digits with one point among them at most. False when there was no digit.
bool skip_decimal(std::string_view text, std::size_t& at);

/// The code of a $C() (`is_zchar`: of a $ZCH()) as the bytes that it means. Errors: INVDLRCVAL.
Status append_code_value(std::string& out, std::uint64_t code, bool is_zchar, Charset charset);

}  // namespace hw

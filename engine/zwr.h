/// engine/zwr.h -- nodes and values as text, in the form GT.M calls ZWR, both ways.
///
///   line      = reference '=' expression
///   reference = '^' name [ '(' expression { ',' expression } ')' ]
///   expression = atom { '_' atom }
///   atom      = '"' { byte | '""' } '"' | ('$C' | '$CHAR' | '$ZCH' | '$ZCHAR') '(' code { ',' code } ')' | number
///
/// Written form: a numeric subscript bare, every other subscript and every value as strings joined by `_`; bytes
/// 0-31, 127-159 and 255 stand in $C(), a run of up to 256 in one; all others stand in quotes as they are, a quote
/// doubled. Read form: as above, function names in any letter case, codes 0 to 255. A bare number is taken as its
/// text and not as its value, as `mupip load` does: ^a(1.0) is the node ^a("1.0").
/// Source: observed on GT.M V7.0-005 (`mupip extract`, `mupip load`, character set M); the golden lines are in
/// test/unit/engine/zwr_test.cc.
///
/// All functions here are pure: they do not block and may be called from any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/key.h"

namespace hw {

struct ZwrLine {
  NodeName node;
  std::string value;
  friend bool operator==(const ZwrLine&, const ZwrLine&) = default;
};

/// `"quote""quote"`, `"tab"_$C(9)_"nl"`, `""`. A number is quoted too.
void append_value(std::string& out, std::string_view value);
std::string format_value(std::string_view value);

/// `^a(1,"x",$C(9)_"y")`.
std::string format_reference(const NodeName& node);

/// The same from key bytes, appended to `out`. Errors: HWKEYBAD, with `out` as it was.
Status append_reference(std::string& out, std::string_view key, NullCollation nulls = NullCollation::Standard);
/// Appends `reference=value`, no newline: one record of an extract. Errors: as append_reference.
Status append_zwr_line(std::string& out, std::string_view key, std::string_view value,
                       NullCollation nulls = NullCollation::Standard);

/// Errors of all parsers: NOTGBL without the up-arrow; NOTMNAME for a bad name; MAXNRSUBSCRIPTS and GVSUBOFLOW as
/// encode_key; else HWZWRBAD with the position (character from 1) and what was expected there, also for a value over
/// kValueBytesMax. Outputs are unspecified after an error.
Result<NodeName> parse_reference(std::string_view text);
Result<ZwrLine> parse_zwr_line(std::string_view line);
Result<std::string> parse_value(std::string_view text);

/// `a` of `^a(1)="x"`, to know its region before it is parsed; empty when no up-arrow stands in front.
std::string_view global_of_reference(std::string_view text);

/// Straight to bytes, for load: `key` and `value` are overwritten, and keep their memory from line to line.
/// `line` has no newline at its end.
Status parse_reference_to_key(std::string_view text, std::string& key, NullCollation nulls = NullCollation::Standard);
Status parse_zwr_line_to_key(std::string_view line, std::string& key, std::string& value,
                             NullCollation nulls = NullCollation::Standard);

}  // namespace hw

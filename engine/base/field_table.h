/// engine/base/field_table.h -- a format's fields by name, for commands that show and change single fields.
///
/// A Field says where a field is and how it is shown. Each format has one list of its fields, and its codec
/// works by that list or is held to it by the compiler (offsetof) or a test; so what an operator is shown cannot
/// differ from what the program reads.
///
/// Shapes of lines as GT.M V7 prints them: `HDR <name>` with the value right-justified in column 58, numbers followed
/// by ` [0x<digits>]`; with detail each line begins with offset and size.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace hw {

/// How the bytes of a field are shown.
enum class FieldForm : std::uint8_t {
  Text,     ///< up to the first zero byte
  Number,   ///< decimal and hexadecimal
  Signed,   ///< the same, the decimal one with its sign
  Plain,    ///< decimal only
  Seconds,  ///< since 1970, as local date and time; 0 as 0
  Micros,   ///< microseconds since 1970, likewise
  Bool,     ///< FALSE for 0, else TRUE
  NotBool,  ///< the other way round
  Id,       ///< of shared memory; all ones is INVALID
  Hex,      ///< bytes as they are
  Names,    ///< a number with a name
};

struct Field {
  std::string_view name;
  std::uint32_t offset;  ///< bytes, within its record
  std::uint32_t bytes;
  FieldForm form;
  std::span<const std::string_view> names = {};  ///< FieldForm::Names: by number
};

/// The value as shown, without its hexadecimal form. `record` holds the whole field.
std::string field_value(const Field& field, Bytes record);

/// One line a field: `<prefix><name>   <value>`; `record_offset` is where the record is, for the shown offsets.
std::string field_lines(std::string_view prefix, std::span<const Field> fields, Bytes record,
                        std::uint64_t record_offset, bool detail);
/// The same for a record that has no place where the offsets of the others count from: offset and size are shown as 0,
/// as GT.M does.
std::string unplaced_field_lines(std::string_view prefix, std::span<const Field> fields, Bytes record, bool detail);
/// A blank line, and the title between two lines of dashes.
std::string section_lines(std::string_view title, bool detail);
/// Between two records of one section, and before the first: the column heads of detail.
std::string record_separator(bool first, bool detail);
std::string dashes(bool detail);

/// A change of single bytes as it was done, or a look at them.
struct FieldEdit {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};
/// `Offset 136 [0x00000088] : Old Value = … : New Value = … : Size = 4 [0x04]`
std::string edit_line(std::uint64_t offset, std::uint64_t bytes, const FieldEdit& edit);

}  // namespace hw

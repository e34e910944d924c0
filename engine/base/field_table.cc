#include "engine/base/field_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace hw {
namespace {

constexpr std::size_t kLineColumns = 58;
constexpr std::size_t kDetailColumns = 76;

std::uint64_t number_of(const Field& field, Bytes record) {
  const Bytes bytes = record.subspan(field.offset, field.bytes);
  std::uint64_t value = 0;
  for (std::size_t i = std::min<std::size_t>(bytes.size(), 8); i-- > 0;)
    value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

std::int64_t signed_of(const Field& field, std::uint64_t value) {
  const unsigned unused = 64 - 8 * field.bytes;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

std::string date_and_time(std::uint64_t seconds) {
  if (seconds == 0) return "0";
  const auto at = static_cast<std::time_t>(seconds);
  struct tm parts {};
  if (::localtime_r(&at, &parts) == nullptr) return fmt::format("{}", seconds);
  return fmt::format("{}/{:02}/{:02} {:02}:{:02}:{:02}", 1900 + parts.tm_year, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool shows_hexadecimal(const Field& field, std::string_view value) {
  return field.form == FieldForm::Number || field.form == FieldForm::Signed ||
         (field.form == FieldForm::Id && value != "INVALID");
}

}  // namespace

std::string field_value(const Field& field, Bytes record) {
  const std::uint64_t number = number_of(field, record);
  switch (field.form) {
    case FieldForm::Text: {
      std::string out;
      for (const char c : as_text(record.subspan(field.offset, field.bytes))) {
        if (c == '\0') break;
        out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '.' : c;
      }
      return out;
    }
    case FieldForm::Number:
    case FieldForm::Plain:
      return fmt::format("{}", number);
    case FieldForm::Signed:
      return fmt::format("{}", signed_of(field, number));
    case FieldForm::Seconds:
      return date_and_time(number);
    case FieldForm::Micros:
      return date_and_time(number / 1'000'000);
    case FieldForm::Bool:
      return number != 0 ? "TRUE" : "FALSE";
    case FieldForm::NotBool:
      return number != 0 ? "FALSE" : "TRUE";
    case FieldForm::Id:
      return signed_of(field, number) == -1 ? "INVALID" : fmt::format("{}", number);
    case FieldForm::Hex: {
      std::string out;
      for (const std::byte b : record.subspan(field.offset, field.bytes))
        out += fmt::format("{:02x}", std::to_integer<unsigned>(b));
      return out;
    }
    case FieldForm::Names:
      return number < field.names.size() ? std::string(field.names[number]) : fmt::format("{}", number);
  }
  return {};
}

namespace {

std::string place_columns(std::uint64_t offset, std::uint64_t bytes) {
  return fmt::format("0x{:08X} 0x{:04X} ", offset, bytes);
}

std::string value_line(std::string_view prefix, const Field& field, Bytes record) {
  const std::string label = fmt::format("{}{} ", prefix, field.name);
  const std::string value = field_value(field, record);
  const std::size_t room = kLineColumns > label.size() ? kLineColumns - label.size() : 0;
  std::string line = fmt::format("{}{:>{}}", label, value, room);
  if (shows_hexadecimal(field, value))
    line += fmt::format(" [0x{:0{}X}]", number_of(field, record), field.bytes == 8 ? 16 : 8);
  return line + '\n';
}

}  // namespace

std::string field_lines(std::string_view prefix, std::span<const Field> fields, Bytes record,
                        std::uint64_t record_offset, bool detail) {
  std::string out;
  for (const Field& field : fields) {
    if (detail) out += place_columns(record_offset + field.offset, field.bytes);
    out += value_line(prefix, field, record);
  }
  return out;
}

std::string unplaced_field_lines(std::string_view prefix, std::span<const Field> fields, Bytes record, bool detail) {
  std::string out;
  for (const Field& field : fields) {
    if (detail) out += place_columns(0, 0);
    out += value_line(prefix, field, record);
  }
  return out;
}

std::string dashes(bool detail) { return std::string(detail ? kDetailColumns : kLineColumns, '-') + "\n"; }

std::string section_lines(std::string_view title, bool detail) {
  return fmt::format("\n{0}{1}\n{0}", dashes(detail), title);
}

std::string record_separator(bool first, bool detail) {
  return (first ? "" : dashes(detail)) + (detail ? "Offset     Size\n" : "");
}

std::string edit_line(std::uint64_t offset, std::uint64_t bytes, const FieldEdit& edit) {
  const int digits = bytes == 8 ? 1 : static_cast<int>(2 * bytes);
  return fmt::format(
      "Offset {0} [0x{0:08X}] : Old Value = {1} [0x{1:0{2}X}] : New Value = {3} [0x{3:0{2}X}] : Size = {4} [0x{4:02X}]",
      offset, edit.before, digits, edit.after, bytes);
}

}  // namespace hw

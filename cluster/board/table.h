/// cluster/board/table.h -- rows that are printed in columns, and are objects in JSON.
///
/// Columns are parted by two blanks, or more where one has a least width, and widen for the longest entry; `-` stands
/// where there is nothing. In JSON a column's name is in small letters, with `_` for blank and `/`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hw::cluster {

/// Microseconds since 1970; 0: never.
struct TimeCell {
  std::uint64_t us = 0;
  friend bool operator==(const TimeCell&, const TimeCell&) = default;
};

/// Nothing, a text (an empty one is nothing), a whole number, a fraction (printed with one decimal), a time, several
/// texts (printed side by side).
using Cell = std::variant<std::monostate, std::string, std::uint64_t, double, TimeCell, std::vector<std::string>>;

enum class Align : std::uint8_t { Left, Right };

struct Column {
  std::string name;
  Align align = Align::Left;
  std::size_t width_min = 0;
  bool printed = true;     ///< false: in JSON only
  bool bracketed = false;  ///< printed as `( X )`
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< each with a cell a column
  bool underlined = false;              ///< a line of dashes below each heading
};

/// The lines, each ended by a newline, none with blanks at its end.
std::string text_of(const Table& table);

/// One entry as tables print it.
std::string text_of(const Cell& cell);

/// Nothing for 0, which is no seqno, epoch, pid or number of anything.
inline Cell unless_zero(std::uint64_t number) { return number == 0 ? Cell() : Cell(number); }
template <typename Number>
Cell cell_of(const std::optional<Number>& number) {
  return number ? Cell(*number) : Cell();
}
inline Cell cell_of(std::string_view text) { return std::string(text); }

/// `Prog Name` as a key: `prog_name`.
std::string key_of(std::string_view column);

/// `2026-11-28 20:24:02`, local; `-` for 0.
std::string local_time(std::uint64_t us);
/// RFC 3339, UTC, microseconds.
std::string utc_time(std::uint64_t us);

/// Without control characters: each is a `?`, so that no text of a user breaks a line or moves a terminal's cursor.
std::string on_one_line(std::string_view text);

/// Characters that a text takes: of UTF-8 code points, of other bytes one each.
std::size_t width_of(std::string_view text);

}  // namespace hw::cluster

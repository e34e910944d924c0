/// cluster/board/json.h -- JSON values of this room. Included by sources of cluster rooms only.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/board/command_result.h"
#include "cluster/board/table.h"

namespace hw::cluster {

using Json = nlohmann::ordered_json;

/// Null for an empty text.
Json text_or_null(std::string_view text);
/// RFC 3339; null for 0. kUntilResume_us is the last second of the year 9999.
Json time_or_null(std::uint64_t us);
/// With one decimal, as it is printed.
Json tenths(double number);
Json json_of(const ResultMessage& message);
Json json_of(const Cell& cell);
/// An object a row.
Json json_of(const Table& table);

template <typename Number>
Json number_or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}
/// Null for 0.
inline Json number_or_null(std::uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); }

/// Null for what is no JSON, or is nested deeper than anything of ours.
Json parse_bounded(std::string_view text);

/// What is not UTF-8 is U+FFFD.
std::string dump(const Json& json);

}  // namespace hw::cluster

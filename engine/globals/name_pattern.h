/// engine/globals/name_pattern.h -- the names of a global directory (`*`, `x`, `x*`, `y(1:10)`) as ranges of keys.
///
///   pattern   = '*' | name [ '*' ] | name '(' { subscript ',' } ( subscript | range ) ')'
///   range     = [ subscript ] ':' [ subscript ]      from the left one on, up to and not including the right one
///   subscript = an expression of engine/globals/zwr.h: a number, a string in quotes, $C()
///
/// Any two patterns cover disjoint ranges, or one contains the other, except for two ranges over the same
/// subscript, which may cross (check() in engine/globals/global_directory.h refuses that unless both lead to one
/// region).
///
/// Source: GT.M Administration and Operations Guide, chapter 4; observed on GDE V7.0-005.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/globals/gde_message.h"

namespace hw {

/// The keys that a pattern covers: from `from` up to, not including, `to`.
struct NamePattern {
  std::string text;    ///< The one spelling of this pattern: `y( 01:)` is `y(1:"")`.
  std::string global;  ///< Global's name when subscripts are given, else empty.
  std::string from;
  std::string to;  ///< Unused when to_end.
  bool to_end = false;
  std::string from_label;  ///< How gde shows the two ends: `y(1)`, `a0`, `...`.
  std::string to_label;

  bool contains(const NamePattern& other) const {
    return from <= other.from && (to_end || (!other.to_end && other.to <= to));
  }
};

/// Errors: gde's VALUEBAD, VALTOOLONG and NAM… messages. Thread: any.
tl::expected<NamePattern, gde::Message> parse_name_pattern(std::string_view text);

}  // namespace hw

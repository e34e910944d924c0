/// engine/globals/number.h -- exact decimal numbers of M: parse, canonical text, order, addition.
///
/// A number has a sign, at most 18 significant digits and a decimal exponent; there is no floating
/// point anywhere, so every site computes the same text. Results are cut (not rounded) to 18 digits, and
/// addition first cuts the smaller operand to the digits the larger one has room for.
/// Source: each rule was observed on GT.M V7.0-005; test/unit/engine/number_test.cc holds the observations.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw {

/// value = (-1)^negative * 0.d1…d18 * 10^exponent, where `digits` is the integer d1…d18 and d1 is not 0.
/// Zero is digits 0, exponent 0, not negative. Two equal numbers are equal member by member.
struct Number {
  static constexpr int kDigitsMax = 18;
  static constexpr int kExponentMin = -42;  ///< smallest magnitude 1E-43
  static constexpr int kExponentMax = 47;   ///< every magnitude is below 1E47

  bool negative = false;
  int exponent = 0;
  std::uint64_t digits = 0;

  bool is_zero() const { return digits == 0; }
  friend bool operator==(const Number&, const Number&) = default;
};

/// The longest canonical text of a number.
inline constexpr std::size_t kNumberBytesMax = Number::kDigitsMax + Number::kExponentMax + 2;

/// Order of the values.
std::strong_ordering operator<=>(const Number& a, const Number& b);

/// The value M gives to a string: any signs, digits with at most one point, an exponent `E[+-]digits`;
/// it ends at the first byte that does not fit ("12abc" is 12, "abc" is 0). Digits past the 18th are cut.
/// A magnitude below 1E-43 is 0.
///
/// `used`, when given, receives the count of bytes that belong to the number.
/// Errors: NUMOFLOW for 1E47 and more. Thread: any.
Result<Number> parse_number(std::string_view text, std::size_t* used = nullptr);

/// The same value as its significant digits in text: 0.d1d2… * 10^exponent, first and last digit not '0', none for
/// zero. Keys and canonical text are made from these without any division.
struct SignificantDigits {
  bool negative = false;
  int exponent = 0;
  std::size_t count = 0;
  std::array<char, Number::kDigitsMax> digits;
};

/// Reads `text` only if it is exactly the canonical text of a number; such strings are numeric subscripts.
/// Gives false and leaves `out` undefined for every other string, the empty one included.
bool parse_canonical_number(std::string_view text, SignificantDigits& out);
bool is_canonical_number(std::string_view text);

/// Canonical text: no exponent, no leading zeros, no trailing zeros after the point, `-` only when below 0.
/// At most kNumberBytesMax bytes.
void append_number(std::string& out, const SignificantDigits& number);
void append_number(std::string& out, const Number& number);
std::string to_text(const Number& number);

/// a + b. Errors: NUMOFLOW when the sum's magnitude reaches 1E47. A magnitude below 1E-43 becomes 0.
Result<Number> add(const Number& a, const Number& b);

}  // namespace hw

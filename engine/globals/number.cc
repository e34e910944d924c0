#include "engine/globals/number.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/ascii.h"

namespace hw {
namespace {

constexpr std::array<std::uint64_t, Number::kDigitsMax + 1> kPowersOfTen = [] {
  std::array<std::uint64_t, Number::kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();
constexpr std::uint64_t kDigitsBelow = kPowersOfTen[Number::kDigitsMax];      // digits < 10^18
constexpr std::uint64_t kDigitsLeast = kPowersOfTen[Number::kDigitsMax - 1];  // first digit is not 0

/// Digits one by one, the way both parsers meet them: leading zeros skipped, those past the 18th cut.
struct DigitCollector {
  std::uint64_t digits = 0;
  int kept = 0;             // significant digits in `digits`
  std::int64_t before = 0;  // significant digits before the point, or minus the zeros right after it

  void take(char c, bool after_point) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (kept == 0 && digit == 0) {
      if (after_point) --before;
      return;
    }
    if (!after_point) ++before;
    if (kept < Number::kDigitsMax) {
      digits = digits * 10 + digit;
      ++kept;
    }
  }
  std::uint64_t left_aligned() const {
    return digits * kPowersOfTen[static_cast<std::size_t>(Number::kDigitsMax - kept)];
  }
};

/// Exponent field after `E`: optional sign and digits; stops growing where it no longer matters.
std::int64_t take_exponent(std::string_view text, std::size_t& at) {
  constexpr std::int64_t kBeyondAnyLength = std::int64_t{1} << 40;
  std::size_t i = at + 1;
  const bool minus = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  if (i >= text.size() || !is_digit(text[i])) return 0;
  std::int64_t value = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) value = std::min(value * 10 + (text[i] - '0'), kBeyondAnyLength);
  at = i;
  return minus ? -value : value;
}

}  // namespace

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.negative ? -1 : 1; };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  const Number& low = a.negative ? b : a;
  const Number& high = a.negative ? a : b;
  if (low.exponent != high.exponent) return low.exponent <=> high.exponent;
  return low.digits <=> high.digits;
}

Result<Number> parse_number(std::string_view text, std::size_t* used) {
  std::size_t at = 0;
  bool negative = false;
  for (; at < text.size() && (text[at] == '-' || text[at] == '+'); ++at) negative ^= text[at] == '-';
  DigitCollector collector;
  bool any_digit = false, after_point = false;
  std::size_t end = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !after_point) {
      after_point = true;
    } else if (is_digit(text[at])) {
      collector.take(text[at], after_point);
      any_digit = true;
    } else {
      break;
    }
  }
  std::int64_t exponent = collector.before;
  if (any_digit) {
    if (at < text.size() && text[at] == 'E') exponent += take_exponent(text, at);
    end = at;
  }
  if (used != nullptr) *used = end;
  if (collector.kept == 0 || exponent < Number::kExponentMin) return Number{};
  if (exponent > Number::kExponentMax) return make_error<MsgId::NUMOFLOW>();
  return Number{negative, static_cast<int>(exponent), collector.left_aligned()};
}

bool parse_canonical_number(std::string_view text, SignificantDigits& out) {
  if (text.empty()) return false;
  out.negative = text[0] == '-';
  out.exponent = 0;
  out.count = 0;
  std::size_t at = out.negative ? 1 : 0;
  if (at == text.size()) return false;
  if (text[at] == '0') return text.size() == 1;

  constexpr std::size_t kBytesMax = Number::kDigitsMax + Number::kExponentMax;
  if (text.size() - at > kBytesMax) return false;
  std::size_t zeros_pending = 0;  // written only when another digit follows
  bool after_point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(c)) return false;
    if (!after_point) {
      ++out.exponent;
    } else if (out.count == 0 && c == '0') {
      --out.exponent;
      continue;
    }
    if (c == '0') {
      ++zeros_pending;
      continue;
    }
    if (out.count + zeros_pending >= out.digits.size()) return false;
    for (; zeros_pending > 0; --zeros_pending) out.digits[out.count++] = '0';
    out.digits[out.count++] = c;
  }
  const bool loose_end = after_point && (text.back() == '0' || text.back() == '.');
  if (loose_end || out.count == 0) return false;
  return out.exponent >= Number::kExponentMin && out.exponent <= Number::kExponentMax;
}

bool is_canonical_number(std::string_view text) {
  SignificantDigits ignored;
  return parse_canonical_number(text, ignored);
}

void append_number(std::string& out, const SignificantDigits& number) {
  if (number.count == 0) {
    out += '0';
    return;
  }
  std::array<char, Number::kDigitsMax + Number::kExponentMax + 2> text;
  char* end = text.data();
  const char* digits = number.digits.data();
  const auto put = [&end](const char* from, std::size_t count) { end = std::copy_n(from, count, end); };
  const auto put_zeros = [&end](std::size_t count) { end = std::fill_n(end, count, '0'); };
  if (number.negative) *end++ = '-';
  const auto before_point = static_cast<std::size_t>(std::max(number.exponent, 0));
  if (before_point >= number.count) {
    put(digits, number.count);
    put_zeros(before_point - number.count);
  } else {
    put(digits, before_point);
    *end++ = '.';
    put_zeros(static_cast<std::size_t>(std::max(-number.exponent, 0)));
    put(digits + before_point, number.count - before_point);
  }
  out.append(text.data(), end);
}

void append_number(std::string& out, const Number& number) {
  SignificantDigits significant;
  significant.negative = number.negative;
  significant.exponent = number.exponent;
  if (!number.is_zero()) {
    significant.count = significant.digits.size();  // All of them: the first is not 0.
    (void)std::to_chars(significant.digits.begin(), significant.digits.end(), number.digits);
    while (significant.digits[significant.count - 1] == '0') --significant.count;
  }
  append_number(out, significant);
}

std::string to_text(const Number& number) {
  std::string out;
  append_number(out, number);
  return out;
}

Result<Number> add(const Number& a, const Number& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const bool a_is_larger = a.exponent != b.exponent ? a.exponent > b.exponent : a.digits >= b.digits;
  const Number& large = a_is_larger ? a : b;
  const Number& small = a_is_larger ? b : a;
  const int shift = large.exponent - small.exponent;
  if (shift >= Number::kDigitsMax) return large;
  const std::uint64_t cut = small.digits / kPowersOfTen[static_cast<std::size_t>(shift)];

  Number sum = large;
  if (large.negative == small.negative) {
    sum.digits += cut;
    if (sum.digits >= kDigitsBelow) {
      sum.digits /= 10;
      ++sum.exponent;
    }
  } else {
    sum.digits -= cut;
    if (sum.digits == 0) return Number{};
    while (sum.digits < kDigitsLeast) {
      sum.digits *= 10;
      --sum.exponent;
    }
  }
  if (sum.exponent > Number::kExponentMax) return make_error<MsgId::NUMOFLOW>();
  if (sum.exponent < Number::kExponentMin) return Number{};
  return sum;
}

}  // namespace hw

#include <gtest/gtest.h>

#include <random>

#include "engine/globals/key.h"
#include "engine/globals/number.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr int kRounds = 100'000;

/// Subscripts near every border: digits, signs and points in all arrangements, escapes, controls, empty.
class Subscripts {
 public:
  explicit Subscripts(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }

  std::string text(std::size_t bytes_max = 12) {
    switch (below(5)) {
      case 0:
        return from("0123456789", 1 + below(20));
      case 1:
        return from("-.0123456789", below(22));
      case 2:
        return std::string(below(2), '-') + "." + std::string(below(45), '0') + from("0123456789", 1 + below(19));
      case 3:
        return from("\x01\x02\"_,()$C^= aZ09\x7F\x9F\xA0\xFE\xFF" + std::string(1, '\0'), below(bytes_max));
      default:
        return from("123456789", 1 + below(4)) + std::string(below(46), '0');
    }
  }
  NodeName node() {
    NodeName out{from("abAB", 1 + below(3)), {}};
    for (auto count = below(5); count > 0; --count) out.subscripts.push_back(text());
    return out;
  }
  std::string bytes(std::size_t size_max) {
    std::string out;
    for (auto size = below(size_max); size > 0; --size) out += static_cast<char>(random_());
    return out;
  }

 private:
  std::string from(const std::string& alphabet, std::size_t size) {
    std::string out;
    while (out.size() < size) out += alphabet[below(alphabet.size())];
    return out;
  }
  std::mt19937_64 random_;
};

class KeyProperty : public testing::Test {
 protected:
  KeyProperty() : seed_(std::random_device{}()), subscripts_(seed_) {}
  std::string where() const { return fmt::format("seed {}", seed_); }

  std::uint64_t seed_;
  Subscripts subscripts_;
};

enum class Sort { Null, Number, String, NullBeforeStrings };

Sort sort_of(const std::string& text, NullCollation nulls) {
  if (text.empty()) return nulls == NullCollation::Standard ? Sort::Null : Sort::NullBeforeStrings;
  return to_text(parse_number(text).value_or(Number{})) == text ? Sort::Number : Sort::String;
}

/// M collation said a second way: from values, not from key bytes.
std::strong_ordering collate(const std::string& a, const std::string& b, NullCollation nulls) {
  const auto rank = [nulls](const std::string& text) {
    switch (sort_of(text, nulls)) {
      case Sort::Null:
        return 0;
      case Sort::Number:
        return 1;
      case Sort::NullBeforeStrings:
        return 2;
      case Sort::String:
        return 3;
    }
    return 4;
  };
  if (rank(a) != rank(b)) return rank(a) <=> rank(b);
  if (rank(a) == 1) return parse_number(a).value() <=> parse_number(b).value();
  return a <=> b;
}

std::strong_ordering collate(const NodeName& a, const NodeName& b, NullCollation nulls) {
  if (a.global != b.global) return a.global <=> b.global;
  for (std::size_t i = 0; i < a.subscripts.size() && i < b.subscripts.size(); ++i) {
    const auto order = collate(a.subscripts[i], b.subscripts[i], nulls);
    if (order != 0) return order;
  }
  return a.subscripts.size() <=> b.subscripts.size();
}

TEST_F(KeyProperty, DecodeGivesBackWhatWasEncoded) {
  for (int round = 0; round < kRounds; ++round) {
    const auto nulls = round % 2 == 0 ? NullCollation::Standard : NullCollation::Gtm;
    const auto node = subscripts_.node();
    const auto key = encode_key(node, nulls).value();
    ASSERT_EQ(decode_key(key, nulls).value(), node) << where();
    ASSERT_EQ(key_subscript_count(key), node.subscripts.size()) << where();
  }
}

TEST_F(KeyProperty, ByteOrderIsMCollation) {
  for (int round = 0; round < kRounds; ++round) {
    const auto nulls = round % 2 == 0 ? NullCollation::Standard : NullCollation::Gtm;
    const auto a = subscripts_.node();
    auto b = subscripts_.node();
    if (round % 4 < 3) b.global = a.global;
    if (round % 4 < 2 && !a.subscripts.empty() && !b.subscripts.empty()) b.subscripts[0] = a.subscripts[0];
    ASSERT_EQ(encode_key(a, nulls).value() <=> encode_key(b, nulls).value(), collate(a, b, nulls))
        << format_reference(a) << ' ' << format_reference(b) << ' ' << where();
  }
}

TEST_F(KeyProperty, SubtreeIsThePrefixAndEndsAtItsBound) {
  for (int round = 0; round < kRounds; ++round) {
    const auto root = subscripts_.node();
    auto other = round % 2 == 0 ? root : subscripts_.node();
    if (round % 4 == 0) other.subscripts.push_back(subscripts_.text());
    const bool below = other.global == root.global && other.subscripts.size() >= root.subscripts.size() &&
                       std::equal(root.subscripts.begin(), root.subscripts.end(), other.subscripts.begin());
    const auto root_key = encode_key(root).value(), key = encode_key(other).value();
    ASSERT_EQ(key_is_in_subtree(key, root_key), below) << where();
    ASSERT_EQ(key >= root_key && key < subtree_upper_bound(root_key), below) << where();
  }
}

TEST_F(KeyProperty, CanonicalMeansTheValueIsWrittenTheSame) {
  for (int round = 0; round < kRounds; ++round) {
    const auto text = subscripts_.text();
    const auto value = parse_number(text);
    ASSERT_EQ(is_canonical_number(text), value.has_value() && to_text(*value) == text) << text << ' ' << where();
  }
}

TEST_F(KeyProperty, ZwrGivesBackNodeAndValue) {
  for (int round = 0; round < kRounds; ++round) {
    const ZwrLine line{subscripts_.node(), subscripts_.bytes(round % 100 == 0 ? 2000 : 20)};
    const auto text = format_reference(line.node) + "=" + format_value(line.value);
    ASSERT_EQ(text.find('\n'), std::string::npos) << where();
    ASSERT_EQ(parse_zwr_line(text).value(), line) << text << ' ' << where();
    std::string fast;
    ASSERT_TRUE(append_zwr_line(fast, encode_key(line.node).value(), line.value).has_value()) << where();
    ASSERT_EQ(fast, text) << where();
  }
}

/// Decimals whose exact sum fits into a machine integer of hundred-thousandths.
TEST_F(KeyProperty, SmallSumsAreExact) {
  for (int round = 0; round < kRounds; ++round) {
    const auto draw = [this] { return static_cast<std::int64_t>(subscripts_.below(2'000'000'000)) - 1'000'000'000; };
    const auto a = draw(), b = draw();
    const auto sum = add(parse_number(fmt::format("{}E-5", a)).value(), parse_number(fmt::format("{}E-5", b)).value());
    ASSERT_EQ(sum.value(), parse_number(fmt::format("{}E-5", a + b)).value()) << a << ' ' << b << ' ' << where();
  }
}

}  // namespace
}  // namespace hw

#include "engine/globals/key.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{}{:02X}", out.empty() ? "" : " ", static_cast<unsigned char>(c));
  return out;
}

std::string key_of(std::string_view global, std::vector<std::string> subscripts,
                   NullCollation nulls = NullCollation::Standard) {
  return encode_key(global, subscripts, nulls).value();
}

struct SubscriptRow {
  const char* text;
  const char* bytes;
};

// GT.M's bytes, as its replication stream carries them. If this fails, sites of different releases no longer
// agree on order: do not edit the bytes.
constexpr SubscriptRow kNumbers[] = {
    {"0", "80"},
    {"1", "BF 11"},
    {"10", "C0 11"},
    {"101", "C1 11 11"},
    {".5", "BE 51"},
    {"77777", "C3 78 78 71"},
    {"10000000000000000000000000000000000000000000000", "ED 11"},
    {"-1.5", "40 E9 FF"},
    {"-.5", "41 AE FF"},
    {"10000000000", "C9 11"},
    {"-.0000000001", "4A EE FF"},
    {"123456789012345678", "D0 13 35 57 79 91 13 35 57 79"},
    {".0000000000000000000000000000000000000000001", "94 11"},
};

constexpr SubscriptRow kStrings[] = {
    {"a", "FF 61"},         {"01", "FF 30 31"},       {"1.0", "FF 31 2E 30"},
    {"+1", "FF 2B 31"},     {"-0", "FF 2D 30"},       {"-0.5", "FF 2D 30 2E 35"},
    {"1E3", "FF 31 45 33"}, {"1.", "FF 31 2E"},       {".", "FF 2E"},
    {"-", "FF 2D"},         {"-.", "FF 2D 2E"},       {".50", "FF 2E 35 30"},
    {" ", "FF 20"},         {"\xFF\x80", "FF FF 80"},
};

TEST(Key, NumbersAreEncodedAsGtmDoes) {
  for (const auto& row : kNumbers) {
    EXPECT_EQ(hex(encode_subscript(row.text)), row.bytes) << row.text;
    std::string text;
    EXPECT_TRUE(append_decoded_subscript(text, encode_subscript(row.text)));
    EXPECT_EQ(text, row.text);
  }
}

TEST(Key, StringsAreEncodedAsGtmDoes) {
  for (const auto& row : kStrings) {
    EXPECT_EQ(hex(encode_subscript(row.text)), row.bytes) << row.text;
    std::string text;
    EXPECT_TRUE(append_decoded_subscript(text, encode_subscript(row.text)));
    EXPECT_EQ(text, row.text);
  }
  EXPECT_EQ(hex(encode_subscript(std::string("a\0b\1c\2", 6))), "FF 61 01 01 62 01 02 63 02");
}

TEST(Key, NumbersThatDoNotFitAreStrings) {
  for (const char* text : {"1234567890123456789", "100000000000000000000000000000000000000000000000",
                           ".00000000000000000000000000000000000000000001", "1.2345678901234567891"})
    EXPECT_EQ(component_kind(encode_subscript(text)), ComponentKind::String) << text;
  for (const char* text : {"1234567890123456780", "99999999999999999900000000000000000000000000000",
                           ".000000000000000000000000000000000000000000123456789012345678"})
    EXPECT_EQ(component_kind(encode_subscript(text)), ComponentKind::Number) << text;
}

TEST(Key, NullSubscriptFollowsTheRegionsCollation) {
  EXPECT_EQ(hex(key_of("a", {""})), "61 00 01 00");
  EXPECT_EQ(hex(key_of("a", {""}, NullCollation::Gtm)), "61 00 FF 00");
  for (const auto nulls : {NullCollation::Standard, NullCollation::Gtm}) {
    const auto key = key_of("a", {"", "x", ""}, nulls);
    EXPECT_EQ(decode_key(key, nulls).value(), (NodeName{"a", {"", "x", ""}}));
    const auto other = nulls == NullCollation::Gtm ? NullCollation::Standard : NullCollation::Gtm;
    EXPECT_FALSE(decode_key(key, other).has_value());
  }
}

// The worked example of docs/formats/key.md.
TEST(Key, WholeKeyIsNameAndSubscriptsEachEndedByZero) {
  EXPECT_EQ(hex(key_of("ab", {})), "61 62 00");
  EXPECT_EQ(hex(key_of("Acct", {"1042", "-1.5", "x\x01y", ""})),
            "41 63 63 74 00 C2 11 43 00 40 E9 FF 00 FF 78 01 02 79 00 01 00");
}

TEST(Key, BadNamesAndOversizeAreRefused) {
  const auto code = [](std::string_view global, std::vector<std::string> subscripts) {
    return encode_key(global, subscripts).error().id;
  };
  for (const char* name : {"", "^a", "9a", "a b", "a%", "#t", "a234567890123456789012345678901x"})
    EXPECT_EQ(code(name, {}), MsgId::NOTMNAME) << name;
  for (const char* name : {"%", "%a1", "Z9", "a23456789012345678901234567890b"})
    EXPECT_TRUE(encode_key(name, {}).has_value()) << name;
  EXPECT_EQ(code("a", std::vector<std::string>(32, "1")), MsgId::MAXNRSUBSCRIPTS);
  EXPECT_TRUE(encode_key("a", std::vector<std::string>(31, "1")).has_value());
  // "a" 00 FF text 00 is 4 bytes more than the text.
  EXPECT_EQ(key_of("a", {std::string(kKeyBytesMax - 4, 'x')}).size(), kKeyBytesMax);
  EXPECT_EQ(code("a", {std::string(kKeyBytesMax - 3, 'x')}), MsgId::GVSUBOFLOW);
  EXPECT_EQ(code("a", {std::string(1000000, 'x')}), MsgId::GVSUBOFLOW);
}

TEST(Key, DecodeRefusesBytesThatNoNodeEncodesTo) {
  using namespace std::string_literals;
  const std::string bad[] = {
      ""s,
      "\0"s,
      "a"s,
      "1\0"s,
      "a\0\0"s,                                              // empty component
      "a\0\xFF\0"s,                                          // GT.M's null in a standard-collation key
      "a\0\x80\x11\0"s,                                      // zero with digits
      "a\0\xBF\0"s,                                          // no digits
      "a\0\xBF\x01\0"s,                                      // digits 00
      "a\0\xBF\x02\0"s,                                      // first digit 0
      "a\0\xBF\x11\x01\0"s,                                  // trailing pair 00
      "a\0\xBF\x1B\0"s,                                      // digit above 9
      "a\0\xEE\x11\0"s,                                      // 1E47
      "a\0\x93\x11\0"s,                                      // 1E-44
      "a\0\x40\xE9\0"s,                                      // negative without its FF
      "a\0\x40\xFF\0"s,                                      // negative without digits
      "a\0\xD0\x13\x35\x57\x79\x91\x13\x35\x57\x79\x12\0"s,  // 19 digits
      "a\0\xFF\x31\0"s,                                      // "1" as a string
      "a\0\xFF\x61\x01\0"s,                                  // escape without its second byte
      "a\0\xFF\x61\x01\x03\0"s,                              // unknown escape
      "a\0\xBF\x11"s,                                        // no terminator
      "a\0"s + std::string(600, '\x02') + "\0"s,
  };
  for (const auto& bytes : bad) {
    const auto node = decode_key(bytes);
    ASSERT_FALSE(node.has_value()) << hex(bytes);
    EXPECT_EQ(node.error().id, MsgId::HWKEYBAD);
  }
  std::string deep{"a\0"s};
  for (int i = 0; i < 32; ++i) deep += "\x80\0"s;
  EXPECT_FALSE(decode_key(deep).has_value());
}

TEST(Key, PartsAndSubtree) {
  const auto root = key_of("g", {"1"}), node = key_of("g", {"1", "x"}), sibling = key_of("g", {"2"});
  EXPECT_EQ(key_parent(node), root);
  EXPECT_EQ(key_parent(root), key_of("g", {}));
  EXPECT_EQ(key_parent(key_of("g", {})), "");
  EXPECT_EQ(key_last_component(node), encode_subscript("x"));
  EXPECT_EQ(key_last_component(key_of("g", {})), "g");
  EXPECT_EQ(key_global(node), "g");
  EXPECT_EQ(key_subscript_count(node), 2u);
  EXPECT_EQ(key_subscript_count(key_of("g", {})), 0u);
  EXPECT_TRUE(key_is_in_subtree(node, root));
  EXPECT_TRUE(key_is_in_subtree(root, root));
  EXPECT_FALSE(key_is_in_subtree(sibling, root));
  EXPECT_FALSE(key_is_in_subtree(key_of("gg", {}), key_of("g", {})));
  const auto bound = subtree_upper_bound(root);
  EXPECT_LT(key_of("g", {"1", std::string(400, '\xFF')}), bound);
  EXPECT_LT(bound, key_of("g", {"1.00000000000000001"}));
  EXPECT_LT(bound, sibling);
}

}  // namespace
}  // namespace hw

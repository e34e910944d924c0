#include "engine/globals/number.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

Number number(std::string_view text) { return parse_number(text).value(); }

struct Row {
  const char* input;
  const char* result;
};

// Observed on GT.M V7.0-005: write +"input".
constexpr Row kParsed[] = {
    {"12abc", "12"},
    {"1E3", "1000"},
    {"--3", "3"},
    {"-+-3", "3"},
    {"+ 3", "0"},
    {" 3", "0"},
    {"1E", "1"},
    {"1E+", "1"},
    {"1E-2", ".01"},
    {"1e3", "1"},
    {"1E3.5", "1000"},
    {"1E+3", "1000"},
    {"1E03", "1000"},
    {".5.", ".5"},
    {".", "0"},
    {"-.", "0"},
    {"-0", "0"},
    {"00012.500", "12.5"},
    {"E5", "0"},
    {".E5", "0"},
    {"0E5", "0"},
    {"1E-3Z", ".001"},
    {"1E46", "10000000000000000000000000000000000000000000000"},
    {"9.99999999999999999E46", "99999999999999999900000000000000000000000000000"},
    {"1E-43", ".0000000000000000000000000000000000000000001"},
    {"1E-44", "0"},
    {"9.9E-44", "0"},
    {"1.5E-43", ".00000000000000000000000000000000000000000015"},
    {"1.23456789012345678E-43", ".000000000000000000000000000000000000000000123456789012345678"},
    {"1234567890123456789", "1234567890123456780"},
    {"123456789012345678901234567", "123456789012345678000000000"},
    {"999999999999999999999", "999999999999999999000"},
    {".12345678901234567899", ".123456789012345678"},
    {"-1234567890123456789", "-1234567890123456780"},
    {"12345678901234567.89", "12345678901234567.8"},
    {"0.000000000000000000000000000012345678901234567899", ".0000000000000000000000000000123456789012345678"},
    {"00000000000000000000000000000000000000000000000000000000001", "1"},
    {"100000000000000000000000000000000000000000000000E-10", "10000000000000000000000000000000000000"},
    {"1E00000000000000000001", "10"},
    {"1E-100", "0"},
    {"0E100", "0"},
    {"99999999999999999999999999999999999999999999999", "99999999999999999900000000000000000000000000000"},
};

TEST(Number, StringsHaveTheValueGtmGivesThem) {
  for (const auto& row : kParsed) EXPECT_EQ(to_text(number(row.input)), row.result) << row.input;
}

TEST(Number, TooLargeIsAnError) {
  for (const char* text :
       {"1E47", "-1E47", "1E100", "1E99999999999999999999999", "999999999999999999999999999999999999999999999999"})
    EXPECT_EQ(parse_number(text).error().id, MsgId::NUMOFLOW) << text;
  EXPECT_EQ(to_text(number("1E-99999999999999999999999")), "0");
}

TEST(Number, SaysHowManyBytesBelongToIt) {
  const auto used = [](std::string_view text) {
    std::size_t count = 99;
    EXPECT_TRUE(parse_number(text, &count).has_value());
    return count;
  };
  EXPECT_EQ(used("12abc"), 2u);
  EXPECT_EQ(used("1E"), 1u);
  EXPECT_EQ(used("-1.5E+2)"), 7u);
  EXPECT_EQ(used("abc"), 0u);
  EXPECT_EQ(used(""), 0u);
}

struct Sum {
  const char *a, *b, *result;
};

// Observed on GT.M V7.0-005: write a+b. The smaller operand is cut to the larger one's 18 digits first.
constexpr Sum kSums[] = {
    {"1", "2", "3"},
    {".1", ".2", ".3"},
    {"5", "-5", "0"},
    {"0", "-7", "-7"},
    {"999999999999999999", ".6", "999999999999999999"},
    {"999999999999999999", "1", "1000000000000000000"},
    {"999999999999999999", "1.9", "1000000000000000000"},
    {"123456789012345678", "10.9", "123456789012345688"},
    {"123456789012345678", "-.1", "123456789012345678"},
    {"-123456789012345678", ".1", "-123456789012345678"},
    {"1", "-.000000000000000001", "1"},
    {"100", "-.00000000000000001", "100"},
    {"1E20", "-1", "100000000000000000000"},
    {"1E18", "-1", "1000000000000000000"},
    {"1E30", "1", "1000000000000000000000000000000"},
    {"1E-43", "-1E-42", "-.0000000000000000000000000000000000000000009"},
    {"1.000000001", "-1", ".000000001"},
    {"1E-30", "-1E-43", ".0000000000000000000000000000009999999999999"},
    {"1.5E-43", "-1E-43", "0"},
    {"1.00000000000000001E-40", "-1E-40", "0"},
    {"9.99999999999999999E46", "9E28", "99999999999999999900000000000000000000000000000"},
};

TEST(Number, SumsAreThoseOfGtm) {
  for (const auto& row : kSums) {
    EXPECT_EQ(to_text(add(number(row.a), number(row.b)).value()), row.result) << row.a << " + " << row.b;
    EXPECT_EQ(to_text(add(number(row.b), number(row.a)).value()), row.result) << row.b << " + " << row.a;
  }
}

TEST(Number, SumThatIsTooLargeIsAnError) {
  EXPECT_EQ(add(number("9E46"), number("1E46")).error().id, MsgId::NUMOFLOW);
  EXPECT_EQ(add(number("-9E46"), number("-1E46")).error().id, MsgId::NUMOFLOW);
  EXPECT_EQ(add(number("9.99999999999999999E46"), number("1E29")).error().id, MsgId::NUMOFLOW);
}

TEST(Number, OrderIsByValue) {
  const char* ascending[] = {"-1E46", "-101", "-100", "-1.5", "-1", "-.5", "-1E-43", "0",
                             "1E-43", ".5",   "1",    "1.5",  "9",  "10",  "100",    "1E46"};
  for (std::size_t i = 0; i < std::size(ascending); ++i)
    for (std::size_t j = 0; j < std::size(ascending); ++j)
      EXPECT_EQ(number(ascending[i]) <=> number(ascending[j]), i <=> j) << ascending[i] << ' ' << ascending[j];
}

TEST(Number, CanonicalIsWhatTheValueIsWrittenAs) {
  for (const auto& row : kParsed) EXPECT_TRUE(is_canonical_number(row.result)) << row.result;
  for (const char* text : {"",
                           "-",
                           ".",
                           "-.",
                           "-0",
                           "+1",
                           "01",
                           "00",
                           "0.5",
                           "-0.5",
                           ".50",
                           "1.",
                           "1.0",
                           "1..5",
                           "1E3",
                           " 1",
                           "1 ",
                           "1a",
                           "--1",
                           "1234567890123456789",
                           ".0",
                           "-.0",
                           "100000000000000000000000000000000000000000000000",
                           ".00000000000000000000000000000000000000000001"})
    EXPECT_FALSE(is_canonical_number(text)) << text;
}

}  // namespace
}  // namespace hw

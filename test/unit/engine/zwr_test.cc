#include "engine/globals/zwr.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

using namespace std::string_literals;

struct Golden {
  NodeName node;
  std::string value;
  std::string line;
};

// Lines observed from `mupip extract` of GT.M V7.0-005 (character set M), in the order it wrote them.
const std::vector<Golden>& golden() {
  static const std::vector<Golden> lines = {
      {{"%o", {"x"}}, "1", R"(^%o("x")="1")"},
      {{"b", {"\x1F"}}, "x\x1Fy", R"(^b($C(31))="x"_$C(31)_"y")"},
      {{"b", {" "}}, "x y", R"(^b(" ")="x y")"},
      {{"b", {"\""}}, "x\"y", R"(^b("""")="x""y")"},
      {{"b", {"~"}}, "x~y", R"(^b("~")="x~y")"},
      {{"b", {"\x7F"}}, "x\x7Fy", R"(^b($C(127))="x"_$C(127)_"y")"},
      {{"b", {"\x80"}}, "x\x80y", R"(^b($C(128))="x"_$C(128)_"y")"},
      {{"b", {"\x9F"}}, "x\x9Fy", R"(^b($C(159))="x"_$C(159)_"y")"},
      {{"b", {"\xA0"}}, "x\xA0y", "^b(\"\xA0\")=\"x\xA0y\""},
      {{"b", {"\xFE"}}, "x\xFEy", "^b(\"\xFE\")=\"x\xFEy\""},
      {{"b", {"\xFF"}}, "x\xFFy", R"(^b($C(255))="x"_$C(255)_"y")"},
      {{"k", {}}, "1", R"(^k="1")"},
      {{"o", {""}}, "null", R"(^o("")="null")"},
      {{"o", {"", ""}}, "", R"(^o("","")="")"},
      {{"o", {"-123456789.123456789"}}, "1", R"(^o(-123456789.123456789)="1")"},
      {{"o", {"-.5"}}, "1", R"(^o(-.5)="1")"},
      {{"o", {".0000000000000000000000000000000000000000001"}},
       "1",
       R"(^o(.0000000000000000000000000000000000000000001)="1")"},
      {{"o", {"1"}}, "a\t", R"(^o(1)="a"_$C(9))"},
      {{"o", {"1", ""}}, "\ta", R"(^o(1,"")=$C(9)_"a")"},
      {{"o", {"2"}}, "\"\t\"", R"(^o(2)=""""_$C(9)_"""")"},
      {{"o", {"3"}}, "-.5", R"(^o(3)="-.5")"},
      {{"o", {"5"}}, "\t\t\t", R"(^o(5)=$C(9,9,9))"},
      {{"o", {"1234567890123456780"}}, "1", R"(^o(1234567890123456780)="1")"},
      {{"o", {"99999999999999999900000000000000000000000000000"}},
       "1",
       R"(^o(99999999999999999900000000000000000000000000000)="1")"},
      {{"o", {"\0"s}}, "\0"s, R"(^o($C(0))=$C(0))"},
      {{"o", {"\0\1\2"s}}, "\0a\1"s, R"(^o($C(0,1,2))=$C(0)_"a"_$C(1))"},
      {{"o", {"\""}}, "\"", R"(^o("""")="""")"},
      {{"o", {"\"\"", "a\"b"}}, "\"a\"", R"(^o("""""","a""b")="""a""")"},
      {{"o", {"+1"}}, "1", R"(^o("+1")="1")"},
      {{"o", {"-"}}, "1", R"(^o("-")="1")"},
      {{"o", {"-0"}}, "1", R"(^o("-0")="1")"},
      {{"o", {"-0.5"}}, "1", R"(^o("-0.5")="1")"},
      {{"o", {".00000000000000000000000000000000000000000001"}},
       "1",
       R"(^o(".00000000000000000000000000000000000000000001")="1")"},
      {{"o", {"01"}}, "1", R"(^o("01")="1")"},
      {{"o", {"1.0"}}, "1", R"(^o("1.0")="1")"},
      {{"o", {"1234567890123456789"}}, "1", R"(^o("1234567890123456789")="1")"},
      {{"o", {"1E3"}}, "1", R"(^o("1E3")="1")"},
      {{"o", {"^"}}, "=", R"(^o("^")="=")"},
      {{"o", {"a\0b\1\2c"s}}, "\n", R"(^o("a"_$C(0)_"b"_$C(1,2)_"c")=$C(10))"},
      {{"o", {"a,b)=("}}, ")=", R"(^o("a,b)=(")=")=")"},
      {{"o", {"\xC8\t\xC9"}}, "\t\xC8\t", "^o(\"\xC8\"_$C(9)_\"\xC9\")=$C(9)_\"\xC8\"_$C(9)"},
      {{"o", {"\xFF"}}, "\xFF\xFEx\x7Fy", "^o($C(255))=$C(255)_\"\xFEx\"_$C(127)_\"y\""},
      {{"o12345678901234567890123456789A", {"1"}}, "1", R"(^o12345678901234567890123456789A(1)="1")"},
  };
  return lines;
}

TEST(Zwr, WritesWhatGtmExtracts) {
  for (const auto& row : golden()) {
    EXPECT_EQ(format_reference(row.node) + "=" + format_value(row.value), row.line);
    std::string line{"before "};
    ASSERT_TRUE(append_zwr_line(line, encode_key(row.node).value(), row.value).has_value());
    EXPECT_EQ(line, "before " + row.line);
  }
}

TEST(Zwr, ReadsWhatGtmExtracts) {
  for (const auto& row : golden()) {
    const auto parsed = parse_zwr_line(row.line);
    ASSERT_TRUE(parsed.has_value()) << row.line << parsed.error().text;
    EXPECT_EQ(*parsed, (ZwrLine{row.node, row.value})) << row.line;
  }
}

TEST(Zwr, KeyOrderIsGtmsOrderOfExtract) {
  std::string before;
  for (const auto& row : golden()) {
    const auto key = encode_key(row.node).value();
    EXPECT_LT(before, key) << row.line;
    before = key;
  }
}

// Observed: GT.M closes $C() after 256 codes and opens another.
TEST(Zwr, LongControlRunsAreSplit) {
  const auto functions = [](std::size_t bytes) {
    const auto text = format_value(std::string(bytes, '\t'));
    EXPECT_EQ(parse_value(text).value(), std::string(bytes, '\t'));
    return std::count(text.begin(), text.end(), '$');
  };
  EXPECT_EQ(functions(256), 1);
  EXPECT_EQ(functions(257), 2);
  EXPECT_EQ(functions(600), 3);
  EXPECT_TRUE(format_value(std::string(257, '\t')).ends_with(",9)_$C(9)"));
}

// In UTF-8 mode, as `mupip extract` of GT.M V7.0-005 wrote them.
const std::vector<Golden>& golden_utf8() {
  static const std::vector<Golden> lines = {
      {{"t", {"1"}}, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "^t(1)=\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
      {{"t", {"2"}}, "\xC2\x80\x7F\t\xC2\xAD\xEE\x80\x80", R"(^t(2)=$C(128,127,9,173,57344))"},
      {{"t", {"3"}},
       "\xFF\xFE"
       "A\xC8",
       R"(^t(3)=$ZCH(255,254)_"A"_$ZCH(200))"},
      {{"t", {"4"}}, "\xC3", R"(^t(4)=$ZCH(195))"},
      {{"t", {"7"}},
       "\xE2\x82"
       "a",
       R"(^t(7)=$ZCH(226,130)_"a")"},
      {{"t", {"8"}}, "\xC0\x80", R"(^t(8)=$ZCH(192,128))"},
      {{"t", {"11"}}, "\xF4\x90\x80\x80", R"(^t(11)=$ZCH(244,144,128,128))"},
      {{"t", {"13"}}, "\xED\xA0\x80", R"(^t(13)=$ZCH(237,160,128))"},
      {{"t", {"14"}}, "\xEF\xBF\xBF", R"(^t(14)=$ZCH(239,191,191))"},
      {{"t", {"16"}}, "\t\x80\t\n\xC8\xC9\"x", R"(^t(16)=$C(9)_$ZCH(128)_$C(9,10)_$ZCH(200,201)_"""x")"},
      {{"t", {"18"}}, "\xF0\x9F\x98\xC3\xA9", "^t(18)=$ZCH(240,159,152)_\"\xC3\xA9\""},
      {{"t", {"19"}}, "\xE2\x82\xE2\x82\xAC", "^t(19)=$ZCH(226,130)_\"\xE2\x82\xAC\""},
      {{"t", {"\xC3\xA9", "\t\xC3\xA9", "\xC8x"}},
       "\xC3\xA9\"\xC3\xA9",
       "^t(\"\xC3\xA9\",$C(9)_\"\xC3\xA9\",$ZCH(200)_\"x\")=\"\xC3\xA9\"\"\xC3\xA9\""},
      {{"t", {"\xE2\x80\xA8", "\xF0\x9F\x98\x80"}},
       "\xE2\x80\xA8\xE2\x80\xA9\xC2\xAD\xF0\x9F\x98\x80",
       "^t($C(8232),\"\xF0\x9F\x98\x80\")=$C(8232,8233,173)_\"\xF0\x9F\x98\x80\""},
  };
  return lines;
}

TEST(Zwr, WritesAndReadsWhatGtmExtractsInUtf8) {
  for (const auto& row : golden_utf8()) {
    EXPECT_EQ(format_reference(row.node, Charset::Utf8) + "=" + format_value(row.value, Charset::Utf8), row.line);
    std::string line;
    ASSERT_TRUE(append_zwr_line(line, encode_key(row.node).value(), row.value, NullCollation::Standard, Charset::Utf8)
                    .has_value());
    EXPECT_EQ(line, row.line);
    const auto parsed = parse_zwr_line(row.line, Charset::Utf8);
    ASSERT_TRUE(parsed.has_value()) << row.line << parsed.error().text;
    EXPECT_EQ(*parsed, (ZwrLine{row.node, row.value})) << row.line;
  }
}

// Observed, as in M mode; $ZCH() too.
TEST(Zwr, LongRunsAreSplitInUtf8) {
  std::string separators, bytes;
  for (int i = 0; i < 600; ++i) {
    separators += "\xE2\x80\xA8";
    bytes += '\xFF';
  }
  for (const auto& value : {separators, bytes}) {
    const auto text = format_value(value, Charset::Utf8);
    EXPECT_EQ(std::count(text.begin(), text.end(), '$'), 3);
    EXPECT_EQ(parse_value(text, Charset::Utf8).value(), value);
  }
  EXPECT_TRUE(format_value(bytes, Charset::Utf8).starts_with("$ZCH(255,255,"));
}

// What GT.M takes in quotes is bytes, whatever they are.
TEST(Zwr, CodesOfCharactersAndBytes) {
  const auto value = [](std::string_view text) {
    const auto read = parse_value(text, Charset::Utf8);
    return read.has_value() ? *read : read.error().text;
  };
  EXPECT_EQ(value("$C(233)_$ZCH(195,169)"), "\xC3\xA9\xC3\xA9");
  EXPECT_EQ(value("$char(128512)_$zchar(200)"), "\xF0\x9F\x98\x80\xC8");
  EXPECT_EQ(value("\"\xFF\xC3\""), "\xFF\xC3");
  EXPECT_EQ(value("$C(1114109)"), "\xF4\x8F\xBF\xBD");
  for (const auto* bad : {"$C(55296)", "$C(65535)", "$C(64976)", "$C(1114111)", "$C(1114112)", "$C(4294967361)",
                          "$C(99999999999999999999)"})
    EXPECT_TRUE(value(bad).starts_with("Invalid $CHAR() value ")) << bad;
  EXPECT_EQ(value("$ZCH(256)"), "Invalid $CHAR() value 256");
  EXPECT_EQ(parse_value("$C(233)", Charset::M).value(), "\xE9");
}

struct Read {
  const char* line;
  NodeName node;
  std::string value;
};

// Forms that extract does not write and load takes; what GT.M makes of them was observed where it takes them too.
TEST(Zwr, ReadsWhatPeopleWrite) {
  const Read rows[] = {
      {"^p(1)=1", {"p", {"1"}}, "1"},
      {"^p(2)=01", {"p", {"2"}}, "01"},
      {"^p(7)=1.50", {"p", {"7"}}, "1.50"},
      {"^p(46)=-.5", {"p", {"46"}}, "-.5"},
      {"^p(08)=\"z\"", {"p", {"08"}}, "z"},
      {"^p(1.0)=\"z\"", {"p", {"1.0"}}, "z"},
      {"^p(+2)=\"z\"", {"p", {"+2"}}, "z"},
      {"^p(-0)=\"z\"", {"p", {"-0"}}, "z"},
      {"^p(1234567890123456789)=\"z\"", {"p", {"1234567890123456789"}}, "z"},
      {"^p(\"42\")=\"z\"", {"p", {"42"}}, "z"},
      {"^p(\"042\")=\"z\"", {"p", {"042"}}, "z"},
      {"^p(3)=$C(1,2)_\"x\"", {"p", {"3"}}, "\1\2x"},
      {"^p(4)=$ZCH(200)_\"x\"", {"p", {"4"}}, "\xC8x"},
      {"^p($c(97))=\"x\"_1", {"p", {"a"}}, "x1"},
      {"^p($zchar(98,99))=$CHAR(65)", {"p", {"bc"}}, "A"},
      {"^p(\"a\"_\"b\")=\"c\"_\"d\"", {"p", {"ab"}}, "cd"},
      {"^p(1_2)=\"\"", {"p", {"12"}}, ""},
      {"^p(48)=$C(1)_$C(2)", {"p", {"48"}}, "\1\2"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_zwr_line(row.line);
    ASSERT_TRUE(parsed.has_value()) << row.line << parsed.error().text;
    EXPECT_EQ(*parsed, (ZwrLine{row.node, row.value})) << row.line;
  }
}

TEST(Zwr, ErrorsSayWhere) {
  const auto text = [](std::string_view line) { return parse_zwr_line(line).error().text; };
  const auto position = [&](std::string_view line) {
    const auto what = text(line);
    EXPECT_TRUE(what.starts_with("Not a node in ZWR form at character ")) << line << ": " << what;
    return std::stoi(what.substr(36));
  };
  EXPECT_EQ(position("^p"), 3);
  EXPECT_EQ(position("^p="), 4);
  EXPECT_EQ(position("^p=\"a"), 6);
  EXPECT_EQ(position("^p=\"a\" "), 7);
  EXPECT_EQ(position("^p=\"a\"x"), 7);
  EXPECT_EQ(position("^p=\"a\"_"), 8);
  EXPECT_EQ(position("^p=\"a\"__\"b\""), 8);
  EXPECT_EQ(position("^p=abc"), 4);
  EXPECT_EQ(position("^p=1E3"), 5);
  EXPECT_EQ(position("^p=$C()"), 7);
  EXPECT_EQ(position("^p=$C(1 )"), 8);
  EXPECT_EQ(position("^p=$C(1"), 8);
  EXPECT_EQ(position("^p=$X(1)"), 4);
  EXPECT_EQ(position("^p=$C 1"), 6);
  EXPECT_EQ(position("^p()=1"), 4);
  EXPECT_EQ(position("^p(1,)=1"), 6);
  EXPECT_EQ(position("^p(1=1"), 5);
  EXPECT_EQ(position("^p( 1)=1"), 4);
  EXPECT_EQ(position("^p(--4)=1"), 5);
  EXPECT_EQ(position("^p(1.2.3)=1"), 7);
  EXPECT_EQ(position("^p(\"a)=1"), 9);
  EXPECT_EQ(position("^p(1)x=1"), 6);
}

TEST(Zwr, OtherErrorsHaveGtmsCodes) {
  const auto code = [](std::string_view line) { return parse_zwr_line(line).error().id; };
  EXPECT_EQ(code("p(45)=\"x\""), MsgId::NOTGBL);
  EXPECT_EQ(code(""), MsgId::NOTGBL);
  EXPECT_EQ(code("^9p=\"x\""), MsgId::NOTMNAME);
  EXPECT_EQ(code("^=1"), MsgId::NOTMNAME);
  EXPECT_EQ(code("^p=$C(256)"), MsgId::INVDLRCVAL);
  EXPECT_EQ(code("^p=$ZCH(99999999999999999999)"), MsgId::INVDLRCVAL);
  EXPECT_EQ(code("^#t=1"), MsgId::NOTMNAME);
  EXPECT_EQ(code("^p2345678901234567890123456789012=1"), MsgId::NOTMNAME);
  std::string deep{"^p(1"};
  for (int i = 0; i < 31; ++i) deep += ",1";
  EXPECT_EQ(code(deep + ")=1"), MsgId::MAXNRSUBSCRIPTS);
  EXPECT_EQ(code("^p(\"" + std::string(kKeyBytesMax - 3, 'x') + "\")=1"), MsgId::GVSUBOFLOW);
  EXPECT_EQ(code("^p=\"" + std::string(kValueBytesMax + 1, 'x') + "\""), MsgId::HWZWRBAD);
  EXPECT_TRUE(parse_zwr_line("^p=\"" + std::string(kValueBytesMax, 'x') + "\"").has_value());
}

TEST(Zwr, ReferenceOfACommandLine) {
  EXPECT_EQ(parse_reference("^a").value(), (NodeName{"a", {}}));
  EXPECT_EQ(parse_reference("^a(1,\"x\")").value(), (NodeName{"a", {"1", "x"}}));
  EXPECT_EQ(parse_reference("^a(1)=").error().id, MsgId::HWZWRBAD);
  std::string key;
  ASSERT_TRUE(parse_reference_to_key("^a(\"\")", key, NullCollation::Gtm).has_value());
  EXPECT_EQ(key, "a\0\xFF\0"s);
  std::string out;
  ASSERT_TRUE(append_reference(out, key, NullCollation::Gtm).has_value());
  EXPECT_EQ(out, "^a(\"\")");
}

TEST(Zwr, BadKeyBytesLeaveTheOutputAsItWas) {
  std::string out{"kept"};
  for (const auto& key : {""s, "a"s, "9\0"s, "a\0\xFF\x31\0"s, "a\0\xBF\x11\0\0"s, "a\0\xFF\x01\x03\0"s, "a\0\xBF"s}) {
    EXPECT_EQ(append_zwr_line(out, key, "v").error().id, MsgId::HWKEYBAD);
    EXPECT_EQ(out, "kept");
  }
}

TEST(Zwr, BuffersAreOverwrittenFromLineToLine) {
  std::string key, value;
  ASSERT_TRUE(parse_zwr_line_to_key("^long(1,2,3)=\"a long value\"", key, value).has_value());
  ASSERT_TRUE(parse_zwr_line_to_key("^s=\"v\"", key, value).has_value());
  EXPECT_EQ(key, "s\0"s);
  EXPECT_EQ(value, "v");
}

}  // namespace
}  // namespace hw

// Of which format and character set a load file is, and how a load ends early. What `mupip load` makes of whole files
// of other systems is test/conformance/load_forms.
#include <gtest/gtest.h>

#include <sstream>

#include "engine/extract/load.h"
#include "engine/extract/load_header.h"
#include "test/support/temporary_database.h"

namespace hw {
namespace {

using test::TemporaryDatabase;

TEST(LoadForms, TheSecondLineTells) {
  using enum ExtractFormat;
  struct Row {
    std::string_view line;
    std::optional<ExtractFormat> format;
  };
  // Tried on GT.M V7.0-005, each with ZWR and with GO records behind it.
  constexpr Row kRows[] = {
      {"28-NOV-2026  10:00:00 ZWR", Zwr},
      {"28-NOV-2026  10:00:00 ZWR \t", Zwr},
      {"28-NOV-2026  10:00:00 ZWR foo", Zwr},
      {"xZWR", Zwr},
      {"zWr", Zwr},
      {"extract in ZWRITE format", Zwr},
      {"GLO ZWR", Zwr},
      {"ZWR GLO", Zwr},
      {"x GLO", Go},
      {"AGLOBAL", Go},
      {"file is aglo ", Go},
      {"28-NOV-2026  10:00:00", Go},
      {"28-nov-2026 10:00:00", Go},
      {"GT.M 28-NOV-2026  10:00:00 foo bar", Go},
      {"x99-XXX-2026 99:99:99y", Go},
      {"28-NOV-2026 10:00", {}},
      {"28-NOV-26 10:00:00", {}},
      {"8-NOV-2026 10:00:00", {}},
      {"28-NOV-2026 9:00:00", {}},
      {"28-NOV-2026   10:00:00", {}},
      {"28-NOV-2026\t10:00:00", {}},
      {"28/11/2026 10:00:00", {}},
      {"x GO", {}},
      {"", {}},
  };
  for (const Row& row : kRows) EXPECT_EQ(format_by_header(row.line), row.format) << row.line;
}

TEST(LoadForms, ElseTheFirstRecordTells) {
  using enum ExtractFormat;
  for (const auto* line : {"^a(1)=1", "^a(\"x=y\")=\"z\"", " ^a(1)=\"x\"", "^a(1)=5", "^a=\"\""})
    EXPECT_EQ(format_by_record(line, Charset::M), Zwr) << line;
  for (const auto* line : {"^a", "^a(1)", "^a(\"x=y\")", "^a(\"=\")", "^a(\"q\"\"=\"\"q\")"})
    EXPECT_EQ(format_by_record(line, Charset::M), Go) << line;
  for (const auto* line : {"foo", "", " ", "^a(1)=", "a(1)=\"x\"", "^a(1) =\"x\"", "^a(1)= \"x\"", "^a=", "^", "=",
                           "x=y", "^a(1)=\"x\" ", "^a(1)  ", "^a(\"x\"", "**", "^a(=", "^a(1)=foo", "^a(1)x=\"y\""})
    EXPECT_EQ(format_by_record(line, Charset::M), std::nullopt) << line;
}

// Tried on GT.M V7.0-005.
TEST(LoadForms, TheFirstLineTellsTheCharset) {
  for (const auto* label : {"GT.M MUPIP EXTRACT UTF-8", "x UTF-8 ", "UTF-8\r", "UTF-8 extract", "xutf-8x"})
    EXPECT_EQ(charset_by_label(label), Charset::Utf8) << label;
  for (const auto* label : {"GT.M MUPIP EXTRACT", "UTF8", "UTF -8", "GT.M UTF-", ""})
    EXPECT_EQ(charset_by_label(label), Charset::M) << label;
}

TEST(LoadForms, ALoadThatIsEndedSaysHowFarItCame) {
  std::string zwr = "x\n28-NOV-2026  10:00:00 ZWR\n";
  std::string go = "x\n28-NOV-2026  10:00:00 GLO\n";
  for (int i = 1; i <= 200; ++i) {
    zwr += fmt::format("^a({0})={0}\n", i);
    go += fmt::format("^a({0})\n{0}\n", i);
  }
  for (const std::string& text : {zwr, go}) {
    TemporaryDatabase database;
    LoadOptions options;
    int asked = 0;
    options.end_requested = [&] { return ++asked > 1; };
    const int stored = text == zwr ? 127 : 63;  // It asks after each 64th line.
    std::istringstream in(text);
    std::ostringstream messages;
    const auto loaded = load(database.session(), in, options, messages);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().id, MsgId::FORCEDHALT);
    EXPECT_NE(messages.str().find(fmt::format("LOAD TOTAL\t\tKey Cnt: {} ", stored)), std::string::npos)
        << messages.str();
    EXPECT_NE(messages.str().find("%GTM-I-LOADRECCNT"), std::string::npos) << messages.str();
    EXPECT_EQ(database.get(fmt::format("^a({})", stored)), std::to_string(stored));
    EXPECT_EQ(database.get(fmt::format("^a({})", stored + 1)), "(none)");
  }
}

// A pipe's end comes early then, wherever the writer is: in the heading, in a line, in a block.
TEST(LoadForms, WhatTheEndHasCutIsNoRecordAndNoFault) {
  const std::string head = "x\n28-NOV-2026  10:00:00 ZWR\n";
  for (const std::string& text :
       {std::string(), std::string("x\n28-N"), head + "^a=12", std::string("x\n28-NOV-2026  10:00:00 GLO\n^a\n12"),
        std::string("HWBINEXTRACT").substr(0, 4)}) {
    TemporaryDatabase database;
    LoadOptions options;
    options.end_requested = [] { return true; };
    std::istringstream in(text);
    std::ostringstream messages;
    const auto loaded = load(database.session(), in, options, messages);
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_EQ(loaded.error().id, MsgId::FORCEDHALT) << text;
    EXPECT_EQ(database.get("^a"), "(none)") << text;
  }
}

TEST(LoadForms, CrLfEndsALineWhereverItStands) {
  struct Row {
    std::string text, value;
  };
  const std::string zwr = "x\n28-NOV-2026  10:00:00 ZWR\n", go = "x\n28-NOV-2026  10:00:00 GLO\n";
  const Row rows[] = {{zwr + "^b=1\n^a=\"2\"\r\n", "2"},
                      {zwr + "^b=1\r\n^a=\"2\"\n", "2"},
                      {zwr + "^a=2\r\n", "2"},
                      {"x\r\n" + zwr.substr(2) + "^a=2\r\n", "2"},
                      {go + "^b\n1\n^a\r\n2\r\n", "2"},
                      {"x\r\n" + go.substr(2) + "^a\r\n2\r\n", "2"},
                      {go + "^a\n2\r\n", "2\r"},
                      {go + "^a\r\n2\n", "2"},
                      {zwr + "^a=\"x\"_$C(13)\r\n", "x\r"}};
  for (const Row& row : rows) {
    TemporaryDatabase database;
    std::istringstream in(row.text);
    std::ostringstream messages;
    const auto loaded = load(database.session(), in, {}, messages);
    ASSERT_TRUE(loaded.has_value()) << row.text << messages.str();
    EXPECT_EQ(loaded->failed, 0u) << row.text << messages.str();
    EXPECT_EQ(database.get("^a"), row.value) << row.text;
  }
}

}  // namespace
}  // namespace hw

// Load and extract against texts that GT.M V7.0-005 printed for the same nodes and files.
#include <gtest/gtest.h>

#include <sstream>

#include "engine/extract/extract.h"
#include "engine/extract/load.h"
#include "test/support/temporary_database.h"

namespace hw {
namespace {

using test::TemporaryDatabase;

constexpr std::string_view kZwrHead = "GT.M MUPIP EXTRACT\n22-NOV-2026  01:55:59 ZWR\n";
constexpr std::string_view kGoHead = "GT.M MUPIP EXTRACT\n22-NOV-2026  01:55:59\n";

struct Loaded {
  int status;            ///< exit status
  std::string messages;  ///< without the two header lines and the line of the first record
  std::string error;
};

Loaded load_text(TemporaryDatabase& database, const std::string& text, const LoadOptions& options = {}) {
  std::istringstream in(text);
  std::ostringstream messages;
  const auto result = load(database.session(), in, options, messages);
  auto shown = messages.str();
  if (const auto at = shown.find("\n\n"); at != std::string::npos) shown.erase(0, at + 2);
  if (!result) return {result.error().status(), shown, result.error().render()};
  return {result->status, shown, ""};
}

struct Extracted {
  std::string file;
  std::string messages;
  std::string error;
};

Extracted extract_text(TemporaryDatabase& database, ExtractOptions options = {}) {
  std::ostringstream out, messages;
  const auto result = extract(database.database(), out, "out", options, messages);
  auto file = out.str();
  for (int line = 0; line < 2 && !file.empty(); ++line) file.erase(0, file.find('\n') + 1);
  return {file, messages.str(), result ? "" : result.error().render()};
}

void set_sample(TemporaryDatabase& database) {
  database.set("^k", "1");
  database.set("^k(-3)", "123456789012345678");
  database.set("^k(.5)", ".5");
  database.set("^k(1)", "oNe");
  database.set("^k(\"long\")", std::string(300, ' '));
  database.set("^k(\"tab\"_$C(9))", "\tx");
  database.set("^x(1,2)", "X||p3");
  database.set("^x(\"inc\")", "1");
  database.set("^X(1)", "2");
  database.set("^a", "");
  database.set("^ab(1)", "1");
  database.set("^abc(1,2,3,\"str\")", "val");
  database.set("^zz(12345.678)", "d");
  database.set("^zz(\"quote\"\"q\")", "a\"b");
  database.set("^%p", "1");
}

const std::string kSampleLines = R"(^%p="1"
^X(1)="2"
^a=""
^ab(1)="1"
^abc(1,2,3,"str")="val"
^k="1"
^k(-3)="123456789012345678"
^k(.5)=".5"
^k(1)="oNe"
^k("long")=")" + std::string(300, ' ') +
                                 R"("
^k("tab"_$C(9))=$C(9)_"x"
^x(1,2)="X||p3"
^x("inc")="1"
^zz(12345.678)="d"
^zz("quote""q")="a""b"
)";

TEST(Extract, LinesAndCountsAreThoseOfGtm) {
  TemporaryDatabase database;
  set_sample(database);
  const auto result = extract_text(database);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.file, kSampleLines);
  EXPECT_EQ(result.messages,
            "%GTM-I-RECORDSTAT, ^%p:\t  Key cnt: 1  max subsc len: 4  max rec len: 1  max node len: 9\n"
            "%GTM-I-RECORDSTAT, ^X:\t  Key cnt: 1  max subsc len: 6  max rec len: 1  max node len: 11\n"
            "%GTM-I-RECORDSTAT, ^a:\t  Key cnt: 1  max subsc len: 3  max rec len: 0  max node len: 7\n"
            "%GTM-I-RECORDSTAT, ^ab:\t  Key cnt: 1  max subsc len: 7  max rec len: 1  max node len: 12\n"
            "%GTM-I-RECORDSTAT, ^abc:\t  Key cnt: 1  max subsc len: 19  max rec len: 3  max node len: 26\n"
            "%GTM-I-RECORDSTAT, ^k:\t  Key cnt: 6  max subsc len: 9  max rec len: 300  max node len: 311\n"
            "%GTM-I-RECORDSTAT, ^x:\t  Key cnt: 2  max subsc len: 9  max rec len: 5  max node len: 18\n"
            "%GTM-I-RECORDSTAT, ^zz:\t  Key cnt: 2  max subsc len: 13  max rec len: 3  max node len: 17\n"
            "%GTM-I-RECORDSTAT, TOTAL:\t  Key cnt: 15  max subsc len: 19  max rec len: 300  max node len: 311\n");
}

TEST(Extract, RegionSplitDoesNotChangeTheFile) {
  TemporaryDatabase database({"k", "a*", "x(2:)", "X"});
  set_sample(database);
  EXPECT_EQ(extract_text(database).file, kSampleLines);
}

TEST(Extract, OneRegion) {
  TemporaryDatabase database({"k"});
  set_sample(database);
  ExtractOptions options;
  options.regions = {1};
  options.select = "a,k";
  const auto result = extract_text(database, options);
  EXPECT_TRUE(result.file.starts_with("^k=\"1\"\n^k(-3)")) << result.file;
}

TEST(Extract, HeaderLabelDateAndGoFormat) {
  TemporaryDatabase database;
  database.set("^x(1,2)", "X||p3");
  database.set("^x(\"inc\")", "1");
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  ExtractOptions options;
  options.format = ExtractFormat::Go;
  options.label = "my label";
  options.time = 1795312559;  // 2026-11-22 01:55:59
  std::ostringstream out, messages;
  ASSERT_TRUE(extract(database.database(), out, "out", options, messages));
  EXPECT_EQ(out.str(), "my label\n22-NOV-2026  01:55:59\n^x(1,2)\nX||p3\n^x(\"inc\")\n1\n");
}

TEST(Extract, NothingSelectedWritesNothing) {
  TemporaryDatabase database;
  set_sample(database);
  ExtractOptions options;
  options.select = "nosuch";
  std::ostringstream out, messages;
  const auto result = extract(database.database(), out, "out", options, messages);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().render(), "%GTM-W-NOSELECT, None of the selected variables exist -- halting\n");
  EXPECT_EQ(result.error().status(), 224);
  EXPECT_EQ(out.str() + messages.str(), "");
}

std::string selected_globals(std::string_view selection) {
  TemporaryDatabase database;
  set_sample(database);
  ExtractOptions options;
  options.select = selection;
  const auto result = extract_text(database, options);
  if (!result.error.empty()) return result.error.substr(0, result.error.find(','));
  std::string names;
  std::istringstream lines(result.messages);
  for (std::string line; std::getline(lines, line);)
    if (const auto at = line.find('^'); at != std::string::npos) names += line.substr(at, line.find(':') - at);
  return names;
}

TEST(Extract, Selections) {
  EXPECT_EQ(selected_globals("x"), "^x");
  EXPECT_EQ(selected_globals("^k"), "^k");
  EXPECT_EQ(selected_globals("a:abd"), "^a^ab^abc");
  EXPECT_EQ(selected_globals("^a:^k"), "^a^ab^abc^k");
  EXPECT_EQ(selected_globals("a*"), "^a^ab^abc");
  EXPECT_EQ(selected_globals("*"), "^%p^X^a^ab^abc^k^x^zz");
  EXPECT_EQ(selected_globals("%*"), "^%p");
  EXPECT_EQ(selected_globals("x,a"), "^a^x");
  EXPECT_EQ(selected_globals("a*,a"), "^a^ab^abc");
  EXPECT_EQ(selected_globals("k,a:ab"), "^a^ab^k");
  EXPECT_EQ(selected_globals("a,nosuch"), "^a");
  for (const auto* bad : {"(a,x)", "a*:k*", "k(1)", "a:", ":k", "k:a", "a:b:c", "", "^", "1a", "a,", "a_b", "*,("})
    EXPECT_EQ(selected_globals(bad), "%GTM-F-SELECTSYNTAX") << bad;
}

TEST(Load, WhatWasExtractedComesBack) {
  TemporaryDatabase from, to({"k"});
  set_sample(from);
  const auto extracted = extract_text(from);
  const auto loaded = load_text(to, std::string(kZwrHead) + extracted.file);
  EXPECT_EQ(loaded.status, 0);
  EXPECT_EQ(loaded.messages,
            "LOAD TOTAL\t\tKey Cnt: 15  Max Subsc Len: 19  Max Data Len: 300\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 17\n");
  EXPECT_EQ(extract_text(to).file, kSampleLines);
}

TEST(Load, NullSubscriptsGoWhereTheRegionHasThem) {
  for (const bool standard : {true, false}) {
    TemporaryDatabase database({}, standard);
    const std::string lines =
        standard ? "^a(\"\")=\"1\"\n^a(1)=\"1\"\n^a(\"x\")=\"1\"\n" : "^a(1)=\"1\"\n^a(\"\")=\"1\"\n^a(\"x\")=\"1\"\n";
    EXPECT_EQ(load_text(database, std::string(kZwrHead) + lines).status, 0);
    EXPECT_EQ(extract_text(database).file, lines);
  }
}

TEST(Load, HeaderIsShown) {
  TemporaryDatabase database;
  std::istringstream in(std::string(kZwrHead) + "^a=1\n");
  std::ostringstream messages;
  ASSERT_TRUE(load(database.session(), in, {}, messages));
  EXPECT_EQ(messages.str(), std::string(kZwrHead) +
                                "Beginning LOAD at record number: 3\n\n"
                                "LOAD TOTAL\t\tKey Cnt: 1  Max Subsc Len: 3  Max Data Len: 1\n"
                                "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 3\n");
}

TEST(Load, BadRecordIsReportedAndTheRestLoaded) {
  TemporaryDatabase database;
  const auto loaded = load_text(database, "lab\nGT.M 22-NOV-2026 01:00:00 ZWR\n^a=1\ngarbage\n^a(2)=\"x\"\n^b(1)=2\n");
  EXPECT_EQ(loaded.status, 250);
  EXPECT_EQ(loaded.messages,
            "%GTM-E-NOTGBL, Expected a global variable name starting with an up-arrow (^): garbage\n"
            "\t\tGlobal variable : \n"
            "%GTM-E-RECLOAD, Error loading record number: 4\n"
            "LOAD TOTAL\t\tKey Cnt: 3  Max Subsc Len: 6  Max Data Len: 1\n"
            "%GTM-E-FAILEDRECCOUNT, LOAD unable to process 1 records\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 6\n");
  EXPECT_EQ(database.get("^b(1)"), "2");
}

TEST(Load, ValueThatTheRegionRefusesNamesTheNode) {
  TemporaryDatabase database;
  const auto loaded =
      load_text(database, std::string(kZwrHead) + "^a(1)=\"" + std::string(4001, 'x') + "\"\n^b(2)=3\n");
  EXPECT_EQ(loaded.status, 226);
  EXPECT_NE(
      loaded.messages.find("%GTM-E-REC2BIG, Record size (4001) is greater than maximum (4000) for region: DEFAULT\n"),
      std::string::npos)
      << loaded.messages;
  EXPECT_NE(loaded.messages.find("%GTM-I-GVIS, \t\tGlobal variable: ^a(1)\n\t\tGlobal variable : \n"
                                 "%GTM-E-RECLOAD, Error loading record number: 3\n"),
            std::string::npos)
      << loaded.messages;
  EXPECT_EQ(database.get("^b(2)"), "3");
}

TEST(Load, StopsAtAnErrorWhenAskedTo) {
  TemporaryDatabase database;
  LoadOptions options;
  options.on_error = OnError::Stop;
  const auto loaded = load_text(database, std::string(kZwrHead) + "^a=1\nx\n^b=1\n", options);
  EXPECT_EQ(loaded.status, 250);
  EXPECT_TRUE(loaded.messages.ends_with("record processed by LOAD: 4\n")) << loaded.messages;
  EXPECT_EQ(database.get("^b"), "(none)");

  options.on_error = OnError::Ask;
  options.ask = [] { return true; };
  EXPECT_TRUE(load_text(database, std::string(kZwrHead) + "^a=1\nx\n^b=1\n", options)
                  .messages.ends_with("record processed by LOAD: 5\n"));
  EXPECT_EQ(database.get("^b"), "1");
}

TEST(Load, BeginAndEnd) {
  const std::string text = std::string(kZwrHead) + "^a(3)=3\n^a(4)=4\n^a(5)=5\n^a(6)=6\n";
  TemporaryDatabase database;
  LoadOptions options;
  options.begin = 4;
  options.end = 5;
  EXPECT_EQ(load_text(database, text, options).messages,
            "LOAD TOTAL\t\tKey Cnt: 2  Max Subsc Len: 6  Max Data Len: 1\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 5\n");
  EXPECT_EQ(database.get("^a(3)") + database.get("^a(4)") + database.get("^a(6)"), "(none)4(none)");

  options.end = 2;
  options.begin = 1;
  EXPECT_EQ(load_text(database, text, options).messages,
            "LOAD TOTAL\t\tKey Cnt: 0  Max Subsc Len: 0  Max Data Len: 0\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 3\n");
  options.begin = 5;
  EXPECT_EQ(load_text(database, text, options).error,
            "%GTM-E-LOADEDBG, Load error: END smaller than BEGIN.  No records loaded.\n");
  options = {};
  options.end = 0;
  EXPECT_EQ(load_text(database, text, options).error,
            "%GTM-E-LOADEDSZ, Load error: END too small.  No records loaded.\n");
  options.begin = 5;
  EXPECT_EQ(load_text(database, text, options).error,
            "%GTM-E-LOADEDSZ, Load error: END too small.  No records loaded.\n");
  options = {};
  options.begin = 0;
  EXPECT_EQ(load_text(database, text, options).error,
            "%GTM-E-LOADBGSZ, Load error: BEGIN too small.  No records loaded.\n");
  options.begin = 100;
  const auto behind = load_text(database, text, options);
  EXPECT_EQ(behind.error,
            "%GTM-E-LOADEOF, Load error: EOF reached prior to BEGIN record 100.  No records loaded.\n"
            "Error reading record number: 7\n\n"
            "%GTM-E-MUNOFINISH, MUPIP unable to finish all requested actions\n");
  EXPECT_EQ(behind.status, 10);
}

TEST(Load, GoFormat) {
  TemporaryDatabase database;
  const auto loaded = load_text(database, std::string(kGoHead) + "^a(1)\n1\n\n^b\n\n^c\n^d\n");
  EXPECT_EQ(loaded.messages,
            "LOAD TOTAL\t\tKey Cnt: 3  Max Subsc Len: 6  Max Data Len: 2\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 9\n");
  EXPECT_EQ(database.get("^b") + database.get("^c"), "^d");

  EXPECT_EQ(load_text(database, std::string(kGoHead) + "foo\n1\n^b\n2\n").messages,
            "%GTM-E-NOTGBL, Expected a global variable name starting with an up-arrow (^): foo\n"
            "\t\tGlobal variable : \n%GTM-E-RECLOAD, Error loading record number: 3\n"
            "%GTM-E-NOTGBL, Expected a global variable name starting with an up-arrow (^): 1\n"
            "\t\tGlobal variable : \n%GTM-E-RECLOAD, Error loading record number: 4\n"
            "LOAD TOTAL\t\tKey Cnt: 1  Max Subsc Len: 3  Max Data Len: 1\n"
            "%GTM-E-FAILEDRECCOUNT, LOAD unable to process 2 records\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 6\n");
  LoadOptions options;
  options.end = 5;
  EXPECT_EQ(load_text(database, std::string(kGoHead) + "^a(1)\n1\n^b\n2\n^c\n3\n", options).messages,
            "LOAD TOTAL\t\tKey Cnt: 1  Max Subsc Len: 6  Max Data Len: 1\n"
            "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 4\n");
}

TEST(Load, GoFileCutBeforeAValueIsAnError) {
  TemporaryDatabase database;
  const auto loaded = load_text(database, std::string(kGoHead) + "^a(1)\n1\n^b\n");
  EXPECT_NE(loaded.status, 0);
  EXPECT_TRUE(loaded.messages.starts_with("%GTM-E-HWLOADCUT, Load file ends between the node ^b and its value\n"))
      << loaded.messages;
}

TEST(Load, HeadersThatAreRefused) {
  TemporaryDatabase database;
  const std::string bad = "%GTM-E-LDBINFMT, Unrecognized header for load file\n";
  const std::string empty = "%GTM-E-EXTRFMT, Extract error: invalid record format - no records found.\n" + bad;
  EXPECT_EQ(load_text(database, "").error, bad);
  EXPECT_EQ(load_text(database, "L\n").error, bad);
  EXPECT_EQ(load_text(database, "a\nb\nfoo\n").error, bad);
  EXPECT_EQ(load_text(database, std::string(kZwrHead)).error, empty);
  LoadOptions options;
  options.format = ExtractFormat::Go;
  EXPECT_EQ(load_text(database, std::string(kZwrHead) + "^a=1\n", options).error, bad);
  options.format = ExtractFormat::Zwr;
  EXPECT_EQ(load_text(database, std::string(kGoHead) + "^a\n1\n", options).error, bad);
  EXPECT_EQ(load_text(database, "a\nb\n^a=1\n", options).error, "");  // the caller has said what it is
  const auto utf8 = load_text(database, "GT.M MUPIP EXTRACT UTF-8\n22-NOV-2026  01:55:59 ZWR\n^a=1\n");
  EXPECT_EQ(utf8.status, 10);
  EXPECT_TRUE(utf8.error.starts_with("%GTM-E-LOADINVCHSET, Extract file CHSET (UTF-8) is incompatible"));
}

TEST(Load, FileOfTheOtherModeWhenAskedTo) {
  TemporaryDatabase database;
  LoadOptions options;
  options.charset = Charset::Utf8;
  const std::string text = std::string(kZwrHead) + "^a=$C(233)\n";
  const auto refused = load_text(database, text, options);
  EXPECT_TRUE(refused.error.starts_with("%GTM-E-LOADINVCHSET, Extract file CHSET (M) is incompatible"))
      << refused.error;
  options.ignore_charset = true;
  EXPECT_EQ(load_text(database, text, options).error, "");
  EXPECT_EQ(database.get("^a"), "\xC3\xA9");
}

// Lengths are of bytes, text is of characters.
TEST(Extract, Utf8) {
  TemporaryDatabase database;
  database.set("^a", "\xC3\xA9\xE2\x80\xA8\xFF");
  ExtractOptions options;
  options.charset = Charset::Utf8;
  std::ostringstream out, messages;
  ASSERT_TRUE(extract(database.database(), out, "out", options, messages));
  const std::string text = out.str();
  EXPECT_TRUE(text.starts_with("GT.M MUPIP EXTRACT UTF-8\n")) << text;
  EXPECT_TRUE(text.ends_with(" ZWR\n^a=\"\xC3\xA9\"_$C(8232)_$ZCH(255)\n")) << text;
  EXPECT_NE(messages.str().find("max rec len: 6 "), std::string::npos) << messages.str();

  TemporaryDatabase other;
  LoadOptions load_options;
  load_options.charset = Charset::Utf8;
  std::istringstream in(text);
  ASSERT_TRUE(load(other.session(), in, load_options, messages));
  EXPECT_EQ(other.get("^a"), database.get("^a"));
}

TEST(Load, LastLineNeedsNoNewlineAndBlankLinesAreSkipped) {
  TemporaryDatabase database;
  const std::string totals =
      "LOAD TOTAL\t\tKey Cnt: 2  Max Subsc Len: 3  Max Data Len: 1\n"
      "%GTM-I-LOADRECCNT, Last EXTRACT record processed by LOAD: 6\n";
  const std::string lines = std::string(kZwrHead) + "^a=1\n\n\n^b=3";
  EXPECT_EQ(
      load_text(database, lines).messages,
      "%GTM-I-TEXT, Record 6, the last one, has no newline: where the file was cut, its value may be, too\n" + totals);
  EXPECT_EQ(load_text(database, lines + "\n").messages, totals);
}

TEST(Load, LinesLongerThanTheReadBuffer) {
  TemporaryDatabase database;
  const std::string endless(9 << 20, 'x');
  const auto loaded = load_text(database, std::string(kZwrHead) + "^a=\"" + endless + "\"\n^b=1\n");
  EXPECT_NE(loaded.messages.find("Error loading record number: 3\n"), std::string::npos);
  EXPECT_EQ(database.get("^b"), "1");
}

}  // namespace
}  // namespace hw

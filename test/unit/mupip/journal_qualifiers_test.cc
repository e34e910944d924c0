// What mupip journal's qualifiers say: times, lists, redirections.
#include "mupip/journal/journal_qualifiers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "engine/globals/zwr.h"
#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

class JournalQualifiers : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  static ParsedCommand parse(const std::string& qualifiers) {
    static constexpr const Grammar* kCommands[] = {&kJournal};
    auto parsed = parse_command(kCommands, "journal -extract -forward " + qualifiers + " f.mjl");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().render();
    return std::move(parsed).value();
  }
  static MsgId refusal(const std::string& qualifiers) {
    const auto selection = selection_of(parse(qualifiers));
    EXPECT_FALSE(selection.has_value()) << qualifiers;
    EXPECT_EQ(selection.error().id, MsgId::MUPCLIERR);
    const std::string& line = selection.error().before.front();
    for (const MessageRow& row : message_catalogue())
      if (line.find(std::string("-") + std::string(row.name) + ",") != std::string::npos) return row.id;
    return MsgId::MUPCLIERR;
  }
  /// What a list selects of some nodes.
  static std::string selected(const std::string& list) {
    const std::vector<NodeName> nodes = {{"a", {}},        {"a", {"1"}},   {"a", {"1", "2"}}, {"a", {"12"}},
                                         {"a", {"x"}},     {"a", {"x*y"}}, {"a", {"\x01"}},   {"a", {"q\"u"}},
                                         {"a", {"what?"}}, {"ab", {}},     {"ab", {"1"}},     {"abc", {}},
                                         {"aq", {}},       {"%q", {}}};
    const auto selection = selection_of(parse("-global=\"" + list + "\""));
    if (!selection.has_value()) return "refused";
    std::string out;
    for (const NodeName& node : nodes) {
      const std::string key = *encode_key(node);
      UpdateView update{};
      update.key = key;
      if (selection->selects_update(update)) out += format_reference(node) + ' ';
    }
    return out;
  }
};

TEST_F(JournalQualifiers, AbsoluteTimes) {
  constexpr std::uint64_t kNoon = 1795608000'000'000;  // 25 November 2026, 12:00
  EXPECT_EQ(parse_time("25-NOV-2026 12:00:00")->us, kNoon);
  EXPECT_EQ(parse_time("25-nov-2026  12:00:00:50")->us, kNoon + 500'000);
  EXPECT_EQ(parse_time("  25-NOV-2026 12:00")->us, kNoon);
  EXPECT_EQ(parse_time("25-NOV-2026")->us, kNoon - 43'200'000'000);
  EXPECT_EQ(display_time(kNoon), "2026/11/25 12:00:00");
  for (const char* text : {"00:00:01", "-- 00:00:01", "--00:00:01", "--  0:0:1", "  -- 00:00:01:00"}) {
    const auto today = parse_time(text);
    ASSERT_TRUE(today.has_value()) << text;
    EXPECT_EQ(today->us % 86'400'000'000, 1'000'000u) << text;
  }
}

TEST_F(JournalQualifiers, TimesBeforeTheLastRecord) {
  const auto time = parse_time("1 2:3:4");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->begin(100'000'000'000), 100'000'000'000u - 93'784'000'000u);
  EXPECT_EQ(time->begin(5), 0u);
}

TEST_F(JournalQualifiers, ATimeIsAWholeSecond) {
  for (const char* text : {"25-NOV-2026 12:00:00", "25-NOV-2026 12:00:00:50", "0 0:0:2"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time.has_value()) << text;
    constexpr std::uint64_t kLast = 1795608002'300'000;  // Two seconds and a bit later.
    EXPECT_EQ(time->begin(kLast), 1795608000'000'000u) << text;
    EXPECT_EQ(time->end(kLast), 1795608000'999'999u) << text;
  }
}

TEST_F(JournalQualifiers, NoTimes) {
  for (const char* text :
       {"", "bogus", "25-XXX-2026", "31-FEB-2026", "25-NOV-2026 24:00:00", "1 2:60", "-1 0:0:1", "25-NOV", "5", "1 2 3",
        "--", "-- ", "-- 12", "25-NOV-2026 12", "-- 24:00", "0 12", "25-NOV-2026 12:00:00:00:00"})
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  EXPECT_EQ(time_of(parse("-after=bogus"), "AFTER").error().id, MsgId::MUPCLIERR);
}

// Tried on GT.M V7.0-005, but for the last five, which it takes and finds nothing by, and the ones with ? in a name.
TEST_F(JournalQualifiers, Globals) {
  const std::string below_a = R"(^a(1) ^a(1,2) ^a(12) ^a("x") ^a("x*y") ^a($C(1)) ^a("q""u") ^a("what?") )";
  const std::pair<std::string, std::string> rows[] = {
      {"^a", "^a " + below_a},
      {"^a(1)", "^a(1) ^a(1,2) "},
      {"^a(1,2)", "^a(1,2) "},
      {"^ab", "^ab ^ab(1) "},
      {"^ab*", "^ab ^ab(1) ^abc "},
      {"^a%", "^ab ^aq "},
      {"^a%%", "^abc "},
      {"^%", "^a "},
      {"^%q", "^aq ^%q "},
      {"^\\%q", "^%q "},
      {"^*c", "^abc "},
      {"*", "^a " + below_a + "^ab ^ab(1) ^abc ^aq ^%q "},
      {"^a(*)", below_a},
      {"^a(%)", "^a(1) "},
      {"^a(1*)", "^a(1) ^a(1,2) ^a(12) "},
      {"^a(1%)", "^a(12) "},
      {"^a(1,*)", "^a(1,2) "},
      {"^a(*,%)", "^a(1,2) "},
      {"^*(1)", "^a(1) ^ab(1) "},
      {R"(^a(""x*""))", R"(^a("x") ^a("x*y") )"},
      {R"(^a(""x\*y""))", R"(^a("x*y") )"},
      {R"(^a(""*""))", R"(^a("x") ^a("x*y") ^a($C(1)) ^a("q""u") ^a("what?") )"},
      {R"(^a(""what?""))", R"(^a("what?") )"},
      {R"(^a(""q""""*""))", R"(^a("q""u") )"},
      {"(^a(*),~^a(1))", R"(^a(12) ^a("x") ^a("x*y") ^a($C(1)) ^a("q""u") ^a("what?") )"},
      {"(^a(1),~(^a(*,2)))", "^a(1) "},
      {"~^a*", "^%q "},
      {"^a?", "^ab ^aq "},
      {"^a(*", "refused"},
      {"^a(1", "refused"},
      {"a;b", "refused"},
      {"a,", "refused"},
      {"^a()", "refused"},
      {"^a(x)", "refused"},
      {"^", "refused"},
      {"^a b", "refused"},
      {"^a(*)x", "refused"},
  };
  for (const auto& [list, wanted] : rows) EXPECT_EQ(selected(list), wanted) << list;
}

TEST_F(JournalQualifiers, Seqnos) {
  const auto selection = *selection_of(parse("-seqno=(3:5,7,~4)"));
  for (const std::uint64_t in : {3, 5, 7}) EXPECT_TRUE(selection.selects_seqno(Seqno{in})) << in;
  for (const std::uint64_t out : {2, 4, 6, 8}) EXPECT_FALSE(selection.selects_seqno(Seqno{out})) << out;
  for (const char* bad : {"1,abc", "5:3", "1:2:3", "~"})
    EXPECT_EQ(refusal(std::string("-seqno=") + bad), MsgId::INVSEQNOQUAL);
}

TEST_F(JournalQualifiers, KindsOfUpdate) {
  const auto kinds = [](const std::string& list) {
    const auto selection = *selection_of(parse("-transaction=" + list));
    return std::pair(selection.sets, selection.kills);
  };
  EXPECT_EQ(kinds("kill"), std::pair(false, true));
  EXPECT_EQ(kinds("nokill"), std::pair(true, false));
  EXPECT_EQ(kinds("set,kill"), std::pair(true, true));
  EXPECT_EQ(refusal("-transaction=noset,nokill"), MsgId::INVTRNSQUAL);
}

TEST_F(JournalQualifiers, ProcessesAndUsers) {
  const auto selection = *selection_of(parse("-id=(~12,13) -user=ro*"));
  EXPECT_TRUE(selection.selects_process(13, "root"));
  EXPECT_FALSE(selection.selects_process(12, "root"));
  EXPECT_FALSE(selection.selects_process(13, "joe"));
  EXPECT_EQ(refusal("-id=abc"), MsgId::INVIDQUAL);
}

// Tried on GT.M V7.0-005, but for the ones with ?, which can be no part of a user's name.
TEST_F(JournalQualifiers, Users) {
  for (const char* list : {"root", "r*", "*ot", "r*o*t", "ro%t", "%%%%", "*%", "**", "r??t", "(joe,root)", "~joe"})
    EXPECT_TRUE(selection_of(parse(std::string("-user=") + list))->selects_process(1, "root")) << list;
  for (const char* list : {"roo", "ROOT", "roo%t", "%%%%%", "joe", "~roo%", "(root,~r*)"})
    EXPECT_FALSE(selection_of(parse(std::string("-user=") + list))->selects_process(1, "root")) << list;
}

// GT.M takes the CR for a part of the pattern, so that it selects nothing.
TEST_F(JournalQualifiers, AFileOfValuePatternsMayHaveCrLf) {
  const std::string path = testing::TempDir() + "patterns-" + std::to_string(::getpid());
  for (const char* const end : {"\n", "\r\n"}) {
    std::ofstream(path, std::ios::binary) << "v*" << end << end << "~v2" << end;
    const auto selection = selection_of(parse("-gvpatfile=" + path));
    ASSERT_TRUE(selection.has_value());
    const auto selects = [&](std::string_view value) {
      const std::string key = *encode_key(NodeName{"a", {}});
      UpdateView update{};
      update.type = UpdateType::Set;
      update.key = key;
      update.value = value;
      return selection->selects_update(update);
    };
    EXPECT_TRUE(selects("v1"));
    EXPECT_FALSE(selects("v2"));
    EXPECT_FALSE(selects("w"));
  }
  std::filesystem::remove(path);
}

TEST_F(JournalQualifiers, ValuePatterns) {
  // pattern, values that match, values that do not; tried on GT.M V7.0-005
  struct Row {
    const char* pattern;
    std::vector<std::string> yes, no;
  };
  const Row rows[] = {{"v22", {"v22"}, {"22", "v22 ", " v22", "V22"}},
                      {"v%2", {"v22", "vx2"}, {"v2", "v222"}},
                      {"%", {"w"}, {"", "ww"}},
                      {"a*b", {"ab", "a*b", "axb", "a,b"}, {"abc"}},
                      {"a\\*b", {"a*b"}, {"axb"}},
                      {"a\\%b", {"a%b"}, {"axb"}},
                      {"*22", {"v22", "22"}, {"v22 "}},
                      {"*", {"", "x"}, {}},
                      {"v?2", {"v?2"}, {"v22"}},
                      {"q\"q", {"q\"q"}, {"qq"}}};
  for (const Row& row : rows) {
    for (const auto& value : row.yes) EXPECT_TRUE(TextPattern(row.pattern).matches(value)) << row.pattern << value;
    for (const auto& value : row.no) EXPECT_FALSE(TextPattern(row.pattern).matches(value)) << row.pattern << value;
  }
}

}  // namespace
}  // namespace hw::mupip

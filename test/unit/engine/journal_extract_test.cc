// Extracts of journal files: the lines of each kind of record, what is selected, and what bad files do.
#include "engine/journal_tools/journal_extract.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <sys/resource.h>

#include "engine/extract/extract_reader.h"
#include "engine/extract/load.h"
#include "engine/journal_tools/journal_files.h"
#include "engine/journal_tools/journal_survey.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

using test::key;
using test::must;

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// Times, processes, hosts, users, checksums and tokens are different in every run.
std::string without_what_varies(const std::string& text) {
  std::string out = std::regex_replace(text, std::regex(R"(\\[0-9]{5},[0-9]+\\)"), "\\T\\");
  out = std::regex_replace(out, std::regex(R"((PINI   \\T\\\d+)\\\d+\\\d+\\[^\\]*\\[^\\]*\\)"), "$1\\C\\P\\N\\U\\");
  out = std::regex_replace(out, std::regex(R"((01\\T\\\d+)\\\d+\\[^\\]*\\[^\\]*\\)"), "$1\\P\\N\\U\\");
  out = std::regex_replace(out, std::regex("\\\\" + std::to_string(::getpid()) + "\\\\"), "\\P\\");
  out = std::regex_replace(out, std::regex(R"(\\[0-9]{16,20}\\)"), "\\C\\");
  out = std::regex_replace(out, std::regex(R"(\\[0-9]{16,20}\\)"), "\\C\\");
  return std::regex_replace(out, std::regex(R"(0x0000[0-9a-f]{4} \[0x00[0-9a-f]{2}\])"), "0xPLACE [0xSIZE]");
}

class JournalExtract : public testing::Test {
 protected:
  void SetUp() override {
    scratch_.enable_journaling();
    auto database = scratch_.open();
    {
      Session session(*database);
      must(session.set(key("a", {"1"}), "quote\"backslash\\"));
      TransactionOptions options;
      options.id = "T1";
      options.durability = Durability::Batch;
      must(session.transact(options, [&]() -> Status {
        HW_TRY_VOID(session.set(key("a", {"2"}), "x"));
        HW_TRY_VOID(session.set(key("xb"), "y"));
        return session.kill(key("a", {"1"}));
      }));
      must(session.zkill(key("a", {"2"})));
    }
    must(database->close());
  }

  JournalExtractRequest request() const {
    JournalExtractRequest request;
    request.path = scratch_.folder() + "/extract";
    request.broken_path = scratch_.folder() + "/broken";
    request.lost_path = scratch_.folder() + "/lost";
    return request;
  }
  std::vector<RegionFiles> files(std::vector<std::string> regions = {"DEFAULT", "X"}) const {
    std::vector<std::string> paths;
    for (const std::string& region : regions) paths.push_back(scratch_.journal_path(region));
    return must(list_journal_files(paths, {}));
  }
  std::string extract(const JournalExtractRequest& wanted, std::vector<std::string> regions = {"DEFAULT", "X"}) const {
    must(remove_file(wanted.path));
    must(extract_journals(files(std::move(regions)), wanted));
    return without_what_varies(text_of(wanted.path));
  }

  test::ScratchDatabase scratch_{{"X"}};
};

TEST_F(JournalExtract, EveryKindOfRecord) {
  EXPECT_EQ(extract(request()), R"(GDSJEX07
01\T\3\P\N\U\\0\\\
01\T\3\P\N\U\\0\\\
05\T\3\P\0\0\0\0\0\0\^a(1)="quote""backslash\"
08\T\4\P\0\C\0\0
05\T\4\P\0\C\0\0\1\0\^a(2)="x"
08\T\3\P\0\C\0\0
05\T\3\P\0\C\0\0\2\0\^xb="y"
04\T\4\P\0\C\0\0\3\0\^a(1)
09\T\4\P\0\C\0\0\2\T1
09\T\3\P\0\C\0\0\2\T1
02\T\3\P\0
10\T\5\P\0\0\0\0\0\0\^a(2)
02\T\5\P\0
)");
}

TEST_F(JournalExtract, TheOlderLayout) {
  JournalExtractRequest wanted = request();
  wanted.layout = ExtractLayout::V5;
  const std::string text = extract(wanted);
  EXPECT_TRUE(text.starts_with("GDSJEX03\n")) << text;
  EXPECT_NE(text.find("\n05\\T\\4\\P\\0\\C\\^a(2)=\"x\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n09\\T\\4\\P\\0\\C\\2\\T1\n"), std::string::npos) << text;
}

TEST_F(JournalExtract, InDetail) {
  JournalExtractRequest wanted = request();
  wanted.detail = true;
  EXPECT_EQ(extract(wanted, {"X"}), R"(GDSJDX08
0xPLACE [0xSIZE] :: PINI   \T\3\C\P\N\U\\0\\\
0xPLACE [0xSIZE] :: PFIN   \T\3\C\P\0
)");
  EXPECT_EQ(without_what_varies(text_of(wanted.broken_path)), R"(GDSJDX08
0xPLACE [0xSIZE] :: TSTART \T\3\C\P\0\C\0\0
                       TSET   \T\3\C\P\0\C\0\0\2\0\^xb="y"
                       TCOM   \T\3\C\P\0\C\0\0\2\T1
)");
}

TEST_F(JournalExtract, OneRegionsJournalLeavesBrokenAndLostTransactions) {
  JournalExtractRequest wanted = request();
  wanted.selection.kills = false;
  const auto result = must(extract_journals(files({"DEFAULT"}), wanted));
  EXPECT_TRUE(result.extract.created && result.broken.created && result.lost.created);
  EXPECT_EQ(without_what_varies(text_of(wanted.broken_path)), R"(GDSJEX07
08\T\4\P\0\C\0\0
05\T\4\P\0\C\0\0\1\0\^a(2)="x"
09\T\4\P\0\C\0\0\2\T1
)");
  EXPECT_EQ(without_what_varies(text_of(wanted.lost_path)), "GDSJEX07 EXTRACT\n02\\T\\5\\P\\0\n");
  wanted.fences = Fences::None;
  EXPECT_FALSE(must(extract_journals(files({"DEFAULT"}), wanted)).broken.created);
}

TEST_F(JournalExtract, WhatIsSelected) {
  const auto lines = [&](const auto& narrow) {
    JournalExtractRequest wanted = request();
    narrow(wanted.selection);
    const std::string text = extract(wanted);
    std::string nodes;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      if (line.find('^') != std::string::npos) nodes += line.substr(0, 2) + line.substr(line.find('^')) + ' ';
    return nodes;
  };
  EXPECT_EQ(lines([](auto& s) { s.kills = false; }), R"(05^a(1)="quote""backslash\" 05^a(2)="x" 05^xb="y" )");
  EXPECT_EQ(lines([](auto& s) { s.sets = false; }), "04^a(1) 10^a(2) ");
  EXPECT_EQ(lines([](auto& s) { s.globals = {{{TextPattern("^x*"), ""}, false}}; }), R"(05^xb="y" )");
  EXPECT_EQ(lines([](auto& s) { s.globals = {{{TextPattern("^a*"), ""}, true}}; }), R"(05^xb="y" )");
  EXPECT_EQ(lines([](auto& s) { s.globals = {{{std::nullopt, key("a", {"2"})}, false}}; }), R"(05^a(2)="x" 10^a(2) )");
  EXPECT_EQ(lines([](auto& s) {
              s.seqnos = {{{Seqno{2}, Seqno{2}}, true}};
            }),
            R"(05^a(1)="quote""backslash\" 10^a(2) )");
  EXPECT_EQ(lines([](auto& s) { s.seqnos = {{{Seqno{3}, Seqno{9}}, false}}; }), "10^a(2) ");
  EXPECT_EQ(lines([](auto& s) { s.pids = {{1, false}}; }), "");
  EXPECT_EQ(lines([](auto& s) { s.users = {{TextPattern("nobody*"), true}}; }).substr(0, 6), "05^a(1");
  EXPECT_EQ(lines([](auto& s) { s.after_us = UINT64_MAX; }), "");
  EXPECT_EQ(lines([](auto& s) { s.before_us = 1; }), "");
}

// As GT.M's -show=statistics: times and processes of every record, globals and kinds of updates alone.
TEST_F(JournalExtract, ASurveyCountsWhatIsSelected) {
  const auto count = [&](const auto& narrow) {
    JournalSelection selection;
    narrow(selection);
    const auto surveys = must(survey_journals(files(), Fences::Process, selection));
    const auto of = [&](RecordCount kind) {
      std::uint64_t sum = 0;
      for (const auto& region : surveys)
        for (const FileSurvey& survey : region) sum += survey.counts[static_cast<std::size_t>(kind)];
      return std::to_string(sum) + " ";
    };
    std::size_t processes = 0;
    for (const auto& region : surveys)
      for (const FileSurvey& survey : region) processes += survey.processes.size();
    using enum RecordCount;
    return of(Pini) + of(Pfin) + of(Set) + of(TSet) + of(UKill) + of(ZKill) + of(TCom) + std::to_string(processes);
  };
  EXPECT_EQ(count([](auto&) {}), "2 2 1 2 1 1 2 2");
  EXPECT_EQ(count([](auto& s) { s.users = {{TextPattern("nobody"), false}}; }), "0 0 0 0 0 0 0 0");
  EXPECT_EQ(count([](auto& s) { s.pids = {{1, false}}; }), "0 0 0 0 0 0 0 0");
  EXPECT_EQ(count([](auto& s) { s.pids = {{static_cast<std::uint32_t>(::getpid()), false}}; }), "2 2 1 2 1 1 2 2");
  EXPECT_EQ(count([](auto& s) { s.after_us = UINT64_MAX; }), "0 0 0 0 0 0 0 0");
  EXPECT_EQ(count([](auto& s) { s.before_us = 1; }), "0 0 0 0 0 0 0 0");
  EXPECT_EQ(count([](auto& s) { s.globals = {{{TextPattern("^x*"), ""}, false}}; }), "2 2 0 1 0 0 2 2");
  EXPECT_EQ(count([](auto& s) { s.sets = false; }), "2 2 0 0 1 1 2 2");
  EXPECT_EQ(count([](auto& s) { s.seqnos = {{{Seqno{3}, Seqno{9}}, false}}; }), "2 2 0 0 0 1 0 2");
}

TEST_F(JournalExtract, ADamagedFileIsNamedWithItsOffsetAndNothingIsLeftBehind) {
  const std::string path = scratch_.journal_path("DEFAULT");
  const auto regions = files();
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(0x2010);
  file.put('\x55');
  file.close();
  const auto result = extract_journals(regions, request());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().id, MsgId::JNLBADRECFMT);
  EXPECT_NE(result.error().text.find(path), std::string::npos) << result.error().text;
  EXPECT_NE(result.error().text.find("0x00002000"), std::string::npos) << result.error().text;
  for (const std::string& left : {request().path, request().path + "_part"}) EXPECT_FALSE(file_exists(left)) << left;
}

TEST_F(JournalExtract, AFullDiskIsAnErrorAndNothingIsLeftBehind) {
  const auto regions = files();
  EXPECT_EQ(test::in_child({},
                           [&] {
                             std::signal(SIGXFSZ, SIG_IGN);
                             const rlimit limit{100, 100};
                             ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
                             const auto result = extract_journals(regions, request());
                             ASSERT_FALSE(result.has_value());
                             EXPECT_EQ(result.error().id, MsgId::FILENOTCREATE);
                             EXPECT_EQ(result.error().os_errno, EFBIG);
                           }),
            0);
  for (const std::string& left : {request().path, request().path + "_part"}) EXPECT_FALSE(file_exists(left)) << left;
}

TEST_F(JournalExtract, AnExistingExtractMakesRoom) {
  std::ofstream(request().path) << "GDSJEX07\nearlier";
  const auto result = must(extract_journals(files(), request()));
  EXPECT_EQ(text_of(result.extract.renamed_to), "GDSJEX07\nearlier");
}

TEST_F(JournalExtract, AFileOfSomethingElseIsLeftAsItIs) {
  std::ofstream(request().path) << "mine";
  const auto result = extract_journals(files(), request());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().id, MsgId::FILENOTCREATE);
  EXPECT_EQ(text_of(request().path), "mine");
  EXPECT_FALSE(file_exists(request().path + "_part"));
}

TEST_F(JournalExtract, TheSameGenerationTwiceIsRefused) {
  const std::string path = scratch_.journal_path("DEFAULT");
  const auto twice = list_journal_files(std::vector{path, path}, {});
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().id, MsgId::JNLFILEDUP);
}

TEST_F(JournalExtract, AJournalInUseIsReadUpToTheLastCommit) {
  auto database = scratch_.open();
  {
    Session session(*database);
    must(session.set(key("a", {"new"}), "1"));
    LiveTails live;
    const std::vector<std::string> paths{scratch_.journal_path("DEFAULT"), scratch_.journal_path("X")};
    const auto regions = must(list_journal_files(paths, std::ref(live)));
    must(extract_journals(regions, request()));
    EXPECT_NE(text_of(request().path).find("^a(\"new\")=\"1\"\n"), std::string::npos);
  }
  must(database->close());
}

TEST_F(JournalExtract, ACopyOfAJournalInUseIsReadAsFarAsItGoes) {
  const std::string copy = scratch_.journal_path("DEFAULT") + ".copy";
  auto database = scratch_.open();
  {
    Session session(*database);
    must(session.set(key("a", {"before"}), "1"));
    std::filesystem::copy_file(scratch_.journal_path("DEFAULT"), copy);
    must(session.set(key("a", {"after"}), "1"));
    LiveTails live;
    const std::vector<std::string> paths{copy, scratch_.journal_path("X")};
    const auto regions = must(list_journal_files(paths, std::ref(live)));
    must(extract_journals(regions, request()));
    EXPECT_NE(text_of(request().path).find("^a(\"before\")=\"1\"\n"), std::string::npos);
    EXPECT_EQ(text_of(request().path).find("^a(\"after\")"), std::string::npos);
    EXPECT_EQ(must(database_use(copy, regions.front().front().info.header)), DatabaseUse::LeftOpen);
  }
  must(database->close());
}

TEST_F(JournalExtract, ALineThatIsNoneEndsTheLoadThere) {
  must(extract_journals(files(), request()));
  std::string text = text_of(request().path);
  text.insert(text.find("\n10\\") + 1, "05\\broken\n");
  auto database = scratch_.open();
  {
    Session session(*database);
    std::istringstream in(text);
    std::ostringstream messages;
    const auto result = load(session, in, {}, messages);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().id, MsgId::LOADABORT);
    EXPECT_NE(messages.str().find("line 13"), std::string::npos) << messages.str();
  }
  must(database->close());
}

TEST_F(JournalExtract, OfAFileThatWasCutOrOfWindowsWholeTransactionsAreLoaded) {
  must(extract_journals(files(), request()));
  const std::string text = text_of(request().path);
  const std::string windows = std::regex_replace(text, std::regex("\n"), "\r\n");
  const auto count = [](const std::string& in, std::string_view what) {
    std::size_t found = 0;
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) ++found;
    return found;
  };
  auto database = scratch_.open();
  {
    Session session(*database);
    const auto there = [&](const std::string& node) { return must(session.get(node)).has_value(); };
    for (const std::string& whole : {text, windows}) {
      for (std::size_t bytes = kExtractLabelBytes; bytes <= whole.size(); ++bytes) {
        SCOPED_TRACE(bytes);
        for (const std::string& global : {key("a"), key("xb")}) must(session.kill(global));
        const std::string part = whole.substr(0, bytes);
        std::istringstream in(part);
        std::ostringstream messages;
        const bool loaded = load(session, in, {}, messages).has_value();
        EXPECT_EQ(loaded, part.ends_with('\n') && count(part, "\n08") == count(part, "\n09"));
        // The transaction sets ^a(2) and ^xb, and kills ^a(1).
        EXPECT_FALSE(there(key("a", {"1"})) && there(key("xb")));
        EXPECT_FALSE(there(key("a", {"2"})) && !there(key("xb")));
      }
      EXPECT_TRUE(there(key("xb")) && !there(key("a", {"2"})));
    }
  }
  must(database->close());
}

}  // namespace
}  // namespace hw

// dse from command line to output, on real database files; the shapes are GT.M's for the same commands.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "dse/dispatch.h"
#include "dse/grammars.h"
#include "engine/recovery/checkpoint.h"
#include "engine/storage/page.h"
#include "test/support/scratch_database.h"

namespace hw::dse {
namespace {

class Dse : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("gtmgbldir", scratch_.directory_path().c_str(), 1);
    ::unsetenv("gtm_repl_instance");
  }

  struct Answer {
    int status = 0;
    std::string out;
    std::string err;
  };

  /// The program with one command line; what it prints has the folder as `.`.
  Answer run(const std::string& line, const std::string& input = {}) const {
    std::istringstream in(input);
    std::ostringstream out, err;
    Console console{in, out, err};
    const char* argv[] = {"dse", line.c_str()};
    const int status = run_program(line.empty() ? 1 : 2, argv, console);
    const std::regex folder(scratch_.folder());
    return {status, std::regex_replace(out.str(), folder, "."), std::regex_replace(err.str(), folder, ".")};
  }

  void set(const std::string& global, int count) const {
    const auto database = scratch_.open();
    Session session(*database);
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(session.set(test::key(global, {std::to_string(i)}), "value " + std::to_string(i)).has_value());
  }
  using Session = hw::Session;

  /// Writes over bytes of the file, as a failing disk does.
  void damage(std::uint64_t offset, const std::string& bytes) const {
    std::fstream file(scratch_.database_path("DEFAULT"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  test::ScratchDatabase scratch_{{"X"}};
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(Dse, TablesAreWellFormed) {
  for (const Grammar* grammar : command_grammars())
    for (const auto& defect : grammar_defects(*grammar)) ADD_FAILURE() << defect;
}

// Shows: 8.dump
TEST_F(Dse, LastLineOfTheHeaderHoldsTheZqgblmodFields) {
  for (const std::string line : {"dump -fileheader", "d -f -all"}) {
    const Answer answer = run(line);
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(contains(answer.err, "\nFile  \t./default.dat\nRegion\tDEFAULT\n")) << answer.err;
    EXPECT_TRUE(contains(answer.err,
                         "  Replication State                             OFF  Region Seqno            "
                         "0x0000000000000001\n"))
        << answer.err;
    const std::string last =
        "\n  Zqgblmod Seqno                 0x0000000000000000  Zqgblmod Trans          "
        "0x0000000000000000\n";
    EXPECT_TRUE(answer.err.ends_with(last)) << answer.err;
    EXPECT_FALSE(contains(answer.err, "Resync"));
  }
}

// Shows: 8.change
TEST_F(Dse, ChangesOfTheHeaderAreSeenAndSurviveTheNextProcess) {
  EXPECT_EQ(run("change -fileheader -zqgblmod_seqno=10 -zqgblmod_tn=0xFF -reg_seqno=1A").status, 0);
  std::string header = run("dump -fileheader").err;
  EXPECT_TRUE(contains(header, "Zqgblmod Seqno                 0x0000000000000010")) << header;
  EXPECT_TRUE(contains(header, "Zqgblmod Trans          0x00000000000000FF")) << header;
  EXPECT_TRUE(contains(header, "Region Seqno            0x000000000000001A")) << header;
  set("a", 1);
  header = run("dump -fileheader").err;
  EXPECT_TRUE(contains(header, "Region Seqno            0x000000000000001B")) << header;
  EXPECT_TRUE(contains(header, "Zqgblmod Trans          0x00000000000000FF")) << header;
}

TEST_F(Dse, AChangeOfAJournaledRegionSurvivesAPowerLoss) {
  scratch_.enable_journaling();
  set("a", 3);
  ASSERT_EQ(run("change -fileheader -zqgblmod_seqno=3 -zqgblmod_tn=4 -record_max_size=2000").status, 0);
  const auto image = read_image_header(scratch_.database_path("DEFAULT"));
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->zqgblmod_seqno.value, 3u);
  EXPECT_EQ(image->zqgblmod_tn, 4u);
  EXPECT_EQ(image->value_bytes_max, 2000u);
}

TEST_F(Dse, LiveRegionsTakeZqgblmodFieldsAndNoOthers) {
  const auto database = scratch_.open();
  hw::Session session(*database);
  ASSERT_TRUE(session.set(test::key("a"), "1").has_value());
  EXPECT_EQ(run("change -fileheader -zqgblmod_seqno=7").status, 0);
  const Answer refused = run("change -fileheader -reg_seqno=7");
  EXPECT_NE(refused.status, 0);
  EXPECT_TRUE(contains(refused.err, "MUSTANDALONE")) << refused.err;
  const std::string header = run("dump -fileheader").err;
  EXPECT_TRUE(contains(header, "Zqgblmod Seqno                 0x0000000000000007")) << header;
  EXPECT_TRUE(contains(header, "Region Seqno            0x0000000000000002")) << header;
  ASSERT_TRUE(session.set(test::key("a"), "2").has_value());
}

TEST_F(Dse, WhatCannotBeChangedIsNamed) {
  const auto error = [&](const std::string& fields) { return run("change -fileheader " + fields); };
  EXPECT_TRUE(contains(error("-resync_seqno=1").err, "%GTM-E-CLIERR, Unrecognized option : RESYNC_SEQNO\n"));
  EXPECT_TRUE(contains(error("-resync_tn=1").err, "%GTM-E-CLIERR, Unrecognized option : RESYNC_TN\n"));
  EXPECT_TRUE(contains(error("-zqgblmod_seqno=xyz").err,
                       "%GTM-E-CLIERR, Unrecognized value: xyz, A non-negative hexadecimal integer required\n"));
  EXPECT_TRUE(contains(error("-zqgblmod_seqno").err, "%GTM-E-CLIERR, Option : ZQGBLMOD_SEQNO needs value\n"));
  EXPECT_TRUE(contains(error("-zqgblmod_seqno=-1").err, "%GTM-E-HEXERR, "));
  EXPECT_TRUE(contains(error("-reg_seqno=0").err, "%GTM-E-HWHEADERVALUE, "));
  EXPECT_TRUE(contains(error("-key_max_size=1020").err, "%GTM-E-HWHEADERVALUE, "));
  EXPECT_TRUE(contains(error("-current_tn=5").err, "%GTM-E-CLIERR, Unrecognized option : CURRENT_TN\n"));
  for (const char* fields : {"-resync_seqno=1", "-reg_seqno=0", "-key_max_size=1020", "-current_tn=5"})
    EXPECT_NE(error(fields).status, 0) << fields;
  EXPECT_TRUE(contains(run("dump -fileheader").err, "Maximum key size                             1019"));
}

TEST_F(Dse, ThePromptChoosesRegionsAndGoesOnAfterErrors) {
  const Answer answer = run("", "find -region=NOSUCH\nfind -region=X\nbogus\n\nfind -region\nquit\ndump\n");
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.out, "DSE> DSE> DSE> DSE> DSE> DSE> ");
  EXPECT_TRUE(contains(answer.err, "%GTM-E-NOREGION, REGION not found: NOSUCH\n"));
  EXPECT_TRUE(contains(answer.err, "\nFile  \t./x.dat\nRegion\tX\n"));
  EXPECT_TRUE(contains(answer.err, "%GTM-E-CLIERR, Unrecognized command: BOGUS\n"));
  EXPECT_TRUE(contains(answer.err, "List of global directory:\t\n"));
  EXPECT_FALSE(contains(answer.err, "Block")) << "a command behind quit was done";
}

TEST_F(Dse, ANodeIsFoundInItsPageAndShown) {
  set("a", 2000);
  const std::string found = run("find -key=^a(777)").err;
  std::smatch page;
  ASSERT_TRUE(std::regex_search(found, page, std::regex("Key found in block  ([0-9A-F]+)\\."))) << found;
  EXPECT_TRUE(contains(found, "Global tree path")) << found;
  const std::string shown = run("dump -block=" + page[1].str()).err;
  EXPECT_TRUE(contains(shown, "Key ^a(777)\n")) << shown;
  EXPECT_TRUE(contains(shown, "Level 0")) << shown;
  const std::string node = run("dump -key=^a(777)").err;
  EXPECT_TRUE(contains(node, "Key ^a(777)\n")) << node;
  EXPECT_TRUE(contains(node, ", value 9 bytes\n")) << node;
  EXPECT_TRUE(contains(run("dump -key=^a(5000)").err, "%GTM-E-GVUNDEF, "));
  EXPECT_TRUE(contains(run("find -key=^a(5000)").err, "Key not found"));
  EXPECT_TRUE(contains(run("find -block=" + page[1].str()).err, "Global tree path"));
  EXPECT_TRUE(contains(run("dump -block=FFFFFF").err, "%GTM-E-BLKINVALID, 0x0000000000FFFFFF is not a valid block"));
  EXPECT_TRUE(contains(run("dump -block=1").err, "Meta page"));
}

TEST_F(Dse, ANodeWithALongKeyIsFoundAndItsRecordsAreNamed) {
  const std::string name = "^g(\"" + std::string(600, 'x') + "\")";
  {
    const auto database = scratch_.open();
    Session session(*database);
    ASSERT_TRUE(session.set(test::key("g", {std::string(600, 'x')}), "value").has_value());
  }
  const std::string found = run("find -key=" + name).err;
  std::smatch page;
  ASSERT_TRUE(std::regex_search(found, page, std::regex("Key found in block  ([0-9A-F]+)\\."))) << found;
  const std::string shown = run("dump -block=" + page[1].str()).err;
  EXPECT_TRUE(contains(shown, "Key (head of long keys, group 01000000)\n")) << shown;
  EXPECT_TRUE(contains(shown, "Key " + name + "\n")) << shown;
  EXPECT_TRUE(contains(shown, "Key (stub of long keys, group 01000000)\n")) << shown;
  const std::string node = run("dump -key=" + name).err;
  EXPECT_TRUE(contains(node, "Key " + name + "\n")) << node;
  EXPECT_TRUE(contains(node, "Key 604 bytes, value 5 bytes\n")) << node;
  const std::string other = "^g(\"" + std::string(601, 'x') + "\")";
  EXPECT_TRUE(contains(run("dump -key=" + other).err, "%GTM-E-GVUNDEF, "));
  EXPECT_TRUE(contains(run("find -key=" + other).err, "Key not found"));
}

TEST_F(Dse, ANodeIsFoundHoweverItsSubscriptsAreWritten) {
  const std::vector<std::string> subscripts[] = {{"a,b"},   {"x", "A"}, {"tab\t"},    {"quote\"d"},
                                                 {"01"},    {"1"},      {"a b", "c"}, {"\xff", "-1.5", "z"},
                                                 {"$C(9)"}, {"a_b"},    {")"}};
  {
    const auto database = scratch_.open();
    Session session(*database);
    for (const auto& each : subscripts) ASSERT_TRUE(session.set(test::key("s", each), "value").has_value());
  }
  for (const std::string key :
       {R"(^s("a,b"))", R"(^s("x",$C(65)))", R"(^s("tab"_$C(9)))", R"(^s("quote""d"))", R"(^s("01"))", R"(^s(01))",
        R"(^s(1))", R"(^s("1"))", R"(^s("a b","c"))", R"(^s($ZCH(255),-1.5,"z"))", R"(^s($C(255),-1.5,"z"))",
        R"k(^s("$C(9)"))k", R"(^s("a_b"))", R"k(^s(")"))k", R"k("^s(""a,b"")")k", R"k("^s($C(255),-1.5,""z"")")k",
        "^s(x,A)"}) {
    EXPECT_TRUE(contains(run("find -key=" + key).err, "Key found in block")) << key;
    EXPECT_TRUE(contains(run("dump -key=" + key).err, "value 5 bytes")) << key;
  }
  EXPECT_TRUE(contains(run(R"(dump -key=^s("a,c"))").err, R"(%GTM-E-GVUNDEF, Global variable undefined: ^s("a,c"))"));
}

TEST_F(Dse, ADamagedHeaderIsNamedAndNothingIsChanged) {
  set("a", 3);
  std::ifstream file(scratch_.database_path("DEFAULT"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::size_t label = bytes.rfind("HWREGN03");
  ASSERT_NE(label, std::string::npos);
  damage(label + 40, "\x55");
  for (std::size_t at = bytes.find("HWREGN03"); at != std::string::npos; at = bytes.find("HWREGN03", at + 1))
    damage(at + 40, "\x55");
  const Answer answer = run("dump -fileheader");
  EXPECT_NE(answer.status, 0);
  EXPECT_TRUE(contains(answer.err, "%GTM-E-DBNOTGDS, ./default.dat - Unrecognized database file format\n"))
      << answer.err;
  EXPECT_TRUE(contains(answer.err, "The region header, ")) << answer.err;
  EXPECT_NE(run("change -fileheader -reg_seqno=5").status, 0);
  EXPECT_TRUE(contains(run("dump -key=^a(1)").err, "Key ^a(1)\n")) << "the nodes can still be looked at";
  damage(0, std::string(2 * kPageBytes, '\0'));
  const Answer gone = run("dump -fileheader");
  EXPECT_TRUE(contains(gone.err, "Page 0 is no meta page: ")) << gone.err;
}

TEST_F(Dse, CommandsOfGtmsBlockStoreSayWhyTheyAreRefused) {
  for (const char* line :
       {"add -block=3", "maps -busy -block=3", "save -block=4", "wcinit", "critical -seize", "spawn ls"}) {
    const Answer answer = run(line);
    EXPECT_NE(answer.status, 0) << line;
    EXPECT_TRUE(contains(answer.err, "%GTM-E-HWREFUSED, ")) << answer.err;
  }
  EXPECT_EQ(run("buffer_flush").status, 0);
  EXPECT_EQ(run("all -buffer_flush").status, 0);
  EXPECT_TRUE(contains(run("cache -show").err, "page cache"));
  EXPECT_EQ(run("evaluate -decimal -number=20").err, "Hex:  14   Dec:  20\n");
  EXPECT_TRUE(contains(run("help").out, "buffer_flush"));
  EXPECT_TRUE(contains(run("help change").out, "-zqgblmod_seqno=<seqno>"));
}

TEST_F(Dse, WithoutAGlobalDirectoryNothingStarts) {
  ::setenv("gtmgbldir", (scratch_.folder() + "/none.gld").c_str(), 1);
  const Answer answer = run("dump -fileheader");
  EXPECT_NE(answer.status, 0);
  EXPECT_TRUE(contains(answer.err, "%GTM-E-ZGBLDIRACC, ")) << answer.err;
}

}  // namespace
}  // namespace hw::dse

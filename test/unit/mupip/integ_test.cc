// integ, size, reorg, extend, stop, ftok and the refused commands, command line to output.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "engine/commit/domain.h"
#include "test/support/child_process.h"
#include "test/unit/mupip/command_line.h"

namespace hw::mupip {
namespace {

class Utilities : public CommandLineTest {
 protected:
  void set(int from, int to) const {
    const auto database = scratch_.open();
    Session session(*database);
    for (int i = from; i < to; ++i)
      ASSERT_TRUE(session.set(test::key("a", {std::to_string(i)}), std::string(100, 'v')).has_value());
  }

  void overwrite(std::uint64_t offset, char byte) const {
    std::fstream file(scratch_.database_path("DEFAULT"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// GT.M's tables accept a negated keyword, and more than one; its commands refuse them in these words.
TEST_F(Utilities, AListThatMeansOneWordTakesOneThatIsNotNegated) {
  struct Row {
    std::string before, after, words;
  };
  const Row rows[] = {{"extract -format=", " x.zwr", "Extract error: bad format type"},
                      {"load -format=", " x.zwr", "Illegal file format for load"}};
  for (const Row& row : rows)
    for (const auto* list : {"nozwr", "nogo", "nobinary", "zwr,go", "nozwr,go", "zwr,nogo"})
      EXPECT_EQ(run(row.before + list + row.after),
                "rc=250\n" + row.words + "\n%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
  for (const auto* list : {"nostop", "noproceed", "nointeractive", "stop,proceed", "proceed,nostop"})
    EXPECT_EQ(run(std::string("load -onerror=") + list + " x.zwr"),
              "rc=250\nIllegal ONERROR parameter for load\n%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
  for (const auto* list : {"nomm", "nobg", "bg", "mm,nomm", "nobg,mm"})
    EXPECT_NE(run(std::string("set -region DEFAULT -access_method=") + list).substr(0, 5), "rc=0\n") << list;
}

TEST_F(Utilities, IntegOfSoundRegionsPrintsGtmsTable) {
  set(0, 300);
  const std::string online = run("integ -region *");
  EXPECT_TRUE(
      online.starts_with("rc=0\n\n\nInteg of region DEFAULT\n\nNo errors detected by integ.\n\n"
                         "Type           Blocks         Records          % Used      Adjacent\n\n"
                         "Directory  "))
      << online;
  EXPECT_TRUE(contains(online, "\nInteg of region X\n")) << online;
  EXPECT_TRUE(contains(online, "\nData  "));
  EXPECT_TRUE(contains(online, "             301  ")) << "300 nodes and the header: " << online;
  const std::string file = run("integ -full " + scratch_.database_path("DEFAULT"));
  EXPECT_TRUE(file.starts_with("rc=0\n\nTree of nodes\nLevel")) << file;
  EXPECT_TRUE(contains(run("integ -fast -region DEFAULT"), "No errors detected by fast integ."));
}

TEST_F(Utilities, IntegOfAFileNeedsItAlone) {
  const auto database = scratch_.open();
  Session session(*database);
  ASSERT_TRUE(session.set(test::key("a"), "1").has_value());
  EXPECT_EQ(run("integ " + scratch_.database_path("DEFAULT")),
            "rc=178\n./default.dat -> File already open by another process (2).\nResource temporarily unavailable\n"
            "%GTM-I-MUSTANDALONE, Could not get exclusive access to ./default.dat\n"
            "%GTM-E-INTEGERRS, Database integrity errors\n");
  EXPECT_EQ(run("integ nosuch.dat").substr(0, 7), "rc=130\n");
  EXPECT_EQ(run("integ -region NOSUCH"),
            "rc=130\n%GTM-E-NOREGION, REGION not found: NOSUCH\n"
            "%GTM-E-MUNOACTION, MUPIP unable to perform requested action\n");
}

TEST_F(Utilities, DamageIsToldAndRebuiltFromImageAndJournal) {
  scratch_.enable_journaling();
  set(0, 300);
  std::ifstream file(scratch_.database_path("DEFAULT"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  for (std::uint64_t page = 2; page * 4096 < bytes.size(); ++page)
    if (bytes.compare(page * 4096 + 10, 2, std::string("\2\0", 2)) == 0) overwrite(page * 4096 + 12, '\x55');
  const std::string damaged = run("integ " + scratch_.database_path("DEFAULT"));
  EXPECT_TRUE(damaged.starts_with("rc=178\n%GTM-E-HWINTEGPAGE, Database file ./default.dat, page ")) << damaged;
  EXPECT_TRUE(contains(damaged, "Total error count from integ:\t\t")) << damaged;
  const std::string rebuilt = run("integ -rebuild -region DEFAULT");
  EXPECT_TRUE(rebuilt.starts_with("rc=0\n%GTM-I-HWRECOVERED, Region DEFAULT recovered to journal seqno 300 "))
      << rebuilt;
  EXPECT_TRUE(run("integ -region *").starts_with("rc=0\n"));
  EXPECT_EQ(run("integ -rebuild -region X").substr(0, 7), "rc=0\n%G");
}

TEST_F(Utilities, DigestsOfDifferentFilesWithTheSameNodesAgree) {
  scratch_.enable_journaling();
  set(0, 200);
  const auto digest = [&](const std::string& line) {
    const std::string said = run(line);
    return said.substr(said.find(" : ") + 3, 32);
  };
  const std::string early = digest("integ -digest -region DEFAULT");
  set(200, 300);
  const std::string late = digest("integ -digest -region DEFAULT");
  EXPECT_NE(early, late);
  EXPECT_EQ(digest("integ -digest=200 -region DEFAULT"), early);
  const test::ScratchDatabase other({"X"});
  ::setenv("gtmgbldir", other.directory_path().c_str(), 1);
  {
    const auto database = other.open();
    Session session(*database);
    for (int i = 300; i-- > 0;)
      ASSERT_TRUE(session.set(test::key("a", {std::to_string(i)}), std::string(100, 'v')).has_value());
  }
  EXPECT_EQ(digest("integ -digest -region DEFAULT"), late);
  EXPECT_TRUE(run("integ -digest=5000 -region DEFAULT").starts_with("rc=130\n%GTM-E-HWSEQNOGAP, "));
}

TEST_F(Utilities, ReorgGivesSpaceBackAndKeepsEveryNode) {
  for (const bool journaled : {false, true}) {
    if (journaled) scratch_.enable_journaling();
    set(0, 20000);
    {
      const auto database = scratch_.open();
      Session session(*database);
      for (int i = 100; i < 20000; ++i) ASSERT_TRUE(session.kill(test::key("a", {std::to_string(i)})).has_value());
    }
    const std::string digest = run("integ -digest -region DEFAULT");
    const auto before = std::filesystem::file_size(scratch_.database_path("DEFAULT"));
    const std::string said = run("reorg -region=DEFAULT");
    EXPECT_TRUE(said.starts_with("rc=0\n%GTM-I-MUTRUNCSUCCESS, Database file ./default.dat truncated from 0x")) << said;
    EXPECT_LT(std::filesystem::file_size(scratch_.database_path("DEFAULT")), before / 2);
    EXPECT_EQ(run("integ -digest -region DEFAULT"), digest);
    EXPECT_TRUE(run("integ -region DEFAULT").starts_with("rc=0\n"));
    set(0, 10);
  }
}

TEST_F(Utilities, ReorgOfALiveRegionIsRefused) {
  const auto database = scratch_.open();
  Session session(*database);
  ASSERT_TRUE(session.set(test::key("a"), "1").has_value());
  const std::string said = run("reorg");
  EXPECT_TRUE(said.starts_with("rc=10\n")) << said;
  EXPECT_TRUE(contains(said, "needs standalone access")) << said;
}

// Its pool is still there, and nobody: it is no living process's file, and being ahead of its header is no damage.
TEST_F(Utilities, IntegOfAFileWhoseProcessWasKilledChecksItAsItStands) {
  scratch_.enable_journaling();
  const int status = test::in_child({}, [&] {
    set(0, 10);
    const auto database = scratch_.open();
    Session session(*database);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(session.set(test::key("b", {std::to_string(i)}), std::string(100, 'v')).has_value());
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  const std::string said = run("integ -file " + scratch_.database_path("DEFAULT"));
  EXPECT_TRUE(said.starts_with("rc=0\n")) << said;
  EXPECT_TRUE(contains(said, "not compared with checkpoint image and journal")) << said;
  const std::string recovered = run("integ -region DEFAULT");
  EXPECT_TRUE(recovered.starts_with("rc=0\n")) << recovered;
  EXPECT_FALSE(contains(recovered, "not compared")) << recovered;
}

TEST_F(Utilities, SizeCountsGlobals) {
  set(0, 300);
  const std::string said = run("size -region=DEFAULT");
  EXPECT_TRUE(said.starts_with("rc=0\n\nGlobal: a (region DEFAULT)\n")) << said;
  EXPECT_TRUE(contains(said, "\n300 ")) << said;
  EXPECT_TRUE(contains(said, "\nLevel  ")) << said;
  EXPECT_EQ(run("size -select=nosuch").substr(0, 7), "rc=130\n");
}

TEST_F(Utilities, ExtendWorksBesideALiveProcess) {
  EXPECT_TRUE(contains(run("extend DEFAULT -blocks=100"), "Extension successful, file ./default.dat extended by "));
  const auto database = scratch_.open();
  Session session(*database);
  ASSERT_TRUE(session.set(test::key("a"), "1").has_value());
  EXPECT_EQ(run("extend NOSUCH -blocks=1").substr(0, 7), "rc=130\n");
}

TEST_F(Utilities, PropertiesAreSetInGtmsWords) {
  EXPECT_EQ(run("set -key_size=1019 -record_size=1048576 -null_subscripts=always -extension_count=200 -region DEFAULT"),
            "rc=0\nDatabase file ./default.dat now has extension count 200\n"
            "Database file ./default.dat now has maximum key size 1019\n"
            "Database file ./default.dat now has null subscripts set to ALWAYS  \n"
            "Database file ./default.dat now has maximum record size 1048576\n");
  EXPECT_EQ(run("set -key_size=1018 -extension_count=7 -region DEFAULT"),
            "rc=168\n1018 smaller than current maximum key size 1019\n"
            "%GTM-W-WCWRNNOTCHG, Not all specified database files were changed\n");
  EXPECT_EQ(run("set -key_size=300 -record_size=4999 -region DEFAULT"),
            "rc=168\n4999 smaller than current maximum record size 1048576\n"
            "%GTM-W-WCWRNNOTCHG, Not all specified database files were changed\n");
  EXPECT_EQ(run("set -key_size=5000 -region DEFAULT").substr(0, 30), "rc=130\n%GTM-E-HWHEADERVALUE, K");
  EXPECT_TRUE(contains(run("set -global_buffers=2000 -region DEFAULT"),
                       "GLOBAL_BUFFERS has no effect: it is a setting of GT.M's block store"));
  EXPECT_EQ(run("set -noencryptable -noread_only -region DEFAULT"),
            "rc=0\nDatabase file ./default.dat now has encryptable flag set to FALSE\n"
            "Database file ./default.dat is no longer read-only\n");
  for (const char* other : {"key_size=100", "access_method=bg", "encryptable", "stdnullcoll", "extension_count=3"}) {
    const std::string said = run(std::string("set -own -region DEFAULT -") + other);
    EXPECT_TRUE(said.starts_with("rc=106\n%GTM-E-CLIERR, Missing or illegal combination")) << other << ": " << said;
  }
  EXPECT_TRUE(contains(run("set -access_method=bg -region DEFAULT"), "%GTM-E-HWREFUSED, SET -ACCESS_METHOD=BG"));
}

// A parameter that is passed over would make a command act on something else than was meant.
TEST_F(Utilities, AParameterThatHasNoPlaceIsRefused) {
  const std::string refused =
      "rc=250\nMUPIP RUNDOWN only accepts a parameter when -FILE or -REGION is specified.\n"
      "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n";
  EXPECT_EQ(run("rundown no_such_file"), refused);
  EXPECT_EQ(run("rundown -override " + scratch_.database_path("X")), refused);
  const std::string routines = run("rundown -relinkctl folder");
  EXPECT_TRUE(routines.starts_with("rc=0\n%GTM-I-TEXT, -RELINKCTL has no effect")) << routines;
  EXPECT_FALSE(contains(routines, "MUFILRNDWNSUC")) << routines;
  EXPECT_EQ(run("reorg -region=DEFAULT X"), "rc=106\n%GTM-E-CLIERR, Too many parameters\n");
}

TEST_F(Utilities, RefusedCommandsSayWhy) {
  for (const char* line :
       {"trigger -triggerfile=x", "freeze -on -online *", "semaphore x", "intrpt 5", "upgrade x", "crypt x"})
    EXPECT_TRUE(contains(run(line), "%GTM-E-HWREFUSED, ")) << line;
  EXPECT_EQ(run("stop 0").substr(0, 6), "rc=106");
  EXPECT_EQ(run("stop 99999999"), "rc=1\nError issuing STOP to process 99999999: No such process\n");
  EXPECT_TRUE(contains(run("ftok " + scratch_.database_path("X")), "         -1 [0xffffffff] ::"));
  EXPECT_TRUE(contains(run("help trigger"), "Headwater has no triggers"));
}

}  // namespace
}  // namespace hw::mupip

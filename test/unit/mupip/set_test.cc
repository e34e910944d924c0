// create, set, rundown and rollback, command line to output; the texts are GT.M's for the same commands.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/admin/region_settings.h"
#include "engine/recovery/checkpoint.h"
#include "test/unit/mupip/command_line.h"

namespace hw::mupip {
namespace {

class Set : public CommandLineTest {
 protected:
  RegionHeader header(const std::string& region) const {
    const auto access = RegionAccess::take(scratch_.database_path(region), nullptr);
    RegionAccess* one[] = {access->get()};
    EXPECT_TRUE(make_clean(one, RegionSet::Part).has_value());
    return (*access)->region().header;
  }
};

TEST_F(Set, CreateRefusesFilesThatAreThere) {
  EXPECT_EQ(run("create -region=X"),
            "rc=84\n"
            "%GTM-E-DBOPNERR, Error opening database file ./x.dat\n"
            "%SYSTEM-E-ENO17, File exists\n"
            "%GTM-F-DBNOCRE, Not all specified database files, or their associated journal files were created\n");
  std::filesystem::remove(scratch_.database_path("X"));
  EXPECT_EQ(run("create -region=x"), "rc=0\n%GTM-I-DBFILECREATED, Database file ./x.dat created\n");
  EXPECT_EQ(run("create -region=NOSUCH"),
            "rc=250\n"
            "%GTM-E-NOREGION, REGION not found: NOSUCH\n"
            "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
}

TEST_F(Set, ReplicationGoesOnAndOff) {
  EXPECT_EQ(run("set -replication=on -region DEFAULT"),
            "rc=0\n"
            "%GTM-I-JNLCREATE, Journal file ./default.mjl created for region DEFAULT with BEFORE_IMAGES\n"
            "%GTM-I-JNLSTATE, Journaling state for region DEFAULT is now ON\n"
            "%GTM-I-REPLSTATE, Replication state for region DEFAULT is now ON\n");
  EXPECT_TRUE(header("DEFAULT").replicated);
  EXPECT_EQ(run("set -journal=off -region DEFAULT"),
            "rc=8\n"
            "%GTM-W-REPLJNLCNFLCT, Journaling cannot be turned OFF/DISABLED on database file ./default.dat as the "
            "replication state is ON and must also be turned OFF/DISABLED in the same command\n"
            "%GTM-W-MUNOFINISH, MUPIP unable to finish all requested actions\n");
  EXPECT_EQ(run("set -replication=off -file " + scratch_.database_path("DEFAULT")),
            "rc=0\n"
            "%GTM-I-FILERENAME, File ./default.mjl is renamed to ./default.mjl_TIME\n"
            "%GTM-I-JNLCREATE, Journal file ./default.mjl created for database file ./default.dat with BEFORE_IMAGES\n"
            "%GTM-I-JNLSTATE, Journaling state for database file ./default.dat is now ON\n"
            "%GTM-I-REPLSTATE, Replication state for database file ./default.dat is now OFF\n");
  EXPECT_FALSE(header("DEFAULT").replicated);
  EXPECT_EQ(run("set -journal=off -region DEFAULT"),
            "rc=0\n%GTM-I-JNLSTATE, Journaling state for region DEFAULT is now OFF\n");
  EXPECT_FALSE(file_exists(image_path(scratch_.database_path("DEFAULT")))) << "it would age unnoticed";
}

TEST_F(Set, ReplicationStartsAJournalThatContinuesNone) {
  run("set -journal=enable,on,before -region X");
  EXPECT_EQ(run("set -replication=on -region X"),
            "rc=0\n"
            "%GTM-I-FILERENAME, File ./x.mjl is renamed to ./x.mjl_TIME\n"
            "%GTM-I-JNLCREATE, Journal file ./x.mjl created for region X with BEFORE_IMAGES\n"
            "%GTM-I-PREVJNLLINKCUT, Previous journal file name link set to NULL in new journal file ./x.mjl created "
            "for database file ./x.dat\n"
            "%GTM-I-JNLSTATE, Journaling state for region X is now ON\n"
            "%GTM-I-REPLSTATE, Replication state for region X is now ON\n");
  EXPECT_EQ(read_journal_info(scratch_.journal_path("X"))->header.previous_path, "");
}

TEST_F(Set, JournalNamesAreNotTakenFromOtherFiles) {
  run("set -journal=enable,on,before -region X");
  run("set -journal=off -region X");
  const std::string other = scratch_.folder() + "/other.mjl";
  EXPECT_EQ(run("set -journal=on,before,file=" + other + " -region X"),
            "rc=0\n"
            "%GTM-I-JNLCREATE, Journal file ./other.mjl created for region X with BEFORE_IMAGES\n"
            "%GTM-I-JNLSTATE, Journaling state for region X is now ON\n");
  EXPECT_EQ(run("set -journal=on,before,file=" + scratch_.journal_path("X") + " -region X"),
            "rc=10\n"
            "%GTM-E-FILEEXISTS, File ./x.mjl already exists\n"
            "%GTM-E-JNLNOCREATE, Journal file ./x.mjl not created\n"
            "%GTM-E-MUNOFINISH, MUPIP unable to finish all requested actions\n");
  EXPECT_EQ(header("X").journal_path, other);
}

TEST_F(Set, DisabledJournalingMustBeEnabledFirst) {
  EXPECT_EQ(run("set -journal=on,before_images -region *"),
            "rc=8\n"
            "%GTM-W-JNLDISABLE, Specified journal option(s) cannot take effect as journaling is DISABLED on database "
            "file ./default.dat\n"
            "%GTM-W-JNLDISABLE, Specified journal option(s) cannot take effect as journaling is DISABLED on database "
            "file ./x.dat\n"
            "%GTM-W-MUNOFINISH, MUPIP unable to finish all requested actions\n");
  EXPECT_EQ(run("set -journal=enable,on,before,allocation=1 -region X"),
            "rc=130\n"
            "%GTM-E-JNLINVALLOC, Journal file allocation 1 is not within the valid range of 2048 to 8388607.  Journal "
            "file not created.\n"
            "%GTM-E-MUNOACTION, MUPIP unable to perform requested action\n");
}

// While another user has the databases open: journals can be switched, states cannot be changed.
TEST_F(Set, BesideOthersOnlyTheJournalFileChanges) {
  run("set -journal=enable,on,before -region *");
  const auto database = scratch_.open();
  {
    Session session(*database);
    ASSERT_TRUE(session.set(test::key("a"), "1").has_value());
    EXPECT_EQ(run("set -replication=on -region *"),
              "rc=10\n"
              "./default.dat -> File already open by another process (2).\n"
              "Resource temporarily unavailable\n"
              "%GTM-I-MUSTANDALONE, Could not get exclusive access to ./default.dat\n"
              "%GTM-E-MUNOFINISH, MUPIP unable to finish all requested actions\n");
    EXPECT_EQ(run("rundown -region X"),
              "rc=200\n"
              "./x.dat -> File already open by another process (2).\n"
              "Resource temporarily unavailable\n"
              "%GTM-W-MUNOTALLSEC, WARNING: not all global sections accessed were successfully rundown\n");
    ASSERT_TRUE(session.set(test::key("a"), "2").has_value()) << "the refused commands must leave the pool alone";
  }
  ASSERT_TRUE(database->close().has_value());
  EXPECT_EQ(run("rundown -region X"), "rc=0\n%GTM-I-MUFILRNDWNSUC, File ./x.dat successfully rundown\n");
}

TEST_F(Set, RollbackWantsAnInstanceAndAllJournals) {
  EXPECT_EQ(run("journal -rollback -backward *"),
            "rc=130\n"
            "%GTM-E-REPLINSTUNDEF, Replication instance environment variable $gtm_repl_instance is undefined\n"
            "%GTM-E-MUNOACTION, MUPIP unable to perform requested action\n");
  EXPECT_EQ(run("journal -rollback -backward x.mjl"),
            "rc=250\n"
            "%GTM-E-NOSTARFILE, Only star(*) argument can be specified with ROLLBACK -BACKWARD qualifier\n"
            "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
}

TEST_F(Set, RollbackAgreesWithItselfWhenRepeated) {
  ::setenv("gtm_repl_instance", (scratch_.folder() + "/test.repl").c_str(), 1);
  ASSERT_EQ(run("replicate -instance_create -name=A"), "rc=0\n");
  run("set -replication=on -region *");
  const std::string expected =
      "rc=0\n"
      "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 1 [0x0000000000000001]\n"
      "%GTM-S-JNLSUCCESS, Show successful\n"
      "%GTM-S-JNLSUCCESS, Verify successful\n"
      "%GTM-S-JNLSUCCESS, Rollback successful\n";
  const auto without_times = [](const std::string& text) {
    return std::regex_replace(text, std::regex("%GTM-I-MUJNLSTAT, [^\n]*\n"), "");
  };
  EXPECT_EQ(without_times(run("journal -rollback -backward *")), expected);
  EXPECT_EQ(without_times(run("journal -rollback *")), expected);
}

}  // namespace
}  // namespace hw::mupip

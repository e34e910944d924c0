// The gde program itself, run as an operator's script runs it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/file.h"
#include "engine/globals/global_directory.h"

namespace hw {
namespace {

struct Ended {
  int status;
  std::string out;
  std::string err;
};

class Gde : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("hw-gde-{}-{}", getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    folder_ = std::filesystem::canonical(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string text_of(const std::string& name) const { return read_file(path(name), 1 << 20).value(); }

  Ended gde(const std::string& script, const std::string& arguments = "",
            const std::string& directory = "gtm.gld") const {
    std::ofstream(path("script")) << script;
    const std::string command = fmt::format("cd '{}' && gtmgbldir={} '{}/gde' {} <script >out 2>err", folder_.string(),
                                            directory, HW_BIN_DIR, arguments);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of("out"), text_of("err")};
  }
  GlobalDirectory load() const { return GlobalDirectory::load(path("gtm.gld")).value(); }

  std::filesystem::path folder_;
};

constexpr const char* kLabScript = R"(change -segment DEFAULT -file="/p/gtm.dat" -alloc=100 -ext=100
change -region DEFAULT -rec=4000 -key=255
add -name x* -region=XREG
add -name X* -region=XREG ! both cases
! a comment
add -region XREG -dyn=XSEG -rec=4000 -key=255
add -segment XSEG -file=/p/x.dat -alloc=100 -ext=100
exit
)";

TEST_F(Gde, CreatesADirectoryFromAScript) {
  const auto run = gde(kLabScript);
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "%GDE-I-GDUSEDEFS, Using defaults for Global Directory \n\t" + path("gtm.gld") +
                         "\n%GDE-I-VERIFY, Verification OK\n%GDE-I-GDCREATE, Creating Global Directory file \n\t" +
                         path("gtm.gld") + "\n");
  const auto directory = load();
  EXPECT_EQ(directory.region_for("xyz").name, "XREG");
  EXPECT_EQ(directory.region_for("Xyz").name, "XREG");
  EXPECT_EQ(directory.region_for("y").name, "DEFAULT");
  EXPECT_EQ(directory.find_region("DEFAULT")->key_size, 255U);
  EXPECT_EQ(directory.find_region("DEFAULT")->record_size, 4000U);
  EXPECT_EQ(directory.database_path(*directory.find_region("DEFAULT")), "/p/gtm.dat");
  EXPECT_EQ(directory.find_segment("XSEG")->file_name, "/p/x.dat");  // A space ends an unquoted file name.
}

TEST_F(Gde, ExitWithoutCommandsWritesTheDefaults) {
  EXPECT_EQ(gde("exit\n").status, 0);
  EXPECT_EQ(load().contents(), GlobalDirectoryContents::defaults());
  const auto again = gde("exit\n");
  EXPECT_EQ(again.err, "%GDE-I-LOADGD, Loading Global Directory file \n\t" + path("gtm.gld") +
                           "\n%GDE-I-VERIFY, Verification OK\n%GDE-I-NOACTION, Not updating Global Directory " +
                           path("gtm.gld") + "\n");
}

TEST_F(Gde, EndOfInputIsAnExit) {
  EXPECT_EQ(gde("change -region DEFAULT -key=99").status, 0);
  EXPECT_EQ(load().find_region("DEFAULT")->key_size, 99U);
}

TEST_F(Gde, QuitWritesNothing) {
  const auto run = gde("change -region DEFAULT -key=99\nquit\n");
  EXPECT_EQ(run.status, 0);
  EXPECT_FALSE(std::filesystem::exists(path("gtm.gld")));
  EXPECT_NE(run.err.find("%GDE-I-NOACTION, Not updating Global Directory " + path("gtm.gld")), std::string::npos);
}

TEST_F(Gde, ExitIsRefusedUntilTheDirectoryIsWhole) {
  const auto run = gde("add -name a -region=B\nexit\n");
  EXPECT_EQ(run.status, 195);
  EXPECT_NE(run.err.find("%GDE-I-MAPBAD, Region B for Name a does not exist\n%GDE-I-VERIFY, Verification FAILED\n"
                         "%GDE-I-NOEXIT, Cannot exit because of verification failure\n"),
            std::string::npos)
      << run.err;
  EXPECT_FALSE(std::filesystem::exists(path("gtm.gld")));

  gde("add -name a -region=B\nexit\nadd -region B -dyn=BS\nadd -segment BS -file=b\nexit\n");
  EXPECT_EQ(load().region_for("a").name, "B");
}

/// Each command is refused with this line and changes nothing.
TEST_F(Gde, RefusedCommands) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"foo", "%GDE-E-KEYWRDBAD, FOO is not a valid verb in this context"},
      {"s", "%GDE-E-KEYWRDAMB, S is ambiguous for SETGD and SHOW"},
      {"add", "%GDE-E-QUALREQD, object required"},
      {"add -foo", "%GDE-E-KEYWRDBAD, FOO is not a valid object in this context"},
      {"add -name", "%GDE-E-OBJREQD, name required"},
      {"add -name x", "%GDE-E-QUALREQD, Region required"},
      {"add -name 1x -region=DEFAULT", "%GDE-E-VALUEBAD, 1x is not a valid name"},
      {"add -name * -region=DEFAULT", "%GDE-E-OBJDUP, Name * already exists"},
      {"add -name x -region=1x", "%GDE-E-PREFIXBAD, 1X - region name must start with an alphabetic character"},
      {"add -region R1", "%GDE-E-QUALREQD, Dynamic_segment required"},
      {"add -region DEFAULT -dyn=D", "%GDE-E-OBJDUP, Region DEFAULT already exists"},
      {"add -segment S1", "%GDE-E-QUALREQD, File required"},
      {"change DEFAULT", "%GDE-E-MISSINGDELIM, Delimiter dash expected before object DEFAULT"},
      {"change -region NOPE -key=3", "%GDE-E-OBJNOTFND, Region NOPE does not exist"},
      {"change -region DEFAULT key=3", "%GDE-E-MISSINGDELIM, Delimiter dash expected before qualifier key=3"},
      {"change -region DEFAULT -bar=1", "%GDE-E-KEYWRDBAD, BAR is not a valid qualifier in this context"},
      {"change -region DEFAULT -nokey", "%GDE-E-NONEGATE, Qualifier KEY_SIZE cannot be negated"},
      {"change -region DEFAULT -key", "%GDE-E-VALUEREQD, Qualifier KEY_SIZE requires a value"},
      {"change -region DEFAULT -key=x", "%GDE-E-VALUEBAD, x is not a valid number"},
      {"change -region DEFAULT -key=1020",
       "%GDE-I-VALTOOBIG, 1020 is larger than the maximum of 1019 for a KEY_SIZE\n"
       "%GDE-E-OBJNOTCHG, Not changing region DEFAULT"},
      {"change -region DEFAULT -rec=1048577",
       "%GDE-I-VALTOOBIG, 1048577 is larger than the maximum of 1048576 for a RECORD_SIZE\n"
       "%GDE-E-OBJNOTCHG, Not changing region DEFAULT"},
      {"change -region DEFAULT -std=1", "%GDE-E-NOVALUE, Qualifier STDNULLCOLL does not take a value"},
      {"change -region DEFAULT -null=maybe", "%GDE-E-VALUEBAD, maybe is not a valid NULL_SUBSCRIPTS"},
      {"change -region DEFAULT -std -nostd",
       "%GDE-E-QUALDUP, STDNULLCOLL qualifier appears more than once in the list"},
      {"change -region DEFAULT -key=50 -journal=(before",
       "%GDE-E-RPAREN, List must end with right parenthesis or continue with comma"},
      {"change -segment DEFAULT -file=\"abc",
       "%GDE-E-STRMISSQUOTE, Missing double-quote at end of string specification abc"},
      {"change -segment DEFAULT -file=\"\"", "%GDE-E-VALUEREQD, Qualifier FILE_NAME requires a value"},
      {"delete -name *", "%GDE-E-LVSTARALON, The * name cannot be deleted or renamed"},
      {"delete -region NO", "%GDE-E-OBJNOTFND, Region NO does not exist"},
      {"rename -region NO NO2", "%GDE-E-OBJNOTFND, Old region NO does not exist"},
      {"rename -region DEFAULT", "%GDE-E-OBJREQD, new region required"},
      {"exit foo", "%GDE-E-VALUEBAD, foo is not a valid End of line"},
      {"@nofile", "%GDE-E-FILENOTFND, File " + path("nofile.com") + " not found\n"},
  };
  gde("exit\n");
  for (const auto& [command, message] : cases) {
    const auto run = gde(command + "\n");
    EXPECT_NE(run.err.find(message + "\n"), std::string::npos) << command << "\n" << run.err;
    EXPECT_NE(run.status, 0) << command;
    EXPECT_EQ(load().contents(), GlobalDirectoryContents::defaults()) << command;
  }
}

TEST_F(Gde, SetsEveryJournalCharacteristic) {
  gde("change -region DEFAULT -journal=(nobefore,file=\"a b.mjl\",auto=20000,alloc=4096,ext=100,buff=3000)\n");
  const auto region = *load().find_region("DEFAULT");
  EXPECT_TRUE(region.journal);
  EXPECT_FALSE(region.journaling.before_image);
  EXPECT_EQ(region.journaling.file_name, "a b.mjl");
  EXPECT_EQ(region.journaling.autoswitch_limit, 20000U);
  EXPECT_EQ(region.journaling.allocation, 4096U);
  EXPECT_EQ(region.journaling.extension, 100U);
  EXPECT_EQ(region.journaling.buffer_size, 3000U);
  gde("change -region DEFAULT -nojournal -null_subscripts=always -nostd\n");
  const auto changed = *load().find_region("DEFAULT");
  EXPECT_FALSE(changed.journal);
  EXPECT_EQ(changed.null_subscripts, NullSubscripts::Always);
  EXPECT_FALSE(changed.std_null_collation);
}

TEST_F(Gde, TemplatesShapeNewObjects) {
  gde("template -region -key=100 -nostats\ntemplate -segment -access=MM -mutex=2000\n"
      "add -region R -dyn=S\nadd -name r -region=R\nadd -segment S -file=s\n");
  EXPECT_EQ(load().find_region("R")->key_size, 100U);
  EXPECT_FALSE(load().find_region("R")->stats);
  EXPECT_EQ(load().find_segment("S")->access_method, AccessMethod::Mm);
  EXPECT_EQ(load().find_segment("S")->mutex_slots, 2000U);
  EXPECT_EQ(load().find_segment("DEFAULT")->mutex_slots, 1024U);
}

TEST_F(Gde, RenamesFollowTheirReferences) {
  gde(kLabScript);
  gde("rename -region XREG NEWREG\nrename -segment XSEG NEWSEG\nrename -name x* z*\nlocks -region=NEWREG\n");
  const auto directory = load();
  EXPECT_EQ(directory.region_for("zz").name, "NEWREG");
  EXPECT_EQ(directory.region_for("x").name, "DEFAULT");
  EXPECT_EQ(directory.segment_of(directory.region_for("zz")).name, "NEWSEG");
  EXPECT_EQ(directory.contents().locks_region, "NEWREG");
}

TEST_F(Gde, ShowCommandsRebuildsTheDirectory) {
  gde(kLabScript);
  gde("change -region XREG -journal=(nobefore,file=\"say \"\"x\"\".mjl\")\nchange -region XREG -nojournal\n"
      "template -region -key=99\nadd -name y(\"a b\",1:10) -region=XREG\nchange -segment XSEG -access=MM\n"
      "add -region J -dyn=J -journal\nadd -segment J -file=j\nadd -name j -region=J\nlocks -region=J\n");
  const auto commands = gde("show -commands\n").out;
  EXPECT_EQ(gde(commands, "", "copy.gld").status, 0);
  EXPECT_EQ(text_of("copy.gld"), text_of("gtm.gld")) << commands;
  EXPECT_EQ(gde("show -commands -file=\"c.com\"\nquit\n").status, 0);
  EXPECT_EQ(text_of("c.com"), commands);
  EXPECT_EQ(gde("@c.com\nexit\n", "", "copy2.gld").status, 0);
  EXPECT_EQ(text_of("copy2.gld"), text_of("gtm.gld"));
}

TEST_F(Gde, ShowsTheTablesOfGde) {
  gde(kLabScript);
  const auto out = gde("show -map\nshow -segment XSEG\nquit\n").out;
  EXPECT_EQ(out, R"(
                                  *** MAP ***
   -  -  -  -  -  -  -  -  -  - Names -  -  - -  -  -  -  -  -  -
 From                            Up to                            Region / Segment / File(def ext: .dat)
 --------------------------------------------------------------------------------------------------------------------------
 %                               X                                REG = DEFAULT
                                                                  SEG = DEFAULT
                                                                  FILE = /p/gtm.dat
 X                               Y                                REG = XREG
                                                                  SEG = XSEG
                                                                  FILE = /p/x.dat
 Y                               x                                REG = DEFAULT
                                                                  SEG = DEFAULT
                                                                  FILE = /p/gtm.dat
 x                               y                                REG = XREG
                                                                  SEG = XSEG
                                                                  FILE = /p/x.dat
 y                               ...                              REG = DEFAULT
                                                                  SEG = DEFAULT
                                                                  FILE = /p/gtm.dat
 LOCAL LOCKS                                                      REG = DEFAULT
                                                                  SEG = DEFAULT
                                                                  FILE = /p/gtm.dat

                                *** SEGMENTS ***
 Segment                         File (def ext: .dat)Acc Typ Block      Alloc Exten     Options
 ----------------------------------------------------------------------------------------------
 XSEG                            /p/x.dat            BG  DYN  4096        100   100     GLOB=1024
                                                                                        LOCK=  40
                                                                                        RES =   0
                                                                                        ENCR= OFF
                                                                                        MSLT=1024
                                                                                        DALL= YES
                                                                                        AIO = OFF
                                                                                        FBWR=   0
)");
}

TEST_F(Gde, OneCommandMayStandOnTheCommandLine) {
  const auto run = gde("", "show -name");
  EXPECT_NE(run.out.find(" *                                  DEFAULT\n"), std::string::npos);
  EXPECT_EQ(run.status, 0);
}

TEST_F(Gde, DamagedDirectoryIsNotOverwritten) {
  gde(kLabScript);
  auto text = text_of("gtm.gld");
  text[text.size() / 2] ^= 1;
  std::ofstream(path("gtm.gld")) << text;
  const auto run = gde("change -region DEFAULT -key=50\nexit\n");
  EXPECT_EQ(run.status, 82);
  EXPECT_NE(run.err.find("%GDE-E-INPINTEG, Input integrity error -- aborting load"), std::string::npos);
  EXPECT_NE(run.err.find("the checksum does not match"), std::string::npos);
  EXPECT_EQ(text_of("gtm.gld"), text);
}

TEST_F(Gde, FailedWriteIsAnError) {
  const auto run = gde("exit\n", "", "nofolder/gtm.gld");
  EXPECT_NE(run.err.find("%GDE-E-WRITEERROR"), std::string::npos) << run.err;
  EXPECT_NE(run.status, 0);
}

TEST_F(Gde, SetgdWritesThenChangesTheDirectory) {
  EXPECT_EQ(gde("change -region DEFAULT -key=77\nsetgd -file=\"other.gld\"\nchange -region DEFAULT -key=88\n").status,
            0);
  EXPECT_EQ(load().find_region("DEFAULT")->key_size, 77U);
  EXPECT_EQ(GlobalDirectory::load(path("other.gld")).value().find_region("DEFAULT")->key_size, 88U);
}

TEST_F(Gde, WithoutANameNothingIsWritten) {
  const auto run = gde("change -region DEFAULT -key=77\nexit\n", "", "");
  EXPECT_NE(run.err.find("%GDE-E-HWNOGBLDIR, Environment variable gtmgbldir is not set"), std::string::npos) << run.err;
  EXPECT_NE(run.status, 0);
  EXPECT_FALSE(file_exists(path("$gtmgbldir.gld")));
  EXPECT_EQ(gde("setgd -file=named.gld\nchange -region DEFAULT -key=88\nexit\n", "", "").status, 0);
  EXPECT_EQ(GlobalDirectory::load(path("named.gld")).value().find_region("DEFAULT")->key_size, 88U);
  EXPECT_FALSE(file_exists(path("$gtmgbldir.gld")));
}

TEST_F(Gde, LogKeepsTheCommands) {
  gde("log -on=\"l.log\"\nshow -name\nlog -off\nshow -map\n");
  EXPECT_EQ(text_of("l.log"), "show -name\nlog -off\n");
}

}  // namespace
}  // namespace hw

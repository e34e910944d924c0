// mupip replicate -editinstance and -source -jnlpool as an operator meets them. Rules: multi-site specification
// section 3; shapes: GT.M V7.0-005.
#include <gtest/gtest.h>

#include "engine/base/field_table.h"
#include "journal/pool_fields.h"
#include "test/scenario/site.h"

namespace hw {
namespace {

using test::Said;
using test::Site;

constexpr const char* kMupclierr = "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n";

class EditInstance : public testing::Test {
 protected:
  Said edit(const std::string& arguments) { return site_.mupip("replicate -editinstance " + arguments); }
  Site site_{"INSTA"};
};

TEST_F(EditInstance, ShowPrintsHeaderSlotsAndHistoryOnStderr) {
  Said said = edit("-show gtm.repl");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "");
  EXPECT_EQ(said.err.find("GTM-I-MUREPLSHOW, SHOW output for replication instance file gtm.repl\n\n"), 0u) << said.err;
  EXPECT_NE(said.err.find("HDR Instance Name                                    INSTA\n"), std::string::npos);
  EXPECT_EQ(said.err.find("Source Server Slots"), std::string::npos);
  EXPECT_EQ(said.err.find("History Records"), std::string::npos);

  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  ASSERT_EQ(site_.start_passive("INSTC", "-rootprimary").status, 0);
  said = edit("-show gtm.repl");
  EXPECT_NE(said.err.find("HDR Crash                                             TRUE\n"), std::string::npos);
  EXPECT_NE(said.err.find("SLT # 0 : Secondary Instance Name                    INSTB\n"), std::string::npos);
  EXPECT_NE(said.err.find(std::string(58, '-') + "\nSLT # 1 : Slot Index"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("HST #      0 : Root Primary Instance Name            INSTA\n"), std::string::npos);
  EXPECT_NE(said.err.find("HST #      0 : Previous History Number                  -1 [0xFFFFFFFF]\n"),
            std::string::npos);
}

TEST_F(EditInstance, DetailAddsTheOffsetsAndSizesOfTheFormatPage) {
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  const Said said = edit("-show -detail gtm.repl");
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.err.find("\nOffset     Size\n0x00000000 0x0008 HDR Label (contains Major Version)"), std::string::npos)
      << said.err;
  for (const auto& [fields, offset, prefix] :
       {std::tuple{header_fields(), std::uint64_t{0}, "HDR "}, std::tuple{slot_fields(), slot_offset(0), "SLT # 0 : "},
        std::tuple{history_fields(), history_offset(0), "HST #      0 : "}})
    for (const Field& field : fields) {
      const std::string line =
          fmt::format("0x{:08X} 0x{:04X} {}{} ", offset + field.offset, field.bytes, prefix, field.name);
      EXPECT_NE(said.err.find(line), std::string::npos) << line;
    }
}

TEST_F(EditInstance, ChangeShowsOldAndNewAndKeepsTheFileReadable) {
  const Said looked = edit("-change -offset=0x38 -size=8 gtm.repl");
  EXPECT_EQ(looked.status, 0);
  EXPECT_EQ(looked.err, "Offset 56 [0x00000038] : Old Value = 1 [0x1] : New Value = 1 [0x1] : Size = 8 [0x08]\n");
  EXPECT_EQ(edit("-change -offset=38 -size=8 -value=1F gtm.repl").err,
            "Offset 56 [0x00000038] : Old Value = 1 [0x1] : New Value = 31 [0x1F] : Size = 8 [0x08]\n");
  EXPECT_EQ(edit("-change -offset=38 -size=1 -value=0x1FF gtm.repl").err,
            "Error: VALUE [0x1FF] does not fit into Size [1]\n%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
  EXPECT_EQ(edit("-change -offset=38 -size=1 -value=0xFF gtm.repl").err,
            "Offset 56 [0x00000038] : Old Value = 31 [0x1F] : New Value = 255 [0xFF] : Size = 1 [0x01]\n");
  const Said shown = edit("-show gtm.repl");
  EXPECT_EQ(shown.status, 0);
  EXPECT_NE(shown.err.find("HDR Journal Sequence Number                            255 [0x00000000000000FF]"),
            std::string::npos);
}

TEST_F(EditInstance, SizeOtherThan1248_SIZENOTVALID8) {
  for (const char* size : {"3", "16", "0"}) {
    const Said said = edit(std::string("-change -offset=0x38 -size=") + size + " gtm.repl");
    EXPECT_EQ(said.status, 50) << size;
    EXPECT_EQ(said.err, "%GTM-E-SIZENOTVALID8, Size (in bytes) must be either 1, 2, 4, or 8\n");
  }
}

TEST_F(EditInstance, OffsetNotAMultipleOfSize_MUPCLIERR) {
  const Said said = edit("-change -offset=0x39 -size=4 gtm.repl");
  EXPECT_EQ(said.status, 250);
  EXPECT_EQ(said.err, std::string("Error: OFFSET [0x00000039] should be a multiple of Size [4]\n") + kMupclierr);
}

TEST_F(EditInstance, OffsetPastTheEnd_REPLINSTREAD) {
  const std::string before = test::read_text(site_.path());
  for (const char* more : {"", " -value=1"}) {
    const Said said = edit(std::string("-change -offset=0x10000000 -size=4") + more + " gtm.repl");
    EXPECT_EQ(said.status, 74);
    EXPECT_EQ(said.err,
              "%GTM-E-REPLINSTREAD, Error reading [0x00000004] bytes at offset [0x0000000010000000] from replication "
              "instance file gtm.repl\n");
  }
  EXPECT_EQ(test::read_text(site_.path()), before);
}

TEST_F(EditInstance, ShowAndChangeExcludeEachOther_CLIERR) {
  const auto refused = [&](const std::string& arguments, const std::string& list) {
    const Said said = edit(arguments);
    EXPECT_EQ(said.status, 106) << arguments;
    EXPECT_EQ(said.err,
              "%GTM-E-CLIERR, Missing or illegal combination of command elements - check documentation: " + list + "\n")
        << arguments;
  };
  refused("-show -change -offset=38 -size=4 gtm.repl", "CHANGE SHOW");
  refused("-change -detail -offset=38 -size=4 gtm.repl", "SHOW DETAIL");
  refused("-show -offset=38 gtm.repl", "CHANGE OFFSET");
  refused("-change -offset=38 gtm.repl", "CHANGE OFFSET SIZE");
  refused("gtm.repl", "CHANGE SHOW NAME QDBRUNDOWN QDBRUNDOWN CLEANSLOTS FORGETREGION");
}

TEST_F(EditInstance, NoFile_MUPCLIERR) {
  const Said said = edit("-show");
  EXPECT_EQ(said.status, 250);
  EXPECT_EQ(said.out, "Instance File Name: ");
  EXPECT_EQ(said.err, kMupclierr);
}

TEST_F(EditInstance, MissingFile_FILENOTFND) {
  for (const char* what : {"-show", "-change -offset=38 -size=4"}) {
    const Said said = edit(std::string(what) + " nosuch.repl");
    EXPECT_EQ(said.err, "%GTM-E-FILENOTFND, File nosuch.repl not found\n");
    EXPECT_EQ(said.status, 194);
  }
}

TEST_F(EditInstance, OtherFormat_REPLINSTFMT) {
  std::ofstream(site_.file("old.repl")) << "GDSRPLUNX05" << std::string(8192, '\0');
  for (const char* what : {"-show", "-change -offset=38 -size=4"}) {
    const Said said = edit(std::string(what) + " old.repl");
    EXPECT_EQ(said.status, 186);
    EXPECT_EQ(said.err,
              "%GTM-E-REPLINSTFMT, Format error encountered while reading replication instance file old.repl. Expected "
              "HWREPL01. Found GDSRPLUN.\n");
  }
}

TEST_F(EditInstance, FileThatMayNotBeRead_REPLINSTOPEN) {
  std::filesystem::create_directory(site_.file("folder.repl"));
  const Said said = edit("-change -offset=38 -size=4 -value=1 folder.repl");
  EXPECT_EQ(said.status, 202);
  EXPECT_EQ(said.err.find("%GTM-E-REPLINSTOPEN, Error opening replication instance file folder.repl\n%SYSTEM-E-ENO21"),
            0u)
      << said.err;
}

TEST_F(EditInstance, ShortFile_REPLINSTREAD) {
  std::ofstream(site_.file("short.repl")) << "HWREPL01";
  const Said said = edit("-show short.repl");
  EXPECT_EQ(said.status, 74);
  EXPECT_EQ(said.err.find("%GTM-E-REPLINSTREAD, Error reading [0x00000800] bytes at offset [0x0000000000000000]"), 0u)
      << said.err;
}

TEST_F(EditInstance, TheNameIsFixedAfterTheFirstReign) {
  EXPECT_EQ(edit("-name=ABCDEFGHIJKLMNOP gtm.repl").err,
            std::string("Error: Instance name length can be at most 15\n") + kMupclierr);
  const Said renamed = edit("-name=OTHER gtm.repl");
  EXPECT_EQ(renamed.status, 0);
  EXPECT_EQ(renamed.err, "HDR Instance Name changing from INSTA to OTHER\n");
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  EXPECT_EQ(edit("-name=INSTA gtm.repl").status, 250);
}

TEST_F(EditInstance, CleanslotsEmptiesTheSlotsOfDeadServersOnly) {
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  ASSERT_EQ(site_.start_passive("INSTC", "-rootprimary").status, 0);
  ASSERT_EQ(site_.source("-shutdown -timeout=0 -instsecondary=INSTB").status, 0);
  EXPECT_EQ(edit("-cleanslots gtm.repl").err, "Cleaned  1 inactive source server slot(s) from instance file header\n");
  EXPECT_EQ(site_.source("-checkhealth -instsecondary=INSTB").status, 138);
  EXPECT_EQ(site_.source("-checkhealth -instsecondary=INSTC").status, 0);
}

class Jnlpool : public testing::Test {
 protected:
  Said pool(const std::string& arguments) { return site_.source("-jnlpool " + arguments); }
  Site site_{"INSTA"};
};

TEST_F(Jnlpool, WithoutAPool_NOJNLPOOL) {
  for (const char* what : {"-show", "-change -offset=0 -size=4"}) {
    const Said said = pool(what);
    EXPECT_EQ(said.status, 138);
    EXPECT_EQ(said.err, "%GTM-E-NOJNLPOOL, No journal pool info found in the replication instance of ./gtm.repl\n");
  }
}

TEST_F(Jnlpool, ShowPrintsTheLivePool) {
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  ASSERT_EQ(site_.gbl("set ^a(1)=1\nset ^a(2)=2").status, 0);
  const Said said = pool("-show");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "");
  for (const char* line : {"CTL Journal Seqno                                        3 [0x0000000000000003]\n",
                           "CTL Start Journal Seqno                                  1 [0x0000000000000001]\n",
                           "CTL Updates Disabled                                 FALSE\n",
                           "CTL Send LostTN Complete                             FALSE\n",
                           "SRC # 0 : Secondary Instance Name                    INSTB\n",
                           "SRC # 0 : Source Server Mode                       PASSIVE\n",
                           "SRC # 0 : Processing State                           START\n",
                           "REG #  0 : Region Name                             DEFAULT\n"})
    EXPECT_NE(said.err.find(line), std::string::npos) << line << said.err;
}

TEST_F(Jnlpool, DetailAndChangeAgreeAboutOffsets) {
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  const std::string shown = pool("-show -detail").err;
  const auto field = shown.find(" SRC # 0 : Log Interval");
  ASSERT_NE(field, std::string::npos) << shown;
  const std::string offset = shown.substr(field - 17, 10);
  EXPECT_EQ(shown.substr(field - 6, 6), "0x0004");
  const Said changed = pool("-change -offset=" + offset + " -size=4 -value=7D0");
  EXPECT_EQ(changed.status, 0);
  EXPECT_NE(changed.err.find("Old Value = 1000 [0x000003E8] : New Value = 2000 [0x000007D0] : Size = 4 [0x04]"),
            std::string::npos)
      << changed.err;
  EXPECT_NE(pool("-show").err.find("SRC # 0 : Log Interval                                2000 [0x000007D0]\n"),
            std::string::npos);
}

TEST_F(Jnlpool, BadOffsetsAndSizesAreRefused_MUPCLIERR_SIZENOTVALID8) {
  ASSERT_EQ(site_.start_passive("INSTB", "-rootprimary").status, 0);
  const Said past = pool("-change -offset=0x7fffffff -size=1");
  EXPECT_EQ(past.status, 250);
  EXPECT_EQ(past.err.find("Error: OFFSET [0x7FFFFFFF] is past the end [0x"), 0u) << past.err;
  const Said between = pool("-change -offset=1 -size=4");
  EXPECT_EQ(between.status, 250);
  EXPECT_EQ(between.err, std::string("Error: OFFSET [0x00000001] should be a multiple of Size [4]\n") + kMupclierr);
  EXPECT_EQ(pool("-change -offset=8 -size=3").status, 50);
  EXPECT_EQ(pool("").status, 106);
  EXPECT_EQ(pool("-show -instsecondary=INSTB").err, "%GTM-E-CLIERR, Unrecognized option : INSTSECONDARY\n");
}

}  // namespace
}  // namespace hw

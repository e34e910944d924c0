#include <sys/stat.h>

#include "test/unit/replic/instance_file_fixture.h"

namespace hw {
namespace {

// Shows: 10.format
TEST_F(InstanceFileTest, DualSiteAndMultiSiteRefuseEachOthersFile) {
  create();
  ::setenv("gtm_repl_level", "1", 1);
  auto refused = InstanceFile::open(path_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::REPLINSTFMT);
  EXPECT_NE(refused.error().text.find("Expected HWDUAL01. Found HWREPL01"), std::string::npos) << refused.error().text;
  auto made = InstanceFile::create(std::nullopt, {path_, true, 1, 1, "vm"});
  ASSERT_TRUE(made.has_value()) << made.error().render();
  EXPECT_TRUE(made->file.is_dual_site());
  EXPECT_EQ(made->file.header().name, "");
  ::unsetenv("gtm_repl_level");
  refused = InstanceFile::open(path_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().text.find("Expected HWREPL01. Found HWDUAL01"), std::string::npos) << refused.error().text;
  ::setenv("gtm_repl_level", "seven", 1);
  refused = InstanceFile::open(path_);
  ::unsetenv("gtm_repl_level");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWREPLLEVEL);
}

TEST_F(InstanceFileTest, ADualSiteReignNotesWhatTheOtherSideCanShare) {
  ::setenv("gtm_repl_level", "1", 1);
  auto made = InstanceFile::create(std::nullopt, {path_, true, 1, 1, "vm"});
  ASSERT_TRUE(made.has_value());
  InstanceFile& file = made->file;
  const auto dead = [](std::size_t, const InstanceSlot&) { return false; };
  ASSERT_EQ(file.assign_slot(*InstanceName::parse("X"), 1, 1, dead).value(), 0U);
  ASSERT_TRUE(file.begin_reign(Seqno{50}, 1, 1).has_value());
  EXPECT_TRUE(file.history().empty());
  EXPECT_EQ(file.slots()[0].send_next, Seqno{50});
  // Another name is the same secondary; a second one at a time there is not.
  ASSERT_EQ(file.assign_slot(*InstanceName::parse("Y"), 1, 1, dead).value(), 0U);
  EXPECT_EQ(file.slots()[0].send_next, Seqno{50});
  const auto alive = [](std::size_t, const InstanceSlot&) { return true; };
  EXPECT_EQ(file.assign_slot(*InstanceName::parse("Z"), 1, 1, alive).error().id, MsgId::SRCSRVTOOMANY);
  ASSERT_TRUE(file.cut_history(Seqno{40}).has_value());
  EXPECT_EQ(file.slots()[0].send_next, Seqno{40});
  auto again = InstanceFile::open(path_);
  ::unsetenv("gtm_repl_level");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->header(), file.header());
}

TEST_F(InstanceFileTest, NewFileIsEmptyAndRootless) {
  create();
  const InstanceFile file = reopen();
  EXPECT_EQ(file.header().name, "INSTA");
  EXPECT_EQ(file.header().seqno, Seqno{1});
  EXPECT_FALSE(file.header().crash);
  EXPECT_FALSE(file.header().root_primary);
  EXPECT_TRUE(file.history().empty());
  EXPECT_NE(file.header().file_id, FileId{});
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0400, 0400u);
}

TEST_F(InstanceFileTest, ExistingFileIsRenamedOrLeftAlone) {
  const FileId first = create().header().file_id;
  auto refused = InstanceFile::create(*InstanceName::parse("X"), {path_, false, 1, 1, "vm"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::FILEEXISTS);
  EXPECT_EQ(reopen().header().file_id, first);

  auto made = InstanceFile::create(*InstanceName::parse("INSTB"), {path_, true, 1, 1, "vm"});
  ASSERT_TRUE(made.has_value());
  ASSERT_TRUE(made->renamed_to.has_value());
  EXPECT_EQ(InstanceFile::open(*made->renamed_to)->header().file_id, first);
  EXPECT_NE(made->file.header().file_id, first);
}

TEST_F(InstanceFileTest, OnlyInstanceFilesMakeRoom) {
  const auto made = [&](const std::string& present) {
    std::ofstream(path_, std::ios::trunc) << present;
    return InstanceFile::create(*InstanceName::parse("INSTB"), {path_, true, 1, 1, "vm"});
  };
  const auto refused = made("a letter to somebody");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::FILEEXISTS);
  EXPECT_EQ(*read_file(path_, 100), "a letter to somebody");
  EXPECT_TRUE(made("GDSRPLUNX05").has_value());
  EXPECT_TRUE(made("").has_value());
}

TEST_F(InstanceFileTest, RefusalsHaveTheirOwnCodes) {
  EXPECT_EQ(InstanceFile::open(path_).error().id, MsgId::FILENOTFND);
  EXPECT_EQ(InstanceFile::open(folder_).error().id, MsgId::REPLINSTOPEN);
  std::ofstream(path_) << "short";
  EXPECT_EQ(InstanceFile::open(path_).error().id, MsgId::REPLINSTREAD);
  std::ofstream(path_) << "GDSRPLUNX05" << std::string(9000, '\0');
  const auto other = InstanceFile::open(path_);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().id, MsgId::REPLINSTFMT);
  EXPECT_NE(other.error().text.find("Expected HWREPL01. Found GDSRPLUN"), std::string::npos) << other.error().text;
  auto nowhere = InstanceFile::create(*InstanceName::parse("A"), {folder_ + "/no/gtm.repl", true, 1, 1, "vm"});
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().id, MsgId::REPLINSTCREAT);
  EXPECT_EQ(nowhere.error().os_errno, ENOENT);
}

TEST_F(InstanceFileTest, SlotRuleNameThenFreeThenLeastRecentlyStartedDead) {
  InstanceFile file = create();
  const auto nobody = [](std::size_t, const InstanceSlot&) { return false; };
  for (std::uint32_t i = 0; i < kSlotsMax; ++i) {
    const auto slot = file.assign_slot(*InstanceName::parse("S" + std::to_string(i)), i + 1, 1000 - i, nobody);
    ASSERT_TRUE(slot.has_value());
    EXPECT_EQ(*slot, i);
  }
  EXPECT_EQ(*file.assign_slot(*InstanceName::parse("S3"), 99, 2000, nobody), 3u);
  ASSERT_TRUE(file.update_slot(15, [](InstanceSlot& slot) { slot.send_next = Seqno{77}; }).has_value());

  const auto all = [](std::size_t, const InstanceSlot&) { return true; };
  EXPECT_EQ(file.assign_slot(*InstanceName::parse("NEW"), 1, 1, all).error().id, MsgId::SRCSRVTOOMANY);
  EXPECT_EQ(file.assign_slot(*InstanceName::parse("S3"), 1, 1, all).error().id, MsgId::SRCSRVEXISTS);

  const auto youngest_alive = [](std::size_t i, const InstanceSlot&) { return i == 14; };
  EXPECT_EQ(*file.assign_slot(*InstanceName::parse("NEW"), 5, 3000, youngest_alive), 15u);
  const InstanceFile again = reopen();
  EXPECT_FALSE(again.find_slot("S15").has_value());
  EXPECT_EQ(again.slots()[15].send_next, Seqno{1});
  EXPECT_EQ(again.slots()[15].name, "NEW");
}

TEST_F(InstanceFileTest, TwoOpenersSeeEachOthersChanges) {
  InstanceFile one = create();
  InstanceFile two = reopen();
  ASSERT_TRUE(one.update_header([](InstanceHeader& header) { header.crash = true; }).has_value());
  ASSERT_TRUE(two.update_header([](InstanceHeader& header) { header.jnlpool_shmid = 5; }).has_value());
  ASSERT_TRUE(two.append_history(reign("A", 1, 1)).has_value());
  ASSERT_TRUE(one.append_history(reign("A", 4, 2)).has_value());
  const InstanceFile again = reopen();
  EXPECT_TRUE(again.header().crash);
  EXPECT_EQ(again.header().jnlpool_shmid, 5u);
  EXPECT_EQ(again.history().records().size(), 2u);
}

TEST_F(InstanceFileTest, EitherTornCopyOfTheHeaderLeavesAWholeState) {
  InstanceFile file = create();
  ASSERT_TRUE(file.update_header([](InstanceHeader& header) { header.seqno = Seqno{2}; }).has_value());
  ASSERT_TRUE(file.update_header([](InstanceHeader& header) { header.seqno = Seqno{3}; }).has_value());
  const std::string good = bytes();
  put(0x40, "xxxx");
  const Seqno without_first = reopen().header().seqno;
  put(0x40, good.substr(0x40, 4));
  put(0x400 + 0x40, "xxxx");
  const Seqno without_second = reopen().header().seqno;
  EXPECT_EQ(std::min(without_first, without_second), Seqno{2});
  EXPECT_EQ(std::max(without_first, without_second), Seqno{3});
  put(0x40, "xxxx");
  EXPECT_EQ(InstanceFile::open(path_).error().id, MsgId::REPLINSTFMT);
}

TEST_F(InstanceFileTest, ChangeFieldShowsAndChangesTheNewestState) {
  create();
  const auto shown = InstanceFile::change_field(path_, 56, 8, std::nullopt);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->before, 1u);
  for (const std::uint64_t value : {0x1122u, 0x3344u}) {
    const auto changed = InstanceFile::change_field(path_, 56, 8, value);
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(changed->after, value);
    EXPECT_EQ(reopen().header().seqno, Seqno{value});
  }
  EXPECT_EQ(InstanceFile::change_field(path_, 76, 1, 0x1FF)->after, 0xFFu);
  EXPECT_EQ(InstanceFile::change_field(path_, 0x88, 3, std::nullopt).error().id, MsgId::SIZENOTVALID8);
  EXPECT_EQ(InstanceFile::change_field(path_, 0xFFFFFFF0, 4, std::nullopt).error().id, MsgId::REPLINSTREAD);
  EXPECT_EQ(InstanceFile::change_field(path_ + "x", 0, 4, std::nullopt).error().id, MsgId::FILENOTFND);
}

TEST_F(InstanceFileTest, ChangeFieldMendsAFileThatNoLongerOpens) {
  create();
  ASSERT_TRUE(InstanceFile::change_field(path_, 68, 4, 3).has_value());
  EXPECT_EQ(InstanceFile::open(path_).error().id, MsgId::REPLINSTFMT);
  ASSERT_TRUE(InstanceFile::change_field(path_, 68, 4, 0).has_value());
  EXPECT_TRUE(InstanceFile::open(path_).has_value());
  ASSERT_TRUE(InstanceFile::change_field(path_, 0, 1, 'X').has_value());
  EXPECT_EQ(InstanceFile::open(path_).error().id, MsgId::REPLINSTFMT);
}

}  // namespace
}  // namespace hw

#include "replic/instance/instance_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "golden.h"

namespace hw {
namespace {

class InstanceFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "instance_" + std::to_string(::getpid()) + "_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/gtm.repl";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  InstanceFile create() {
    auto made = InstanceFile::create(*InstanceName::parse("INSTA"), {path_, true, 4711, 1'795'312'041, "vm"});
    EXPECT_TRUE(made.has_value());
    return std::move(made->file);
  }
  InstanceFile reopen() {
    auto file = InstanceFile::open(path_);
    EXPECT_TRUE(file.has_value()) << file.error().render();
    return std::move(*file);
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(std::uint64_t offset, std::string_view what) const {
    std::fstream out(path_, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(offset));
    out << what;
  }
  static HistoryRecord reign(std::string root, std::uint64_t start, std::uint32_t cycle) {
    HistoryRecord record;
    record.root_name = std::move(root);
    record.start = Seqno{start};
    record.cycle = cycle;
    return record;
  }

  std::string folder_;
  std::string path_;
};

TEST(InstanceLayout, DualSiteGoldenBytes) {
  InstanceHeader header;
  header.level = kLevelDualSite;
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.root_primary = true;
  header.creator_pid = 4711;
  header.created_s = 1'795'312'041;
  header.node_name = "vm";
  std::string cell(kInstanceHeaderBytes, 'x');
  encode_header(header, 3, std::as_writable_bytes(std::span(cell)));
  test::expect_golden("instance_header_dual_site.bin", cell);
  InstanceHeader back;
  ASSERT_EQ(decode_header(as_bytes(cell), back), CellVerdict::Good);
  EXPECT_EQ(back, header);
  // A name or a history is nothing that this version has.
  put_le<std::uint8_t>(std::as_writable_bytes(std::span(cell)), 24, 'A');
  seal_cell(std::as_writable_bytes(std::span(cell)));
  EXPECT_EQ(decode_header(as_bytes(cell), back), CellVerdict::BadField);
}

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

TEST(InstanceLayout, Format1GoldenBytes) {
  InstanceHeader header;
  header.name = "INSTA";
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.root_cycle = 3;
  header.history_count = 1;
  header.crash = header.root_primary = header.lost_transactions = true;
  header.jnlpool_shmid = 458815;
  header.recvpool_shmid = 458816;
  header.creator_pid = 4698;
  header.jnlpool_boot_id = "0f6e9f4c-7f0e-4d0b-9d52-3b6f7a9f1c11";
  header.recvpool_boot_id = "1f6e9f4c-7f0e-4d0b-9d52-3b6f7a9f1c11";
  header.created_s = 1795312041;
  header.pool_seqno = Seqno{200};
  header.node_name = "vm";
  for (std::size_t i = 0; i < 16; ++i) header.group[i] = std::byte(0x20 + i);
  InstanceSlot slot;
  slot.name = "INSTB";
  slot.pid = 5889;
  slot.send_next = Seqno{250};
  slot.connect_seqno = Seqno{201};
  slot.acked_next = Seqno{240};
  slot.start_s = 1795312050;
  slot.connect_s = 1795312060;
  slot.file_id = header.group;
  HistoryRecord record;
  record.root_name = "INSTA";
  record.start = Seqno{1};
  record.cycle = 3;
  record.creator_pid = 4708;
  record.created_s = 1795312041;

  std::string all(kInstanceHeaderBytes + kSlotBytes + kHistoryBytes, '\0');
  const auto out = std::as_writable_bytes(std::span(all));
  encode_header(header, 7, out.first(kInstanceHeaderBytes));
  encode_slot(slot, 5, 8, out.subspan(kInstanceHeaderBytes, kSlotBytes));
  encode_history(record, 9, out.subspan(kInstanceHeaderBytes + kSlotBytes));
  test::expect_golden("instance_cells_format1.bin", all);

  InstanceHeader header_back;
  InstanceSlot slot_back;
  HistoryRecord record_back;
  const Bytes in = as_bytes(all);
  ASSERT_EQ(decode_header(in.first(kInstanceHeaderBytes), header_back), CellVerdict::Good);
  ASSERT_EQ(decode_slot(in.subspan(kInstanceHeaderBytes, kSlotBytes), 5, slot_back), CellVerdict::Good);
  ASSERT_EQ(decode_history(in.subspan(kInstanceHeaderBytes + kSlotBytes), 0, record_back), CellVerdict::Good);
  EXPECT_EQ(header_back, header);
  EXPECT_EQ(slot_back, slot);
  EXPECT_EQ(record_back, record);
  EXPECT_EQ(decode_slot(in.subspan(kInstanceHeaderBytes, kSlotBytes), 4, slot_back), CellVerdict::BadField);
}

/// A header that is fenced, as bytes.
std::string fenced_cell(InstanceHeader& header) {
  header.name = "INSTA";
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.regions = 2;
  header.fence_required = true;
  header.fencing_epoch = 42;
  std::string cell(kInstanceHeaderBytes, 'x');
  encode_header(header, 7, std::as_writable_bytes(std::span(cell)));
  return cell;
}

TEST(InstanceLayout, Format2GoldenBytes) {
  InstanceHeader header;
  const std::string cell = fenced_cell(header);
  test::expect_golden("instance_header_format2.bin", cell);
  InstanceHeader back;
  ASSERT_EQ(decode_header(as_bytes(cell), back), CellVerdict::Good);
  EXPECT_EQ(back, header);
}

// What knows nothing of fences leaves a file alone that has one, and goes on with one that has none.
TEST(InstanceLayout, TheFormatRisesWithTheFirstFence) {
  const auto format_of = [](const InstanceHeader& header) {
    std::string cell(kInstanceHeaderBytes, 'x');
    encode_header(header, 7, std::as_writable_bytes(std::span(cell)));
    return get_le<std::uint32_t>(as_bytes(cell), 16);
  };
  InstanceHeader header;
  std::string cell = fenced_cell(header);
  EXPECT_EQ(format_of(header), 2U);
  header.fence_required = false;
  EXPECT_EQ(format_of(header), 2U);
  header.fencing_epoch = 0;
  EXPECT_EQ(format_of(header), 1U);
  InstanceHeader back;
  for (const std::uint32_t unknown : {0U, 3U}) {
    put_le<std::uint32_t>(std::as_writable_bytes(std::span(cell)), 16, unknown);
    seal_cell(std::as_writable_bytes(std::span(cell)));
    EXPECT_EQ(decode_header(as_bytes(cell), back), CellVerdict::BadField);
  }
}

TEST(InstanceLayout, EveryFieldStandsAtAMultipleOfItsSizeAndInsideItsCell) {
  const auto check = [](std::span<const Field> fields, std::size_t cell_bytes) {
    std::size_t end = 0;
    for (const auto& field : fields) {
      EXPECT_GE(field.offset, end) << field.name;
      end = field.offset + field.bytes;
      EXPECT_LE(end, cell_bytes - 8) << field.name;
      if (field.bytes <= 8) {
        EXPECT_EQ(field.offset % field.bytes, 0) << field.name;
      }
    }
  };
  check(header_fields(), kInstanceHeaderBytes);
  check(slot_fields(), kSlotBytes);
  check(history_fields(), kHistoryBytes);
}

TEST_F(InstanceFileTest, AFileOfFormat1TakesAnEpoch) {
  InstanceFile file = create();
  EXPECT_EQ(get_le<std::uint32_t>(as_bytes(bytes()), 16), 1U);
  ASSERT_TRUE(file.learn_epoch(41).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 41U);
  ASSERT_TRUE(file.learn_epoch(7).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 41U) << "it only rises";
  // The copy that is newer is of format 2; the older one is as it was.
  const std::string both = bytes();
  EXPECT_EQ(get_le<std::uint32_t>(as_bytes(both), 16) + get_le<std::uint32_t>(as_bytes(both), 1024 + 16), 3U);
}

TEST_F(InstanceFileTest, AReignBeginsWithItsEpoch) {
  InstanceFile file = create();
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  EXPECT_EQ(file.history().last().fence, 0U) << "where nobody gives numbers there are none";
  ASSERT_TRUE(file.begin_reign(Seqno{5}, 11, 101, 41).has_value());
  EXPECT_EQ(reopen().history().last().fence, 41U);
  EXPECT_EQ(reopen().header().fencing_epoch, 41U);
  ASSERT_TRUE(file.learn_epoch(50).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{9}, 12, 102).has_value());
  EXPECT_EQ(file.history().last().fence, 51U) << "by hand: after the highest that is known";
  EXPECT_EQ(file.header().fencing_epoch, 51U);
  ASSERT_TRUE(file.cut_history(Seqno{5}).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 51U) << "a rollback does not unlearn it";
}

TEST_F(InstanceFileTest, AReignThatComesWithTheDataIsKnownWithItsRecord) {
  InstanceFile file = create();
  HistoryRecord record = reign("INSTB", 5, 1);
  record.fence = 42;
  ASSERT_TRUE(file.receive_history(record).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 42U);
  record = reign("INSTC", 9, 1);
  record.fence = 41;
  ASSERT_TRUE(file.receive_history(record).has_value());
  EXPECT_EQ(reopen().header().fencing_epoch, 42U);
}

TEST_F(InstanceFileTest, AReignThatFollowsAnotherRootsLeavesAMark) {
  InstanceFile file = create();
  const auto mark = [&] { return reopen().header().zqgblmod_seqno; };
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{5}, 11, 101).has_value());
  EXPECT_EQ(mark(), Seqno{0}) << "its own";
  ASSERT_TRUE(file.receive_history(reign("INSTB", 9, 1)).has_value());
  EXPECT_EQ(mark(), Seqno{9});
  ASSERT_TRUE(file.begin_reign(Seqno{20}, 12, 102).has_value());
  EXPECT_EQ(mark(), Seqno{9}) << "the earlier one stays";
  ASSERT_TRUE(file.update_header([](InstanceHeader& header) { header.zqgblmod_seqno = Seqno{0}; }).has_value());
  ASSERT_TRUE(file.receive_history(reign("INSTB", 30, 2)).has_value());
  EXPECT_EQ(mark(), Seqno{30});
  ASSERT_TRUE(file.begin_reign(Seqno{30}, 13, 103).has_value()) << "in place of a reign without updates";
  EXPECT_EQ(mark(), Seqno{30});
}

TEST_F(InstanceFileTest, AReignThatIsSettledLeavesNone) {
  InstanceFile file = create();
  ASSERT_TRUE(file.receive_history(reign("INSTB", 1, 1)).has_value());
  ASSERT_TRUE(file.receive_history(reign("INSTC", 9, 1), HistoryKind::Normal, Seqno{10}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{0});
  ASSERT_TRUE(file.receive_history(reign("INSTD", 10, 1), HistoryKind::Normal, Seqno{10}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{10});
}

TEST_F(InstanceFileTest, AMarkIsLoweredAndNotRaised) {
  InstanceFile file = create();
  for (const auto& [told, kept] : {std::pair{9, 9}, {12, 9}, {4, 4}}) {
    ASSERT_TRUE(file.mark(Seqno{static_cast<std::uint64_t>(told)}).has_value());
    EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{static_cast<std::uint64_t>(kept)});
  }
  ASSERT_TRUE(file.cut_history(Seqno{7}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{4});
  ASSERT_TRUE(file.cut_history(Seqno{3}).has_value());
  EXPECT_EQ(reopen().header().zqgblmod_seqno, Seqno{3}) << "what comes next has seqnos below the former mark";
}

RegionList some_regions(std::uint64_t seqno, std::size_t count = 2) {
  RegionList list;
  for (std::size_t i = 0; i < count; ++i) {
    RegionReach region;
    region.name = "REGION" + std::to_string(i);
    region.database_id.fill(static_cast<std::uint8_t>(i + 1));
    region.next_seqno = Seqno{seqno};
    region.generation = 1;
    region.offset = seqno;
    list.push_back(region);
  }
  return list;
}

TEST_F(InstanceFileTest, TheRegionListStaysUntilThereIsAnother) {
  InstanceFile file = create();
  EXPECT_TRUE(file.region_list().value().empty());
  for (const std::uint64_t seqno : {10, 20, 30, 40}) {
    ASSERT_TRUE(file.update_regions(some_regions(seqno), [&](InstanceHeader& header) { header.seqno = Seqno{seqno}; })
                    .has_value());
    EXPECT_EQ(reopen().region_list().value(), some_regions(seqno));
    EXPECT_EQ(reopen().header().seqno, Seqno{seqno});
  }
  ASSERT_TRUE(file.update_header([](InstanceHeader& header) { header.crash = true; }).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{41}, 10, 100).has_value());
  EXPECT_EQ(reopen().region_list().value(), some_regions(40));
  ASSERT_TRUE(file.update_regions(some_regions(50, kRegionsMax), [](InstanceHeader&) {}).has_value());
  EXPECT_EQ(reopen().region_list().value(), some_regions(50, kRegionsMax));
  EXPECT_EQ(reopen().history().records().size(), 1U);
}

TEST_F(InstanceFileTest, ALostHeaderWriteLeavesTheListThatItMeant) {
  InstanceFile file = create();
  ASSERT_TRUE(file.update_regions(some_regions(10), [](InstanceHeader&) {}).has_value());
  const std::string before = bytes();
  ASSERT_TRUE(file.update_regions(some_regions(20), [](InstanceHeader&) {}).has_value());
  put(0, std::string_view(before).substr(0, 2 * kInstanceHeaderBytes));  // The write that names the new list is lost.
  EXPECT_EQ(reopen().region_list().value(), some_regions(10));
}

TEST_F(InstanceFileTest, ADamagedRegionListIsNone) {
  InstanceFile file = create();
  ASSERT_TRUE(file.update_regions(some_regions(10), [](InstanceHeader&) {}).has_value());
  const std::uint64_t at = file.header().region_list_offset;
  const std::string good = bytes();
  put(at + 20, "?");
  EXPECT_TRUE(reopen().region_list().value().empty());
  put(at, std::string_view(good).substr(at));
  EXPECT_EQ(reopen().region_list().value(), some_regions(10));
  // A whole one that is not what the header means.
  put(at, encode_region_list(some_regions(9)));
  EXPECT_TRUE(reopen().region_list().value().empty());
  for (const std::uint64_t size : {at + 100, at + 10, at}) {
    std::filesystem::resize_file(path_, size);
    EXPECT_TRUE(reopen().region_list().value().empty()) << size;
  }
  for (const std::uint64_t offset : {std::uint64_t{1}, kHistoryOffset, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    ASSERT_TRUE(file.update_header([&](InstanceHeader& header) { header.region_list_offset = offset; }).has_value());
    EXPECT_TRUE(file.region_list().value().empty()) << offset;
    ASSERT_TRUE(file.update_regions(some_regions(11), [](InstanceHeader&) {}).has_value());
    EXPECT_EQ(reopen().region_list().value(), some_regions(11)) << offset;
  }
}

TEST_F(InstanceFileTest, AHistoryThatGrowsOverTheRegionListIsWhole) {
  InstanceFile file = create();
  ASSERT_TRUE(file.update_regions(some_regions(10), [](InstanceHeader&) {}).has_value());
  constexpr std::uint64_t kReigns = 400;
  for (std::uint64_t i = 1; i <= kReigns; ++i) ASSERT_TRUE(file.begin_reign(Seqno{i}, 10, i).has_value());
  InstanceFile again = reopen();
  EXPECT_EQ(again.history().records().size(), kReigns);
  EXPECT_TRUE(again.region_list().value().empty());
  ASSERT_TRUE(again.update_regions(some_regions(20), [](InstanceHeader&) {}).has_value());
  EXPECT_EQ(reopen().region_list().value(), some_regions(20));
  EXPECT_EQ(reopen().history().records().size(), kReigns);
}

TEST_F(InstanceFileTest, ACopyHasNoRegionList) {
  InstanceFile file = create();
  ASSERT_TRUE(file.update_regions(some_regions(10), [](InstanceHeader&) {}).has_value());
  const std::string other = folder_ + "/copy.repl";
  {
    const File to = File::open(other, O_RDWR | O_CREAT | O_EXCL, 0600).value();
    ASSERT_TRUE(InstanceFile::write_copy(to, InstanceFile::read_whole(path_).value(), Seqno{10}).has_value());
  }
  EXPECT_TRUE(InstanceFile::open(other)->region_list().value().empty());
  ASSERT_TRUE(file.become_own(InstanceName::parse("INSTB").value(), Seqno{10}).has_value());
  EXPECT_TRUE(reopen().region_list().value().empty());
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

TEST_F(InstanceFileTest, ReignsAppendAndAnEmptyOneIsOverwritten) {
  InstanceFile file = create();
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 10, 100).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{1}, 11, 101).has_value());
  ASSERT_TRUE(file.begin_reign(Seqno{3}, 12, 102).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 2u);
  EXPECT_EQ(again.history().records()[0].cycle, 2u);
  EXPECT_EQ(again.history().records()[1].cycle, 3u);
  EXPECT_EQ(again.history().records()[1].previous, 0u);
  EXPECT_EQ(again.header().root_cycle, 3u);
  EXPECT_TRUE(again.header().root_primary);

  const Status backwards = file.begin_reign(Seqno{2}, 13, 103);
  ASSERT_FALSE(backwards.has_value());
  EXPECT_EQ(backwards.error().id, MsgId::REPLINSTSEQORD);
  EXPECT_EQ(reopen().header().root_cycle, 3u);
}

TEST_F(InstanceFileTest, HistoryGrowsPastTheRoomMadeAtCreation) {
  InstanceFile file = create();
  for (std::uint32_t i = 1; i <= 100; ++i) ASSERT_TRUE(file.append_history(reign("B", i, i)).has_value());
  EXPECT_EQ(reopen().history().records().size(), 100u);
}

TEST_F(InstanceFileTest, ReceivedRecordOfTheSameReignIsNotStoredAgain) {
  InstanceFile file = create();
  ASSERT_TRUE(file.receive_history(reign("A", 26, 2), HistoryKind::UpdateResync).has_value());
  ASSERT_TRUE(file.receive_history(reign("A", 40, 2)).has_value());
  ASSERT_TRUE(file.receive_history(reign("B", 50, 1)).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 2u);
  EXPECT_EQ(again.history().records()[0].kind, HistoryKind::UpdateResync);
  EXPECT_EQ(again.history().records()[1].start, Seqno{50});
}

TEST_F(InstanceFileTest, CutHistoryThenAppendLeavesNoTraceOfTheCutRecords) {
  InstanceFile file = create();
  for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(file.append_history(reign("A", 1 + 10 * i, i)).has_value());
  ASSERT_TRUE(file.cut_history(Seqno{21}).has_value());
  ASSERT_TRUE(file.append_history(reign("B", 21, 9)).has_value());
  const InstanceFile again = reopen();
  ASSERT_EQ(again.history().records().size(), 3u);
  EXPECT_EQ(again.history().last().root_name, "B");
  EXPECT_EQ(again.header().seqno, Seqno{21});
}

TEST_F(InstanceFileTest, LookUpOutsideTheHistoryIsNoHistory) {
  InstanceFile file = create();
  ASSERT_TRUE(file.append_history(reign("A", 5, 1)).has_value());
  EXPECT_EQ(file.find_history(Seqno{4}, Seqno{9}).error().id, MsgId::REPLINSTNOHIST);
  EXPECT_EQ(file.find_history(Seqno{9}, Seqno{9}).error().id, MsgId::REPLINSTNOHIST);
  EXPECT_EQ(file.find_history(Seqno{8}, Seqno{9})->root_name, "A");
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

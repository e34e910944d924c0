// The region list in the instance file.
#include <fcntl.h>

#include "test/unit/replic/instance_file_fixture.h"

namespace hw {
namespace {

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

}  // namespace
}  // namespace hw

// What an instance file knows of how far its regions had come: as bytes, and when it refuses.
#include "replic/instance/region_moments.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/checksum.h"
#include "golden.h"

namespace hw {
namespace {

RegionReach reach(std::string name, std::uint8_t id, std::uint64_t seqno, std::uint64_t generation,
                  std::uint64_t offset) {
  RegionReach region;
  region.name = std::move(name);
  region.database_id.fill(id);
  region.next_seqno = Seqno{seqno};
  region.generation = generation;
  region.offset = offset;
  return region;
}
RegionHere here(const RegionReach& now) { return {now, true, true}; }

RegionList two_regions() {
  return {reach("DEFAULT", 1, 258, 3, 70'000), reach("X_LONGEST_NAME_OF_A_REGION_1234", 2, 200, 2, 65'536)};
}

TEST(RegionList, GoldenBytes) {
  const RegionList list = two_regions();
  const std::string bytes = encode_region_list(list);
  test::expect_golden("instance_region_list_format1.bin", bytes);
  EXPECT_EQ(region_list_bytes(as_bytes(bytes).first(kRegionListHeadBytes)), bytes.size());
  RegionList back;
  ASSERT_TRUE(decode_region_list(as_bytes(bytes), back));
  EXPECT_EQ(back, list);
}

TEST(RegionList, OfNoRegionAndOfAllThatThereCanBe) {
  RegionList list;
  RegionList back = two_regions();
  ASSERT_TRUE(decode_region_list(as_bytes(encode_region_list(list)), back));
  EXPECT_EQ(back, list);
  for (std::size_t i = 0; i < kRegionsMax; ++i)
    list.push_back(reach("R" + std::to_string(i), static_cast<std::uint8_t>(i), i + 1, i, i));
  ASSERT_TRUE(decode_region_list(as_bytes(encode_region_list(list)), back));
  EXPECT_EQ(back, list);
}

TEST(RegionList, BytesThatAreNoWholeListAreNone) {
  const std::string good = encode_region_list(two_regions());
  RegionList out;
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    out = two_regions();
    EXPECT_FALSE(decode_region_list(as_bytes(good).first(bytes), out)) << bytes;
    EXPECT_TRUE(out.empty());
  }
  EXPECT_FALSE(decode_region_list(as_bytes(good + '\0'), out));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    EXPECT_FALSE(decode_region_list(as_bytes(bad), out)) << at;
  }
}

TEST(RegionList, AWholeListOfAnotherKindIsNone) {
  const auto sealed = [](std::string bytes) {
    const std::uint64_t sum = checksum(as_bytes(bytes).first(bytes.size() - 8));
    put_le(std::as_writable_bytes(std::span(bytes)), bytes.size() - 8, sum);
    return bytes;
  };
  const std::string good = encode_region_list(two_regions());
  RegionList out;
  ASSERT_TRUE(decode_region_list(as_bytes(sealed(good)), out));
  for (const std::uint32_t format : {0U, 2U}) {
    std::string other = good;
    put_le(std::as_writable_bytes(std::span(other)), 8, format);
    EXPECT_FALSE(decode_region_list(as_bytes(sealed(other)), out)) << format;
  }
  for (const std::uint32_t count : {1U, 3U, 513U, 0xFFFFFFFFU}) {
    std::string other = good;
    put_le(std::as_writable_bytes(std::span(other)), 12, count);
    EXPECT_FALSE(decode_region_list(as_bytes(sealed(other)), out)) << count;
  }
  std::string nameless = good;
  nameless[16] = '\0';
  EXPECT_FALSE(decode_region_list(as_bytes(sealed(nameless)), out));
  std::string endless = good;
  std::fill_n(endless.begin() + 16, 32, 'X');
  EXPECT_FALSE(decode_region_list(as_bytes(sealed(endless)), out));
}

TEST(RegionMoments, EarlierIsWhatIsBehindInSeqnoAndInPlace) {
  const RegionReach reached = reach("X", 1, 100, 3, 5000);
  EXPECT_FALSE(is_earlier(reached, reached));
  EXPECT_TRUE(is_earlier(reach("X", 1, 99, 3, 4999), reached));
  EXPECT_TRUE(is_earlier(reach("X", 1, 99, 2, 9000), reached));
  EXPECT_TRUE(is_earlier(reach("RENAMED", 1, 99, 2, 9000), reached));
  EXPECT_FALSE(is_earlier(reach("X", 1, 101, 3, 5100), reached)) << "the list may lag";
  EXPECT_FALSE(is_earlier(reach("X", 1, 100, 2, 100), reached)) << "an earlier place without a lower seqno: a copy";
  EXPECT_FALSE(is_earlier(reach("X", 1, 50, 3, 5000), reached)) << "a lower seqno alone was given by hand";
  EXPECT_FALSE(is_earlier(reach("X", 1, 50, 4, 100), reached)) << "it was given a new journal";
  EXPECT_FALSE(is_earlier(reach("X", 2, 1, 1, 100), reached)) << "another database";
}

TEST(RegionMoments, ARegionOfAnEarlierTimeIsRefusedByName) {
  const RegionList reached{reach("DEFAULT", 1, 100, 3, 5000), reach("X", 2, 80, 2, 4000)};
  std::vector<RegionHere> all{here(reached[0]), here(reach("X", 2, 70, 2, 3000))};
  const Status refused = require_moments(reached, all, std::nullopt, "gtm.repl");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWEARLIER);
  EXPECT_NE(refused.error().text.find("Region X is at seqno 70, and had reached 80"), std::string::npos);
  ASSERT_FALSE(require_moment(reached, all[1].now).has_value());
  EXPECT_TRUE(require_moment(reached, all[0].now).has_value());
  EXPECT_TRUE(require_moments(reached, all, Seqno{70}, "gtm.repl").has_value()) << "all go back to where it is";
  EXPECT_FALSE(require_moments(reached, all, Seqno{71}, "gtm.repl").has_value());
  all[1].replicates = false;
  EXPECT_TRUE(require_moments(reached, all, std::nullopt, "gtm.repl").has_value());
}

TEST(RegionMoments, ARegionThatIsNotHereIsRefusedByName) {
  const RegionList reached{reach("DEFAULT", 1, 100, 3, 5000), reach("X", 2, 80, 2, 4000)};
  std::vector<RegionHere> all{here(reached[0])};
  for (const std::optional<Seqno> to : {std::optional<Seqno>(), std::optional(Seqno{1})}) {
    const Status refused = require_moments(reached, all, to, "gtm.repl");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().id, MsgId::HWSTRAYED);
  }
  all.push_back(here(reach("Y", 2, 80, 2, 4000)));
  EXPECT_TRUE(require_moments(reached, all, std::nullopt, "gtm.repl").has_value()) << "renamed";
  all.back() = here(reach("X", 7, 1, 1, 100));
  EXPECT_TRUE(require_moments(reached, all, std::nullopt, "gtm.repl").has_value()) << "made anew";
  all.push_back(here(reach("NEW", 8, 1, 1, 100)));
  EXPECT_TRUE(require_moments(reached, all, std::nullopt, "gtm.repl").has_value()) << "one more";
}

TEST(RegionMoments, WithoutAListNothingIsRefused) {
  EXPECT_TRUE(require_moments({}, {}, std::nullopt, "gtm.repl").has_value());
}

TEST(RegionMoments, MembersAreTheRegionsThatReplicateWhenItStarts) {
  const RegionReach first = reach("DEFAULT", 1, 100, 3, 5000);
  std::vector<RegionHere> all{here(first), here(reach("X", 2, 80, 2, 4000))};
  EXPECT_EQ(members(all), (RegionList{first, all[1].now}));
  all[1].replicates = false;
  EXPECT_EQ(members(all), (RegionList{first}));
}

TEST(RegionMoments, AtRestTheListSaysHowFarItsMembersAre) {
  const RegionReach former = reach("X", 2, 70, 2, 3000);
  const RegionReach now = reach("X", 2, 80, 2, 4000);
  std::vector<RegionHere> all{here(reach("DEFAULT", 1, 100, 3, 5000)), here(now)};
  EXPECT_EQ(reached_now({former}, all), (RegionList{now})) << "nobody becomes a member by being here";
  EXPECT_EQ(reached_now({}, all), RegionList{});
  all[1] = {now, true, false};
  EXPECT_EQ(reached_now({former}, all), (RegionList{former})) << "in use: what it has may not be on disk";
  all[1] = {now, false, true};
  EXPECT_EQ(reached_now({former}, all), (RegionList{former})) << "it does not replicate any more";
  all[1] = here(reach("X", 9, 90, 2, 5000));
  EXPECT_EQ(reached_now({former}, all), (RegionList{former})) << "another global directory's database of that name";
  all.pop_back();
  EXPECT_EQ(reached_now({former}, all), (RegionList{former})) << "this global directory does not name it";
}

}  // namespace
}  // namespace hw

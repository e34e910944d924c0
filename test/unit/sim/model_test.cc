// The model: what a tree of transactions holds at each of its places.
#include "test/sim/model.h"

#include <gtest/gtest.h>

#include "engine/globals/key.h"

namespace hw::sim {
namespace {

std::string key(const std::string& global, const std::vector<std::string>& subscripts) {
  return encode_key(global, subscripts).value();
}

Operation one(ChangeKind kind, const std::string& node, const std::string& value = "") {
  Operation operation;
  operation.changes.push_back({kind, node, value});
  return operation;
}

TEST(Timeline, AKillTakesTheSubtreeAndAZkillOnlyTheNode) {
  Timeline timeline;
  Place place = timeline.commit(kBeginning, one(ChangeKind::Set, key("a", {"1"}), "one"));
  place = timeline.commit(place, one(ChangeKind::Set, key("a", {"1", "2"}), "two"));
  place = timeline.commit(place, one(ChangeKind::Set, key("a", {"12"}), "twelve"));
  const Place zkilled = timeline.commit(place, one(ChangeKind::ZKill, key("a", {"1"})));
  EXPECT_EQ(timeline.content(zkilled).count(key("a", {"1"})), 0u);
  EXPECT_EQ(timeline.content(zkilled).at(key("a", {"1", "2"})), "two");
  const Place killed = timeline.commit(place, one(ChangeKind::Kill, key("a", {"1"})));
  EXPECT_EQ(timeline.content(killed).size(), 1u);
  EXPECT_EQ(timeline.content(killed).at(key("a", {"12"})), "twelve");
  EXPECT_EQ(timeline.content(place).size(), 3u) << "a look at another place changed this one";
}

TEST(Timeline, IncrementsAddToWhatIsThere) {
  Timeline timeline;
  Place place = timeline.commit(kBeginning, one(ChangeKind::Increment, key("a", {"count"}), "5"));
  place = timeline.commit(place, one(ChangeKind::Increment, key("a", {"count"}), "7"));
  EXPECT_EQ(timeline.content(place).at(key("a", {"count"})), "12");
}

TEST(Timeline, PartedPlacesMeetWhereTheyParted) {
  Timeline timeline;
  const Place first = timeline.commit(kBeginning, one(ChangeKind::Set, key("a", {"1"}), "x"));
  const Place ours = timeline.commit(timeline.commit(first, one(ChangeKind::Set, key("a", {"2"}), "x")),
                                     one(ChangeKind::Set, key("a", {"3"}), "x"));
  const Place theirs = timeline.commit(first, one(ChangeKind::Set, key("a", {"2"}), "y"));
  EXPECT_EQ(timeline.common(ours, theirs), first);
  EXPECT_TRUE(timeline.holds(ours, first));
  EXPECT_FALSE(timeline.holds(ours, theirs)) << "same seqno, another transaction";
  EXPECT_EQ(timeline.seqno(timeline.at(ours, 2)), 2u);
  EXPECT_EQ(timeline.at(ours, 99), ours);
}

TEST(Timeline, ATransactionThatTwoInstancesShowIsOne) {
  Timeline timeline;
  const Place first = timeline.commit(kBeginning, one(ChangeKind::Set, key("a", {"1"}), "x"));
  const Operation open = one(ChangeKind::Set, key("a", {"2"}), "x");
  const Place at_the_secondary = timeline.find_or_commit(first, open);
  EXPECT_EQ(timeline.seqno(at_the_secondary), 2u);
  EXPECT_EQ(timeline.find_or_commit(first, open), at_the_secondary) << "by its root's recovery it became another one";
  const Place parted = timeline.find_or_commit(first, one(ChangeKind::Set, key("a", {"2"}), "y"));
  EXPECT_NE(parted, at_the_secondary);
  EXPECT_NE(timeline.find_or_commit(parted, open), at_the_secondary) << "the same operation behind another place";
}

TEST(Timeline, DigestsFollowEachRegionAndAreThoseOfTheContent) {
  Timeline timeline;
  Workload load;
  load.regions = 3;
  load.large = 20;
  Place place = kBeginning;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    const Operation operation = make_operation(load, i % 3, i);
    const Digests foretold = timeline.digests_after(place, operation);
    place = timeline.commit(place, operation);
    ASSERT_EQ(timeline.digests(place), foretold) << "operation " << i;
  }
  const auto check = [&](Place at) {
    Digests digests;
    for (const auto& [node, value] : timeline.content(at)) digests[region_of(node)].add(node, value);
    EXPECT_EQ(timeline.digests(at), digests) << "seqno " << timeline.seqno(at);
  };
  check(place);
  check(timeline.at(place, 100));
  check(timeline.at(place, 250));
}

TEST(MakeOperation, FollowsFromSeedWorkerAndNumber) {
  Workload load;
  load.regions = 2;
  load.transactions = 100;
  const auto text = [&](unsigned worker, std::uint64_t number) {
    std::string all;
    for (const Change& change : make_operation(load, worker, number).changes) all += change.key + change.value;
    return all;
  };
  EXPECT_EQ(text(1, 2), text(1, 2));
  EXPECT_NE(text(1, 2), text(2, 1));
  EXPECT_NE(text(1, 2), text(1, 3));
}

}  // namespace
}  // namespace hw::sim

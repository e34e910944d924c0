// Who is fed by whom: the rule of the specification on small groups, and what must hold on random ones.
#include "cluster/config/feed_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace hw::cluster {
namespace {

struct Member {
  std::string name;
  std::int64_t priority;
  std::vector<std::string> upstreams;
};

Domain domain_of(const std::vector<Member>& members) {
  Domain domain;
  Group group;
  group.name = "acct";
  for (const Member& member : members) {
    Instance instance;
    instance.name = member.name;
    instance.priority = member.priority;
    instance.upstreams = member.upstreams;
    domain.instances.push_back(instance);
    group.instances.push_back(member.name);
  }
  domain.groups.push_back(group);
  return domain;
}

std::map<std::string, std::string> tree(const std::vector<Member>& members, const std::string& root) {
  const Domain domain = domain_of(members);
  std::map<std::string, std::string> out;
  for (const Feeding& feeding : feed_tree(domain, domain.groups.front(), root)) out[feeding.instance] = feeding.feeder;
  return out;
}

using Tree = std::map<std::string, std::string>;

TEST(FeedTree, CandidatesAreFedByTheRootAndOthersByTheFirstThatLeadsToIt) {
  // A feeds B and C, B feeds D, C feeds E: with B as root, D stays and E stays.
  const std::vector<Member> members = {{"A", 100, {"B", "C"}},
                                       {"B", 90, {"A", "C"}},
                                       {"C", 80, {"A", "B"}},
                                       {"D", 0, {"B", "C", "A"}},
                                       {"E", 0, {"C", "A"}}};
  EXPECT_EQ(tree(members, "A"), (Tree{{"B", "A"}, {"C", "A"}, {"D", "B"}, {"E", "C"}}));
  EXPECT_EQ(tree(members, "B"), (Tree{{"A", "B"}, {"C", "B"}, {"D", "B"}, {"E", "C"}}));
  EXPECT_EQ(tree(members, "C"), (Tree{{"A", "C"}, {"B", "C"}, {"D", "B"}, {"E", "C"}}));
}

TEST(FeedTree, AWayThatComesBackIsNone) {
  // R2's way through R1 would come back to R2.
  const std::vector<Member> chain = {{"A", 100, {}}, {"R1", 0, {"R2"}}, {"R2", 0, {"R1", "A"}}};
  EXPECT_EQ(tree(chain, "A"), (Tree{{"R1", "R2"}, {"R2", "A"}}));
}

TEST(FeedTree, OfTwoThatPreferEachOtherTheFirstChooses) {
  const std::vector<Member> members = {{"A", 100, {}}, {"X", 0, {"Y", "A"}}, {"Y", 0, {"X", "A"}}};
  EXPECT_EQ(tree(members, "A"), (Tree{{"X", "Y"}, {"Y", "A"}}));
}

TEST(FeedTree, WhoHasNoWayHasNoFeeder) {
  const std::vector<Member> members = {
      {"A", 100, {"B"}}, {"B", 100, {}}, {"X", 0, {"Y"}}, {"Y", 0, {"X"}}, {"Z", 0, {"B"}}};
  EXPECT_EQ(tree(members, "A"), (Tree{{"B", ""}, {"X", ""}, {"Y", ""}, {"Z", ""}}));
  EXPECT_EQ(tree(members, "B"), (Tree{{"A", "B"}, {"X", ""}, {"Y", ""}, {"Z", "B"}}));
}

/// Whether `from` reaches the root through any upstreams, candidates by naming the root alone.
bool has_way(const std::vector<Member>& members, const std::string& root, const std::string& from) {
  std::map<std::string, const Member*> named;
  for (const Member& member : members) named[member.name] = &member;
  std::set<std::string> seen;
  std::vector<std::string> next = {from};
  while (!next.empty()) {
    const Member& at = *named[next.back()];
    next.pop_back();
    if (at.name == root) return true;
    if (!seen.insert(at.name).second) continue;
    for (const std::string& upstream : at.upstreams)
      if (at.priority == 0 || upstream == root) next.push_back(upstream);
  }
  return false;
}

TEST(FeedTree, RandomGroupsComeOutAsTreesInWhichEveryoneWithAWayIsFed) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t count = 2 + random() % 8;
    std::vector<Member> members;
    for (std::size_t i = 0; i < count; ++i)
      members.push_back({std::string(1, static_cast<char>('A' + i)), random() % 3 == 0 ? 50 : 0, {}});
    for (Member& member : members)
      for (std::size_t edges = random() % 4; edges > 0; --edges)
        member.upstreams.push_back(members[random() % count].name);
    const std::string& root = members[random() % count].name;
    const Tree feeders = tree(members, root);
    ASSERT_EQ(feeders.size(), count - 1);
    for (const auto& [instance, feeder] : feeders) {
      ASSERT_EQ(!feeder.empty(), has_way(members, root, instance)) << "round " << round << ", " << instance;
      std::string at = instance;
      for (std::size_t steps = 0; !feeder.empty() && at != root; ++steps) {
        ASSERT_LT(steps, count) << "round " << round << ": a ring at " << instance;
        at = feeders.at(at);
        ASSERT_FALSE(at.empty()) << "round " << round << ", " << instance;
      }
    }
  }
}

}  // namespace
}  // namespace hw::cluster

#include "cluster/plan/refeed.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace hw::test {
namespace {

using namespace hw::cluster;

/// A and B are possible roots at two sites; C and E hang on B's site, D on A's.
Domain two_sites() {
  Domain domain;
  const auto add = [&](const char* name, std::vector<std::string> upstreams, std::int64_t priority) {
    Instance instance;
    instance.name = name;
    instance.node = std::string("n") + name;
    instance.upstreams = std::move(upstreams);
    instance.priority = priority;
    domain.instances.push_back(std::move(instance));
  };
  add("A", {"B"}, 100);
  add("B", {"A"}, 90);
  add("C", {"B", "A"}, 0);
  add("D", {"A", "C"}, 0);
  add("E", {"C", "B"}, 0);
  Group group;
  group.name = "acct";
  group.instances = {"A", "B", "C", "D", "E"};
  domain.groups.push_back(std::move(group));
  return domain;
}

using FedBy = std::map<std::string, std::string>;

std::vector<Refeed> order(const Domain& domain, const std::string& root, const FedBy& fed_by,
                          const std::set<std::string>& away = {}) {
  return refeed_order(
      domain, domain.groups.front(), root,
      [&](const std::string& name) {
        const auto found = fed_by.find(name);
        return found == fed_by.end() ? std::string() : found->second;
      },
      [&](const std::string& name) { return !away.contains(name); });
}

TEST(Refeed, OnlyThoseWhoseFeederChanges) {
  const FedBy under_a = {{"B", "A"}, {"C", "B"}, {"D", "A"}, {"E", "C"}};
  EXPECT_TRUE(order(two_sites(), "A", under_a).empty());
  EXPECT_EQ(order(two_sites(), "B", under_a), (std::vector<Refeed>{{"A", "", "B"}}));
}

TEST(Refeed, WhoIsAwayIsGonePast) {
  const FedBy under_a = {{"B", "A"}, {"C", "B"}, {"D", "A"}, {"E", "C"}};
  EXPECT_EQ(order(two_sites(), "B", under_a, {"A"}), (std::vector<Refeed>{{"D", "A", "C"}}));
  EXPECT_EQ(order(two_sites(), "B", under_a, {"A", "C"}), (std::vector<Refeed>{{"E", "C", "B"}}));
}

TEST(Refeed, FromTheRootDownwards) {
  EXPECT_EQ(order(two_sites(), "B", {}),
            (std::vector<Refeed>{{"A", "", "B"}, {"C", "", "B"}, {"D", "", "A"}, {"E", "", "C"}}));
}

TEST(Reparent, RefusesWhatCannotBe) {
  Domain domain = two_sites();
  const FedBy now = {{"B", "A"}, {"C", "B"}, {"D", "A"}, {"E", "C"}};
  const auto fed_by = [&](const std::string& name) {
    const auto found = now.find(name);
    return found == now.end() ? std::string() : found->second;
  };
  const auto why = [&](const char* instance, const char* feeder) {
    return objection_to_feeder(domain, "A", instance, feeder, fed_by);
  };
  EXPECT_EQ(why("E", "B"), "");
  EXPECT_EQ(why("E", "A"), "");
  EXPECT_EQ(why("A", "B"), "it is root");
  EXPECT_EQ(why("C", "C"), "an instance does not feed itself");
  EXPECT_EQ(why("B", "E"), "a circle");
  EXPECT_EQ(why("C", "E"), "a circle");
  EXPECT_EQ(why("C", "X"), "they are not of one group");

  Group& group = domain.groups.front();
  FedBy crowded = now;
  for (int i = 0; i < 16; ++i) {
    Instance leaf;
    leaf.name = "L" + std::to_string(i);
    domain.instances.push_back(leaf);
    group.instances.push_back(leaf.name);
    crowded[leaf.name] = "B";
  }
  crowded["C"] = "A";
  const auto crowded_by = [&](const std::string& name) { return crowded[name]; };
  EXPECT_EQ(objection_to_feeder(domain, "A", "E", "B", crowded_by), "B feeds 16 already");
  EXPECT_EQ(objection_to_feeder(domain, "A", "L3", "B", crowded_by), "");
  crowded["C"] = "";
  EXPECT_EQ(objection_to_feeder(domain, "A", "E", "C", crowded_by), "C is not fed itself");
}

}  // namespace
}  // namespace hw::test

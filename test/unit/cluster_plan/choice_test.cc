#include "cluster/plan/choice.h"

#include <gtest/gtest.h>

namespace hw::test {
namespace {

using namespace hw::cluster;

Standing well(const char* instance, std::uint64_t next_seqno = 918'230, std::int64_t priority = 100) {
  Standing standing;
  standing.instance = instance;
  standing.node = std::string("n") + instance;
  standing.priority = priority;
  standing.heard = true;
  standing.up = true;
  standing.bytes_free = std::uint64_t{1} << 30;
  standing.release = "0.1.0";
  standing.next_seqno = next_seqno;
  standing.received_seqno = next_seqno - 1;
  standing.lag_s = 0.1;
  return standing;
}

std::vector<std::string> able(const std::vector<Standing>& standings, const ChoiceRules& rules = {}) {
  return choose_root(standings, rules).able;
}

using Names = std::vector<std::string>;

TEST(Choice, MostTransactionsThenPriorityThenName) {
  EXPECT_EQ(able({well("B", 5), well("C", 7), well("D", 6)}), (Names{"C", "D", "B"}));
  EXPECT_EQ(able({well("B", 5, 10), well("C", 5, 20), well("D", 5, 15)}), (Names{"C", "D", "B"}));
  EXPECT_EQ(able({well("D"), well("B"), well("C")}), (Names{"B", "C", "D"}));
}

TEST(Choice, WhatIsReceivedAndNotAppliedCounts) {
  Standing ahead = well("C", 100);
  ahead.received_seqno = 250;
  EXPECT_EQ(ahead.has_below(), 251U);
  EXPECT_EQ(able({well("B", 200), ahead}), (Names{"C", "B"}));
}

TEST(Choice, WhoIsToBeFedMayBeWaitedFor) {
  struct Case {
    const char* what;
    void (*change)(Standing&);
    bool waits;
  };
  const Case cases[] = {
      {"not fed yet", [](Standing&) {}, true},
      {"fed", [](Standing& one) { one.follows = true; }, false},
      {"without a receiver", [](Standing& one) { one.receives = false; }, false},
      {"and never root", [](Standing& one) { one.priority = 0; }, false},
      {"and silent", [](Standing& one) { one.heard = false; }, false},
      {"and far behind", [](Standing& one) { one.lag_s = 100; }, false},
      {"the root itself", [](Standing& one) { one.instance = "A"; }, false},
  };
  for (const Case& one : cases) {
    Standing standing = well("B");
    standing.follows = false;
    standing.receives = true;
    one.change(standing);
    EXPECT_EQ(lacks_only_feeder(standing, {.root = "A", .without = "A"}), one.waits) << one.what;
  }
}

TEST(Choice, TheRootItselfIsNeitherChosenNorExplained) {
  const Choice choice = choose_root({well("A", 900), well("B")}, {.without = "A"});
  EXPECT_EQ(choice.able, Names{"B"});
  EXPECT_TRUE(choice.others.empty());
}

/// What each fault is called, and whether an unplanned change minds it.
TEST(Choice, SaysWhyNotEachOfTheOthers) {
  const auto with = [](void (*change)(Standing&)) {
    Standing standing = well("C");
    change(standing);
    return standing;
  };
  struct Row {
    Standing standing;
    const char* planned;
    const char* unplanned;
  };
  const std::vector<Row> rows = {
      {with([](Standing& s) { s.priority = 0; }), "priority 0", "priority 0"},
      {with([](Standing& s) { s.cleaned = true; }), "off the board by pclean", "off the board by pclean"},
      {with([](Standing& s) { s.heard = false; }), "silent", "silent"},
      {with([](Standing& s) { s.up = false; }), "down", "down"},
      {with([](Standing& s) { s.needs_refresh = true; }), "needs refresh", "needs refresh"},
      {with([](Standing& s) { s.frozen = true; }), "frozen", "frozen"},
      {with([](Standing& s) { s.bytes_free = 3 << 20; }), "no room, 3 MiB free", "no room, 3 MiB free"},
      {with([](Standing& s) { s.release = "0.0.9"; }), "release 0.0.9, the root has 0.1.0", ""},
      {with([](Standing& s) { s.lag_s = 14; }), "lag 14.0 s, max_lag_s 10", ""},
      {with([](Standing& s) { s.next_seqno = 900, s.received_seqno = 0; }), "next 900, all is 918000",
       "next 900, all is 918000"},
      {with([](Standing& s) { s.lag_s.reset(); }), "", ""},
      {with([](Standing&) {}), "", ""},
  };
  for (const Row& row : rows) {
    ChoiceRules rules;
    rules.release = "0.1.0";
    rules.has_below = 918'000;
    EXPECT_EQ(objection_to(row.standing, rules), row.planned);
    rules.kind = ChangeKind::Unplanned;
    EXPECT_EQ(objection_to(row.standing, rules), row.unplanned);
  }
}

TEST(Choice, ThoseThatAreLessGoodAreNamedToo) {
  Standing far = well("C", 918'000);
  far.lag_s = 14.0;
  const Choice choice = choose_root({well("B"), far, well("D", 918'229), well("E", 918'230, 50), well("F")},
                                    {.kind = ChangeKind::Unplanned});
  ASSERT_NE(choice.best(), nullptr);
  EXPECT_EQ(*choice.best(), "B");
  EXPECT_EQ(choice.others, (std::vector<NotChosen>{{"C", "lag 14.0 s, max_lag_s 10"},
                                                   {"D", "next 918229, B has 1 more"},
                                                   {"E", "priority 50"},
                                                   {"F", "as good, B is first by name"}}));
  EXPECT_EQ(reason_for(well("B")), "candidate, next 918230, priority 100");
}

TEST(Choice, WithoutAnybodyTheReasonsAreOneText) {
  Standing silent = well("B");
  silent.heard = false;
  const Choice choice = choose_root({silent, well("C", 5, 0)}, {});
  EXPECT_EQ(choice.best(), nullptr);
  EXPECT_EQ(reasons_of(choice.others), "B: silent; C: priority 0");
  EXPECT_EQ(reasons_of({}), "the group has no other instance");
}

TEST(Choice, ReleasesAreComparedByNumbers) {
  EXPECT_TRUE(is_older_release("0.9.0", "0.10.0"));
  EXPECT_FALSE(is_older_release("0.10.0", "0.9.0"));
  EXPECT_TRUE(is_older_release("1.2", "1.2.1"));
  EXPECT_FALSE(is_older_release("1.2", "1.2.0"));
  EXPECT_FALSE(is_older_release("", "1"));
  EXPECT_FALSE(is_older_release("1", ""));
  EXPECT_FALSE(is_older_release("x.y", "x.y"));
}

}  // namespace
}  // namespace hw::test

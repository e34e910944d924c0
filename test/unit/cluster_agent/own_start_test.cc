#include "cluster/agent/own_start.h"

#include <gtest/gtest.h>

#include "cluster/agent/former_root.h"
#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

using test::two_nodes;
using test::two_nodes_up;

/// As the agent of a node finds the board when it has been booted: nothing runs there.
BoardParts booted(const char* node) {
  BoardParts parts = two_nodes_up();
  NodeReport& report = parts.report(node);
  report.servers.clear();
  for (InstanceReport& instance : report.instances) {
    instance.role = BoardRole::Down;
    instance.accepting = false;
  }
  return parts;
}

OwnStartPlan plan_of(const BoardParts& parts, const char* node) {
  return plan_own_start(two_nodes(), join(parts, node, 1), node, {});
}

TEST(OwnStart, OfARootIsItsSourceServersAndThenWhatIsWhereTheRootIs) {
  const OwnStartPlan plan = plan_of(booted("n1"), "n1");
  ASSERT_EQ(plan.instances.size(), 1u);
  EXPECT_EQ(plan.instances[0].name, "A");
  EXPECT_TRUE(plan.instances[0].is_root);
  ASSERT_EQ(plan.instances[0].servers.size(), 1u);
  EXPECT_EQ(plan.instances[0].servers[0].server.name, "source:B");
  EXPECT_TRUE(plan.instances[0].servers[0].as_root);
  ASSERT_EQ(plan.others.size(), 1u);
  EXPECT_EQ(plan.others[0].request.server.name, "report");
  EXPECT_TRUE(plan.others[0].after_root);
}

TEST(OwnStart, OfASecondaryIsItsPassiveServerAndItsReceiver) {
  const OwnStartPlan plan = plan_of(booted("n2"), "n2");
  ASSERT_EQ(plan.instances.size(), 1u);
  EXPECT_FALSE(plan.instances[0].is_root);
  ASSERT_EQ(plan.instances[0].servers.size(), 2u);
  EXPECT_TRUE(plan.instances[0].servers[0].passive);
  EXPECT_EQ(plan.instances[0].servers[1].server.name, "receiver:B");
  EXPECT_TRUE(plan.others.empty());
}

TEST(OwnStart, AnInstanceHasTheServersOfItsPlaceAsItIsNow) {
  BoardParts parts = booted("n1");
  parts.orders.groups.front().record.holder = "B";
  parts.orders.groups.front().record.epoch = 42;
  parts.orders.groups.front().place = "n2";
  const OwnStartPlan plan = plan_of(parts, "n1");
  ASSERT_EQ(plan.instances.size(), 1u);
  EXPECT_FALSE(plan.instances[0].is_root);
  EXPECT_TRUE(plan.others.empty()) << "the report runs where the root is";
}

TEST(OwnStart, WhatWasTakenDownStaysDown) {
  BoardParts parts = booted("n1");
  for (ServerOrder& server : parts.orders.servers) server.wanted = Wanted::Down;
  EXPECT_TRUE(plan_of(parts, "n1").empty());
}

TEST(OwnStart, WhatRunsAndIsNotWantedEndsFirst) {
  BoardParts parts = two_nodes_up();
  for (ServerOrder& server : parts.orders.servers) server.wanted = Wanted::Down;
  const std::vector<ServerRef> running{{ServerKind::Source, "source:B", "acct", 1},
                                       {ServerKind::Application, "report", "acct", 1}};
  const OwnStartPlan plan = plan_own_start(two_nodes(), join(parts, "n1", 1), "n1", running);
  ASSERT_EQ(plan.unwanted.size(), 2u);
  EXPECT_EQ(plan.unwanted[0].name, "report");
  EXPECT_EQ(plan.unwanted[1].name, "source:B");
  EXPECT_EQ(plan.closed, (std::vector<std::string>{"A"}));
  EXPECT_TRUE(plan.instances.empty());
}

TEST(OwnStart, WhatHasMovedWithTheRootEndsWhereItWas) {
  BoardParts parts = two_nodes_up();
  for (ServerOrder& server : parts.orders.servers)
    if (server.name == "report") server.node = "n2";
  const std::vector<ServerRef> running{{ServerKind::Source, "source:B", "acct", 1},
                                       {ServerKind::Application, "report", "acct", 1}};
  const OwnStartPlan plan = plan_own_start(two_nodes(), join(parts, "n1", 1), "n1", running);
  ASSERT_EQ(plan.unwanted.size(), 1u);
  EXPECT_EQ(plan.unwanted[0].name, "report");
  EXPECT_TRUE(plan.closed.empty());
}

/// A site that notes what it is asked.
class NotedSite final : public Site {
 public:
  std::vector<std::string> calls;
  Position at;
  Status failing;

  const std::string& node() const override { return node_; }
  Result<CheckReport> check(const CheckRequest&, Deadline) override { return CheckReport{}; }
  Result<Position> position(const std::string&, Deadline) override { return at; }
  Status recover(const std::string& instance, Deadline) override { return note("recover " + instance); }
  Result<StartOutcome> start(const StartRequest& request, Deadline) override {
    HW_TRY_VOID(note("start " + request.server.name + (request.update_resync ? " -updateresync" : "")));
    return StartOutcome{7, false};
  }
  Result<StopOutcome> stop(const ServerRef&, StopHow, Deadline) override { return StopOutcome{}; }
  Status close(const std::string&, Deadline) override { return {}; }
  Status note_generation(std::uint64_t, Deadline) override { return {}; }
  Status reign(const std::string&, std::uint64_t, Deadline) override { return {}; }
  Result<std::uint64_t> stop_updates(const std::string&, Deadline) override { return 1; }
  Status allow_updates(const std::string&, Deadline) override { return {}; }
  Status give_up(const std::string&, Deadline) override { return {}; }
  Status learn_epoch(const std::string&, std::uint64_t, Deadline) override { return {}; }
  Status fence_off(const std::string&, Deadline) override { return {}; }
  Status wait_applied(const std::string&, std::uint64_t, Deadline) override { return {}; }
  Result<RejoinOutcome> rejoin(const RejoinRequest&, Deadline) override { return RejoinOutcome{}; }
  Status refresh(const RefreshRequest&, Deadline) override { return {}; }
  Status put_receipt(const Receipt&, const std::string&, Deadline) override { return {}; }
  Result<std::string> receipt_text(const std::string&, Deadline) override { return std::string(); }
  Result<Applied> apply_receipt(const std::string&, Deadline) override { return Applied{}; }
  Status complete_receipt(const std::string&, Deadline) override { return {}; }

 private:
  Status note(const std::string& call) {
    calls.push_back(call);
    return failing;
  }
  std::string node_ = "n1";
};

class Started : public testing::Test {
 protected:
  OwnStartDoing doing() {
    return {.site = site_,
            .say = [this](const Error& error) { said_.push_back(error.id); },
            .line = [](const std::string&) {},
            .ask_rejoin =
                [this](const std::string& instance) {
                  site_.calls.push_back("rejoin " + instance);
                  return rejoined_;
                },
            .accepts = [this](const std::string&) { return accepts_; },
            .wanted = [this](const ServerRef&) { return wanted_; }};
  }
  NotedSite site_;
  std::vector<MsgId> said_;
  Status rejoined_;
  bool accepts_ = false;
  bool wanted_ = true;
};

TEST_F(Started, WhatComesAfterTheRootWaitsForIt) {
  site_.at.last_root = "A";
  auto waiting = do_own_start(plan_of(booted("n1"), "n1"), doing());
  EXPECT_EQ(site_.calls, (std::vector<std::string>{"recover A", "start source:B"}));
  ASSERT_EQ(waiting.size(), 1u);
  accepts_ = true;
  EXPECT_TRUE(start_after_root(waiting, doing()).empty());
  EXPECT_EQ(site_.calls.back(), "start report");
}

TEST_F(Started, WhatIsTakenDownMeanwhileIsNotStarted) {
  site_.at.last_root = "A";
  const auto waiting = do_own_start(plan_of(booted("n1"), "n1"), doing());
  ASSERT_EQ(waiting.size(), 1u);
  accepts_ = true;
  wanted_ = false;  // A down has come.
  const auto before = site_.calls;
  EXPECT_TRUE(start_after_root(waiting, doing()).empty());
  EXPECT_EQ(site_.calls, before);
}

TEST_F(Started, AFormerRootRejoins) {
  BoardParts parts = booted("n1");
  parts.orders.groups.front().record.holder = "B";
  parts.orders.groups.front().place = "n2";
  site_.at.last_root = "A";
  do_own_start(plan_of(parts, "n1"), doing());
  EXPECT_EQ(site_.calls, (std::vector<std::string>{"rejoin A"}));
  rejoined_ = make_error<MsgId::HWLIMITED>();
  do_own_start(plan_of(parts, "n1"), doing());
  EXPECT_EQ(said_, (std::vector<MsgId>{MsgId::HWREJOIN}));
}

TEST_F(Started, OneThatIsUpIsNotRecovered) {
  site_.at.up = true;
  site_.at.has_history = false;
  do_own_start(plan_of(booted("n2"), "n2"), doing());
  EXPECT_EQ(site_.calls, (std::vector<std::string>{"start source:A", "start receiver:B -updateresync"}));
}

TEST_F(Started, WhatFailsIsSaidAndTheRestStarts) {
  site_.failing = make_error<MsgId::HWREMOTE>("n1", "no");
  do_own_start(plan_of(booted("n1"), "n1"), doing());
  EXPECT_EQ(said_, (std::vector<MsgId>{MsgId::HWREMOTE}));
}

// ---- a root that waits ----

/// A's pool was made anew.
InstanceFacts fenced() {
  InstanceFacts facts;
  facts.report.name = "A";
  facts.report.role = BoardRole::Root;
  facts.report.epoch = 41;
  facts.up = true;
  facts.fence_required = true;
  return facts;
}

std::vector<FormerRoot> formers(const BoardParts& parts, const InstanceFacts& facts) {
  return former_roots(two_nodes(), join(parts, "n1", 1), "n1", {facts});
}

TEST(FormerRoot, GoesOnWhenAllOthersHaveAnsweredAndKnowOfNoLaterReign) {
  const auto found = formers(two_nodes_up(), fenced());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].instance, "A");
  EXPECT_EQ(found[0].epoch, 41u);
  EXPECT_TRUE(found[0].may.yes);
  EXPECT_EQ(who_must_answer(two_nodes(), join(two_nodes_up(), "n1", 1), found[0]), (std::vector<std::string>{"B"}));
}

TEST(FormerRoot, WaitsForWhoIsSilent) {
  BoardParts parts = two_nodes_up();
  note_silence(parts, "n2");
  const auto found = formers(parts, fenced());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].may.yes);
  EXPECT_EQ(problem_of(found[0]).text, "B must confirm");
}

TEST(FormerRoot, DoesNotWaitForWhoWasCleaned) {
  BoardParts parts = two_nodes_up();
  note_silence(parts, "n2");
  clean_node(parts, "n2");
  ASSERT_EQ(formers(parts, fenced()).size(), 1u);
  EXPECT_TRUE(formers(parts, fenced())[0].may.yes);
}

TEST(FormerRoot, StaysWithoutUpdatesWhenALaterReignIsKnown) {
  BoardParts parts = two_nodes_up();
  parts.report("n2").instances.front().epoch = 42;
  const auto found = formers(parts, fenced());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].may.yes);
  EXPECT_EQ(problem_of(found[0]).id, MsgId::HWEPOCHOLD);
}

TEST(FormerRoot, IsOneOnlyByTheRecord) {
  BoardParts parts = two_nodes_up();
  parts.orders.groups.front().record.lease = BoardLease::Down;
  EXPECT_TRUE(formers(parts, fenced()).empty());
  parts = two_nodes_up();
  parts.orders.groups.front().record.holder = "B";
  EXPECT_TRUE(formers(parts, fenced()).empty());
  InstanceFacts reigns = fenced();
  reigns.own_epoch = 41;
  EXPECT_TRUE(formers(two_nodes_up(), reigns).empty());
}

// ---- a root whose reign is over ----

/// A's pool reigns in 41, and takes updates.
InstanceFacts reigning() {
  InstanceFacts facts = fenced();
  facts.own_epoch = 41;
  facts.report.accepting = true;
  return facts;
}

std::vector<Overtaken> overtaken(const BoardParts& parts, const InstanceFacts& facts = reigning()) {
  return overtaken_roots(two_nodes(), join(parts, "n1", 1), "n1", {facts});
}

TEST(OvertakenRoot, IsOneWhenTheRecordNamesAnotherOfALaterReign) {
  BoardParts parts = two_nodes_up();
  EXPECT_TRUE(overtaken(parts).empty());
  parts.orders.groups.front().record.holder = "B";
  EXPECT_TRUE(overtaken(parts).empty()) << "of the same reign: a record that is being written";
  parts.orders.groups.front().record.epoch = 42;
  const auto found = overtaken(parts);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].epoch, 42u);
  EXPECT_TRUE(found[0].rejoins);
  parts.orders.paused_until_us = kUntilResume_us;
  EXPECT_FALSE(overtaken(parts)[0].rejoins);
}

TEST(OvertakenRoot, IsOneWhileItIsDownAndWanted) {
  BoardParts parts = booted("n1");
  parts.orders.groups.front().record.holder = "B";
  parts.orders.groups.front().record.epoch = 42;
  InstanceFacts down;
  down.report.name = "A";
  down.fence_required = true;
  EXPECT_TRUE(overtaken(parts, down).empty()) << "it has rejoined";
  down.ends_as_root = true;
  ASSERT_EQ(overtaken(parts, down).size(), 1u);
  EXPECT_FALSE(overtaken(parts, down)[0].is_up);
  for (ServerOrder& server : parts.orders.servers) server.wanted = Wanted::Down;
  EXPECT_TRUE(overtaken(parts, down).empty()) << "it was taken down";
}

}  // namespace
}  // namespace hw::cluster

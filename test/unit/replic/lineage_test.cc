#include "replic/history/lineage.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "replic/receiver/receiver_machine.h"
#include "replic/source/source_machine.h"
#include "test/support/machine_actions.h"

namespace hw {
namespace {

using test::find;
using test::sent;

TEST(Lineage, BytesAreThoseOfTheTable) {
  const std::string bytes = encode_lineage({"B", "FIFTEEN-LETTERS"});
  const std::string expected =
      std::string("\1\0\0\0\2\0\0\0B\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24) + "FIFTEEN-LETTERS" + '\0';
  EXPECT_EQ(bytes, expected);
  const auto back = decode_lineage(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, (Lineage{"B", "FIFTEEN-LETTERS"}));
}

TEST(Lineage, WhatBreaksTheLayoutIsRefused) {
  const std::string good = encode_lineage({"A", "B"});
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
    EXPECT_FALSE(decode_lineage(std::string_view(good).substr(0, bytes)).has_value()) << bytes;
  EXPECT_FALSE(decode_lineage(good + '\0').has_value());
  for (const auto& [at, byte] : {std::pair{0, '\2'}, {4, '\0'}, {4, '\3'}, {7, '\x80'}, {8, '\0'}, {12, 'x'}}) {
    std::string bad = good;
    bad[static_cast<std::size_t>(at)] = byte;
    const auto result = decode_lineage(bad);
    ASSERT_FALSE(result.has_value()) << at;
    EXPECT_EQ(result.error().id, MsgId::HWREPLPROTO);
  }
  std::string unended = good;
  unended.replace(8, 16, "SIXTEEN-LETTERS!");
  EXPECT_FALSE(decode_lineage(unended).has_value());
}

TEST(Lineage, AsManyNamesAreToldAsOneMessageHolds) {
  const Lineage above(kLineageNamesMax + 10, "X");
  const Lineage told = lineage_to_tell("SELF", above);
  EXPECT_EQ(told.size(), kLineageNamesMax);
  EXPECT_EQ(told.front(), "SELF");
  EXPECT_EQ(decode_lineage(encode_lineage(told)).value(), told);
}

TEST(Lineage, TheRingIsNamedFromTheReceiverRound) {
  EXPECT_FALSE(find_ring(Lineage{"C", "B", "R"}, "A").has_value());
  const auto ring = find_ring(Lineage{"C", "B", "A", "R"}, "A");
  ASSERT_TRUE(ring.has_value());
  EXPECT_EQ(ring->render(),
            "%GTM-E-HWREPLLOOP, Instance C cannot feed instance A: they would replicate in a ring: A -> B -> C -> A\n");
  EXPECT_NE(find_ring(Lineage{"B", "A"}, "A")->text.find(": A -> B -> A"), std::string::npos);
}

class LineageOfSource : public testing::Test {
 protected:
  LineageOfSource() : machine_(config()) {
    history_.append([] {
      HistoryRecord record;
      record.root_name = "R";
      record.start = Seqno{1};
      return record;
    }());
  }
  static SourceMachine::Config config() {
    SourceMachine::Config config;
    config.self.name = "C";
    config.secondary = "A";
    return config;
  }
  std::vector<SourceAction> step(const SourceEvent& event) {
    SourceMachine::Local local{.next_seqno = Seqno{1}, .role = InstanceRole::Propagating, .history = history_};
    local.lineage = lineage_;
    return machine_.step(event, local);
  }
  std::vector<SourceAction> meet() {
    step(event::Tick{now_ms_ += 10'000});
    step(event::Connected{});
    step(event::Received{wire::StartFrom{Seqno{1}}, kLevelDualSite});
    Identity peer;
    peer.name = "A";
    return step(event::Received{wire::HelloReply{peer}, kLevelMultiSite});
  }
  std::uint64_t now_ms_ = 0;
  Lineage lineage_;
  History history_;
  SourceMachine machine_;
};

TEST_F(LineageOfSource, IsToldWhenTheyHaveMetAndWhenItChanges) {
  lineage_ = {"B"};
  auto actions = meet();
  ASSERT_NE(sent<wire::Control>(actions), nullptr);
  EXPECT_EQ(decode_lineage(sent<wire::Control>(actions)->payload).value(), (Lineage{"C", "B"}));
  EXPECT_EQ(sent<wire::Control>(step(event::Tick{++now_ms_})), nullptr);
  lineage_ = {"B", "R"};
  actions = step(event::Tick{++now_ms_});
  ASSERT_NE(sent<wire::Control>(actions), nullptr);
  EXPECT_EQ(decode_lineage(sent<wire::Control>(actions)->payload).value(), (Lineage{"C", "B", "R"}));
  step(event::ConnectionLost{"gone"});
  lineage_.clear();
  EXPECT_EQ(sent<wire::Control>(step(event::Tick{++now_ms_})), nullptr) << "nobody is there";
}

TEST_F(LineageOfSource, AReceiverInItIsRefusedAndTriedAgain) {
  lineage_ = {"B", "A", "R"};
  const auto actions = meet();
  ASSERT_NE(find<action::Report>(actions), nullptr);
  EXPECT_EQ(find<action::Report>(actions)->error.id, MsgId::HWREPLLOOP);
  ASSERT_NE(sent<wire::Bye>(actions), nullptr);
  EXPECT_EQ(sent<wire::Bye>(actions)->reason, wire::Bye::Reason::Refused);
  EXPECT_EQ(find<action::Identified>(actions), nullptr) << "it has not become a neighbour";
  EXPECT_EQ(machine_.state(), SourceState::Waiting);
  lineage_ = {"B"};
  EXPECT_NE(sent<wire::WillRestartAt>(meet()), nullptr);
}

/// Receiver A, to which source C has said who it is.
class LineageOfReceiver : public testing::Test {
 protected:
  LineageOfReceiver() : machine_(config()) {
    machine_.step(event::Accepted{}, local_);
    Identity source;
    source.name = "C";
    machine_.step(event::Received{wire::Hello{source}, kLevelMultiSite}, local_);
  }

  auto tell(const std::string& lineage) {
    return machine_.step(event::Received{wire::Control{kLineageControl, lineage}, kLevelMultiSite}, local_);
  }

  static ReceiverMachine::Config config() {
    ReceiverMachine::Config config;
    config.self.name = "A";
    return config;
  }

  ReceiverMachine machine_;
  const History history_;
  const ReceiverMachine::Local local_{.next_seqno = Seqno{1}, .applied_next = Seqno{1}, .history = history_};
};

TEST_F(LineageOfReceiver, ASourceThatHasItInItsLineageIsRefused) {
  const auto told = tell(encode_lineage({"C", "B"}));
  ASSERT_NE(find<action::LineageTold>(told), nullptr);
  EXPECT_EQ(find<action::LineageTold>(told)->lineage, (Lineage{"C", "B"}));
  const auto refused = tell(encode_lineage({"C", "B", "A"}));
  ASSERT_NE(find<action::Report>(refused), nullptr);
  EXPECT_EQ(find<action::Report>(refused)->error.id, MsgId::HWREPLLOOP);
  EXPECT_NE(find<action::Disconnect>(refused), nullptr);
  EXPECT_EQ(machine_.state(), ReceiverState::Listening);
}

TEST_F(LineageOfReceiver, NonsenseEndsTheConnection) {
  const auto refused = tell("x");
  ASSERT_NE(find<action::Report>(refused), nullptr);
  EXPECT_EQ(find<action::Report>(refused)->error.id, MsgId::HWREPLPROTO);
  EXPECT_EQ(machine_.state(), ReceiverState::Listening);
}

}  // namespace
}  // namespace hw

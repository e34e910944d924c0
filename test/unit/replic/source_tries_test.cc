// When a source server calls its secondary again: after a failed connection, a lost one, a refusal.
#include "test/unit/replic/source_script.h"

namespace hw {
namespace {

using test::logged;
using test::reign;

TEST_F(SourceScript, ConnectionAttemptsFollowConnectparams) {
  std::string log;
  const auto refuse = [&](std::uint64_t now) {
    log += logged(tick(now));
    log += logged(step(event::ConnectFailed{"Connection refused"}));
  };
  refuse(1000);
  EXPECT_EQ(machine_->wake_ms(), 1300u);
  for (const std::uint64_t now : {1300u, 1300u, 2300u, 3300u, 4300u}) refuse(now);
  EXPECT_EQ(log,
            "1 hard connection attempt failed : Connection refused\n"
            "2 hard connection attempt failed : Connection refused\n"
            "Soft tries period = 1 seconds, REPLALERT message period = 2 seconds\n"
            "1 soft connection attempt failed : Connection refused\n"
            "2 soft connection attempt failed : Connection refused\n"
            "%GTM-W-REPLALERT, Source Server could not connect to replicating instance [INSTB] for 2 seconds\n"
            "4 soft connection attempt failed : Connection refused\n");
}

// Shows: link.backoff
TEST_F(SourceScript, FruitlessConnectionsAreTriedLessAndLessOften) {
  config_.connect.soft_tries_period_s = 5;
  remake();
  std::uint64_t now = 1000;
  std::vector<std::uint64_t> waits;
  for (int i = 0; i < 8; ++i) {
    tick(now);
    step(event::Connected{});
    step(event::ConnectionLost{"reset"});
    waits.push_back(machine_->wake_ms() - now);
    now = machine_->wake_ms();
  }
  EXPECT_EQ(waits, (std::vector<std::uint64_t>{100, 200, 400, 800, 1600, 3200, 5000, 5000}));
}

// After a change of root: the former root is told where to roll back to, and is back within a moment.
// Shows: link.backoff
TEST_F(SourceScript, WhoWasRefusedOrToldToRollBackIsCalledAgainSoonAndThenLessOften) {
  config_.connect.soft_tries_period_s = 5;
  remake();
  std::uint64_t now = 1000;
  const auto wait_after = [&](const Message& opening, const std::optional<Message>& next) {
    tick(now);
    greet(opening);
    if (next) receive(*next);
    EXPECT_EQ(machine_->state(), SourceState::Waiting);
    const std::uint64_t wait = machine_->wake_ms() - now;
    now = machine_->wake_ms();
    return wait;
  };
  const HistoryRecord own = history_.records()[0];
  EXPECT_EQ(wait_after(wire::FetchResync{Seqno{77}}, wire::HistoryAnswer{own}), 100u);
  EXPECT_EQ(wait_after(wire::StartFrom{Seqno{77}}, wire::HistoryAnswer{reign("INSTC", 1, 50)}), 200u);
  EXPECT_EQ(wait_after(wire::StartFrom{Seqno{77}}, wire::Bye{wire::Bye::Reason::Refused, "not you"}), 400u);
  EXPECT_EQ(wait_after(wire::FetchResync{Seqno{77}}, wire::HistoryAnswer{own}), 800u);
  tick(now);
  greet(wire::StartFrom{Seqno{77}});
  receive(wire::HistoryAnswer{own});
  ASSERT_EQ(machine_->state(), SourceState::Streaming);
  receive(wire::HeartbeatAck{Seqno{77}, now});
  step(event::ConnectionLost{"reset"});
  EXPECT_EQ(machine_->wake_ms() - now, 100u) << "something was applied";
}

// Shows: link.backoff
TEST_F(SourceScript, WaitsOfTwoServersAreSpread) {
  const auto waits = [&](std::uint32_t seed) {
    config_.jitter_seed = seed;
    remake();
    std::uint64_t now = 1000;
    std::vector<std::uint64_t> out;
    for (int i = 0; i < 50; ++i) {
      tick(now);
      step(event::ConnectFailed{"refused"});
      out.push_back(machine_->wake_ms() - now);
      now = machine_->wake_ms();
    }
    out.erase(out.begin(), out.begin() + 3);  // Hard tries are as the operator says, to the millisecond.
    for (const auto wait : out) {
      EXPECT_GE(wait, 875U);
      EXPECT_LE(wait, 1125U);
    }
    return out;
  };
  EXPECT_NE(waits(3), waits(5));
}

}  // namespace
}  // namespace hw

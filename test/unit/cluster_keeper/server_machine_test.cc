// The life of a server, step by step: the time is the test's.
#include "cluster/keeper/server_machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
namespace event = server_event;
namespace action = server_action;

std::string text_of(const ServerAction& what) {
  struct Text {
    std::string operator()(const action::Launch&) const { return "launch"; }
    std::string operator()(const action::CancelLaunch&) const { return "cancel launch"; }
    std::string operator()(const action::WatchReadiness&) const { return "watch readiness"; }
    std::string operator()(const action::EndWork&) const { return "end work"; }
    std::string operator()(const action::Signal& its) const { return fmt::format("signal {}", its.number); }
    std::string operator()(const action::ClearGroup& its) const { return its.kill ? "kill rest" : "await rest"; }
    std::string operator()(const action::GaveUp& its) const { return fmt::format("gave up {}", its.failures); }
    std::string operator()(const action::Killed& its) const { return fmt::format("killed {}", its.after.count()); }
  };
  return std::visit(Text{}, what);
}

class ServerLife : public testing::Test {
 protected:
  void rules(const ServerMachine::Config& config) { machine_ = ServerMachine(config); }
  /// What the machine wants after the event, joined by commas.
  std::string on(const ServerEvent& what) {
    std::string out;
    for (const ServerAction& wanted : machine_.step(what, now_)) out += (out.empty() ? "" : ", ") + text_of(wanted);
    return out;
  }
  /// The same when its deadline is there, which must be `after` from now.
  std::string at_deadline(std::chrono::milliseconds after) {
    EXPECT_TRUE(machine_.deadline().has_value());
    if (!machine_.deadline()) return "no deadline";
    EXPECT_EQ(*machine_.deadline() - now_, after);
    now_ = *machine_.deadline() - 1ms;
    EXPECT_EQ(on(event::Time{}), "") << "too early";
    now_ += 1ms;
    return on(event::Time{});
  }
  std::string_view state() const { return name_of(machine_.state()); }
  void become_ready() {
    ASSERT_EQ(on(event::Start{}), "launch");
    ASSERT_EQ(on(event::Launched{}), "");
    ASSERT_EQ(at_deadline(1s), "");
    ASSERT_EQ(state(), "Ready");
  }

  ServerMachine machine_{ServerMachine::Config{}};
  ServerMachine::Time now_{1000s};
};

TEST_F(ServerLife, AliveForASecondIsReady) {
  become_ready();
  EXPECT_FALSE(machine_.deadline().has_value());
  EXPECT_EQ(on(event::Start{}), "");
}

TEST_F(ServerLife, NotifyAndPortAreReadyWhenTheySaySo) {
  for (const ReadyRule rule : {ReadyRule::Notify, ReadyRule::Port}) {
    rules({.ready = rule});
    EXPECT_EQ(on(event::Start{}), "launch");
    EXPECT_EQ(on(event::IsReady{}), "");
    EXPECT_EQ(state(), "Launching");
    EXPECT_EQ(on(event::Launched{}), "watch readiness");
    EXPECT_FALSE(machine_.deadline().has_value());
    EXPECT_EQ(on(event::IsReady{}), "");
    EXPECT_EQ(state(), "Ready");
  }
}

TEST_F(ServerLife, DeathClearsTheGroupBeforeTheNextStart) {
  become_ready();
  EXPECT_EQ(on(event::Ended{true}), "kill rest");
  EXPECT_EQ(state(), "Clearing");
  EXPECT_EQ(on(event::Cleared{}), "launch");
  EXPECT_EQ(machine_.restarts(), 1U);
}

TEST_F(ServerLife, FailuresPauseLongerAndEndInGivingUp) {
  rules({.failures_max = 4});
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "launch");  // At once.
  EXPECT_EQ(on(event::NotLaunched{}), "");
  EXPECT_EQ(state(), "BackOff");
  EXPECT_EQ(at_deadline(100ms), "launch");
  EXPECT_EQ(on(event::Launched{}), "");
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(at_deadline(200ms), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "gave up 4");
  EXPECT_EQ(state(), "Failed");
  EXPECT_EQ(machine_.restarts(), 3U);
  EXPECT_EQ(on(event::Start{}), "launch");  // An operator begins anew.
  EXPECT_EQ(machine_.restarts(), 0U);
  EXPECT_EQ(on(event::NotLaunched{}), "launch");
}

TEST_F(ServerLife, WithoutRestartTheFirstDeathIsTheLast) {
  rules({.restart = false});
  become_ready();
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "gave up 1");
  EXPECT_EQ(state(), "Failed");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, StopGoesFromWorkToTermToKill) {
  rules({.stop = 30s, .ends_work = true});
  become_ready();
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "end work");
  EXPECT_EQ(at_deadline(30s), "signal 15");
  EXPECT_EQ(state(), "Terminating");
  EXPECT_EQ(at_deadline(30s), "signal 9, killed 60000");
  EXPECT_EQ(state(), "Killing");
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, EndOfWorkIsFollowedByTermAtOnce) {
  rules({.ends_work = true});
  become_ready();
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "end work");
  EXPECT_EQ(on(event::WorkEnded{}), "signal 15");
  EXPECT_EQ(on(event::Ended{true}), "await rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, WhoEndsByItselfWhenAskedToEndItsWorkGetsTimeForTheRest) {
  rules({.stop = 10s, .ends_work = true});
  become_ready();
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "end work");
  EXPECT_EQ(on(event::Ended{true}), "signal 15, await rest");
  EXPECT_EQ(at_deadline(10s), "signal 9, kill rest, killed 10000");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, AStopCanBecomeHarder) {
  rules({.ends_work = true});
  become_ready();
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "end work");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "signal 15");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "");
  EXPECT_EQ(on(event::Stop{StopMode::Kill}), "signal 9, killed 0");
}

TEST_F(ServerLife, AStopBeforeTheProgramRunsBreaksTheStartOff) {
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "cancel launch");
  EXPECT_EQ(on(event::NotLaunched{}), "");
  EXPECT_EQ(state(), "Down");
  // Killed before it ran.
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "cancel launch");
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
  // Too late: it runs, and is stopped as any other.
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "cancel launch");
  EXPECT_EQ(on(event::Launched{}), "signal 15");
  // It comes to nothing.
  EXPECT_EQ(at_deadline(30s), "signal 9, killed 30000");
}

TEST_F(ServerLife, AStartThatCannotBeBrokenOffIsKilledAtItsDeadline) {
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "cancel launch");
  EXPECT_EQ(at_deadline(30s), "signal 9");
  EXPECT_EQ(state(), "Cancelling");
  EXPECT_FALSE(machine_.deadline().has_value());
}

TEST_F(ServerLife, AStopWhileItPausesOrIsClearedEndsThat) {
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "");
  EXPECT_EQ(state(), "Down");
  EXPECT_FALSE(machine_.deadline().has_value());
  become_ready();
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, AStartWhileItStopsComesAfterwards) {
  become_ready();
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "signal 15");
  EXPECT_EQ(on(event::Start{}), "");
  EXPECT_EQ(on(event::Ended{false}), "await rest");
  EXPECT_EQ(on(event::Cleared{}), "launch");
  EXPECT_EQ(machine_.restarts(), 0U);
  // Unless it is to stop after all.
  EXPECT_EQ(on(event::Launched{}), "");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "signal 15");
  EXPECT_EQ(on(event::Start{}), "");
  EXPECT_EQ(on(event::Stop{StopMode::AtOnce}), "");
  EXPECT_EQ(on(event::Ended{false}), "await rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
}

TEST_F(ServerLife, AnOperatorsStartEndsAPause) {
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "launch");
  EXPECT_EQ(on(event::NotLaunched{}), "");
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_FALSE(machine_.deadline().has_value());
}

TEST_F(ServerLife, WhoSetsSomethingUpIsReadyByEndingWell) {
  rules({.ready = ReadyRule::Exit0});
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Launched{}), "");
  EXPECT_FALSE(machine_.deadline().has_value());
  EXPECT_EQ(on(event::Ended{true}), "");
  EXPECT_EQ(state(), "Ready");
  EXPECT_EQ(on(event::Stop{StopMode::WorkFirst}), "signal 15, await rest");
  EXPECT_EQ(on(event::Cleared{}), "");
  EXPECT_EQ(state(), "Down");
  // Badly: a failure as any other.
  EXPECT_EQ(on(event::Start{}), "launch");
  EXPECT_EQ(on(event::Launched{}), "");
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "launch");
}

TEST_F(ServerLife, AdoptedServersGoOnWhereTheyWere) {
  EXPECT_EQ(on(event::Adopted{true, true, 7}), "");
  EXPECT_EQ(state(), "Ready");
  EXPECT_EQ(machine_.restarts(), 7U);
  rules({.ready = ReadyRule::Notify});
  EXPECT_EQ(on(event::Adopted{false, true, 0}), "watch readiness");
  EXPECT_EQ(state(), "Starting");
  rules({.ready = ReadyRule::Exit0});
  EXPECT_EQ(on(event::Adopted{true, false, 0}), "");
  EXPECT_EQ(state(), "Ready");
}

TEST_F(ServerLife, NewRulesCountFromTheLaunchOn) {
  rules({.failures_max = 1});
  EXPECT_EQ(on(event::Start{}), "launch");
  machine_.set_rules({.ready = ReadyRule::Notify, .failures_max = 3});
  EXPECT_EQ(on(event::Launched{}), "watch readiness");
  EXPECT_EQ(on(event::Ended{false}), "kill rest");
  EXPECT_EQ(on(event::Cleared{}), "launch");
}

TEST_F(ServerLife, LateAnswersChangeNothing) {
  for (const ServerEvent& late :
       std::vector<ServerEvent>{event::Launched{}, event::NotLaunched{}, event::IsReady{}, event::Ended{false},
                                event::Cleared{}, event::WorkEnded{}, event::Time{}, event::Stop{StopMode::Kill}}) {
    EXPECT_EQ(on(late), "");
    EXPECT_EQ(state(), "Down");
  }
}

}  // namespace
}  // namespace hw::cluster

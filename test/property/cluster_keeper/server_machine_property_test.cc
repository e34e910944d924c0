// The machine of a server with a process that dies, hangs, ignores signals and leaves children, and an operator who
// starts and stops at random. Whatever happens: never two processes of one server, SIGKILL not before its time, and a
// stop ends in Down.
#include "cluster/keeper/server_machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <random>

#include "test/property/replic/seed.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
namespace event = server_event;
namespace action = server_action;

/// A process and its group, as stubborn as the dice say.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    config_.ready = static_cast<ReadyRule>(dice(4));
    config_.restart = dice(4) != 0;
    config_.failures_max = 1 + dice(5);
    config_.stop = std::chrono::milliseconds(dice(3) * 1000);
    config_.ends_work = dice(2) == 0;
    machine_ = ServerMachine(config_);
  }

  void run(int moves) {
    for (int i = 0; i < moves && !testing::Test::HasFailure(); ++i) move();
  }
  /// Nothing is stubborn any more, but what SIGKILL alone ends.
  bool settles_down() {
    feed(event::Stop{StopMode::WorkFirst});
    for (int i = 0; i < 50 && machine_.state() != ServerState::Down && !testing::Test::HasFailure(); ++i) {
      world_moves(true);
      if (machine_.deadline()) {
        now_ = std::max(now_, *machine_.deadline());
        feed(event::Time{});
      }
    }
    return machine_.state() == ServerState::Down && leader_ == Leader::None && !has_rest_;
  }
  std::string where() const {
    return fmt::format("{}, leader {}, rest {}", name_of(machine_.state()), static_cast<int>(leader_), has_rest_);
  }
  int launches() const { return launches_; }
  int kills() const { return kills_; }

 private:
  enum class Leader { None, Launching, Runs };

  unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  void move() {
    now_ += std::chrono::milliseconds(dice(3) == 0 ? dice(3000) : dice(30));
    switch (dice(8)) {
      case 0:
        feed(event::Start{});
        break;
      case 1:
        feed(event::Stop{static_cast<StopMode>(dice(3))});
        break;
      case 2:
        feed(event::WorkEnded{});
        break;
      case 3:
        feed(event::IsReady{});
        break;
      case 4:
        feed(event::Time{});
        break;
      default:
        world_moves(false);
        break;
    }
  }

  void world_moves(bool friendly) {
    if (leader_ == Leader::Launching && (friendly || dice(2) == 0)) {
      if (dice(3) != 0) {
        leader_ = Leader::Runs;
        return feed(event::Launched{});
      }
      leader_ = Leader::None;
      return feed(event::NotLaunched{});
    }
    const bool dies = killed_ || (friendly && asked_ && dice(2) == 0) || dice(friendly ? 1000 : 5) == 0;
    if (leader_ == Leader::Runs && dies) {
      leader_ = Leader::None;
      has_rest_ = dice(3) == 0;
      killed_ = false;
      return feed(event::Ended{dice(2) == 0});
    }
    if (clearing_ && (rest_killed_ || friendly || dice(3) == 0)) {
      has_rest_ = false;
      clearing_ = rest_killed_ = false;
      feed(event::Cleared{});
    }
  }

  void feed(const ServerEvent& what) {
    const ServerState before = machine_.state();
    if (const auto* const stop = std::get_if<event::Stop>(&what))
      kill_asked_ = kill_asked_ || stop->mode == StopMode::Kill;
    for (const ServerAction& wanted : machine_.step(what, now_))
      std::visit([&](const auto& its) { perform(its); }, wanted);
    EXPECT_LT(machine_.restarts(), config_.failures_max);
    if (std::holds_alternative<event::Stop>(what)) {
      EXPECT_NE(machine_.state(), ServerState::Ready) << name_of(before);
      EXPECT_NE(machine_.state(), ServerState::Starting) << name_of(before);
    }
    if (machine_.state() == ServerState::Down || machine_.state() == ServerState::BackOff ||
        machine_.state() == ServerState::Failed) {
      EXPECT_EQ(leader_, Leader::None) << name_of(machine_.state());
      EXPECT_FALSE(has_rest_) << name_of(machine_.state());
    }
  }
  void perform(const action::Launch&) {
    EXPECT_EQ(leader_, Leader::None) << "two of them";
    EXPECT_FALSE(has_rest_) << "beside what the former one left";
    leader_ = Leader::Launching;
    killed_ = asked_ = kill_asked_ = clearing_ = rest_killed_ = false;
    ++launches_;
  }
  void perform(const action::CancelLaunch&) { EXPECT_EQ(leader_, Leader::Launching); }
  void perform(const action::WatchReadiness&) { EXPECT_EQ(leader_, Leader::Runs); }
  void perform(const action::EndWork&) {
    EXPECT_TRUE(config_.ends_work);
    EXPECT_EQ(leader_, Leader::Runs);
  }
  void perform(const action::Signal& its) {
    if (its.number == SIGTERM) {
      asked_ = true;
      asked_at_ = now_;
    } else {
      EXPECT_EQ(its.number, SIGKILL);
      killed_ = leader_ == Leader::Runs;
      ++kills_;
    }
  }
  void perform(const action::ClearGroup& its) {
    EXPECT_EQ(leader_, Leader::None);
    clearing_ = true;
    rest_killed_ = rest_killed_ || its.kill;
  }
  void perform(const action::GaveUp& its) {
    EXPECT_TRUE(its.failures >= config_.failures_max || !config_.restart);
    EXPECT_LE(its.failures, config_.failures_max);
  }
  void perform(const action::Killed& its) {
    if (kill_asked_) return;
    EXPECT_TRUE(asked_) << "without SIGTERM";
    EXPECT_GE(now_ - asked_at_, config_.stop) << "too early";
    EXPECT_GE(its.after, config_.stop);
  }

  std::mt19937_64 random_;
  ServerMachine::Config config_;
  ServerMachine machine_{ServerMachine::Config{}};
  ServerMachine::Time now_{1000s};
  ServerMachine::Time asked_at_{};
  Leader leader_ = Leader::None;
  bool has_rest_ = false, clearing_ = false, rest_killed_ = false, asked_ = false, kill_asked_ = false, killed_ = false;
  int launches_ = 0, kills_ = 0;
};

TEST(ServerMachineProperty, NeverTwoOfAServerAndAStopEndsInDown) {
  const std::uint64_t seed = hw::test::replic_seed();
  SCOPED_TRACE(fmt::format("rerun with HW_SEED={}", seed));
  int launches = 0, kills = 0;
  for (std::uint64_t round = 0; round < 3000 && !HasFailure(); ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    World world(seed + round);
    world.run(200);
    ASSERT_TRUE(world.settles_down()) << world.where();
    launches += world.launches();
    kills += world.kills();
  }
  EXPECT_GT(launches, 3000);
  EXPECT_GT(kills, 1000);
}

}  // namespace
}  // namespace hw::cluster

// Whatever way an update takes to be acknowledged, it is held against the deadline of the instance's reign.
#include "engine/commit/deadline.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "engine/base/clock.h"
#include "engine/commit/frame_applier.h"
#include "engine/extract/load.h"
#include "test/support/root_database.h"
#include "test/support/shared_stage.h"

namespace hw::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

/// The id of the message that it ended with, or none.
template <typename T>
std::optional<MsgId> outcome(const Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional(result.error().id);
}

class DeadlineTest : public RootDatabase {
 protected:
  explicit DeadlineTest(bool replicate = true) : RootDatabase(replicate) {}

  using Body = std::function<void(Session&, Domain&)>;
  /// With Fence Required, and a deadline that is a minute away.
  void fenced(const Body& body) const {
    ASSERT_EQ(in_child({},
                       [&] {
                         as_root(
                             [&](Session& session, Domain& domain) {
                               give_a_minute(domain);
                               body(session, domain);
                             },
                             true);
                       }),
              0);
  }

  static void give_a_minute(Domain& domain) {
    domain.header().fence.set_deadline(boot_clock_ns() + 60 * kSecond_ns);
    domain.header().fence.stopped.store(0);
  }
  static void be_late(Domain& domain) { domain.header().fence.set_deadline(boot_clock_ns()); }

  static std::uint64_t next_seqno(Domain& domain) { return domain.header().next_seqno.load(); }

  /// One update that is late: it is made, its caller is told so, and the next one is refused before it is made.
  static void expect_late(Domain& domain, const std::function<Status()>& update) {
    give_a_minute(domain);
    must(update());
    be_late(domain);
    const std::uint64_t before = next_seqno(domain);
    EXPECT_EQ(outcome(update()), MsgId::HWLATE);
    EXPECT_EQ(next_seqno(domain), before + 1) << "it is made all the same";
    EXPECT_EQ(domain.header().fence.stopped.load(), 1U);
    EXPECT_EQ(outcome(update()), MsgId::SCNDDBNOUPD);
    EXPECT_EQ(next_seqno(domain), before + 1);
  }
};

TEST_F(DeadlineTest, EachWayOfChangingANodeIsHeldAgainstIt) {
  fenced([](Session& session, Domain& domain) {
    expect_late(domain, [&] { return session.set(key("b"), "x"); });
    expect_late(domain, [&] { return session.kill(key("b")); });
    expect_late(domain, [&] { return session.zkill(key("b")); });
    expect_late(domain, [&]() -> Status {
      HW_TRY([[maybe_unused]] const std::string sum, session.increment(key("b"), "1"));
      return {};
    });
    for (const Durability durability : {Durability::Batch, Durability::Durable}) {
      expect_late(domain, [&] {
        return session.transact({durability, ""}, [&]() -> Status {
          HW_TRY_VOID(session.set(key("b", {"1"}), "x"));
          return session.set(key("b", {"2"}), "y");
        });
      });
    }
  });
}

TEST_F(DeadlineTest, SoAreSetsThatLmdbGetsLater) {
  fenced([](Session& session, Domain& domain) {
    std::uint64_t next = 100;
    for (int i = 0; i < 10; ++i) must(session.set(node(next++), "in order"));
    ASSERT_GT(domain.header().behind[0].count, 0U);
    const std::uint32_t behind = domain.header().behind[0].count;
    expect_late(domain, [&] { return session.set(node(next++), "in order"); });
    EXPECT_EQ(domain.header().behind[0].count, behind + 2);
  });
}

TEST_F(DeadlineTest, SoAreSetsThatOverwriteAValueInPlace) {
  fenced([](Session& session, Domain& domain) {
    const auto place = [](std::uint64_t i) { return node(i * 37 % 100); };
    for (std::uint64_t i = 0; i < 100; ++i) must(session.set(place(i), "0"));
    std::uint64_t next = 0;
    for (; next < 20; ++next) must(session.set(place(next), "1"));
    const std::uint64_t in_place = domain.header().behind[0].in_place;
    ASSERT_GT(in_place, 0U);
    expect_late(domain, [&] { return session.set(place(next++), "2"); });
    EXPECT_EQ(domain.header().behind[0].in_place, in_place + 2);
  });
}

TEST_F(DeadlineTest, ALoadEndsAtTheFirstRecordThatIsLate) {
  fenced([](Session& session, Domain& domain) {
    be_late(domain);
    std::istringstream in("label\nlabel ZWR\n^b(1)=1\n^b(2)=2\n^b(3)=3\n");
    std::ostringstream messages;
    EXPECT_EQ(outcome(load(session, in, {}, messages)), MsgId::LOADABORT) << messages.str();
    EXPECT_NE(messages.str().find("HWLATE"), std::string::npos) << messages.str();
    EXPECT_EQ(next_seqno(domain), 2U);
  });
}

class DeadlineOfNoInstance : public DeadlineTest {
 protected:
  DeadlineOfNoInstance() : DeadlineTest(false) {}
};

TEST_F(DeadlineOfNoInstance, ARegionThatDoesNotReplicateIsNotHeldAgainstIt) {
  fenced([](Session& session, Domain& domain) {
    be_late(domain);
    must(session.set(key("b"), "x"));
    domain.header().fence.stopped.store(1);
    must(session.set(key("b"), "y"));
    EXPECT_EQ(next_seqno(domain), 1U);
  });
}

TEST_F(DeadlineTest, TransactionsOfThePrimaryAreNotHeldAgainstIt) {
  fenced([](Session&, Domain& domain) {
    be_late(domain);
    domain.header().updates_enabled.store(0);
    domain.header().fence.stopped.store(1);
    FrameApplier applier(domain);
    FrameBuilder builder;
    builder.start(false, "");
    const std::string name = key("b");
    must(builder.add({UpdateType::Set, name, "x"}));
    const std::string bytes(builder.finish(Seqno{1}, 1));
    const std::vector<FrameView> frames{must(FrameView::parse(as_bytes(bytes), "test"))};
    must(applier.apply(frames, [&](std::string_view) { return Result<OpenRegion*>(domain.regions().front()); }));
    EXPECT_EQ(next_seqno(domain), 2U);
  });
}

// No clock is read: a deadline that never comes, or no Fence Required.
TEST_F(DeadlineTest, WithoutADeadlineNothingIsLate) {
  fenced([](Session& session, Domain& domain) {
    domain.header().fence.set_deadline(kNoDeadline);
    EXPECT_EQ(domain.header().fence.deadline_counts.load(), 0U);
    must(session.set(key("b"), "x"));
    domain.header().fence.set_deadline(0);
    EXPECT_EQ(outcome(session.set(key("b"), "y")), MsgId::HWLATE);
  });
  EXPECT_EQ(in_child({},
                     [&] {
                       as_root([](Session& session, Domain& domain) {
                         must(session.set(key("b"), "x"));
                         domain.header().fence.set_deadline(1);
                         EXPECT_EQ(domain.header().fence.deadline_counts.load(), 0U);
                         must(session.set(key("b"), "y"));
                       });
                     }),
            0);
}

TEST_F(DeadlineTest, APoolThatIsMadeAnewHasNoDeadlineAndIsNotStopped) {
  EXPECT_EQ(in_child({},
                     [&] {
                       as_root(
                           [](Session& session, Domain& domain) {
                             const PoolFence& fence = domain.header().fence;
                             EXPECT_EQ(fence.epoch.load(), 0U);
                             EXPECT_EQ(fence.deadline_ns.load(), 0U);
                             EXPECT_EQ(fence.stopped.load(), 0U);
                             EXPECT_EQ(outcome(session.set(key("b"), "x")), MsgId::HWLATE);
                           },
                           true);
                     }),
            0);
}

// ---- durable commits ----

// The reading is of before the sync: a disk that stands still makes nobody late who was in time.
TEST_F(DeadlineTest, WhoSyncsReadsTheClockForAllThatItServes) {
  fenced([](Session& session, Domain& domain) {
    must(session.set(key("b"), "x"));
    const std::uint64_t number = domain.header().commit_done.load();
    must(domain.wait_durable(number));
    EXPECT_EQ(domain.header().fence.accepted_commits.load(), number);
    be_late(domain);
    must(domain.acknowledge({Seqno{1}, number, true}));
    EXPECT_EQ(outcome(domain.acknowledge({Seqno{2}, number + 1, true})), MsgId::HWLATE);
    must(session.sync());
    EXPECT_EQ(domain.header().fence.accepted_commits.load(), number) << "what was synced late was not accepted";
  });
}

TEST_F(DeadlineTest, OfManyThreadsEachIsToldOfItsOwnCommit) {
  fenced([](Session& session, Domain& domain) {
    constexpr int kThreads = 6;
    domain.header().fence.set_deadline(boot_clock_ns() + kSecond_ns / 4);
    std::array<std::uint64_t, kThreads> good{}, late{}, refused{};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Session mine(session.database());
        for (std::uint64_t i = 0; refused[t] == 0; ++i) {
          const auto told = outcome(mine.transact({t % 2 == 0 ? Durability::Durable : Durability::Batch, ""}, [&] {
            return mine.set(key("c", {std::to_string(t), std::to_string(i)}), "x");
          }));
          if (!told) ++good[t];
          if (told == MsgId::HWLATE) ++late[t];
          if (told == MsgId::SCNDDBNOUPD) ++refused[t];
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::uint64_t all_good = 0, all_late = 0;
    for (std::size_t t = 0; t < kThreads; ++t) {
      EXPECT_LE(late[t], 1U) << "the flag is set before the first of them returns";
      all_good += good[t];
      all_late += late[t];
    }
    EXPECT_GT(all_good, 0U);
    EXPECT_GE(all_late, 1U);
    EXPECT_EQ(next_seqno(domain), 1 + all_good + all_late);
  });
}

// ---- the stop flag ----

TEST_F(DeadlineTest, WithTheStopFlagNoSeqnoIsTaken) {
  fenced([](Session& session, Domain& domain) {
    must(session.set(key("b"), "x"));
    const std::uint32_t ticket = domain.header().fence.changed.ticket();
    EXPECT_EQ(must(set_stop_flag(domain, true, steady_clock::now())), Seqno{2});
    EXPECT_NE(domain.header().fence.changed.ticket(), ticket);
    EXPECT_EQ(outcome(session.set(key("b"), "y")), MsgId::SCNDDBNOUPD);
    must(session.begin());
    EXPECT_EQ(outcome(session.set(key("b"), "y")), MsgId::SCNDDBNOUPD);
    must(session.rollback());
    EXPECT_EQ(must(session.get(key("b"))), "x");
    EXPECT_EQ(must(set_stop_flag(domain, false, steady_clock::now())), Seqno{2});
    must(session.set(key("b"), "y"));
  });
}

TEST_F(DeadlineTest, AnEventIsRaisedForAChangeAndForNothingElse) {
  fenced([](Session& session, Domain& domain) {
    PoolFence& fence = domain.header().fence;
    const auto raised = [&](const std::function<void()>& work) {
      const std::uint32_t before = fence.changed.ticket();
      work();
      return fence.changed.ticket() != before;
    };
    const auto now = steady_clock::now();
    EXPECT_TRUE(raised([&] { must(set_updates(domain, false, now)); }));
    EXPECT_FALSE(raised([&] { must(set_updates(domain, false, now)); }));
    EXPECT_TRUE(raised([&] { must(set_updates(domain, true, now)); }));
    EXPECT_FALSE(raised([&] { must(session.set(key("b"), "x")); }));
    be_late(domain);
    EXPECT_TRUE(raised([&] { EXPECT_FALSE(session.set(key("b"), "y").has_value()); }));
    EXPECT_FALSE(raised([&] { EXPECT_FALSE(session.set(key("b"), "z").has_value()); }));
    EXPECT_FALSE(raised([&] { (void)must(set_stop_flag(domain, true, now)); }));
    EXPECT_TRUE(raised([&] { (void)must(set_stop_flag(domain, false, now)); }));
  });
}

// The agent does not wait for ever for a program that is stopped in the middle of a commit.
TEST_F(DeadlineTest, TheFlagIsNotWaitedForLongerThanAsked) {
  SharedStage stage;
  fenced([&](Session&, Domain& domain) {
    const pid_t holder = ::fork();
    if (holder == 0) {
      (void)domain.header().commit_lock.lock();
      stage.reach(1);
      for (;;) ::pause();
    }
    stage.wait_for(1);
    const auto begun = steady_clock::now();
    EXPECT_EQ(outcome(set_stop_flag(domain, true, begun + 50ms)), MsgId::HWINUSE);
    EXPECT_GE(steady_clock::now(), begun + 50ms);
    EXPECT_EQ(domain.header().fence.stopped.load(), 0U);
    ::kill(holder, SIGKILL);
    (void)hw::test::wait_for(holder);
    (void)must(set_stop_flag(domain, true, steady_clock::now() + 60s));
    EXPECT_EQ(domain.header().fence.stopped.load(), 1U);
  });
}

// A commit that a dead process had decided happens, whatever the deadline says by then: nobody was told of it.
TEST_F(DeadlineTest, WhatADeadProcessHadInFlightIsFinished) {
  SharedStage stage;
  const pid_t dying = start_child({{"HW_FAIL", "CommitDecidedNotApplied:kill"}}, [&] {
    stage.wait_for(1);
    auto database = open();
    Session session(*database);
    (void)session.set(key("b"), "x");
  });
  const pid_t root = start_child({}, [&] {
    as_root(
        [&](Session&, Domain& domain) {
          give_a_minute(domain);
          stage.reach(1);
          stage.wait_for(2);
          be_late(domain);
          EXPECT_EQ(next_seqno(domain), 1U);
          EXPECT_EQ(must(set_stop_flag(domain, true, steady_clock::now() + 60s)), Seqno{2});
          EXPECT_EQ(next_seqno(domain), 2U);
        },
        true);
  });
  const int status = hw::test::wait_for(dying);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  stage.reach(2);
  EXPECT_EQ(hw::test::wait_for(root), 0);
}

}  // namespace
}  // namespace hw::test

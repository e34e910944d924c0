// What a former root lost is applied at the instance that took over: nothing that was changed there since is written
// over, and each transaction is applied once, whatever dies and however often the file is given.
#include "engine/gbl/apply_lost.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "engine/base/failpoint.h"
#include "engine/base/file.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/rollback_online.h"
#include "test/support/root_instance.h"

namespace hw::test {
namespace {

using gbl::AppliedLost;
using gbl::apply_lost;

class ApplyLost : public testing::Test {
 protected:
  static constexpr std::uint64_t kShared = 20;  ///< seqnos that both sites have
  static constexpr std::uint64_t kLost = 40;    ///< transactions of the file
  static constexpr Seqno kParted{kShared + 1};

  ApplyLost() {
    EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
                for (std::uint64_t n = 1; n <= kShared; ++n) must(session.set(node("a", n), "shared"));
                InstanceFile instance = must(InstanceFile::open(b_.path()));
                must(mark_divergence(domain, instance, kParted));
              }),
              0);
  }

  /// At the site that has taken over; returns the child's status.
  int at_b(const std::function<void(Session&, Domain&)>& work, const Variables& more = {}) const {
    return b_.in_environment(
        [&] {
          b_.run_down();  // What a process left that was killed.
          b_.as_root(work);
        },
        more);
  }

  static std::string node(const std::string& global, std::uint64_t number) {
    return key(global, {std::to_string(number)});
  }

  /// One that was made outside of a transaction.
  static std::string single(std::uint64_t seqno, const std::string& update, const std::string& code = "05") {
    return fmt::format("{0}\\67896,6637\\{1}\\4711\\0\\{1}\\0\\0\\0\\0\\{2}\n", code, seqno, update);
  }
  /// One with parts in both regions.
  static std::string fenced(std::uint64_t seqno, const std::vector<std::string>& updates) {
    const std::string front = fmt::format("\\67896,6637\\{0}\\4711\\0\\{0}\\0\\0", seqno);
    std::string text = "08" + front + "\n08" + front + "\n";
    for (std::size_t i = 0; i < updates.size(); ++i) text += fmt::format("05{}\\{}\\0\\{}\n", front, i + 1, updates[i]);
    return text + "09" + front + "\\2\\ID\n09" + front + "\\2\\ID\n";
  }
  /// Each of the file changes nodes of its own; every second one in both regions.
  static std::string lost_text() {
    std::string text;
    for (std::uint64_t i = 0; i < kLost; ++i) {
      const std::uint64_t seqno = kParted.value + i;
      const std::string value = fmt::format("\"lost {}\"", seqno);
      if (i % 2 == 0)
        text += single(seqno, fmt::format("^a({})={}", seqno, value));
      else
        text += fenced(seqno, {fmt::format("^a({})={}", seqno, value), fmt::format("^x({})={}", seqno, value)});
    }
    return text;
  }
  void write_lost(const std::string& text) const {
    must(replace_file(lost_, "GDSJEX07 ROLLBACK PRIMARY GAMMA\n" + text));
  }
  AppliedLost apply(Session& session) const { return must(apply_lost(session, lost_, conflicts_)); }
  std::string conflicts() const { return must(read_file(conflicts_, 1 << 20)); }

  void expect_all_applied_once() const {
    EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
                for (std::uint64_t seqno = kParted.value; seqno < kParted.value + kLost; ++seqno) {
                  const std::string value = fmt::format("lost {}", seqno);
                  EXPECT_EQ(must(session.get(node("a", seqno))), value) << seqno;
                  const bool both = (seqno - kParted.value) % 2 != 0;
                  EXPECT_EQ(must(session.get(node("x", seqno))).value_or("none"), both ? value : "none") << seqno;
                }
                EXPECT_EQ(domain.header().next_seqno.load(), kParted.value + kLost);
              }),
              0);
    EXPECT_FALSE(file_exists(conflicts_));
  }

  RootInstance b_{"BETA", {"X"}};
  const std::string lost_ = b_.file("lost.glo");
  const std::string conflicts_ = b_.file("lost.glo.conflicts");
};

TEST_F(ApplyLost, GivenTwiceItAppliesNothingTwice) {
  write_lost(lost_text());
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              const AppliedLost first = apply(session);
              EXPECT_EQ(first.applied, kLost);
              EXPECT_EQ(first.applied_before, 0);
              EXPECT_EQ(first.instance, "GAMMA");
              EXPECT_EQ(domain.header().durable_commits.load(), domain.header().commit_done.load())
                  << "it has said that they are applied";
              const AppliedLost again = apply(session);
              EXPECT_EQ(again.applied, kLost);
              EXPECT_EQ(again.applied_before, kLost);
              EXPECT_EQ(again.conflicts, 0);
            }),
            0);
  expect_all_applied_once();
}

TEST_F(ApplyLost, WhatTheSameProcessHasChangedOtherwiseCounts) {
  write_lost(single(21, "^a(1)=\"lost\"") + single(22, "^a(2)=\"lost\""));
  EXPECT_EQ(at_b([&](Session& session, Domain&) {
              must(session.set(node("a", 1), "of B"));
              const AppliedLost done = apply(session);
              EXPECT_EQ(done.applied, 1);
              EXPECT_EQ(done.conflicts, 1);
              EXPECT_EQ(must(session.get(node("a", 1))), "of B");
              EXPECT_EQ(must(session.get(node("a", 2))), "lost");
              EXPECT_EQ(conflicts(),
                        "GDSJEX07 ROLLBACK PRIMARY GAMMA\n"
                        "; seqno 21: ^a(1) was changed here after the sites parted\n" +
                            single(21, "^a(1)=\"lost\""));
            }),
            0);
}

// A counter that both sites have raised by one since they parted stands at the same value at both.
TEST_F(ApplyLost, AnUpdateLikeTheLostOneIsNotTakenForIt) {
  write_lost(single(21, "^a(\"count\")=\"1\"") + fenced(22, {"^a(5)=\"both\"", "^x(5)=\"both\""}));
  EXPECT_EQ(at_b([&](Session& session, Domain&) {
              must(session.increment(key("a", {"count"}), "1"));
              TransactionOptions options;
              options.id = "ID";
              must(session.transact(options, [&]() -> Status {
                HW_TRY_VOID(session.set(node("a", 5), "both"));
                return session.set(node("x", 5), "both");
              }));
              EXPECT_EQ(apply(session).conflicts, 2);
            }),
            0);
}

TEST_F(ApplyLost, WhatIsBuiltOnATransactionInConflictIsHeldBack) {
  write_lost(single(21, "^a(1)=\"lost\"") + single(22, "^a", "04") + single(23, "^a(7,1)=\"lost\"") +
             single(24, "^x(7)=\"lost\""));
  EXPECT_EQ(at_b([&](Session& session, Domain&) {
              must(session.set(node("a", 1), "of B"));
              const AppliedLost done = apply(session);
              EXPECT_EQ(done.conflicts, 3);
              EXPECT_EQ(done.applied, 1);
              EXPECT_NE(conflicts().find("; seqno 23: ^a(7,1) comes from a transaction in conflict"), std::string::npos)
                  << conflicts();
              EXPECT_EQ(must(session.get(node("a", 3))), "shared");
            }),
            0);
}

// As after a second switch-over: the instance is marked from there, the file is of the first one.
TEST_F(ApplyLost, AMarkThatIsYoungerThanTheFileDoesNotHideChanges) {
  write_lost(lost_text());
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              InstanceFile instance = must(InstanceFile::open(b_.path()));
              must(complete_lost_transactions(domain, instance));
              must(session.set(node("a", 21), "of B"));
              must(session.set(node("a", 1), "of B"));
              must(mark_divergence(domain, instance, Seqno{domain.header().next_seqno.load()}));
              EXPECT_EQ(apply(session).conflicts, 1);
              EXPECT_EQ(must(session.get(node("a", 21))), "of B");
            }),
            0);
}

TEST_F(ApplyLost, WithoutAMarkNothingIsApplied) {
  write_lost(lost_text());
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              InstanceFile instance = must(InstanceFile::open(b_.path()));
              must(complete_lost_transactions(domain, instance));
              const auto done = apply_lost(session, lost_, conflicts_);
              ASSERT_FALSE(done.has_value());
              EXPECT_EQ(done.error().id, MsgId::HWREFUSED);
              EXPECT_EQ(domain.header().next_seqno.load(), kParted.value);
            }),
            0);
}

TEST_F(ApplyLost, WhatARollbackTookOutIsAppliedAgain) {
  write_lost(lost_text());
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              EXPECT_EQ(apply(session).applied, kLost);
              InstanceFile instance = must(InstanceFile::open(b_.path()));
              RollbackOptions options;
              options.lost_path = b_.file("taken.out");
              must(roll_back_online(domain, instance, Seqno{kParted.value + 15}, options, {}));
              const AppliedLost again = apply(session);
              EXPECT_EQ(again.applied, kLost);
              EXPECT_EQ(again.applied_before, 15);
              EXPECT_EQ(again.conflicts, 0);
            }),
            0);
  expect_all_applied_once();
}

// The text of a pipe can be read once only.
TEST_F(ApplyLost, AFileThatIsAPipe) {
  const std::string pipe = b_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(at_b([&](Session& session, Domain&) {
              std::thread writer([&] { std::ofstream(pipe) << "GDSJEX07 ROLLBACK PRIMARY GAMMA\n" << lost_text(); });
              EXPECT_EQ(must(apply_lost(session, pipe, conflicts_)).applied, kLost);
              writer.join();
            }),
            0);
  expect_all_applied_once();
}

TEST_F(ApplyLost, OfAFileThatWasCutWholeTransactionsAreApplied) {
  const std::string text = lost_text();
  for (const std::size_t bytes : {text.rfind("09\\"), text.rfind(' '), text.size() - 1}) {
    write_lost(text.substr(0, bytes));
    EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
                const auto done = apply_lost(session, lost_, conflicts_);
                ASSERT_FALSE(done.has_value());
                EXPECT_EQ(done.error().id, MsgId::HWLOSTFILE);
                EXPECT_EQ(domain.header().next_seqno.load(), kParted.value + kLost - 1);
              }),
              0);
  }
  write_lost(text);
  EXPECT_EQ(at_b([&](Session& session, Domain&) { EXPECT_EQ(apply(session).applied_before, kLost - 1); }), 0);
  expect_all_applied_once();
}

// Between the question and the commit nobody comes in: another process's commit waits for the lock.
TEST_F(ApplyLost, ATransactionThatIsAloneHasTheCommitLock) {
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              TransactionOptions options;
              options.alone = true;
              must(session.transact(options, [&]() -> Status {
                EXPECT_TRUE(domain.header().commit_lock.is_mine());
                EXPECT_EQ(session.restarts(), 0U);
                return session.set(node("a", 1), "alone");
              }));
              EXPECT_FALSE(domain.header().commit_lock.is_mine());
            }),
            0);
}

// It waits, without the lock, for a region that an administrator has frozen, and asks again before it goes on.
TEST_F(ApplyLost, ANodeThatIsSetBelowAKillMeanwhileIsSeen) {
  write_lost(fenced(21, {"^a(30)=\"lost\"", "^x(30)=\"lost\""}) + single(22, "^a(1)", "04"));
  EXPECT_EQ(at_b([&](Session& session, Domain& domain) {
              const OpenRegion& frozen = *must(session.database().writable_region(1));
              must(frozen.control.set_frozen_by(1));
              const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
              std::thread user([&] {
                SharedEvent& thawed = frozen.control.freeze().thawed;
                while (!thawed.has_waiters() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
                EXPECT_TRUE(thawed.has_waiters());
                Session other(session.database());
                must(other.set(node("a", 30), "of B"));
                must(other.set(key("a", {"1", "below"}), "of B"));
                must(frozen.control.set_frozen_by(0));
                thawed.signal();
              });
              EXPECT_EQ(apply(session).conflicts, 2);
              user.join();
              EXPECT_EQ(must(session.get(node("a", 30))), "of B");
              EXPECT_EQ(must(session.get(key("a", {"1", "below"}))), "of B");
              EXPECT_EQ(domain.header().commit_begun.load(), domain.header().commit_done.load());
            }),
            0);
}

struct PointCase {
  FailPoint point;
  const char* name;
};

class ApplyLostAtFailPoint : public ApplyLost, public testing::WithParamInterface<PointCase> {};

TEST_P(ApplyLostAtFailPoint, KilledThereAndGivenAgainItAppliesEachOnce) {
  write_lost(lost_text());
  int killed = 0;
  for (const int passing : {1, 2, 3, 4, 5, 6, 7}) {
    const std::string fail = fmt::format("{}:kill:{}", failpoint_name(GetParam().point), passing);
    const int status = at_b([&](Session& session, Domain&) { apply(session); }, {{"HW_FAIL", fail}});
    if (!WIFSIGNALED(status)) break;  // All are applied.
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    ++killed;
  }
  ASSERT_GE(killed, 3);
  EXPECT_EQ(at_b([&](Session& session, Domain&) {
              const AppliedLost done = apply(session);
              EXPECT_EQ(done.applied, kLost);
              EXPECT_GT(done.applied_before, 0);
              EXPECT_EQ(done.conflicts, 0);
            }),
            0);
  expect_all_applied_once();
}

constexpr PointCase kPoints[] = {
    {FailPoint::CommitRecordsNotComplete, "CommitRecordsNotComplete"},
    {FailPoint::CommitDecidedNotApplied, "CommitDecidedNotApplied"},
    {FailPoint::CommitHalfApplied, "CommitHalfApplied"},
    {FailPoint::CommitAppliedNotPublished, "CommitAppliedNotPublished"},
};
INSTANTIATE_TEST_SUITE_P(EveryPoint, ApplyLostAtFailPoint, testing::ValuesIn(kPoints),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_F(ApplyLost, KilledAtRandomMomentsItAppliesEachOnce) {
  write_lost(lost_text());
  std::random_device random;
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t pid = b_.start([&] {
      b_.run_down();
      b_.as_root([&](Session& session, Domain&) { apply(session); });
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));  // The moment is what is random here.
    ::kill(pid, SIGKILL);
    if (WIFSIGNALED(wait_for(pid))) ++killed;
  }
  EXPECT_GE(killed, 1);
  EXPECT_EQ(at_b([&](Session& session, Domain&) { EXPECT_EQ(apply(session).conflicts, 0); }), 0);
  expect_all_applied_once();
}

}  // namespace
}  // namespace hw::test

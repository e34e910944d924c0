// Rollback under the feet of a process that sets in order, so that its sets are journaled and not yet in LMDB when it
// begins. Processes are children, because LMDB does not allow a file twice in one process.
#include "engine/recovery/live_rollback.h"

#include <gtest/gtest.h>

#include <csignal>

#include "test/support/root_database.h"
#include "test/support/shared_stage.h"

namespace hw::test {
namespace {

class LiveRollbackTest : public RootDatabase {
 protected:
  static void set_in_order(Session& session, std::uint64_t from, std::uint64_t to, const std::string& value) {
    for (std::uint64_t i = from; i <= to; ++i) must(session.set(node(i), value));
  }
  static void expect_nodes(Session& session, std::uint64_t last, const std::string& value) {
    for (std::uint64_t i = 1; i <= last; ++i) EXPECT_EQ(must(session.get(node(i))), value) << i;
    EXPECT_EQ(must(session.get(node(last + 1))), std::nullopt);
  }

  /// A process that has joined the live pool, which brings its regions up, before anything is behind.
  void as_operator(const std::function<void(Domain&)>& work) const {
    auto database = open();
    work(*must(database->domain()));
    must(database->close());
  }

  /// Rolls back to `to`; sets must be behind.
  static void roll_back(Domain& domain, std::uint64_t to) {
    EXPECT_EQ(domain.header().regions_behind, 1U) << "what is tested here does not happen";
    {
      const auto rollback = must(LiveRollback::begin(domain));
      EXPECT_EQ(domain.header().regions_behind, 0U);
      must(rollback->roll_back(Seqno{to}, {}));
      rollback->finish();
    }
    for (OpenRegion* region : domain.regions()) EXPECT_FALSE(domain.facts(*region).is_behind());
    EXPECT_EQ(domain.header().next_seqno.load(), to);
  }

  SharedStage stage_;
};

TEST_F(LiveRollbackTest, SetsThatLmdbDoesNotHaveYetAreTakenOutToo) {
  const pid_t application = start_child({}, [&] {
    as_root([&](Session& session, Domain& domain) {
      stage_.reach(1);
      stage_.wait_for(2);
      set_in_order(session, 1, 20, "first");
      stage_.reach(3);
      stage_.wait_for(4);
      // Without a look: what this process remembers of the database is of before.
      set_in_order(session, 11, 30, "second");
      stage_.reach(5);
      stage_.wait_for(6);
      expect_nodes(session, 10, "first");
      set_in_order(session, 11, 15, "third");
      EXPECT_EQ(domain.header().next_seqno.load(), 16U);
    });
  });
  stage_.wait_for(1);
  EXPECT_EQ(in_child({},
                     [&] {
                       as_operator([&](Domain& domain) {
                         stage_.reach(2);
                         stage_.wait_for(3);
                         roll_back(domain, 11);
                         stage_.reach(4);
                         stage_.wait_for(5);
                         roll_back(domain, 11);
                       });
                     }),
            0);
  stage_.reach(6);
  EXPECT_EQ(wait_for(application), 0);
  EXPECT_EQ(in_child({},
                     [&] {
                       auto database = open();
                       Session session(*database);
                       EXPECT_EQ(must(session.get(node(10))), "first");
                       EXPECT_EQ(must(session.get(node(15))), "third");
                       EXPECT_EQ(must(session.get(node(16))), std::nullopt);
                     }),
            0);
}

/// Killed while it brings the region up: nothing is lost, and nothing has been undone.
class LiveRollbackAtFailPoint : public LiveRollbackTest, public testing::WithParamInterface<const char*> {};

TEST_P(LiveRollbackAtFailPoint, KilledBeforeItUndoesNothingHasChangedAndItCanBeDoneAgain) {
  const pid_t application = start_child({}, [&] {
    as_root([&](Session& session, Domain& domain) {
      stage_.reach(1);
      stage_.wait_for(2);
      set_in_order(session, 1, 20, "first");
      stage_.reach(3);
      stage_.wait_for(4);
      expect_nodes(session, 20, "first");
      EXPECT_EQ(domain.header().next_seqno.load(), 21U);
      stage_.reach(5);
      stage_.wait_for(6);
      expect_nodes(session, 5, "first");
      must(session.set(node(6), "second"));
      EXPECT_EQ(domain.header().next_seqno.load(), 7U);
    });
  });
  stage_.wait_for(1);
  const int status = in_child({{"HW_FAIL", std::string(GetParam()) + ":kill:1"}}, [&] {
    as_operator([&](Domain& domain) {
      stage_.reach(2);
      stage_.wait_for(3);
      roll_back(domain, 6);
    });
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "was not reached";
  stage_.reach(4);
  stage_.wait_for(5);
  EXPECT_EQ(in_child({},
                     [&] {
                       as_operator([&](Domain& domain) {
                         const auto rollback = must(LiveRollback::begin(domain));
                         must(rollback->roll_back(Seqno{6}, {}));
                         rollback->finish();
                       });
                     }),
            0);
  stage_.reach(6);
  EXPECT_EQ(wait_for(application), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, LiveRollbackAtFailPoint, testing::Values("SetsBehindNotApplied", "SetsBehindNotMarked"),
                         [](const auto& point) { return std::string(point.param); });

}  // namespace
}  // namespace hw::test

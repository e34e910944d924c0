// A transaction of several regions, some of them without a journal, whose process dies in the middle of its commit: all
// of it is there afterwards, or nothing.
#include <gtest/gtest.h>

#include <csignal>

#include "engine/admin/region_settings.h"
#include "engine/base/failpoint.h"
#include "engine/base/shared_memory.h"
#include "engine/recovery/region_access.h"
#include "engine/region/control_file.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

struct DeathCase {
  FailPoint point;
  bool new_expected;
};

/// X and Y have no journal; DEFAULT has one or not.
class UnjournaledCommit : public testing::TestWithParam<std::tuple<DeathCase, bool>> {
 protected:
  static void transaction(Session& session, const std::string& value) {
    TransactionOptions options;
    options.durability = Durability::Batch;
    must(session.transact(options, [&]() -> Status {
      for (const char* global : {"a", "x", "y"}) HW_TRY_VOID(session.set(key(global, {"1"}), value));
      HW_TRY_VOID(session.kill(key("x", {value == "new" ? "old" : "new"})));
      return session.set(key("x", {value}), value);
    }));
  }

  void prepare(bool journaled) const {
    ASSERT_EQ(in_child({},
                       [&] {
                         if (journaled) {
                           const auto access = must(RegionAccess::take(scratch_.database_path("DEFAULT"), nullptr));
                           SettingsRequest on;
                           on.journal = JournalRequest{};
                           on.journal->enable = true;
                           (void)must(change_settings(*access, on));
                         }
                         auto database = scratch_.open();
                         {
                           Session session(*database);
                           transaction(session, "old");
                         }
                         must(database->close());
                       }),
              0);
  }

  void die_at(FailPoint point) const {
    const int status = in_child({{"HW_FAIL", fmt::format("{}:kill", failpoint_name(point))}}, [&] {
      auto database = scratch_.open();
      Session session(*database);
      transaction(session, "new");
    });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the failpoint was not reached";
  }

  /// What is there is the old or the new state, in all regions; the one after a commit that was decided is the new.
  void expect_whole(bool new_expected) const {
    ASSERT_EQ(in_child({},
                       [&] {
                         auto database = scratch_.open();
                         {
                           Session session(*database);
                           const std::string value = must(session.get(key("a", {"1"}))).value_or("none");
                           EXPECT_EQ(value, new_expected ? "new" : "old");
                           for (const char* global : {"x", "y"})
                             EXPECT_EQ(must(session.get(key(global, {"1"}))).value_or("none"), value) << global;
                           EXPECT_EQ(must(session.data(key("x", {"new"}))), new_expected ? 1u : 0u);
                           EXPECT_EQ(must(session.data(key("x", {"old"}))), new_expected ? 0u : 1u);
                           transaction(session, "old");  // And it goes on.
                           EXPECT_EQ(must(session.get(key("y", {"1"}))), "old");
                         }
                         must(database->close());
                       }),
              0);
  }
  void expect_no_files() const {
    for (const char* region : {"DEFAULT", "X", "Y"})
      EXPECT_FALSE(file_exists(scratch_.database_path(region) + "-redo")) << "left behind in " << region;
  }

  ScratchDatabase scratch_{{"X", "Y"}};
};

TEST_P(UnjournaledCommit, IsWholeOrNothingAfterItsProcessDied) {
  const auto& [death, journaled] = GetParam();
  prepare(journaled);
  die_at(death.point);
  expect_whole(death.new_expected);
  expect_no_files();
}

// A process that only reads is alive and never commits.
TEST_P(UnjournaledCommit, IsWholeForWhoOpensItBesideAReader) {
  const auto& [death, journaled] = GetParam();
  prepare(journaled);
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t reader = start_child({}, [&] {
    ::close(done[1]);
    auto database = scratch_.open();
    Session session(*database);
    EXPECT_EQ(must(session.get(key("a", {"1"}))), "old");
    char byte = 1;
    EXPECT_EQ(::write(ready[1], &byte, 1), 1);
    EXPECT_EQ(::read(done[0], &byte, 1), 0);  // Until the other end is closed.
    EXPECT_EQ(must(session.get(key("a", {"1"}))), "old");
  });
  ::close(ready[1]);
  ::close(done[0]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  die_at(death.point);
  expect_whole(death.new_expected);
  ::close(done[1]);
  ::close(ready[0]);
  EXPECT_EQ(wait_for(reader), 0);
}

// The pool is gone, too, as after a logout that removes a user's shared memory.
TEST_P(UnjournaledCommit, IsWholeWithoutThePool) {
  const auto& [death, journaled] = GetParam();
  prepare(journaled);
  die_at(death.point);
  const ControlState state = must(must(ControlFile::open(scratch_.database_path("DEFAULT"))).read());
  ASSERT_TRUE(SharedMemory::remove(state.pool_id).has_value());
  expect_whole(death.new_expected);
  expect_no_files();
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, UnjournaledCommit,
                         testing::Combine(testing::Values(DeathCase{FailPoint::CommitDecidedNotApplied, true},
                                                          DeathCase{FailPoint::CommitHalfApplied, true},
                                                          DeathCase{FailPoint::CommitAppliedNotPublished, true}),
                                          testing::Bool()),
                         [](const auto& param) {
                           return std::string(failpoint_name(std::get<0>(param.param).point)) +
                                  (std::get<1>(param.param) ? "OneJournaled" : "NoneJournaled");
                         });

}  // namespace
}  // namespace hw::test

// A backup is of one moment, and so is what is noted of it, when a rollback comes between two of its steps. Each
// process is a child, because LMDB does not allow a file twice in one process.
#include "replic/instance/site_backup.h"

#include <gtest/gtest.h>

#include <csignal>

#include "engine/backup/increment.h"
#include "engine/journal_tools/journal_files.h"
#include "engine/region/backup_marks.h"
#include "engine/session/session.h"
#include "replic/instance/instance.h"
#include "replic/instance/rollback_offline.h"
#include "replic/instance/rollback_online.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"
#include "test/support/shared_stage.h"

namespace hw::test {
namespace {

constexpr std::uint64_t kUpdates = 40;
constexpr Seqno kTo{11};

class SiteBackupTest : public testing::Test {
 protected:
  SiteBackupTest() {
    InstanceFile::Creation creation;
    creation.path = path_;
    EXPECT_TRUE(InstanceFile::create(InstanceName::parse("ALPHA").value(), creation).has_value());
    EXPECT_EQ(in_environment([&] { scratch_.enable_journaling(true); }), 0);
  }

  Variables variables() const { return {{"gtmgbldir", scratch_.directory_path()}}; }
  int in_environment(const std::function<void()>& work) const { return in_child(variables(), work); }

  /// The first update is the only one of region X.
  static void set(Session& session, std::uint64_t first, std::uint64_t last, const std::string& value) {
    for (std::uint64_t number = first; number <= last; ++number)
      must(session.set(key(number == 1 ? "xdata" : "a", {std::to_string(number)}), value));
  }

  void as_root(const std::function<void(EnteredInstance&)>& work) const {
    EnterOptions enter;
    enter.instance_path = path_;
    enter.pool_bytes = kPoolBytesMin;
    EnteredInstance entered = must(enter_instance(enter));
    work(entered);
    (void)must(leave_instance(entered, path_));
  }
  static void update(EnteredInstance& entered, std::uint64_t first, std::uint64_t last, const std::string& value) {
    Session session(*entered.database);
    set(session, first, last, value);
  }

  RollbackOptions rollback_options() const {
    RollbackOptions options;
    options.lost_path = scratch_.folder() + "/lost.glo";
    return options;
  }
  void roll_back_offline() const {
    InstanceFile instance = must(InstanceFile::open(path_));
    const GlobalDirectory directory = must(GlobalDirectory::load_from_environment());
    const auto site = must(OfflineSite::take(instance, directory, std::nullopt, rollback_options(), {}));
    must(site->check(instance, kTo));
    (void)must(roll_back_instance(*site, instance, kTo, rollback_options(), {}));
  }

  /// Of both regions and the instance file; `change` may make something else of it.
  Result<SiteBackupReport> back_up(const std::function<void(SiteBackup&)>& change = {}) const {
    const GlobalDirectory directory = must(GlobalDirectory::load_from_environment());
    SiteBackup backup;
    backup.instance_file = path_;
    backup.instance_to = copy("repl");
    backup.replace = true;
    for (const char* region : {"DEFAULT", "X"})
      backup.targets.push_back({directory.find_region(region), copy(region), false});
    if (change) change(backup);
    return back_up_site(backup);
  }
  static void as_increment(SiteBackup& backup) {
    backup.incremental = true;
    backup.instance_to.reset();
    for (BackupTarget& target : backup.targets) target.to += ".increment";
  }

  std::string copy(const std::string& of) const { return scratch_.folder() + "/copy-" + of; }
  RegionHeader header_of(const std::string& region) const {
    return must(peek_region_header(scratch_.database_path(region)));
  }
  BackupMarks marks_of(const std::string& region) const {
    return must(read_backup_marks(scratch_.database_path(region), header_of(region).database_id));
  }

  /// A backup that stops at the place, a rollback of the root, updates with the same seqnos, and the rest of the
  /// backup.
  void backup_rolled_back_at(const std::string& place) const {
    const pid_t root = start_child(variables(), [&] {
      as_root([&](EnteredInstance& entered) {
        update(entered, 1, kUpdates, "old");
        stage_.reach(1);
        stage_.wait_for(2);
        InstanceFile instance = must(InstanceFile::open(path_));
        EXPECT_EQ(must(roll_back_online(*entered.domain, instance, kTo, rollback_options(), {})).next_seqno, kTo);
        update(entered, kTo.value, 2 * kUpdates, "new");
        stage_.reach(3);
        stage_.wait_for(4);
      });
    });
    stage_.wait_for(1);
    Variables armed = variables();
    armed["HW_FAIL"] = place + ":stop";
    const pid_t backup = start_child(armed, [&] {
      const SiteBackupReport done = must(back_up());
      EXPECT_EQ(done.seqno, Seqno{kUpdates + 1});
      EXPECT_EQ(done.undone, (std::vector<std::string>{"DEFAULT", "X"}));
    });
    int status = 0;
    EXPECT_EQ(::waitpid(backup, &status, WUNTRACED), backup);
    EXPECT_TRUE(WIFSTOPPED(status)) << "the place was not passed";
    stage_.reach(2);
    stage_.wait_for(3);
    ::kill(backup, SIGCONT);
    if (WIFSTOPPED(status)) {
      EXPECT_EQ(wait_for(backup), 0);
    }
    stage_.reach(4);
    EXPECT_EQ(wait_for(root), 0);
  }

  ScratchDatabase scratch_{{"X"}};
  SharedStage stage_;
  const std::string path_ = scratch_.folder() + "/test.repl";
};

TEST_F(SiteBackupTest, TheInstanceFileIsOfTheMomentOfTheCopies) {
  backup_rolled_back_at("BackupPointLeft");
  EXPECT_EQ(in_environment([&] {
              const InstanceFile instance = must(InstanceFile::open(copy("repl"), false));
              EXPECT_EQ(instance.header().seqno, Seqno{kUpdates + 1});
              EXPECT_FALSE(instance.header().crash);
              ASSERT_EQ(instance.history().records().size(), 1U) << "the reign after the rollback is in it";
              EXPECT_EQ(instance.history().last().start, Seqno{1});
              EXPECT_EQ(must(InstanceFile::open(path_, false)).history().records().size(), 2U);
              for (const char* region : {"DEFAULT", "X"}) {
                const RegionHeader header = must(peek_region_header(copy(region)));
                EXPECT_EQ(header.reg_seqno, Seqno{kUpdates + 1}) << region;
                EXPECT_EQ(header.undone, Undone{}) << region;
              }
            }),
            0);
}

TEST_F(SiteBackupTest, ABackupThatARollbackTookBackIsNoBeginning) {
  backup_rolled_back_at("BackupPublished");
  EXPECT_EQ(in_environment([&] {
              for (const char* region : {"DEFAULT", "X"}) EXPECT_EQ(marks_of(region).database, Seqno{0}) << region;
              const auto refused = back_up(as_increment);
              ASSERT_FALSE(refused.has_value());
              EXPECT_EQ(refused.error().id, MsgId::HWBKUPBASE);
            }),
            0);
  // A full one is the way out.
  EXPECT_EQ(in_environment([&] {
              EXPECT_TRUE(must(back_up()).undone.empty());
              EXPECT_EQ(marks_of("X").database, Seqno{2 * kUpdates + 1});
            }),
            0);
  EXPECT_EQ(in_environment([&] { (void)must(back_up(as_increment)); }), 0);
}

/// Its copy carries the instance's seqno, and what it is told next has seqnos below that.
TEST_F(SiteBackupTest, ARegionWithNothingToUndoNotesTheRollbackToo) {
  EXPECT_EQ(in_environment([&] { as_root([](EnteredInstance& entered) { update(entered, 1, kUpdates, "old"); }); }), 0);
  EXPECT_EQ(in_environment([&] {
              (void)must(back_up());
              EXPECT_EQ(marks_of("X").database, Seqno{kUpdates + 1});
            }),
            0);
  EXPECT_EQ(in_environment([&] { roll_back_offline(); }), 0);
  EXPECT_EQ(
      in_environment([&] {
        for (const char* region : {"DEFAULT", "X"}) {
          EXPECT_EQ(header_of(region).undone, (Undone{1, kTo})) << region;
          EXPECT_EQ(must(read_journal_info(scratch_.journal_path(region))).header.undone, (Undone{1, kTo})) << region;
          EXPECT_EQ(marks_of(region).database, Seqno{0}) << region;
        }
        EXPECT_EQ(header_of("X").reg_seqno, Seqno{2}) << "nothing was taken out of it";
      }),
      0);
  EXPECT_EQ(in_environment([&] {
              as_root([](EnteredInstance& entered) {
                Session session(*entered.database);
                EXPECT_EQ(must(session.get(key("xdata", {"1"}))), "old");
                must(session.set(key("xdata", {"2"}), "new"));
              });
            }),
            0);
  EXPECT_EQ(in_environment([&] {
              (void)must(back_up([](SiteBackup& backup) {
                as_increment(backup);
                backup.since = BackupSince::Given;
              }));
              IncrementReader increment = must(IncrementReader::open(copy("X") + ".increment"));
              const auto database = must(RegionAccess::take(copy("X"), nullptr));
              const auto restored = restore_increment(*database, increment, copy("X") + ".increment",
                                                      [](std::uint64_t, std::uint64_t) { return Status(); });
              ASSERT_FALSE(restored.has_value()) << "the copy believes to hold what came after the rollback";
              EXPECT_EQ(restored.error().id, MsgId::HWUNDONE);
            }),
            0);
}

TEST_F(SiteBackupTest, TheInstanceFileAloneWaitsForTheEndOfARollback) {
  const pid_t root = start_child(variables(), [&] {
    as_root([&](EnteredInstance& entered) {
      update(entered, 1, kUpdates, "old");
      InstanceFile instance = must(InstanceFile::open(path_));
      RollbackWatch watch;
      watch.before = [&](RollbackStep step) -> Status {
        if (step != RollbackStep::CutHistory) return {};
        stage_.reach(1);  // The databases have gone back, the instance file has not.
        stage_.wait_for(2);
        return {};
      };
      (void)must(roll_back_online(*entered.domain, instance, kTo, rollback_options(), watch));
      stage_.wait_for(3);
    });
  });
  stage_.wait_for(1);
  const pid_t backup = start_child(variables(), [&] {
    stage_.reach(2);
    EXPECT_EQ(must(back_up([](SiteBackup& alone) { alone.targets.clear(); })).seqno, kTo);
    const InstanceFile copied = must(InstanceFile::open(copy("repl"), false));
    EXPECT_EQ(copied.header().seqno, kTo);
    EXPECT_EQ(copied.history().records().size(), 2U) << "the reign before the rollback, and the one after it";
  });
  EXPECT_EQ(wait_for(backup), 0);
  stage_.reach(3);
  EXPECT_EQ(wait_for(root), 0);
}

}  // namespace
}  // namespace hw::test

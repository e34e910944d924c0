// The name of a journal is given to another file while the database is open: nothing that was acknowledged is lost, and
// nothing is written to the other file. Processes are children, because LMDB does not allow a file twice in one
// process.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "engine/backup/backup_point.h"
#include "engine/integ/region_look.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/live_rollback.h"
#include "test/support/root_database.h"
#include "test/support/shared_stage.h"

namespace hw::test {
namespace {

namespace fs = std::filesystem;

class JournalReplaced : public RootDatabase {
 protected:
  explicit JournalReplaced(bool replicate = false) : RootDatabase(replicate) {}

  std::string journal() const { return scratch_.journal_path("DEFAULT"); }
  std::string kept() const { return journal() + ".kept"; }

  void replace_by_copy() const {
    fs::copy_file(journal(), journal() + ".x", fs::copy_options::overwrite_existing);
    fs::rename(journal() + ".x", journal());
  }
  void replace_by_another_databases() const {
    JournalFileHeader header = must(read_journal_info(journal())).header;
    header.database_id.fill(0x5A);
    fs::rename(journal(), kept());
    must(create_journal_file(journal(), header));
  }
  static std::string bytes_of(const std::string& path) {
    const File file = must(File::open(path, O_RDONLY));
    std::string bytes(must(file.size()), '\0');
    must(file.read_exact(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }

  static Status durable_set(Session& session, std::uint64_t i) {
    HW_TRY_VOID(session.begin({}));
    HW_TRY_VOID(session.set(node(i), "v"));
    return session.commit();
  }
  static void expect_refused(const Status& status) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().id, MsgId::HWJNLREPLACED) << status.error().render();
  }

  /// A process that has nodes up to `last` from before, and goes on with `work`.
  void as_process(const std::function<void(Session&, Domain&)>& work) const {
    auto database = open();
    {
      Session session(*database);
      work(session, *must(database->domain()));
    }
    must(database->close());
  }
  pid_t start_process(const std::function<void(Session&, Domain&)>& work, const Variables& environment = {}) const {
    return start_child(environment, [&] { as_process(work); });
  }
  /// A process that comes, sets, and is told so or not.
  void set_as_another(std::uint64_t i, bool accepted) const {
    const int status = in_child({}, [&] {
      auto database = open();
      Session session(*database);
      const Status set = session.set(node(i), "v");
      if (accepted) {
        must(set);
      } else {
        expect_refused(set);
      }
      EXPECT_TRUE(database->close().has_value());
    });
    EXPECT_EQ(status, 0);
  }
  /// As after a restart of the machine: live file and memory do not count.
  void expect_after_power_loss(std::uint64_t first, std::uint64_t last) const {
    const int status = in_child({{"HW_BOOT_ID", "another"}}, [&] {
      as_process([&](Session& session, Domain&) {
        for (std::uint64_t i = first; i <= last; ++i) EXPECT_EQ(must(session.get(node(i))), "v") << i;
        EXPECT_EQ(must(session.get(node(last + 1))), std::nullopt);
      });
    });
    EXPECT_EQ(status, 0);
  }

  SharedStage stage_;
};

TEST_F(JournalReplaced, WhoHasItGivesItItsNameAndNothingIsLost) {
  const pid_t holder = start_process([&](Session& session, Domain& domain) {
    must(session.set(node(1), "v"));
    stage_.reach(1);
    stage_.wait_for(2);
    must(session.set(node(2), "v"));  // To the file that has no name.
    stage_.reach(3);
    stage_.wait_for(4);
    must(domain.watch_journals(Domain::Watched::All));
    stage_.reach(5);
    stage_.wait_for(6);
    must(session.set(node(4), "v"));
    must(session.sync());
    ::raise(SIGKILL);
  });
  stage_.wait_for(1);
  replace_by_copy();
  const std::string copied = bytes_of(journal());
  stage_.reach(2);
  stage_.wait_for(3);
  set_as_another(3, false);
  EXPECT_EQ(bytes_of(journal()), copied);
  stage_.reach(4);
  stage_.wait_for(5);
  set_as_another(3, true);
  stage_.reach(6);
  EXPECT_EQ(WTERMSIG(wait_for(holder)), SIGKILL);
  expect_after_power_loss(1, 4);
}

TEST_F(JournalReplaced, ADurableCommitIsOneInTheFileThatHasTheName) {
  const pid_t holder = start_process([&](Session& session, Domain&) {
    must(session.set(node(1), "v"));
    must(session.sync());
    stage_.reach(1);
    stage_.wait_for(2);
    must(durable_set(session, 2));
    ::raise(SIGKILL);
  });
  stage_.wait_for(1);
  fs::remove(journal());
  stage_.reach(2);
  EXPECT_EQ(WTERMSIG(wait_for(holder)), SIGKILL);
  expect_after_power_loss(1, 2);
}

TEST_F(JournalReplaced, TheLastOneToCloseGivesItItsName) {
  const pid_t holder = start_process([&](Session& session, Domain&) {
    must(session.set(node(1), "v"));
    stage_.reach(1);
    stage_.wait_for(2);
    must(session.set(node(2), "v"));
  });
  stage_.wait_for(1);
  replace_by_copy();
  stage_.reach(2);
  EXPECT_EQ(wait_for(holder), 0);
  set_as_another(3, true);
  expect_after_power_loss(1, 3);
}

TEST_F(JournalReplaced, WhereItCannotHaveItsNameNoUpdateIsAccepted) {
  const pid_t holder = start_process([&](Session& session, Domain& domain) {
    must(session.set(node(1), "v"));
    stage_.reach(1);
    stage_.wait_for(2);
    must(session.set(node(2), "v"));
    expect_refused(session.sync());
    expect_refused(session.set(node(3), "v"));
    EXPECT_FALSE(durable_set(session, 3).has_value());
    expect_refused(domain.watch_journals(Domain::Watched::All));
    EXPECT_EQ(must(session.get(node(2))), "v");
    stage_.reach(3);
    stage_.wait_for(4);
    must(domain.watch_journals(Domain::Watched::All));
    must(session.set(node(3), "v"));
    must(session.sync());
    ::raise(SIGKILL);
  });
  stage_.wait_for(1);
  replace_by_another_databases();
  const std::string before = bytes_of(journal());
  stage_.reach(2);
  stage_.wait_for(3);
  EXPECT_EQ(bytes_of(journal()), before);
  fs::rename(kept(), journal());
  stage_.reach(4);
  EXPECT_EQ(WTERMSIG(wait_for(holder)), SIGKILL);
  expect_after_power_loss(1, 3);
}

// One that was moved is missed by who comes; what is committed to it is there when it is moved back.
TEST_F(JournalReplaced, OneThatWasMovedGoesOn) {
  const pid_t holder = start_process([&](Session& session, Domain& domain) {
    must(session.set(node(1), "v"));
    stage_.reach(1);
    stage_.wait_for(2);
    must(durable_set(session, 2));
    must(domain.watch_journals(Domain::Watched::All));
    ::raise(SIGKILL);
  });
  stage_.wait_for(1);
  fs::rename(journal(), kept());
  stage_.reach(2);
  EXPECT_EQ(WTERMSIG(wait_for(holder)), SIGKILL);
  EXPECT_FALSE(file_exists(journal()));
  fs::rename(kept(), journal());
  expect_after_power_loss(1, 2);
}

TEST_F(JournalReplaced, WhatTakesItForTheJournalRefuses) {
  const pid_t holder = start_process([&](Session& session, Domain& domain) {
    must(session.set(node(1), "v"));
    must(session.sync());
    OpenRegion* const region = domain.regions()[0];
    const std::uint64_t image = domain.facts(*region).image_offset.load();
    replace_by_copy();
    const std::string before = bytes_of(journal());
    expect_refused(BackupPoint::take(domain, domain.regions(), {}).error());
    BackupOptions same_journals;
    same_journals.new_journals = false;
    expect_refused(BackupPoint::take(domain, domain.regions(), same_journals).error());
    {
      const CheckpointLock lock = must(CheckpointLock::take(domain.header()));
      expect_refused(advance_image(domain, *region, [] { return false; }));
    }
    EXPECT_EQ(domain.facts(*region).image_offset.load(), image);
    EXPECT_EQ(bytes_of(journal()), before);
    must(domain.watch_journals(Domain::Watched::All));
    EXPECT_TRUE(BackupPoint::take(domain, domain.regions(), {}).has_value());
  });
  EXPECT_EQ(wait_for(holder), 0);
  expect_after_power_loss(1, 1);
}

class ReplicatedJournalReplaced : public JournalReplaced {
 protected:
  ReplicatedJournalReplaced() : JournalReplaced(true) {}
};

TEST_F(ReplicatedJournalReplaced, ARollbackDoesNotCutAnotherFile) {
  const int status = in_child({}, [&] {
    as_root([&](Session& session, Domain& domain) {
      for (std::uint64_t i = 1; i <= 5; ++i) must(session.set(node(i), "v"));
      must(session.sync());
      replace_by_copy();
      const std::string before = bytes_of(journal());
      expect_refused(LiveRollback::begin(domain).error());
      EXPECT_EQ(bytes_of(journal()), before);
      must(domain.watch_journals(Domain::Watched::All));
      const auto rollback = must(LiveRollback::begin(domain));
      must(rollback->roll_back(Seqno{4}, {}));
      rollback->finish();
    });
  });
  EXPECT_EQ(status, 0);
}

// ---- when who had it has died ----

TEST_F(JournalReplaced, WhenAllHaveDiedAWholeCopyIsTheJournal) {
  const pid_t dead = start_process([&](Session& session, Domain&) {
    must(session.set(node(1), "v"));
    ::raise(SIGKILL);
  });
  EXPECT_EQ(WTERMSIG(wait_for(dead)), SIGKILL);
  replace_by_copy();
  set_as_another(2, true);
  expect_after_power_loss(1, 2);
}

TEST_F(JournalReplaced, WhenAllHaveDiedAnEarlierCopyIsNot) {
  const pid_t dead = start_process([&](Session& session, Domain&) {
    must(session.set(node(1), "v"));
    must(session.sync());
    fs::copy_file(journal(), kept());
    must(session.set(node(2), "v"));
    fs::rename(kept(), journal());
    ::raise(SIGKILL);
  });
  EXPECT_EQ(WTERMSIG(wait_for(dead)), SIGKILL);
  const std::string before = bytes_of(journal());
  set_as_another(3, false);
  const int closed = in_child({}, [&] {
    const auto access = must(RegionAccess::take(scratch_.database_path("DEFAULT"), nullptr));
    RegionAccess* one[] = {access.get()};
    expect_refused(make_clean(one, RegionSet::Whole));
  });
  EXPECT_EQ(closed, 0);
  EXPECT_EQ(bytes_of(journal()), before);
}

#ifdef HW_FAILPOINTS

class DeathWhilePutBack : public JournalReplaced, public testing::WithParamInterface<const char*> {};

TEST_P(DeathWhilePutBack, AnotherProcessGoesOn) {
  const pid_t other = start_process([&](Session& session, Domain& domain) {
    must(session.set(node(1), "v"));
    stage_.reach(1);
    stage_.wait_for(3);
    must(session.set(node(3), "v"));
    must(domain.watch_journals(Domain::Watched::All));
    must(session.set(node(4), "v"));
    must(session.sync());
    EXPECT_EQ(must(identity_of(journal())), domain.header().regions[0].journal_file.load());
    EXPECT_EQ(domain.header().regions[0].switching, 0u);
    ::raise(SIGKILL);
  });
  stage_.wait_for(1);
  const pid_t dies = start_process(
      [&](Session& session, Domain& domain) {
        must(session.set(node(2), "v"));
        stage_.reach(2);
        replace_by_copy();
        (void)domain.watch_journals(Domain::Watched::All);
      },
      {{"HW_FAIL", std::string(GetParam()) + ":kill"}});
  EXPECT_EQ(WTERMSIG(wait_for(dies)), SIGKILL) << "the failpoint was never reached";
  stage_.reach(3);
  EXPECT_EQ(WTERMSIG(wait_for(other)), SIGKILL);
  expect_after_power_loss(1, 4);
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, DeathWhilePutBack,
                         testing::Values("JournalPutBackNotNamed", "JournalPutBackNotNoted"));

#endif

}  // namespace
}  // namespace hw::test

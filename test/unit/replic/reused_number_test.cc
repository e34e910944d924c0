// A process number that is used again: what a dead process left in shared memory is not taken for a living one's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/liveness.h"
#include "engine/base/lock_wait.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/instance/pool_lineage.h"
#include "replic/instance/receive_pool.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::must;

const auto kSelf = static_cast<std::uint32_t>(::getpid());

class ReusedNumber : public testing::Test {
 protected:
  void SetUp() override {
    JournalPool::Setup setup;
    setup.instance_name = "A";
    setup.instance_file = folder_.file("gtm.repl");
    must(replace_file(setup.instance_file, ""));
    pool_ = must(JournalPool::create(setup));
    received_ = must(ReceivePool::create(kPoolBytesMin, pool_.uid()));
    pool_.header().receive_pool_id.store(received_.id());
  }
  ~ReusedNumber() override {
    for (const int id : {pool_.id(), received_.id()}) (void)SharedMemory::remove(id);  // One left fails no test.
  }
  bool is_fed() const { return fed_by_dual_site(pool_, folder_.file("gtm.repl")); }

  test::TestFolder folder_;
  JournalPool pool_;
  ReceivePool received_;
};

TEST_F(ReusedNumber, AReceiverServerThatFedFromADualSiteIsGone) {
  EXPECT_FALSE(is_fed());
  pool_.header().primary_level.store(kLevelDualSite);
  PoolProcess& receiver = received_.header().receiver;
  receiver.pid.store(kSelf);
  receiver.pid_start.store(process_start(kSelf));
  receiver.pid_space.store(own_pid_space());
  EXPECT_TRUE(is_fed());
  receiver.pid_start.store(process_start(kSelf) + 1);
  EXPECT_FALSE(is_fed());
  receiver.pid_start.store(process_start(kSelf));
  receiver.pid_space.store(own_pid_space() + 1);  // A container's, which nobody's lock on the instance file shows.
  EXPECT_FALSE(is_fed());
  pool_.header().receive_pool_id.store(-1);
  EXPECT_FALSE(is_fed());
}

TEST_F(ReusedNumber, TheLineageOfADeadReceiverServerIsNobodys) {
  must(write_lineage(pool_.header(), {"ROOT"}));
  EXPECT_EQ(must(read_lineage(pool_.header())), (Lineage{"ROOT"}));
  PoolLineage& known = pool_.header().lineage;
  known.writer_start += 1;
  EXPECT_TRUE(must(read_lineage(pool_.header())).empty());
  known.writer_start -= 1;
  known.writer_space += 1;
  EXPECT_TRUE(must(read_lineage(pool_.header())).empty());
}

TEST_F(ReusedNumber, AProcessWithoutAStartTimeLivesAsLongAsItUsesTheInstance) {
  const std::string file = folder_.file("gtm.repl");
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t child = test::start_child({}, [&] {
    rlimit before{};
    HW_CHECK(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 0;
    HW_CHECK(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const std::uint64_t start = process_start(static_cast<std::uint32_t>(::getpid()));
    HW_CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    const File presence = must(enter_presence(file));
    HW_CHECK(::write(told[1], &start, sizeof start) == sizeof start);
    ::pause();
  });
  std::uint64_t start = 0;
  ASSERT_EQ(::read(told[0], &start, sizeof start), static_cast<ssize_t>(sizeof start));
  const auto pid = static_cast<std::uint32_t>(child);
  EXPECT_EQ(liveness_in(file, pid, start, own_pid_space()), Liveness::Lives);
  EXPECT_EQ(liveness_in(file, pid, start, 0), Liveness::Lives);  // It could not tell its name space, either.
  EXPECT_EQ(liveness_in(file, pid, start ^ 1, own_pid_space()), Liveness::Gone);
  ::kill(child, SIGKILL);
  test::wait_for(child);
  EXPECT_EQ(liveness_in(file, pid, start, own_pid_space()), Liveness::Gone);
  EXPECT_EQ(liveness_in(file, pid, start, 0), Liveness::Gone);
  for (const int fd : told) ::close(fd);
}

TEST_F(ReusedNumber, AWaitersNoteSaysWhichProcessOfThatNumber) {
  LockNote& note = pool_.header().commit_wait;
  LockWait wait("the pool", &note);
  must(wait.look(0, 0));
  EXPECT_EQ(note.waiter.load(), kSelf);
  EXPECT_EQ(note.waiter_start.load(), process_start(kSelf));
  EXPECT_EQ(note.waiter_space.load(), own_pid_space());
}

// The holder's number is of its own PID name space: a process here that has it may be any.
TEST_F(ReusedNumber, WhoHasNotTheMemoryIsNotTakenForTheHolderOfALock) {
  LockNote& note = pool_.header().commit_wait;
  LockWait wait("the pool", &note, &note);
  const pid_t sharing = test::start_child({}, [] { ::pause(); });
  int begun[2];
  ASSERT_EQ(::pipe2(begun, O_CLOEXEC), 0);
  const pid_t other = test::start_child({}, [] {
    ::execlp("sleep", "sleep", "600", nullptr);
    ::_exit(127);
  });
  ::close(begun[1]);
  char none = 0;
  ASSERT_EQ(::read(begun[0], &none, 1), 0);  // The end of the pipe: it is another program now.
  ::close(begun[0]);
  must(wait.look(static_cast<std::uint32_t>(sharing), 0));
  EXPECT_EQ(note.holder.load(), static_cast<std::uint32_t>(sharing));
  must(wait.look(static_cast<std::uint32_t>(other), 0));
  EXPECT_EQ(note.holder.load(), 0u);
  for (const pid_t child : {sharing, other}) {
    ::kill(child, SIGKILL);
    test::wait_for(child);
  }
}

}  // namespace
}  // namespace hw

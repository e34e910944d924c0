// Waits of a process that was asked to end, and has the signals that say so blocked, as servers have.
#include "engine/base/interrupt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <new>
#include <string>

#include "engine/base/file.h"
#include "engine/base/robust_mutex.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

using test::must;

void block_term() {
  sigset_t stops;
  ::sigemptyset(&stops);
  ::sigaddset(&stops, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &stops, nullptr), 0);
}

/// A child that has SIGTERM blocked and pending does `wait`, which must not come to what it waits for.
void expect_ended(const std::function<Status()>& wait) {
  const int status = test::in_child({}, [&] {
    ::alarm(60);  // A wait that does not end is a failure, not a test that hangs.
    block_term();
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    const Status ended = wait();
    ASSERT_FALSE(ended.has_value());
    EXPECT_EQ(ended.error().id, MsgId::FORCEDHALT);
  });
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// A file whose first byte this process has locked.
class LockedFile {
 public:
  LockedFile() : path_(testing::TempDir() + "interrupt-" + std::to_string(::getpid())) {
    file_ = must(File::open(path_, O_RDWR | O_CREAT));
    HW_CHECK(must(FileLock::try_lock(file_, 0, FileLock::Kind::Exclusive)));
  }
  ~LockedFile() { ::unlink(path_.c_str()); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  const std::string& path() const { return path_; }
  void unlock() { must(FileLock::unlock(file_, 0)); }

 private:
  std::string path_;
  File file_;
};

TEST(Interrupt, AWaitForAFileLockEnds) {
  const LockedFile held;
  expect_ended([&]() -> Status {
    HW_TRY(const File file, File::open(held.path(), O_RDWR));
    return FileLock::wait_exclusive(file, 0);
  });
}

TEST(Interrupt, AWaitForALockInSharedMemoryEnds) {
  void* const at = ::mmap(nullptr, sizeof(RobustMutex), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  auto* const mutex = new (at) RobustMutex();
  must(mutex->initialize());
  {
    const RobustLock held = must(RobustLock::take(*mutex));
    expect_ended([&]() -> Status {
      HW_TRY(const RobustLock taken, RobustLock::take(*mutex));
      return {};
    });
  }
  EXPECT_FALSE(must(RobustLock::take(*mutex)).owner_died());
  ::munmap(at, sizeof(RobustMutex));
}

// What must not be left half-way goes on waiting until it has the lock, and is ended afterwards.
TEST(Interrupt, WhatIsNotToBeLeftHalfWayWaitsOn) {
  LockedFile held;
  int waits[2];
  ASSERT_EQ(::pipe(waits), 0);
  const pid_t child = test::start_child({}, [&] {
    ::alarm(60);
    const File file = must(File::open(held.path(), O_RDWR));
    const EndDeferred not_half_way;
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    EXPECT_FALSE(end_requested());
    ASSERT_EQ(::write(waits[1], "w", 1), 1);
    EXPECT_TRUE(FileLock::wait_exclusive(file, 0).has_value());
    ASSERT_EQ(::write(waits[1], "h", 1), 1);
  });
  char said = 0;
  ASSERT_EQ(::read(waits[0], &said, 1), 1);
  EXPECT_EQ(said, 'w');
  held.unlock();
  ASSERT_EQ(::read(waits[0], &said, 1), 1);
  EXPECT_EQ(said, 'h');
  const int status = test::wait_for(child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  ::close(waits[0]);
  ::close(waits[1]);
}

TEST(Interrupt, AskedToEndIsWhoHasTheSignalPending) {
  EXPECT_FALSE(end_requested());
  EXPECT_FALSE(EndDeferred::here());
  const int status = test::in_child({}, [] {
    block_term();
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    EXPECT_TRUE(end_requested());
    {
      const EndDeferred not_half_way;
      EXPECT_FALSE(end_requested());
    }
    EXPECT_TRUE(end_requested());
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace hw

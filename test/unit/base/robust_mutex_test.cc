#include "engine/base/robust_mutex.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "engine/base/shared_memory.h"
#include "test/support/pid_space.h"

namespace hw {
namespace {

using std::chrono::milliseconds;
using test::must;
using Acquired = RobustMutex::Acquired;

/// A mutex, and what it guards, that children share.
class RobustMutexTest : public testing::Test {
 protected:
  struct Shared {
    RobustMutex mutex;
    int count;
  };

  RobustMutexTest() : at_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    HW_CHECK(at_ != MAP_FAILED);
    shared_ = new (at_) Shared();
    must(shared_->mutex.initialize());
    HW_CHECK(::pipe(taken_) == 0 && ::pipe(go_) == 0);
  }
  ~RobustMutexTest() override {
    ::munmap(at_, sizeof(Shared));
    for (const int fd : {taken_[0], taken_[1], go_[0], go_[1]}) ::close(fd);
  }

  static void tell(const int (&pipe)[2]) { ASSERT_EQ(::write(pipe[1], "x", 1), 1); }
  static void hear(const int (&pipe)[2]) {
    char said = 0;
    ASSERT_EQ(::read(pipe[0], &said, 1), 1);
  }

  void* at_;
  Shared* shared_ = nullptr;
  int taken_[2]{};
  int go_[2]{};
};

TEST_F(RobustMutexTest, WhoHasItIsTold) {
  RobustMutex& mutex = shared_->mutex;
  ASSERT_EQ(mutex.lock(), Acquired::Clean);
  EXPECT_TRUE(mutex.is_mine());
  EXPECT_EQ(mutex.try_lock(), Acquired::Held);
  EXPECT_EQ(mutex.lock(), Acquired::Held);
  EXPECT_EQ(mutex.lock_for(milliseconds(1)), Acquired::Held);
  EXPECT_EQ(test::in_child({}, [&] { EXPECT_EQ(mutex.try_lock(), Acquired::Busy); }), 0);
  mutex.unlock();
  EXPECT_FALSE(mutex.is_mine());
  EXPECT_EQ(test::in_child({},
                           [&] {
                             ASSERT_EQ(mutex.lock(), Acquired::Clean);
                             mutex.unlock();
                           }),
            0);
}

TEST_F(RobustMutexTest, WhoHasItByAnotherAttachmentOfTheMemoryIsToldToo) {
  SharedMemory one = must(SharedMemory::create(4096));
  const SharedMemory other = must(SharedMemory::attach(one.id()));
  must(SharedMemory::remove(one.id()));
  auto* const mutex = new (one.data() + 64) RobustMutex();
  auto* const same = reinterpret_cast<RobustMutex*>(other.data() + 64);
  must(mutex->initialize());
  EXPECT_EQ(SharedMemory::place_of(mutex), (SharedPlace{one.id(), 64}));
  EXPECT_EQ(SharedMemory::place_of(same), SharedMemory::place_of(mutex));
  EXPECT_FALSE(SharedMemory::place_of(shared_).has_value());
  ASSERT_EQ(mutex->lock(), Acquired::Clean);
  EXPECT_TRUE(same->is_mine());
  EXPECT_EQ(same->try_lock(), Acquired::Held);
  mutex->unlock();
  EXPECT_EQ(same->try_lock(), Acquired::Clean);
  same->unlock();
  one.detach();
  EXPECT_FALSE(SharedMemory::place_of(mutex).has_value());
}

// The same thread number in two containers is two threads.
TEST_F(RobustMutexTest, AThreadMayHaveMany) {
  std::array<RobustMutex, 40> many;
  for (RobustMutex& one : many) {
    must(one.initialize());
    ASSERT_EQ(one.lock(), Acquired::Clean);
  }
  for (RobustMutex& one : many) {
    EXPECT_TRUE(one.is_mine());
    EXPECT_EQ(one.try_lock(), Acquired::Held);
  }
  EXPECT_EQ(test::in_child({}, [&] { EXPECT_FALSE(many[0].is_mine() || many[39].is_mine()); }), 0);
  for (std::size_t i = 0; i < many.size(); i += 2) many[i].unlock();
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(many[i].is_mine(), i % 2 == 1) << i;
  for (std::size_t i = 1; i < many.size(); i += 2) many[i].unlock();
  for (RobustMutex& one : many) {
    ASSERT_EQ(one.lock(), Acquired::Clean);
    one.unlock();
  }
}

TEST_F(RobustMutexTest, ANamesakeInAnotherPidNameSpaceWaits) {
  if (!test::have_pid_spaces()) GTEST_SKIP() << "no PID name spaces";
  RobustMutex& mutex = shared_->mutex;
  const pid_t holder = test::start_in_pid_space([&] {
    ASSERT_EQ(::gettid(), 1);
    ASSERT_EQ(mutex.lock(), Acquired::Clean);
    tell(taken_);
    hear(go_);
    shared_->count = 1;
    mutex.unlock();
  });
  hear(taken_);
  const pid_t waiter = test::start_in_pid_space([&] {
    ASSERT_EQ(mutex.holder(), static_cast<std::uint32_t>(::gettid()));
    EXPECT_FALSE(mutex.is_mine());
    EXPECT_EQ(mutex.try_lock(), Acquired::Busy);
    EXPECT_EQ(mutex.lock_for(milliseconds(5)), Acquired::Busy);
    tell(go_);
    ASSERT_EQ(mutex.lock(), Acquired::Clean);
    EXPECT_EQ(shared_->count, 1);
    mutex.unlock();
  });
  EXPECT_EQ(test::wait_for(waiter), 0);
  EXPECT_EQ(test::wait_for(holder), 0);
}

TEST_F(RobustMutexTest, TheDeathOfANamesakeIsNoticed) {
  if (!test::have_pid_spaces()) GTEST_SKIP() << "no PID name spaces";
  RobustMutex& mutex = shared_->mutex;
  const pid_t holder = test::start_in_pid_space([&] {
    ASSERT_EQ(mutex.lock(), Acquired::Clean);
    tell(taken_);
    hear(go_);
  });
  hear(taken_);
  const pid_t waiter = test::start_in_pid_space([&] {
    EXPECT_EQ(mutex.try_lock(), Acquired::Busy);
    tell(go_);
    EXPECT_EQ(mutex.lock(), Acquired::OwnerDied);
    mutex.unlock();
  });
  EXPECT_EQ(test::wait_for(waiter), 0);
  EXPECT_EQ(test::wait_for(holder), 0);
}

TEST_F(RobustMutexTest, NamesakesAreNeverInAtTheSameTime) {
  if (!test::have_pid_spaces()) GTEST_SKIP() << "no PID name spaces";
  constexpr int kTimes = 3000;
  const auto work = [&] {
    for (int i = 0; i < kTimes; ++i) {
      ASSERT_EQ(shared_->mutex.lock(), Acquired::Clean);
      const int before = *static_cast<volatile int*>(&shared_->count);
      if (i % 100 == 0) ::sched_yield();
      *static_cast<volatile int*>(&shared_->count) = before + 1;
      shared_->mutex.unlock();
    }
  };
  const pid_t one = test::start_in_pid_space(work);
  const pid_t other = test::start_in_pid_space(work);
  EXPECT_EQ(test::wait_for(one), 0);
  EXPECT_EQ(test::wait_for(other), 0);
  EXPECT_EQ(shared_->count, 2 * kTimes);
}

}  // namespace
}  // namespace hw

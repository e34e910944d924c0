#include "engine/base/liveness.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "test/support/child_process.h"

namespace hw {
namespace {

using std::chrono::steady_clock;

/// The state letter of a process's first thread.
char state_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  FILE* const file = ::fopen(path.c_str(), "r");
  if (file == nullptr) return '-';
  char text[512] = {};
  const std::size_t got = ::fread(text, 1, sizeof text - 1, file);
  ::fclose(file);
  const std::size_t at = std::string_view(text, got).rfind(')');
  return at == std::string_view::npos ? '-' : text[at + 2];
}

TEST(Liveness, ThisProcessLivesAndAnotherStartTimeIsAnotherProcess) {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  EXPECT_TRUE(process_lives(pid, process_start(pid)));
  EXPECT_FALSE(process_lives(pid, process_start(pid) + 1));
  EXPECT_FALSE(process_lives(0, 0));
  EXPECT_FALSE(process_lives(0xFFFFFFFF, 0));
}

/// The descriptors that this process may open from now on.
void allow_files(rlim_t files) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = files;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(Liveness, AProcessThatCannotBeLookedAtIsNotGone) {
  const auto other = static_cast<std::uint32_t>(::getpid());
  const std::uint64_t start = process_start(other);
  EXPECT_EQ(test::in_child({},
                           [&] {
                             const std::uint64_t space = own_pid_space();
                             EXPECT_EQ(liveness_of(other, start, space), Liveness::Lives);
                             EXPECT_EQ(liveness_of(other, start + 1, space), Liveness::Gone);
                             allow_files(0);
                             EXPECT_EQ(liveness_of(other, start, space), Liveness::Unsure);
                             EXPECT_TRUE(process_lives(other, start));
                             EXPECT_EQ(liveness_of(0x7FFFFFFE, start, space), Liveness::Gone);
                           }),
            0);
}

TEST(Liveness, AStartThatWasMadeUpStaysAndIsNoTime) {
  const auto parent = static_cast<std::uint32_t>(::getpid());
  EXPECT_EQ(test::in_child({},
                           [&] {
                             rlimit before{};
                             ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
                             allow_files(0);
                             const auto self = static_cast<std::uint32_t>(::getpid());
                             const std::uint64_t start = process_start(self);
                             allow_files(before.rlim_cur);
                             EXPECT_NE(start, 0u);
                             EXPECT_EQ(process_start(self), start);
                             EXPECT_TRUE(process_lives(self, start));
                             EXPECT_FALSE(process_lives(self, start + 1));
                             // Of another process it tells nothing.
                             EXPECT_EQ(liveness_of(parent, start, own_pid_space()), Liveness::Unsure);
                           }),
            0);
}

TEST(Liveness, ProcessWithoutItsFirstThreadLivesUntilTheLastThreadEnds) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(go[1]);
    std::thread([&go] {
      char byte;
      (void)!::read(go[0], &byte, 1);
      ::_exit(0);
    }).detach();
    ::syscall(SYS_exit, 0);  // this thread only, and without unwinding the test framework
  }
  ::close(go[0]);
  const auto deadline = steady_clock::now() + std::chrono::seconds(30);
  while (state_of(child) != 'Z' && steady_clock::now() < deadline) std::this_thread::yield();
  ASSERT_EQ(state_of(child), 'Z');

  const auto pid = static_cast<std::uint32_t>(child);
  EXPECT_TRUE(process_lives(pid, 0));
  const auto early = wait_for_exit(pid, 0, steady_clock::now() + std::chrono::milliseconds(20));
  ASSERT_TRUE(early.has_value());
  EXPECT_FALSE(*early);

  ::close(go[1]);  // ends the other thread
  const auto ended = wait_for_exit(pid, 0, deadline);
  ASSERT_TRUE(ended.has_value());
  EXPECT_TRUE(*ended);
  EXPECT_FALSE(process_lives(pid, 0));  // a zombie that nobody has asked for is not alive
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

// Neither /proc can be read nor a descriptor of the process be had.
TEST(Liveness, AnEndIsSeenWithoutAFreeDescriptor) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(go[1]);
    char none = 0;
    (void)!::read(go[0], &none, 1);
    ::_exit(0);
  }
  const auto pid = static_cast<std::uint32_t>(child);
  struct rlimit files {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  struct rlimit none = files;
  none.rlim_cur = 3;  // Which are open.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool lives = process_lives(pid, 0);
  const auto early = wait_for_exit(pid, 0, steady_clock::now() + std::chrono::milliseconds(20));
  ::close(go[1]);
  const auto ended = wait_for_exit(pid, 0, steady_clock::now() + std::chrono::seconds(30));
  const bool still_lives = process_lives(pid, 0);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_TRUE(lives);
  ASSERT_TRUE(early.has_value());
  EXPECT_FALSE(*early);
  ASSERT_TRUE(ended.has_value());
  EXPECT_TRUE(*ended);
  EXPECT_FALSE(still_lives);
  ::close(go[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace hw

// A thread that the system does not allow is an error, not the end of the process.
#include "engine/base/start_thread.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>

#include "engine/base/file.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

using test::must;

/// From here on no thread can be made: its stack has no room in the address space.
void allow_no_threads() {
  pthread_attr_t attributes;
  ASSERT_EQ(::pthread_attr_init(&attributes), 0);
  ASSERT_EQ(::pthread_attr_setstacksize(&attributes, std::size_t{1} << 47), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&attributes), 0);
}

TEST(StartThread, Runs) {
  std::atomic<bool> ran = false;
  std::thread thread = must(start_thread("test", [&] { ran = true; }));
  thread.join();
  EXPECT_TRUE(ran);
}

TEST(StartThread, WhatTheSystemDoesNotAllowIsAnError) {
  const int status = test::in_child({}, [] {
    allow_no_threads();
    const auto none = start_thread("test", [] {});
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().os_errno, EAGAIN);
    EXPECT_NE(none.error().render().find("TasksMax"), std::string::npos);
  });
  EXPECT_EQ(status, 0);
}

TEST(StartThread, AWaitForALockNeedsNone) {
  const std::string path = testing::TempDir() + "lock-" + std::to_string(::getpid());
  must(replace_file(path, "x"));
  const File held = must(File::open(path, O_RDWR));
  must(FileLock::wait_exclusive(held, 0));
  int waits[2];
  ASSERT_EQ(::pipe2(waits, O_CLOEXEC), 0);
  const pid_t child = test::start_child({}, [&] {
    allow_no_threads();
    const File file = must(File::open(path, O_RDWR));
    ASSERT_EQ(::write(waits[1], "x", 1), 1);
    must(FileLock::wait_exclusive(file, 0));
  });
  char one = 0;
  ASSERT_EQ(::read(waits[0], &one, 1), 1);
  must(FileLock::unlock(held, 0));
  EXPECT_EQ(test::wait_for(child), 0);
  ::close(waits[0]);
  ::close(waits[1]);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hw

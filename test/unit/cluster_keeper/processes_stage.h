/// test/unit/cluster_keeper/processes_stage.h -- a folder, a loop, and looks at real processes.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/keeper/keeper.h"
#include "engine/base/file.h"
#include "test/support/child_process.h"
#include "test/support/test_folder.h"

namespace hw::cluster::test_stage {

using namespace std::chrono_literals;
using hw::test::must;

/// A field of /proc/<pid>/status; empty when there is none.
inline std::string status_field(std::uint32_t pid, const std::string& name) {
  const std::string all = hw::test::file_bytes(fmt::format("/proc/{}/status", pid));
  const std::size_t at = all.find("\n" + name + ":\t");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 3;
  return all.substr(begin, all.find('\n', begin) - begin);
}

/// The numbers of its open descriptors, with blanks between.
inline std::string open_descriptors(std::uint32_t pid) {
  std::vector<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid)))
    numbers.push_back(std::stoi(entry.path().filename()));
  std::ranges::sort(numbers);
  return fmt::format("{}", fmt::join(numbers, " "));
}

/// Has a process of that number that has not ended.
inline bool runs(std::uint32_t pid) { return process_start(pid) != 0; }

/// A process of its own group that is nobody's business; ends with the object.
class Stranger {
 public:
  Stranger() {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setsid();
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) ::pause();
    }
    while (::getsid(pid_) != pid_) ::sched_yield();
  }
  ~Stranger() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }
  /// Whether it has got a signal that ends it: the kernel notes that at once, also where it has not run since.
  bool ended() const {
    const std::string state = status_field(pid(), "State");
    const std::string pending = status_field(pid(), "SigPnd") + status_field(pid(), "ShdPnd");
    return state.empty() || state.starts_with("Z") || state.starts_with("X") ||
           pending.find_first_not_of('0') != std::string::npos;
  }

 private:
  pid_t pid_ = -1;
};

/// A folder that any user may enter, and a loop. Whatever a test's processes leave is this process's child, and is
/// waited for.
class ProcessesTest : public testing::Test {
 protected:
  void SetUp() override {
    HW_CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(folder_.file("run"));
    must(loop_.open());
  }
  void TearDown() override {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
  bool wait(const std::function<bool()>& done) { return loop_.run_until(EventLoop::Clock::now() + 60s, done); }
  /// True when it does not become true while the loop turns for a moment.
  bool never(const std::function<bool()>& done) { return !loop_.run_until(EventLoop::Clock::now() + 50ms, done); }
  /// Waits for processes that tell the loop nothing.
  bool wait_looking(const std::function<bool()>& done) {
    const auto deadline = EventLoop::Clock::now() + 60s;
    while (!done()) {
      if (EventLoop::Clock::now() >= deadline) return false;
      (void)loop_.run_until(EventLoop::Clock::now() + 5ms, done);
    }
    return true;
  }
  std::string content(const std::string& name) const { return hw::test::file_bytes(folder_.file(name)); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_.file(name)); }

  /// /bin/sh in the test's folder, as this user.
  ProgramSpec shell(const std::string& script) const {
    ProgramSpec what;
    what.program = "/bin/sh";
    what.arguments = {"-c", script};
    what.folder = folder_.path();
    what.user = must(own_user());
    return what;
  }

  hw::test::TestFolder folder_;
  EventLoop loop_;
};

}  // namespace hw::cluster::test_stage

// One process: what it is started with, how its end, or that it could not run, is told.
#include "cluster/keeper/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "engine/base/liveness.h"
#include "test/unit/cluster_keeper/process_fixture.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test_stage::must;
using test_stage::OneProcess;
using test_stage::open_descriptors;
using test_stage::runs;
using test_stage::status_field;

TEST_F(OneProcess, RunsInItsFolderWithItsEnvironmentUmaskAndOutput) {
  LaunchSpec spec = logged("pwd; umask; echo \"$HW_INSTANCE\"; cat; echo wrong >&2; exit 3");
  spec.what.umask = 0077;
  spec.what.variables = {{"HW_INSTANCE", "A and \"B\""}};
  EXPECT_EQ(run_and_read(spec), std::filesystem::canonical(folder_.path()).string() + "\n0077\nA and \"B\"\n");
  EXPECT_EQ(content("log/out.err"), "wrong\n");
  EXPECT_EQ(end_->describe(), "exit status 3");
  EXPECT_FALSE(end_->well());
  EXPECT_TRUE(runs_);
  struct stat info {};
  ASSERT_EQ(::stat(folder_.file("log/out.out").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST_F(OneProcess, WhatWasPrintedBeforeStays) {
  EXPECT_EQ(run_and_read(logged("echo one")), "one\n");
  end_.reset();
  EXPECT_EQ(run_and_read(logged("echo two")), "one\ntwo\n");
}

TEST_F(OneProcess, HasASessionAndAGroupOfItsOwnAndNoDescriptorsOrSignalsOfItsParent) {
  std::vector<Descriptor> many;
  for (int i = 0; i < 300; ++i) many.emplace_back(::open("/dev/null", O_RDONLY));  // Without O_CLOEXEC.
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  const auto hup_before = ::signal(SIGHUP, SIG_IGN);
  LaunchSpec spec = logged("exec sleep 1000");
  const Descriptor ready(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  spec.ready_fd = ready.get();
  start(spec);
  ASSERT_TRUE(wait([&] { return runs_; }));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, pipe_before);
  ::signal(SIGHUP, hup_before);
  EXPECT_EQ(::getsid(static_cast<pid_t>(pid())), static_cast<pid_t>(pid()));
  EXPECT_EQ(::getpgid(static_cast<pid_t>(pid())), static_cast<pid_t>(pid()));
  EXPECT_EQ(process_->group(), group_of(pid()));
  EXPECT_TRUE(wait([&] { return open_descriptors(pid()) == "0 1 2 3"; })) << open_descriptors(pid());
  EXPECT_EQ(std::filesystem::read_symlink(fmt::format("/proc/{}/fd/0", pid())), "/dev/null");
  EXPECT_EQ(status_field(pid(), "SigBlk"), "0000000000000000");
  EXPECT_EQ(status_field(pid(), "SigIgn"), "0000000000000000");
  kill_and_clear();
}

TEST_F(OneProcess, WithoutReadyDescriptorThereAreThree) {
  const Descriptor third(::open("/dev/null", O_RDONLY));
  start(logged("exec sleep 1000"));
  ASSERT_TRUE(wait([&] { return runs_; }));
  EXPECT_TRUE(wait([&] { return open_descriptors(pid()) == "0 1 2"; })) << open_descriptors(pid());
  kill_and_clear();
}

TEST_F(OneProcess, WhatHindersTheStartIsSaidWithItsReason) {
  struct Case {
    std::string program, folder;
    int number;
    std::string text;
  };
  hw::test::write_file(folder_.file("plain"), "no program");
  hw::test::write_file(folder_.file("garbage"), std::string("\1\2\3garbage"));
  ASSERT_EQ(::chmod(folder_.file("garbage").c_str(), 0755), 0);
  for (const Case& wrong : {Case{folder_.file("missing"), folder_.path(), ENOENT, "execve()"},
                            Case{folder_.file("plain"), folder_.path(), EACCES, "execve()"},
                            Case{folder_.file("garbage"), folder_.path(), ENOEXEC, "execve()"},
                            Case{"/bin/true", folder_.file("nowhere"), ENOENT, "chdir()"}}) {
    LaunchSpec spec = logged("");
    spec.what.program = wrong.program;
    spec.what.folder = wrong.folder;
    failure_.reset();
    start(spec);
    ASSERT_TRUE(wait([&] { return failure_.has_value(); })) << wrong.program;
    EXPECT_EQ(failure_->os_errno, wrong.number);
    EXPECT_NE(failure_->text.find(wrong.text), std::string::npos) << failure_->text;
    EXPECT_FALSE(runs(pid()));
  }
  EXPECT_FALSE(runs_);
  EXPECT_FALSE(end_.has_value());
}

TEST_F(OneProcess, DoesNotRunBeforeItIsLetGo) {
  process_ = must(Process::start(loop_, logged("echo ran"), events()));
  EXPECT_TRUE(never([&] { return runs_ || end_ || has("log/out.out"); }));
  process_->go();
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  EXPECT_EQ(content("log/out.out"), "ran\n");
}

TEST_F(OneProcess, OneThatIsGivenUpEndsWithoutHavingRun) {
  process_ = must(Process::start(loop_, logged("echo ran"), events()));
  process_->give_up(make_error<MsgId::SYSCALL>("write()", "table"));
  ASSERT_TRUE(wait([&] { return failure_.has_value(); }));
  EXPECT_NE(failure_->text.find("table"), std::string::npos);
  EXPECT_FALSE(has("log/out.out"));
  EXPECT_FALSE(runs_);
}

TEST_F(OneProcess, AnAgentThatDiesBeforeItLetsGoLeavesNoProcess) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor in(ends[0]);
  Descriptor out(ends[1]);
  const pid_t agent = hw::test::start_child({}, [&] {
    const Launched child = must(launch(logged("echo ran")));
    HW_CHECK(::write(ends[1], &child.pid, sizeof child.pid) == sizeof child.pid);
    ::raise(SIGKILL);
  });
  out.close();
  pid_t child = 0;
  ASSERT_EQ(::read(in.get(), &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_EQ(WTERMSIG(hw::test::wait_for(agent)), SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);  // This process has become its parent.
  EXPECT_FALSE(has("log/out.out"));
}

TEST_F(OneProcess, DeathByASignalIsTold) {
  start(logged("exec sleep 1000"));
  ASSERT_TRUE(wait([&] { return runs_; }));
  process_->signal(SIGKILL);
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  EXPECT_EQ(end_->describe(), "signal 9 (Killed)");
}

TEST_F(OneProcess, KilledBeforeItRunsItHasEnded) {
  process_ = must(Process::start(loop_, logged("echo ran"), events()));
  process_->signal(SIGTERM);  // Perhaps before it has made its group.
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  EXPECT_EQ(end_->describe(), "signal 15 (Terminated)");
  EXPECT_FALSE(has("log/out.out"));
}

TEST_F(OneProcess, WhatItLeavesInItsGroupIsFoundWaitedForAndKilled) {
  start(logged("sleep 1000 & sleep 1000 & sh -c 'trap \"\" TERM; sleep 1000 & wait' & echo $! >&2; exit 0"));
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  process_->clear(false);
  EXPECT_TRUE(never([&] { return cleared_; }));
  EXPECT_EQ(::kill(-static_cast<pid_t>(pid()), 0), 0);
  process_->clear(true);
  ASSERT_TRUE(wait([&] { return cleared_; }));
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  EXPECT_NE(::kill(-static_cast<pid_t>(pid()), 0), 0);
}

TEST_F(OneProcess, AnEmptyGroupIsClearedAtOnce) {
  start(logged("exit 0"));
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  process_->clear(true);
  EXPECT_FALSE(cleared_);
  EXPECT_TRUE(wait([&] { return cleared_; }));
}

class Adopted : public OneProcess {
 protected:
  /// A process in a session of its own that is not this one's child.
  ProcessIdentity somebody(const std::string& script) {
    std::array<int, 2> ends{};
    HW_CHECK(::pipe(ends.data()) == 0);
    const Descriptor in(ends[0]);
    Descriptor out(ends[1]);
    const pid_t between = hw::test::start_child({}, [&] {
      const Launched child = must(launch(logged(script)));
      let_go(child);
      HW_CHECK(launch_has_run(child));
      HW_CHECK(::write(ends[1], &child.pid, sizeof child.pid) == sizeof child.pid);
    });
    out.close();
    pid_t child = 0;
    HW_CHECK(::read(in.get(), &child, sizeof child) == sizeof child);
    hw::test::wait_for(between);
    return must(identity_of(static_cast<std::uint32_t>(child)));
  }
  static bool launch_has_run(const Launched& child) {
    char text = 0;
    return ::recv(child.talk.get(), &text, 1, 0) == 0;  // Its end has closed by exec.
  }
};

TEST_F(Adopted, ItsEndIsTold) {
  const ProcessIdentity identity = somebody("exec sleep 1000");
  process_ = Process::adopt(loop_, identity, group_of(identity.pid), events());
  EXPECT_TRUE(never([&] { return end_.has_value(); }));
  process_->signal(SIGTERM);
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  EXPECT_FALSE(end_->well());
  EXPECT_EQ(end_->describe(), "how it ended is not known");
  process_->clear(true);
  EXPECT_TRUE(wait([&] { return cleared_; }));
}

TEST_F(Adopted, ItsGroupIsEndedWithIt) {
  const ProcessIdentity identity = somebody("sleep 1000 & exec sleep 1000");
  process_ = Process::adopt(loop_, identity, group_of(identity.pid), events());
  kill_and_clear();
  EXPECT_TRUE(::kill(-static_cast<pid_t>(identity.pid), 0) != 0 || !runs(identity.pid));
}

TEST_F(Adopted, OneThatHasEndedLongAgoIsToldOfToo) {
  process_ = Process::adopt(loop_, {static_cast<std::uint32_t>(::getpid()), 1}, {}, events());
  ASSERT_TRUE(wait([&] { return end_.has_value(); }));
  EXPECT_TRUE(runs(static_cast<std::uint32_t>(::getpid())));
}

TEST_F(Adopted, AStrangerWithItsNumberIsLeftAlone) {
  const test_stage::Stranger stranger;
  const std::uint64_t start = process_start(stranger.pid());
  for (const ProcessGroup& group : {ProcessGroup{stranger.pid(), stranger.pid()}, ProcessGroup{}}) {
    end_.reset();
    cleared_ = false;
    process_ = Process::adopt(loop_, {stranger.pid(), start + 1}, group, events());
    process_->signal(SIGKILL);
    EXPECT_FALSE(stranger.ended()) << group.group;
    ASSERT_TRUE(wait([&] { return end_.has_value(); }));
    process_->signal(SIGKILL);
    process_->clear(true);
    ASSERT_TRUE(wait([&] { return cleared_; }));
    EXPECT_FALSE(stranger.ended()) << group.group;
  }
}

/// Takes all descriptors that this process may have.
class AllTaken {
 public:
  AllTaken() {
    HW_CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    struct rlimit few = before_;
    few.rlim_cur = 256;
    HW_CHECK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (;;) {
      Descriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!one.is_open()) break;
      taken_.push_back(std::move(one));
    }
  }
  ~AllTaken() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  AllTaken(const AllTaken&) = delete;
  AllTaken& operator=(const AllTaken&) = delete;

 private:
  struct rlimit before_ {};
  std::vector<Descriptor> taken_;
};

TEST_F(Adopted, WithoutADescriptorForItItsEndIsLookedFor) {
  const ProcessIdentity identity = somebody("exec sleep 1000");
  {
    const AllTaken taken;
    process_ = Process::adopt(loop_, identity, group_of(identity.pid), events());
    EXPECT_FALSE(loop_.run_until(EventLoop::Clock::now() + 250ms, [&] { return end_.has_value(); }));
    process_->signal(SIGKILL);
  }
  EXPECT_TRUE(wait([&] { return end_.has_value(); }));
}

TEST_F(OneProcess, WithoutDescriptorsThereIsNoStart) {
  const LaunchSpec spec = logged("exec sleep 1000");
  const AllTaken taken;
  const auto started = Process::start(loop_, spec, events());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().os_errno, EMFILE);
}

TEST(Environment, HasTheAddedVariablesAndNotWhatIsTheAgentsAlone) {
  ::setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  ::setenv("HW_READY_FD", "9", 1);
  ::setenv("HW_NODE", "before", 1);
  const auto environment = environment_for(test_stage::must(own_user()), {{"HW_NODE", "n1"}, {"EMPTY", ""}});
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("HW_READY_FD");
  ::unsetenv("HW_NODE");
  const auto count = [&](const std::string& begin) {
    return std::ranges::count_if(environment, [&](const std::string& one) { return one.starts_with(begin); });
  };
  EXPECT_EQ(count("HW_NODE="), 1);
  EXPECT_EQ(count("HW_NODE=n1"), 1);
  EXPECT_EQ(count("EMPTY="), 1);
  EXPECT_EQ(count("PATH="), ::getenv("PATH") != nullptr ? 1 : 0);
  EXPECT_EQ(count("NOTIFY_SOCKET=") + count("HW_READY_FD="), 0);
}

}  // namespace
}  // namespace hw::cluster

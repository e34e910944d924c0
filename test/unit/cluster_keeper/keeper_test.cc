// The keeper with real processes: from the start of a server to its stop, and over the death of the agent.
#include "cluster/keeper/keeper.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <map>
#include <optional>

#include "engine/base/liveness.h"
#include "engine/base/start_thread.h"
#include "replic/process/daemon.h"
#include "test/unit/cluster_keeper/processes_stage.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test_stage::must;
using test_stage::runs;

class KeptServers : public test_stage::ProcessesTest {
 protected:
  void SetUp() override {
    test_stage::ProcessesTest::SetUp();
    begin_agent();
  }
  void TearDown() override {
    for (const ServerView& view : keeper_->views()) keeper_->stop(view.key, StopMode::Kill);
    EXPECT_TRUE(wait([&] {
      return std::ranges::all_of(keeper_->views(), [](const auto& view) { return view.state == ServerState::Down; });
    }));
    end_agent();
    test_stage::ProcessesTest::TearDown();
  }

  void begin_agent() {
    table_.emplace(folder_.file("run/processes"));
    Keeper::Events events;
    events.changed = [this](const ServerView& view) {
      changes_[view.key.name] += fmt::format("{} ", name_of(view.state));
    };
    events.said = [this](const ServerKey& key, const Error& what) { said_[key.name] += what.render(); };
    events.launch = [this](const ServerKey& key) { asked_ += "launch " + key.name + " "; };
    events.cancel_launch = [this](const ServerKey& key) { asked_ += "cancel " + key.name + " "; };
    events.end_work = [this](const ServerKey& key) { asked_ += "end work " + key.name + " "; };
    keeper_ =
        std::make_unique<Keeper>(loop_, *table_, Keeper::Options{folder_.file("run"), folder_.file("log")}, events);
  }
  void end_agent() {
    keeper_.reset();
    table_.reset();
  }

  static ServerKey key(const std::string& name) { return {"acct", name, 1}; }
  ServerSpec server(const std::string& name, const std::string& script, ReadyRule ready = ReadyRule::Notify) const {
    ServerSpec spec;
    spec.key = key(name);
    spec.rules.ready = ready;
    spec.what = shell(script);
    return spec;
  }
  ServerView view(const std::string& name) const { return keeper_->view(key(name)).value_or(ServerView{}); }
  bool wait_for(const std::string& name, ServerState state) {
    const bool came = wait([&] { return view(name).state == state; });
    EXPECT_TRUE(came) << name << " is " << name_of(view(name).state) << ", said " << said_[name];
    return came;
  }
  bool wait_for_restart(const std::string& name, std::uint32_t restarts) {
    return wait([&] { return view(name).restarts == restarts && view(name).state == ServerState::Ready; });
  }
  std::vector<FoundProcess> written() const { return must(ProcessTable(folder_.file("run/processes")).load()); }

  std::optional<ProcessTable> table_;
  std::unique_ptr<Keeper> keeper_;
  std::map<std::string, std::string> changes_, said_;
  std::string asked_;
};

constexpr const char* kSaysReady = "echo STATUS=begins >&$HW_READY_FD; echo READY=1 >&$HW_READY_FD; exec sleep 1000";

TEST_F(KeptServers, OneThatSaysItIsReadyIsReadyAndEndsOnTerm) {
  keeper_->start(server("report", kSaysReady));
  EXPECT_TRUE(changes_.empty()) << "told from inside the call";
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  const ServerView ready = view("report");
  EXPECT_TRUE(runs(ready.pid));
  EXPECT_FALSE(has("run/ready.acct.report.1"));
  ASSERT_EQ(written().size(), 1U);
  EXPECT_EQ(written()[0].row.identity.pid, ready.pid);
  EXPECT_TRUE(written()[0].row.ready);
  keeper_->start(server("report", kSaysReady));  // Once more: it is up.
  keeper_->stop(key("report"), StopMode::WorkFirst);
  ASSERT_TRUE(wait_for("report", ServerState::Down));
  EXPECT_TRUE(never([] { return false; }));
  EXPECT_EQ(changes_["report"], "Launching Starting Ready Terminating Down ");
  EXPECT_FALSE(runs(ready.pid));
  EXPECT_EQ(view("report").pid, 0U);
  EXPECT_EQ(said_["report"], "");
  EXPECT_TRUE(written().empty());
}

TEST_F(KeptServers, WithoutALineReadyItStaysStarting) {
  keeper_->start(server("report", "echo NOTREADY=1 >&$HW_READY_FD; echo READY=10 >&$HW_READY_FD; exec sleep 1000"));
  ASSERT_TRUE(wait_for("report", ServerState::Starting));
  EXPECT_TRUE(never([&] { return view("report").state == ServerState::Ready; }));
}

TEST_F(KeptServers, AliveForASecondIsReady) {
  const auto begin = EventLoop::Clock::now();
  keeper_->start(server("report", "exec sleep 1000", ReadyRule::Alive));
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  EXPECT_GE(EventLoop::Clock::now() - begin, 1s);
}

TEST_F(KeptServers, OneThatListensIsReadyWhenItDoes) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  socklen_t bytes = sizeof address;
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  ServerSpec spec = server("report", "exec sleep 1000", ReadyRule::Port);
  spec.port_addresses = {"::1", "127.0.0.1", "no address"};
  spec.port = ntohs(address.sin_port);
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Starting));
  EXPECT_FALSE(
      loop_.run_until(EventLoop::Clock::now() + 250ms, [&] { return view("report").state == ServerState::Ready; }));
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  EXPECT_TRUE(wait_for("report", ServerState::Ready));
}

TEST_F(KeptServers, OneThatSetsUpIsReadyByItsEndAndWhatItLeftIsStoppedWithIt) {
  keeper_->start(server("setup", "sleep 1000 & exit 0", ReadyRule::Exit0));
  ASSERT_TRUE(wait_for("setup", ServerState::Ready));
  EXPECT_EQ(view("setup").pid, 0U);
  ASSERT_EQ(written().size(), 1U);
  EXPECT_TRUE(written()[0].row.ended_well);
  const auto group = static_cast<pid_t>(written()[0].row.group.group);
  EXPECT_EQ(::kill(-group, 0), 0);
  keeper_->stop(key("setup"), StopMode::WorkFirst);
  ASSERT_TRUE(wait_for("setup", ServerState::Down));
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  EXPECT_NE(::kill(-group, 0), 0);
}

TEST_F(KeptServers, ADeadOneIsStartedAgainWithNothingOfItsGroupLeft) {
  keeper_->start(server("report", "sleep 1000 & echo $! >> children; echo READY=1 >&$HW_READY_FD; wait"));
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  const std::uint32_t before = view("report").pid;
  ::kill(static_cast<pid_t>(before), SIGKILL);
  ASSERT_TRUE(wait_for_restart("report", 1));
  EXPECT_NE(view("report").pid, before);
  EXPECT_EQ(view("report").failure, "signal 9 (Killed)");
  EXPECT_FALSE(runs(static_cast<std::uint32_t>(std::stoul(content("children")))));
  EXPECT_EQ(said_["report"], "");
}

TEST_F(KeptServers, OneThatDiesAgainAndAgainIsGivenUp) {
  ServerSpec spec = server("report", "echo run; exit 3");
  spec.rules.failures_max = 4;
  const auto begin = EventLoop::Clock::now();
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Failed));
  EXPECT_GE(EventLoop::Clock::now() - begin, 300ms);  // 0, 0.1 and 0.2 s.
  EXPECT_TRUE(wait([&] { return !said_["report"].empty(); }));
  EXPECT_EQ(said_["report"], "%GTM-E-HWGAVEUP, report failed 4 times\n%GTM-I-TEXT, The last time: exit status 3\n");
  EXPECT_EQ(content("log/report.out"), "run\nrun\nrun\nrun\n");
  EXPECT_TRUE(written().empty());
  // An operator mends it.
  keeper_->start(server("report", kSaysReady));
  EXPECT_TRUE(wait_for("report", ServerState::Ready));
  EXPECT_EQ(view("report").restarts, 0U);
}

TEST_F(KeptServers, WithoutRestartItStaysDown) {
  ServerSpec spec = server("report", kSaysReady);
  spec.rules.restart = false;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  ::kill(static_cast<pid_t>(view("report").pid), SIGTERM);
  ASSERT_TRUE(wait_for("report", ServerState::Failed));
  EXPECT_TRUE(wait([&] { return !said_["report"].empty(); }));
  EXPECT_EQ(said_["report"],
            "%GTM-E-HWGAVEUP, report failed 1 times\n%GTM-I-TEXT, The last time: signal 15 (Terminated)\n");
}

TEST_F(KeptServers, AProgramThatIsNotThereIsAFailureWithItsReason) {
  ServerSpec spec = server("report", "");
  spec.what.program = folder_.file("missing");
  spec.rules.failures_max = 2;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Failed));
  EXPECT_TRUE(wait([&] { return said_["report"].find("HWGAVEUP") != std::string::npos; }));
  EXPECT_NE(said_["report"].find("No such file or directory"), std::string::npos) << said_["report"];
  EXPECT_EQ(view("report").pid, 0U);
}

TEST_F(KeptServers, OneThatIgnoresTermIsKilledWithAllItStarted) {
  ServerSpec spec =
      server("report", "trap '' TERM; sleep 1000 & echo $! > child; echo READY=1 >&$HW_READY_FD; wait; wait");
  spec.rules.stop = 100ms;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  const std::uint32_t leader = view("report").pid;
  keeper_->stop(key("report"), StopMode::AtOnce);
  ASSERT_TRUE(wait_for("report", ServerState::Down));
  EXPECT_TRUE(wait([&] { return !said_["report"].empty(); }));
  EXPECT_TRUE(said_["report"].starts_with("%GTM-W-HWKILLED, report killed after ")) << said_["report"];
  EXPECT_FALSE(runs(leader));
  EXPECT_FALSE(runs(static_cast<std::uint32_t>(std::stoul(content("child")))));
}

TEST_F(KeptServers, WhatIsLeftOfTheGroupHasTheTimeToo) {
  ServerSpec spec =
      server("report", "(trap '' TERM; sleep 1000 & echo $! > child; echo READY=1 >&$HW_READY_FD; wait; wait) & wait");
  spec.rules.stop = 200ms;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Ready));
  const auto begin = EventLoop::Clock::now();
  keeper_->stop(key("report"), StopMode::AtOnce);
  ASSERT_TRUE(wait_for("report", ServerState::Down));
  EXPECT_GE(EventLoop::Clock::now() - begin, 200ms);
  EXPECT_TRUE(wait([&] { return changes_["report"].ends_with("Terminating Killing Down "); })) << changes_["report"];
  EXPECT_FALSE(runs(static_cast<std::uint32_t>(std::stoul(content("child")))));
}

TEST_F(KeptServers, WorkEndsFirst) {
  ServerSpec spec = server("gateway:gwA", kSaysReady);
  spec.rules.ends_work = true;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("gateway:gwA", ServerState::Ready));
  EXPECT_TRUE(has("log/gateway.gwA.out"));
  keeper_->stop(key("gateway:gwA"), StopMode::WorkFirst);
  ASSERT_TRUE(wait([&] { return asked_ == "end work gateway:gwA "; }));
  EXPECT_TRUE(runs(view("gateway:gwA").pid));
  keeper_->work_ended(key("gateway:gwA"));
  EXPECT_TRUE(wait_for("gateway:gwA", ServerState::Down));
}

TEST_F(KeptServers, AStopWhileItIsLaunchedLeavesNothing) {
  keeper_->start(server("report", kSaysReady));
  ASSERT_EQ(view("report").state, ServerState::Launching);
  const std::uint32_t pid = view("report").pid;
  EXPECT_TRUE(runs(pid));
  keeper_->stop(key("report"), StopMode::AtOnce);
  ASSERT_TRUE(wait_for("report", ServerState::Down));
  EXPECT_FALSE(runs(pid));
  EXPECT_TRUE(written().empty());
}

TEST_F(KeptServers, SeveralOfANameAreKeptApart) {
  for (std::uint32_t number = 1; number <= 3; ++number) {
    ServerSpec spec = server("report", kSaysReady);
    spec.key.number = number;
    keeper_->start(spec);
  }
  ASSERT_TRUE(wait([&] {
    return std::ranges::all_of(keeper_->views(), [](const auto& one) { return one.state == ServerState::Ready; });
  }));
  EXPECT_EQ(keeper_->views().size(), 3U);
  keeper_->stop({"acct", "report", 2}, StopMode::AtOnce);
  ASSERT_TRUE(wait([&] { return keeper_->view({"acct", "report", 2})->state == ServerState::Down; }));
  EXPECT_EQ(written().size(), 2U);
  keeper_->forget({"acct", "report", 1});  // It runs, and stays.
  keeper_->forget({"acct", "report", 2});
  EXPECT_EQ(keeper_->views().size(), 2U);
}

TEST_F(KeptServers, WithoutItsRowInTheTableNothingRuns) {
  std::filesystem::create_directory(folder_.file("run/processes.new"));  // In the way of the next table.
  ServerSpec spec = server("report", "echo ran");
  spec.rules.failures_max = 1;
  keeper_->start(spec);
  ASSERT_TRUE(wait_for("report", ServerState::Failed));
  EXPECT_FALSE(has("log/report.out"));
  EXPECT_TRUE(wait([&] { return said_["report"].find("processes.new") != std::string::npos; }));
  std::filesystem::remove(folder_.file("run/processes.new"));
}

TEST_F(KeptServers, ADaemonThatTheAgentLaunchesIsKeptLikeAnyOther) {
  ServerSpec spec = server("source:B", "");
  spec.agent_launches = true;
  keeper_->start(spec);
  ASSERT_TRUE(wait([&] { return asked_ == "launch source:B "; }));
  const auto make_daemon = [&] {
    const DaemonStart daemon = must(run_as_daemon([](StartReport& report) {
      StopSignal stop;
      if (!stop.open().has_value()) return 1;
      report.started(-1);
      struct pollfd watch {
        stop.fd(), POLLIN, 0
      };
      return ::poll(&watch, 1, 600'000) == 1 ? 0 : 1;
    }));
    HW_CHECK(daemon.started);
    return must(identity_of(static_cast<std::uint32_t>(daemon.pid)));
  };
  const ProcessIdentity first = make_daemon();
  keeper_->launched(key("source:B"), first);
  EXPECT_EQ(view("source:B").state, ServerState::Starting);
  keeper_->is_ready(key("source:B"));
  EXPECT_EQ(view("source:B").state, ServerState::Ready);
  EXPECT_EQ(view("source:B").pid, first.pid);
  EXPECT_EQ(written().at(0).row.identity, first);
  EXPECT_NE(written().at(0).row.group.group, 0U);
  ::kill(static_cast<pid_t>(first.pid), SIGKILL);
  ASSERT_TRUE(wait([&] { return asked_ == "launch source:B launch source:B "; }));
  keeper_->not_launched(key("source:B"), make_error<MsgId::SRCSRVEXISTS>("B", 12));
  ASSERT_TRUE(wait([&] { return asked_ == "launch source:B launch source:B launch source:B "; }));
  EXPECT_NE(view("source:B").failure.find("SRCSRVEXISTS"), std::string::npos);
  const ProcessIdentity second = make_daemon();
  keeper_->launched(key("source:B"), second);
  keeper_->launched(key("source:B"), first);  // Late, and ignored.
  EXPECT_EQ(view("source:B").pid, second.pid);
  keeper_->stop(key("source:B"), StopMode::AtOnce);
  ASSERT_TRUE(wait_for("source:B", ServerState::Down));
  EXPECT_FALSE(runs(second.pid));
}

TEST_F(KeptServers, ALaunchByTheAgentCanBeBrokenOff) {
  ServerSpec spec = server("source:B", "");
  spec.agent_launches = true;
  keeper_->start(spec);
  keeper_->stop(key("source:B"), StopMode::WorkFirst);
  ASSERT_TRUE(wait([&] { return asked_ == "launch source:B cancel source:B "; }));
  EXPECT_EQ(view("source:B").state, ServerState::Cancelling);
  keeper_->not_launched(key("source:B"), make_error<MsgId::SRCSRVEXISTS>("B", 12));
  EXPECT_TRUE(wait_for("source:B", ServerState::Down));
}

/// The agent is a process of its own here, and dies by SIGKILL when its servers are as the test wants them.
class AgentKilled : public KeptServers {
 protected:
  void SetUp() override { test_stage::ProcessesTest::SetUp(); }
  void TearDown() override {
    if (keeper_) return KeptServers::TearDown();
    test_stage::ProcessesTest::TearDown();
  }
  void agent_that_is_killed(const std::vector<ServerSpec>& specs, const std::function<bool()>& then) {
    const pid_t agent = hw::test::start_child({}, [&] {
      // The parent's epoll descriptor is the same open file.
      EventLoop loop;
      must(loop.open());
      ProcessTable table(folder_.file("run/processes"));
      Keeper keeper(loop, table, {folder_.file("run"), folder_.file("log")}, {});
      for (const ServerSpec& spec : specs) keeper.start(spec);
      const auto as_wanted = [&] {
        keeper_view_ = [&keeper](const std::string& name) { return keeper.view(key(name))->state; };
        return then();
      };
      if (loop.run_until(EventLoop::Clock::now() + 60s, as_wanted)) ::raise(SIGKILL);
    });
    const int status = hw::test::wait_for(agent);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "its servers did not come up";
  }
  /// The next agent.
  void adopt_all(const std::map<std::string, ServerSpec>& specs) {
    begin_agent();
    found_ = must(table_->load());
    for (const FoundProcess& found : found_) keeper_->adopt(specs.at(found.row.key.name), found.row);
  }

  std::function<ServerState(const std::string&)> keeper_view_;
  std::vector<FoundProcess> found_;
};

TEST_F(AgentKilled, ItsServersLiveOnAndTheNextAgentKeepsThem) {
  const std::map<std::string, ServerSpec> specs{
      {"lives", server("lives", kSaysReady)},
      {"dies", server("dies", "sleep 1000 & echo $! >> children; echo READY=1 >&$HW_READY_FD; wait")},
      {"setup", server("setup", "sleep 1000 & echo $! > rest; exit 0", ReadyRule::Exit0)}};
  agent_that_is_killed({specs.at("lives"), specs.at("dies"), specs.at("setup")}, [&] {
    return keeper_view_("lives") == ServerState::Ready && keeper_view_("dies") == ServerState::Ready &&
           keeper_view_("setup") == ServerState::Ready;
  });
  std::map<std::string, std::uint32_t> pids;
  for (const FoundProcess& found : written()) pids[found.row.key.name] = found.row.identity.pid;
  // One dies while no agent is there.
  ::kill(static_cast<pid_t>(pids.at("dies")), SIGKILL);
  ASSERT_EQ(::waitpid(static_cast<pid_t>(pids.at("dies")), nullptr, 0), static_cast<pid_t>(pids.at("dies")));
  adopt_all(specs);
  ASSERT_EQ(found_.size(), 3U);
  EXPECT_EQ(view("lives").state, ServerState::Ready);
  EXPECT_EQ(view("lives").pid, pids.at("lives"));
  EXPECT_EQ(view("setup").state, ServerState::Ready);
  ASSERT_TRUE(wait_for_restart("dies", 1));
  EXPECT_NE(view("dies").pid, pids.at("dies"));
  EXPECT_EQ(view("dies").failure, "how it ended is not known");
  EXPECT_FALSE(runs(static_cast<std::uint32_t>(std::stoul(content("children")))));  // Of the first one.
  keeper_->stop(key("lives"), StopMode::WorkFirst);
  ASSERT_TRUE(wait_for("lives", ServerState::Down));
  EXPECT_FALSE(runs(pids.at("lives")));
  const auto rest = static_cast<std::uint32_t>(std::stoul(content("rest")));
  EXPECT_TRUE(runs(rest));
  keeper_->stop(key("setup"), StopMode::WorkFirst);
  EXPECT_TRUE(wait_for("setup", ServerState::Down));
  EXPECT_FALSE(runs(rest));
}

TEST_F(AgentKilled, WhatAServerSaidMeanwhileIsHeard) {
  ASSERT_EQ(::mkfifo(folder_.file("go").c_str(), 0600), 0);
  // It closes the descriptor at once, and what it says is not lost.
  const ServerSpec spec =
      server("slow", "read word < go; echo READY=1 >&$HW_READY_FD; exec 3>&-; echo said > said; exec sleep 1000");
  agent_that_is_killed({spec}, [&] { return keeper_view_("slow") == ServerState::Starting; });
  hw::test::write_file(folder_.file("go"), "now\n");
  ASSERT_TRUE(wait_looking([&] { return content("said") == "said\n"; }));
  adopt_all({{"slow", spec}});
  EXPECT_EQ(view("slow").state, ServerState::Starting);
  EXPECT_TRUE(wait_for("slow", ServerState::Ready));
}

TEST_F(AgentKilled, WhatAServerSaysAfterwardsIsHeardToo) {
  ASSERT_EQ(::mkfifo(folder_.file("go").c_str(), 0600), 0);
  const ServerSpec spec = server("slow", "read word < go; echo READY=1 >&$HW_READY_FD; exec sleep 1000");
  agent_that_is_killed({spec}, [&] { return keeper_view_("slow") == ServerState::Starting; });
  adopt_all({{"slow", spec}});
  EXPECT_TRUE(never([&] { return view("slow").state == ServerState::Ready; }));
  hw::test::write_file(folder_.file("go"), "now\n");
  EXPECT_TRUE(wait_for("slow", ServerState::Ready));
}

TEST_F(AgentKilled, AStrangerWithTheNumberOfADeadServerIsLeftAlone) {
  begin_agent();
  const test_stage::Stranger stranger;
  const std::uint64_t start = process_start(stranger.pid());
  ProcessRow row;
  row.key = key("report");
  row.ready = true;
  row.identity = {stranger.pid(), start + 1};
  row.group = {stranger.pid(), stranger.pid()};
  must(table_->put(row));
  end_agent();
  adopt_all({{"report", server("report", kSaysReady)}});
  ASSERT_EQ(found_.size(), 1U);
  EXPECT_EQ(found_[0].liveness, Liveness::Gone);
  ASSERT_TRUE(wait_for_restart("report", 1));
  EXPECT_NE(view("report").pid, stranger.pid());
  keeper_->stop(key("report"), StopMode::Kill);
  ASSERT_TRUE(wait_for("report", ServerState::Down));
  EXPECT_EQ(process_start(stranger.pid()), start);
}

TEST_F(KeptServers, OtherThreadsAskThroughTheLoop) {
  std::vector<std::thread> threads;
  for (std::uint32_t t = 1; t <= 4; ++t) {
    threads.push_back(must(start_thread("asking", [this, t] {
      ServerSpec spec = server("report", kSaysReady);
      spec.key.number = t;
      loop_.post([this, spec] { keeper_->start(spec); });
      loop_.post([this, spec] { keeper_->stop(spec.key, StopMode::AtOnce); });
      loop_.post([this, spec] { keeper_->start(spec); });
    })));
  }
  ASSERT_TRUE(wait([&] {
    const auto views = keeper_->views();
    return views.size() == 4 &&
           std::ranges::all_of(views, [](const auto& one) { return one.state == ServerState::Ready; });
  }));
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace hw::cluster

// How a server's start reaches the command that waits for it, and how the server is stopped.
#include "replic/process/daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "engine/base/liveness.h"
#include "replic/process/server_log.h"

namespace hw {
namespace {

using namespace std::chrono_literals;

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Daemon, FailureToStartReachesTheCommand) {
  auto start = run_as_daemon([](StartReport& report) {
    report.failed(make_error<MsgId::SRCSRVEXISTS>("B", 12));
    return 3;
  });
  ASSERT_TRUE(start.has_value()) << start.error().render();
  EXPECT_FALSE(start->started);
  EXPECT_EQ(start->status, make_error<MsgId::SRCSRVEXISTS>("B", 12).status());
  EXPECT_EQ(start->text,
            "%GTM-E-SRCSRVEXISTS, Source server for secondary instance B is already running with pid 12\n");
}

TEST(Daemon, DeathWithoutAWordIsAFailure) {
  auto start = run_as_daemon([](StartReport&) {
    std::raise(SIGKILL);
    return 0;
  });
  ASSERT_TRUE(start.has_value());
  EXPECT_FALSE(start->started);
  EXPECT_EQ(start->status, 1);
}

TEST(Daemon, RunsUntilItIsToldToStopAndLogsItsStandardError) {
  const std::string path = testing::TempDir() + "daemon_" + std::to_string(::getpid()) + ".log";
  auto start = run_as_daemon([&](StartReport& report) {
    StopSignal stop;
    ServerLog log;
    if (!stop.open().has_value() || !log.open(path).has_value()) return 1;
    report.started(log.fd());
    struct pollfd watch {
      stop.fd(), POLLIN, 0
    };
    if (::poll(&watch, 1, 60'000) != 1 || !stop.requested()) return 1;
    log.line("stopping");
    ::dprintf(STDERR_FILENO, "raw\n");
    return 0;
  });
  ASSERT_TRUE(start.has_value());
  ASSERT_TRUE(start->started) << start->text;
  const auto pid = static_cast<std::uint32_t>(start->pid);
  const std::uint64_t began = process_start(pid);
  EXPECT_TRUE(process_lives(pid, began));
  EXPECT_FALSE(process_lives(pid, began + 1));
  auto ended = wait_for_exit(pid, began, std::chrono::steady_clock::now() + 20ms);
  ASSERT_TRUE(ended.has_value());
  EXPECT_FALSE(*ended);
  ::kill(start->pid, SIGTERM);
  ended = wait_for_exit(pid, began, std::chrono::steady_clock::now() + 60s);
  ASSERT_TRUE(ended.has_value());
  EXPECT_TRUE(*ended);
  EXPECT_FALSE(process_lives(pid, 0));
  const std::string log = content(path);
  EXPECT_NE(log.find(" : stopping\nraw\n"), std::string::npos) << log;
  ::unlink(path.c_str());
}

TEST(ServerLog, AMissingFolderIsNamedWithTheReason) {
  ServerLog log;
  auto status = log.open("/no/such/folder/x.log");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().render(),
            "%GTM-E-REPLLOGOPN, Replication subsystem could not open log file /no/such/folder/x.log: No such file or "
            "directory.  Logging done to /dev/null.\n");
}

TEST(ServerLog, OnlyTheFirstLineOfAMessageHasTheTime) {
  const std::string path = testing::TempDir() + "log_" + std::to_string(::getpid()) + ".log";
  ServerLog log;
  ASSERT_TRUE(log.open(path).has_value());
  Error error = make_error<MsgId::REPLCOMM>();
  log.report(error.note("more"));
  log.change_to(path + "2");
  log.line("there");
  EXPECT_NE(content(path).find(" : %GTM-E-REPLCOMM, Replication subsystem communication failure\n%GTM-I-TEXT, more\n"),
            std::string::npos)
      << content(path);
  EXPECT_NE(content(path + "2").find(" : there\n"), std::string::npos);
  ::unlink(path.c_str());
  ::unlink((path + "2").c_str());
}

}  // namespace
}  // namespace hw

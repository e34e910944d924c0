// How a server's start reaches the command that waits for it, and how the server is stopped.
#include "replic/process/daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <regex>
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

/// What a log holds after one line of each kind was written at `level`; times are left out.
std::string written_at(LogLevel level) {
  const std::string path = testing::TempDir() + "level_" + std::to_string(::getpid()) + ".log";
  ServerLog log;
  EXPECT_TRUE(log.open(path).has_value());
  log.show(level);
  log.report(make_error<MsgId::SRCSRVNOTEXIST>("B"));
  log.report(make_error<MsgId::SRCSRVNOTEXIST>("C").as(Severity::Warning));
  log.line("line");
  log.raw("raw");
  log.debug("state");
  log.trace("message");
  std::istringstream lines(content(path));
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const auto text = line.find(" : ");
    out += (text == std::string::npos ? line : line.substr(text + 3)) + "\n";
  }
  ::unlink(path.c_str());
  return out;
}

TEST(ServerLog, ALevelIncludesThoseThatMatterMore) {
  const std::string error = make_error<MsgId::SRCSRVNOTEXIST>("B").render();
  const std::string warning = make_error<MsgId::SRCSRVNOTEXIST>("C").as(Severity::Warning).render();
  EXPECT_EQ(ServerLog().level(), LogLevel::Info);
  EXPECT_EQ(written_at(LogLevel::Error), error);
  EXPECT_EQ(written_at(LogLevel::Warning), error + warning);
  EXPECT_EQ(written_at(LogLevel::Info), error + warning + "line\nraw\n");
  EXPECT_EQ(written_at(LogLevel::Debug), error + warning + "line\nraw\ndebug: state\n");
  EXPECT_EQ(written_at(LogLevel::Trace), error + warning + "line\nraw\ndebug: state\ntrace: message\n");
}

TEST(ServerLog, ATraceLineHasTheTimeToTheMicrosecond) {
  const std::string path = testing::TempDir() + "trace_" + std::to_string(::getpid()) + ".log";
  ServerLog log;
  ASSERT_TRUE(log.open(path).has_value());
  log.show(LogLevel::Trace);
  log.trace("message");
  const std::regex wanted(R"(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d\.\d{6} \d{4} : trace: message\n)");
  EXPECT_TRUE(std::regex_match(content(path), wanted)) << content(path);
  ::unlink(path.c_str());
}

TEST(ServerLog, AChangeOfLevelIsWrittenAtAnyLevel) {
  const std::string path = testing::TempDir() + "change_" + std::to_string(::getpid()) + ".log";
  ServerLog log;
  ASSERT_TRUE(log.open(path).has_value());
  log.show(LogLevel::Error);
  log.change_level(LogLevel::Warning);
  log.change_to(path + "2");
  log.line("not at this level");
  EXPECT_NE(content(path).find(" : Changing log level from error to warning\n"), std::string::npos) << content(path);
  EXPECT_NE(content(path).find(" : Changing log file to "), std::string::npos);
  EXPECT_NE(content(path + "2").find(" successful\n"), std::string::npos);
  EXPECT_EQ(content(path + "2").find("not at this level"), std::string::npos);
  ::unlink(path.c_str());
  ::unlink((path + "2").c_str());
}

TEST(LogLevel, IsKnownByNameAndByNumber) {
  for (const LogLevel level : {LogLevel::Error, LogLevel::Warning, LogLevel::Info, LogLevel::Debug, LogLevel::Trace}) {
    EXPECT_EQ(log_level_named(name_of(level)), level);
    EXPECT_EQ(log_level_numbered(static_cast<std::uint32_t>(level)), level);
  }
  EXPECT_EQ(log_level_named("Debug"), LogLevel::Debug);
  EXPECT_FALSE(log_level_named("deb").has_value());
  EXPECT_FALSE(log_level_named("").has_value());
  EXPECT_EQ(log_level_numbered(5), LogLevel::Trace);
  EXPECT_EQ(log_level_numbered(~0U), LogLevel::Trace);
}

}  // namespace
}  // namespace hw

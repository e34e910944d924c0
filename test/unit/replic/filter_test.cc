#include "replic/filter/filter.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "engine/globals/key.h"

namespace hw {
namespace {

using namespace std::chrono_literals;

class FilterProcess : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }

  Filter::Options options(const std::string& command) {
    Filter::Options out;
    out.command = command;
    out.nulls_of = [](std::string_view) { return NullCollation::Standard; };
    out.silence_max = 60s;
    return out;
  }

  static std::vector<std::string> transactions(std::uint64_t first, std::uint64_t count, std::size_t value_bytes = 1) {
    std::vector<std::string> out;
    FrameBuilder builder;
    const std::string key = encode_key("a", std::vector<std::string>{"1"}, NullCollation::Standard).value();
    for (std::uint64_t seqno = first; seqno < first + count; ++seqno) {
      builder.start(false, {});
      EXPECT_TRUE(builder.add({UpdateType::Set, key, std::string(value_bytes, 'v')}).has_value());
      out.emplace_back(builder.finish(Seqno{seqno}, seqno));
    }
    return out;
  }

  void TearDown() override { ::unlink(mark_file().c_str()); }

  /// A file that is not there yet.
  static std::string mark_file() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string path = fmt::format("{}filter.{}.{}", testing::TempDir(), ::getpid(), test->name());
    ::unlink(path.c_str());
    return path;
  }

  static Status pass(Filter& filter, const std::vector<std::string>& in, std::vector<std::string>& out) {
    std::vector<Bytes> frames;
    for (const auto& one : in) frames.push_back(as_bytes(one));
    return filter.pass(frames, out);
  }

  ServerLog log_;
};

TEST_F(FilterProcess, WhatItAnswersComesBackInOrder) {
  Filter filter(options("exec cat"), log_);
  std::vector<std::string> out;
  for (std::uint64_t first = 1; first < 1000; first += 250) {
    ASSERT_TRUE(pass(filter, transactions(first, 250), out).has_value());
    ASSERT_EQ(out.size(), first + 249);
  }
  EXPECT_EQ(out, transactions(1, 1000));
}

// More than both pipes hold: writing and reading must go on side by side.
TEST_F(FilterProcess, MuchGoesThroughAtOnce) {
  Filter filter(options("exec cat"), log_);
  std::vector<std::string> out;
  const auto in = transactions(1, 64, 200'000);
  ASSERT_TRUE(pass(filter, in, out).has_value());
  EXPECT_EQ(out, in);
}

TEST_F(FilterProcess, OneThatHasEndedSaysHow) {
  struct Case {
    std::string command;
    std::string said;
  };
  for (const auto& [command, said] : std::vector<Case>{{"exit 3", "exit status 3"},
                                                       {"/no/such/command", "exit status 127"},
                                                       {"kill -9 $$", "signal 9"},
                                                       {"head -n 1; exit 4", "exit status 4"},
                                                       {"exec >&-; sleep 60", "closed its input or output"}}) {
    Filter filter(options(command), log_);
    std::vector<std::string> out;
    const Status passed = pass(filter, transactions(1, 2), out);
    ASSERT_FALSE(passed.has_value()) << command;
    EXPECT_EQ(passed.error().id, MsgId::FILTERNOTALIVE) << command;
    EXPECT_NE(passed.error().render().find(said), std::string::npos) << passed.error().render();
  }
}

TEST_F(FilterProcess, ASilentOneIsGivenUp) {
  auto how = options("exec sleep 600");
  how.silence_max = 100ms;
  Filter filter(how, log_);
  std::vector<std::string> out;
  const Status passed = pass(filter, transactions(7, 1), out);
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().id, MsgId::FILTERTIMEDOUT);
  EXPECT_NE(passed.error().text.find("0x0000000000000007"), std::string::npos);
}

TEST_F(FilterProcess, GarbageIsABadConversion) {
  Filter filter(options("tr 0-9 a-z"), log_);
  std::vector<std::string> out;
  const Status passed = pass(filter, transactions(1, 5000), out);
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().id, MsgId::FILTERBADCONV);
}

TEST_F(FilterProcess, ALineWithoutEndHasALimit) {
  Filter filter(options("exec cat /dev/zero"), log_);
  std::vector<std::string> out;
  const Status passed = pass(filter, transactions(1, 1), out);
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().id, MsgId::FILTERBADCONV);
}

TEST_F(FilterProcess, AWishToStopEndsAWaitAndTheNextPassStartsAnew) {
  const std::string mark = mark_file();
  const auto ran = [&] { return ::access(mark.c_str(), F_OK) == 0; };
  auto how = options("[ -e " + mark + " ] && exec cat; touch " + mark + "; exec sleep 600");
  WakeUp wish;
  ASSERT_TRUE(wish.open().has_value());
  how.stop.look_fd = wish.fd();
  how.stop.look = [&] {
    wish.clear();
    return ran();
  };
  Filter filter(how, log_);
  wish.wake();
  std::thread other([&] {
    while (!ran()) std::this_thread::yield();
    wish.wake();
  });
  std::vector<std::string> out;
  const Status passed = pass(filter, transactions(1, 1), out);
  other.join();
  wish.clear();  // The wait may have ended at the first wish.
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().os_errno, ECANCELED);
  ASSERT_TRUE(pass(filter, transactions(1, 1), out).has_value());
  EXPECT_EQ(out, transactions(1, 1));
}

TEST_F(FilterProcess, StopEndsAFilterThatIgnoresEverything) {
  const std::string mark = mark_file();
  auto how = options("trap '' TERM; echo $$ > " + mark + "; while :; do sleep 600; done");
  how.silence_max = 500ms;
  pid_t pid = 0;
  {
    Filter filter(how, log_);
    std::vector<std::string> out;
    while (pid == 0) {
      ASSERT_FALSE(pass(filter, transactions(1, 1), out).has_value());
      if (FILE* file = std::fopen(mark.c_str(), "r"); file != nullptr) {
        if (std::fscanf(file, "%d", &pid) != 1) pid = 0;
        std::fclose(file);
      }
    }
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace hw

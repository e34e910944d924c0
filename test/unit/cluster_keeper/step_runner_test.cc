// Commands that are run to their end: their output, their time-out, and what they leave.
#include "cluster/keeper/step_runner.h"

#include <optional>

#include "test/unit/cluster_keeper/processes_stage.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test_stage::must;
using test_stage::runs;
using Ending = StepResult::Ending;

class Steps : public test_stage::ProcessesTest {
 protected:
  StepSpec step(const std::string& script) const {
    StepSpec spec;
    spec.group = "acct";
    spec.name = "rundown A";
    spec.what = shell(script);
    return spec;
  }
  StepRunner::Id run(StepSpec spec) {
    return runner_.run(std::move(spec), [this](StepResult result) { result_ = std::move(result); });
  }
  StepResult result_of(StepSpec spec) {
    result_.reset();
    run(std::move(spec));
    EXPECT_FALSE(result_.has_value()) << "told from inside the call";
    EXPECT_TRUE(wait([&] { return result_.has_value(); }));
    return result_.value_or(StepResult{});
  }
  std::vector<FoundProcess> written() const { return must(ProcessTable(folder_.file("run/processes")).load()); }

  ProcessTable table_{folder_.file("run/processes")};
  StepRunner runner_{loop_, table_};
  std::optional<StepResult> result_;
};

TEST_F(Steps, TellWhatTheyPrintedAndHowTheyEnded) {
  const StepResult result = result_of(step("echo out; echo err >&2; cat; exit 4"));
  EXPECT_EQ(result.ending, Ending::Ended);
  EXPECT_EQ(result.describe(), "exit status 4");
  EXPECT_FALSE(result.well());
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.dropped_bytes, 0U);
  EXPECT_TRUE(result_of(step("exit 0")).well());
  EXPECT_EQ(runner_.running(), 0U);
  EXPECT_TRUE(written().empty());
}

TEST_F(Steps, MuchOutputOfBothStreamsComesWhole) {
  const StepResult result =
      result_of(step("i=0; while [ $i -lt 20000 ]; do echo line $i; echo other $i >&2; i=$((i+1)); done"));
  std::string out, err;
  for (int i = 0; i < 20000; ++i) {
    out += fmt::format("line {}\n", i);
    err += fmt::format("other {}\n", i);
  }
  EXPECT_EQ(result.out, out);
  EXPECT_EQ(result.err, err);
}

TEST_F(Steps, MoreOutputThanAllowedIsCountedAndDropped) {
  StepSpec spec = step("head -c 300000 /dev/zero; head -c 5 /dev/zero >&2");
  spec.output_bytes_max = 1000;
  const StepResult result = result_of(spec);
  EXPECT_TRUE(result.well());
  EXPECT_EQ(result.out, std::string(1000, '\0'));
  EXPECT_EQ(result.err.size(), 5U);
  EXPECT_EQ(result.dropped_bytes, 299'000U);
}

TEST_F(Steps, OneThatCannotBeStartedSaysWhy) {
  StepSpec spec = step("");
  spec.what.program = folder_.file("missing");
  const StepResult result = result_of(spec);
  EXPECT_EQ(result.ending, Ending::NotStarted);
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->os_errno, ENOENT);
  EXPECT_NE(result.describe().find("execve()"), std::string::npos);
}

TEST_F(Steps, OneThatTakesTooLongEndsWithAllItStarted) {
  StepSpec spec = step("trap '' TERM; sleep 1000 & echo $! > child; echo begun; wait; wait");
  spec.time_out = 1s;
  spec.grace = 100ms;
  const auto begin = EventLoop::Clock::now();
  const StepResult result = result_of(spec);
  EXPECT_EQ(result.ending, Ending::TimedOut);
  EXPECT_EQ(result.describe(), "time-out");
  EXPECT_EQ(runner_.running(), 0U);
  if (result.out.empty()) GTEST_SKIP() << "the shell took longer than a second to begin";
  EXPECT_GE(EventLoop::Clock::now() - begin, 1100ms);
  EXPECT_FALSE(runs(static_cast<std::uint32_t>(std::stoul(content("child")))));
}

TEST_F(Steps, OneThatIsCancelledEndsOnTerm) {
  const StepRunner::Id id =
      run(step("trap 'echo asked; exit 7' TERM; echo begun > begun; while :; do sleep 0.01; done"));
  ASSERT_TRUE(wait_looking([&] { return content("begun") == "begun\n"; }));
  runner_.cancel(id);
  runner_.cancel(id);
  runner_.cancel(id + 1);
  ASSERT_TRUE(wait([&] { return result_.has_value(); }));
  EXPECT_EQ(result_->ending, Ending::Cancelled);
  EXPECT_EQ(result_->end.describe(), "exit status 7");
  EXPECT_EQ(result_->out, "asked\n");
}

TEST_F(Steps, WhatItLeavesBehindLivesOnAndIsNotWaitedFor) {
  // A daemon that keeps the step's output open, and goes on writing.
  const StepResult result = result_of(step("(while echo more; do sleep 0.01; done) & echo $! > child; echo done"));
  EXPECT_TRUE(result.well());
  EXPECT_NE(result.out.find("done\n"), std::string::npos);
  const auto pid = static_cast<std::uint32_t>(std::stoul(content("child")));
  // It may have met the end of its pipe by now, which ends this one.
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  EXPECT_TRUE(wait_looking([&] { return !runs(pid); }));
}

TEST_F(Steps, OneOfAnEarlierAgentIsWaitedForAndNotMixedUp) {
  {
    EventLoop loop;
    must(loop.open());
    ProcessTable table(folder_.file("run/processes"));
    StepRunner runner(loop, table);
    runner.run(step("exec sleep 1000"), [](StepResult) {});
  }  // That agent is gone, and the step runs on.
  const auto found = must(table_.load());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].row.kind, ProcessKind::Step);
  EXPECT_EQ(found[0].row.key.name, "rundown A");
  EXPECT_EQ(found[0].liveness, Liveness::Lives);
  bool other_ended = false;
  runner_.adopt(found[0].row, [this](StepResult result) { result_ = std::move(result); });
  runner_.run(step("exit 0"), [&](StepResult) { other_ended = true; });
  ASSERT_TRUE(wait([&] { return other_ended; }));
  EXPECT_FALSE(result_.has_value());
  EXPECT_EQ(written().size(), 1U);
  ::kill(static_cast<pid_t>(found[0].row.identity.pid), SIGKILL);
  ASSERT_TRUE(wait([&] { return result_.has_value(); }));
  EXPECT_EQ(result_->ending, Ending::Ended);
  EXPECT_TRUE(written().empty());
}

TEST_F(Steps, WithoutATableTheyRunAllTheSame) {
  std::filesystem::create_directory(folder_.file("run/processes.new"));
  EXPECT_TRUE(result_of(step("exit 0")).well());
}

TEST_F(Steps, SeveralRunAtOnce) {
  int ended = 0;
  for (int i = 0; i < 10; ++i)
    runner_.run(step(fmt::format("echo {}", i)), [&ended, i](StepResult result) {
      EXPECT_EQ(result.out, fmt::format("{}\n", i));
      ++ended;
    });
  EXPECT_EQ(runner_.running(), 10U);
  EXPECT_TRUE(wait([&] { return ended == 10; }));
}

}  // namespace
}  // namespace hw::cluster

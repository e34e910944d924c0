#include "cluster/agent/job_runner.h"

#include <gtest/gtest.h>

#include <future>

#include "cluster/jobs/job_end.h"
#include "cluster/plan/request.h"
#include "test/unit/cluster_agent/noted_answer.h"

namespace hw::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::NotedAnswer;

class Runner : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(loop_.open().has_value());
    turning_ = std::thread([this] { loop_.run(); });
    runner_ = std::make_unique<JobRunner>(loop_);
    ASSERT_TRUE(runner_->start().has_value());
  }
  void TearDown() override {
    open_.set_value();
    runner_->wait_idle(steady_clock::now() + std::chrono::seconds(20));
    loop_.stop();
    turning_.join();
    runner_.reset();
  }

  std::shared_ptr<NotedAnswer> submit(const std::string& text, std::function<JobEnd(Say&)> run,
                                      std::optional<Deadline> by = {}) {
    auto answer = std::make_shared<NotedAnswer>();
    runner_->submit({text, answer, by, std::move(run)});
    return answer;
  }
  /// Runs until the test ends.
  JobEnd wait_for_test() {
    opened_.wait();
    return end_of(Outcome::Done);
  }
  static Outcome outcome(NotedAnswer& answer) {
    const auto decoded = decode_command_answer(answer.wait(), "n1");
    EXPECT_TRUE(decoded.has_value());
    return decoded.has_value() ? decoded->outcome : Outcome::Unreached;
  }

  EventLoop loop_;
  std::thread turning_;
  std::unique_ptr<JobRunner> runner_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

TEST_F(Runner, LinesAndEndComeBack) {
  const auto answer = submit("boot", [](Say& say) {
    say.line("n1 source:B started");
    say.message(make_error<MsgId::HWREMOTE>("n2", "away"), "n2");
    return end_of(Outcome::Partly);
  });
  EXPECT_EQ(outcome(*answer), Outcome::Partly);
  ASSERT_EQ(answer->partials().size(), 2u);
  EXPECT_EQ(std::get<std::string>(decode_partial(answer->partials()[0], "n1").value()), "n1 source:B started");
  EXPECT_EQ(std::get<ResultMessage>(decode_partial(answer->partials()[1], "n1").value()).code, "HWREMOTE");
}

TEST_F(Runner, AQuestionComesBack) {
  const auto answer = submit("down", [](Say&) { return ask_first("Stops all."); });
  EXPECT_EQ(decode_command_answer(answer->wait(), "n1").value().ask, "Stops all.");
}

TEST_F(Runner, OneAtATimeInTheirOrder) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::string order;
  std::vector<std::shared_ptr<NotedAnswer>> answers;
  for (const char letter : {'a', 'b', 'c', 'd'})
    answers.push_back(submit("job", [&, letter](Say&) {
      most = std::max<int>(most, ++at_once);
      order += letter;
      --at_once;
      return end_of(Outcome::Done);
    }));
  for (const auto& answer : answers) EXPECT_EQ(outcome(*answer), Outcome::Done);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(order, "abcd");
}

TEST_F(Runner, AtTheTimeOutItIsRunningAndGoesOn) {
  const auto done = std::make_shared<std::atomic<bool>>(false);  // It outlives the test's body.
  const auto answer = submit(
      "refresh C",
      [this, done](Say&) {
        JobEnd end = wait_for_test();
        *done = true;
        return end;
      },
      steady_clock::now() + milliseconds(50));
  EXPECT_EQ(outcome(*answer), Outcome::Running);
  EXPECT_FALSE(*done);
  EXPECT_EQ(runner_->current(), "refresh C");
}

TEST_F(Runner, OneWhoseTurnDoesNotComeInTimeIsNotBegun) {
  submit("refresh C", [&](Say&) { return wait_for_test(); });
  std::atomic<bool> begun = false;
  const auto answer = submit(
      "boot",
      [&](Say&) {
        begun = true;
        return end_of(Outcome::Done);
      },
      steady_clock::now() + milliseconds(50));
  EXPECT_EQ(outcome(*answer), Outcome::Refused);
  EXPECT_NE(answer->wait().find("`refresh C` is under way"), std::string::npos);
  EXPECT_FALSE(begun);
}

TEST_F(Runner, HeldItBeginsNothing) {
  ASSERT_TRUE(runner_->hold(steady_clock::now() + milliseconds(50)));
  const auto answer = submit("boot", [](Say&) { return end_of(Outcome::Done); });
  EXPECT_FALSE(answer->is_ended());
  runner_->release();
  EXPECT_EQ(outcome(*answer), Outcome::Done);
}

TEST_F(Runner, HoldWaitsForWhatRuns) {
  std::promise<void> begun;
  submit("refresh C", [&](Say&) {
    begun.set_value();
    return wait_for_test();
  });
  begun.get_future().wait();
  EXPECT_FALSE(runner_->hold(steady_clock::now() + milliseconds(50)));
}

}  // namespace
}  // namespace hw::cluster

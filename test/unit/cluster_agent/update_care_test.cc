// When an update process that has died is started again, and when no more.
#include "cluster/agent/update_care.h"

#include <gtest/gtest.h>

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;

class UpdateCareTest : public testing::Test {
 protected:
  UpdateCare care_{{.node = "n1",
                    .start =
                        [this](const std::string& instance) {
                          started_ += instance;
                          return outcome_;
                        },
                    .in_worker = [this](std::function<void()> work) -> Status {
                      if (refuses_) return make_error<MsgId::SYSCALL>("pthread_create()", "start");
                      work_ = std::move(work);
                      return {};
                    },
                    .say = [this](const Error& error) { said_.push_back(error.id); }}};
  /// What waits for a worker is done.
  void work() {
    ASSERT_TRUE(work_);
    std::exchange(work_, nullptr)();
  }
  void found_dead() { care_.saw("B", true, 3, now_); }

  UpdateCare::Time now_{};
  std::function<void()> work_;
  std::string started_;
  std::vector<MsgId> said_;
  Status outcome_;
  bool refuses_ = false;
};

TEST_F(UpdateCareTest, OneThatRunsOrWasStoppedIsLeftAlone) {
  care_.saw("B", false, 3, now_);
  EXPECT_FALSE(work_);
}

TEST_F(UpdateCareTest, TheFirstTimeItIsStartedAtOnceAndOnce) {
  found_dead();
  found_dead();  // Another look, while the start waits for its worker.
  work();
  EXPECT_EQ(started_, "B");
  care_.saw("B", false, 3, now_);
  EXPECT_FALSE(work_);
  EXPECT_TRUE(said_.empty());
}

TEST_F(UpdateCareTest, TheSecondTimeItPausesFirst) {
  found_dead();
  work();
  found_dead();
  EXPECT_FALSE(work_);
  now_ += 10s;
  found_dead();
  work();
  EXPECT_EQ(started_, "BB");
}

TEST_F(UpdateCareTest, ItIsGivenUpAndTakenUpWhenItRuns) {
  outcome_ = make_error<MsgId::HWREMOTE>("n1", "no");
  for (int i = 0; i < 2; ++i, now_ += 10s) {
    found_dead();
    now_ += 10s;
    if (!work_) found_dead();
    work();
  }
  found_dead();
  EXPECT_FALSE(work_);
  EXPECT_EQ(said_, (std::vector{MsgId::HWREMOTE, MsgId::HWREMOTE, MsgId::HWGAVEUP}));
  ASSERT_EQ(care_.problems().size(), 1U);
  EXPECT_EQ(care_.problems()[0].text, "update process of B failed 3 times");
  found_dead();
  EXPECT_EQ(said_.size(), 3U) << "said once";
  care_.saw("B", false, 3, now_);
  EXPECT_TRUE(care_.problems().empty());
  now_ += 11min;
  found_dead();
  EXPECT_TRUE(work_);
}

TEST_F(UpdateCareTest, WithoutAWorkerTheNextLookTriesAgain) {
  refuses_ = true;
  found_dead();
  EXPECT_EQ(said_, std::vector{MsgId::SYSCALL});
  refuses_ = false;
  found_dead();
  EXPECT_TRUE(work_);
}

TEST_F(UpdateCareTest, InstancesAreTakenCareOfEachByItself) {
  found_dead();
  work();
  care_.saw("C", true, 3, now_);
  work();
  EXPECT_EQ(started_, "BC");
}

}  // namespace
}  // namespace hw::cluster

#include "cluster/agent/lease_wait.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cluster/agent/lease_confirm.h"
#include "cluster/agent/lease_note.h"
#include "test/support/test_folder.h"

namespace hw::cluster {
namespace {

using lease::kSecondNs;
namespace event = lease::event;

/// A machine of A beside B, by hand: what it wants of the store is answered as a store would.
class LeaseWait : public testing::Test {
 protected:
  LeaseWait() : machine_(config()) {
    step(event::Start{.run = 7, .note = std::nullopt, .known_epoch = 0});
    waits_.add({.wish = LeaseWish::Boot, .instance = "A", .to = {}, .none_known = true}, machine_, note());
  }
  static lease::Config config() {
    lease::Config config;
    config.group = "acct";
    config.self = "A";
    config.members = {{"A", 100}, {"B", 90}};
    return config;
  }
  LeaseWaits::Done note() {
    return [this](Result<LeaseOutcome> outcome) { outcomes_.push_back(std::move(outcome)); };
  }
  void step(const lease::Event& event) {
    const std::vector<std::string> candidates{"B"};
    for (const lease::Action& action :
         machine_.step(now_ += 1'000'000, event, {.seqno = 5, .ready = true, .candidates = candidates}))
      std::visit([&](const auto& each) { answer(each); }, action);
    waits_.look(machine_);
  }
  template <typename Action>
  void answer(const Action&) {}
  void answer(const lease::action::ReadRecord& read) { later_.push_back(event::RecordRead{read.request, record_}); }
  void answer(const lease::action::PutTry& put) { later_.push_back(event::TryPut{put.request, ++revision_}); }
  void answer(const lease::action::PutRecord& put) {
    record_ = lease::Stored{put.record, ++revision_, "text"};
    later_.push_back(event::RecordPut{put.request, true, revision_, "text"});
  }
  void answer(const lease::action::Promote& promote) { later_.push_back(event::Promoted{promote.promotion}); }
  void answer(const lease::action::RunCommitScripts& run) { later_.push_back(event::Committed{run.promotion}); }
  void run() {
    while (!later_.empty()) {
      const lease::Event event = later_.front();
      later_.erase(later_.begin());
      step(event);
    }
  }
  void become_root() {
    step(*LeaseWaits::event_of({.wish = LeaseWish::Boot, .instance = "A", .to = {}, .none_known = true}));
    run();
    ASSERT_EQ(machine_.state(), lease::State::Root);
  }

  lease::Machine machine_;
  LeaseWaits waits_;
  std::uint64_t now_ = kSecondNs;
  std::uint64_t revision_ = 0;
  std::optional<lease::Stored> record_;
  std::vector<lease::Event> later_;
  std::vector<Result<LeaseOutcome>> outcomes_;
};

TEST_F(LeaseWait, ABootIsDoneWhenTheInstanceReigns) {
  EXPECT_TRUE(outcomes_.empty());
  become_root();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0]->epoch, machine_.own_epoch());
}

TEST_F(LeaseWait, WhoGaveUpIsToldNothing) {
  waits_.give_up(1);
  become_root();
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(LeaseWait, AReleaseIsDoneWhenTheReignHasEndedAndFailsWhenTheMachineSaysSo) {
  become_root();
  outcomes_.clear();
  const std::uint64_t epoch = machine_.own_epoch();
  const LeaseRequest release{.wish = LeaseWish::Release, .instance = "A", .to = "B"};
  waits_.add(release, machine_, note());
  waits_.said(make_error<MsgId::HWREMOTE>("n2", "no answer"));
  EXPECT_TRUE(outcomes_.empty()) << "that is not the end of it";
  waits_.said(make_error<MsgId::HWSWITCHBACK>("B", 30, "A"));
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().id, MsgId::HWSWITCHBACK);

  waits_.add(release, machine_, note());
  step(*LeaseWaits::event_of(release));
  EXPECT_EQ(outcomes_.size(), 1U) << "it drains";
  step(event::Applied{0});
  for (const lease::RequestId drain : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U}) step(event::Applied{drain});
  run();
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[1]->epoch, epoch);
}

TEST_F(LeaseWait, WhoIsNotRootReleasesNothing) {
  waits_.add({.wish = LeaseWish::Release, .instance = "A", .to = "B"}, machine_, note());
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().id, MsgId::HWREFUSED);
}

TEST_F(LeaseWait, ADownIsDoneWhenTheRecordSaysSo) {
  become_root();
  outcomes_.clear();
  const LeaseRequest down{.wish = LeaseWish::Down, .instance = "A", .to = {}};
  waits_.add(down, machine_, note());
  step(*LeaseWaits::event_of(down));
  EXPECT_TRUE(outcomes_.empty()) << "the store has not answered";
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_TRUE(outcomes_[0].has_value());
}

TEST(LeaseConfirm, WhatIsAskedAndAnsweredArrives) {
  const ConfirmQuestion question{"acct", "B", "A", {7, 8}, 41};
  const auto read = decode_question(encode_question(question));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->group, "acct");
  EXPECT_EQ(read->to, "B");
  EXPECT_EQ(read->from, "A");
  EXPECT_EQ(read->round, (lease::RoundId{7, 8}));
  EXPECT_EQ(read->epoch, 41U);
  const auto answer = decode_confirm(encode_confirm({true, 42}));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->yes);
  EXPECT_EQ(answer->known_epoch, 42U);
  EXPECT_FALSE(decode_confirm(R"({"yes":"true"})").has_value());
  EXPECT_FALSE(decode_question("").has_value());
}

TEST(LeaseNote, IsWhatWasWrittenOrNothingOrAnError) {
  const hw::test::TestFolder folder;
  const LeaseNote file(folder.path() + "/lease", "A");
  EXPECT_FALSE(file.read()->has_value());
  const lease::Note note{{~std::uint64_t{0}, 2}, 41};
  ASSERT_TRUE(file.write(note).has_value());
  EXPECT_EQ(**file.read(), note);
  EXPECT_FALSE(LeaseNote(folder.path() + "/lease", "B").read()->has_value());
  ASSERT_TRUE(file.drop().has_value());
  ASSERT_TRUE(file.drop().has_value());
  EXPECT_FALSE(file.read()->has_value());
  std::ofstream(folder.path() + "/lease/A.json") << encode_note(note).substr(3);
  EXPECT_EQ(file.read().error().id, MsgId::HWBOARDBAD) << "a take may be of unknown end";
}

}  // namespace
}  // namespace hw::cluster

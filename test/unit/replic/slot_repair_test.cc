#include "replic/instance/slot_repair.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "engine/base/liveness.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

constexpr std::uint32_t kDeadPid = 0x7FFFFFFE;

/// An instance file with slots 0 (B), 1 (C) and a pool in which B has a running server (this process), C had one.
class SlotRepair : public testing::Test {
 protected:
  void SetUp() override {
    auto made = InstanceFile::create(*InstanceName::parse("A"), {folder_.file("gtm.repl"), true, 1, 1, "vm"});
    ASSERT_TRUE(made.has_value());
    const auto alive = [](std::size_t, const InstanceSlot&) { return true; };
    ASSERT_TRUE(made->file.assign_slot(*InstanceName::parse("B"), 1, 1, alive).has_value());
    ASSERT_TRUE(made->file.assign_slot(*InstanceName::parse("C"), 1, 2, alive).has_value());
    file_.emplace(std::move(made->file));
    JournalPool::Setup setup;
    setup.instance_name = "A";
    setup.instance_file = folder_.file("gtm.repl");
    auto pool = JournalPool::create(setup);
    ASSERT_TRUE(pool.has_value()) << pool.error().render();
    pool_ = std::move(*pool);
    ASSERT_TRUE(SharedMemory::remove(pool_.id()).has_value());  // Goes with the last detach.
    name(slot(0), "B");
    const auto self = static_cast<std::uint32_t>(::getpid());
    run(slot(0), self, process_start(self));
    name(slot(1), "C");
    slot(1).in_use.store(1);
  }

  PoolSlot& slot(std::size_t index) { return pool_.header().slots[index]; }
  static void name(PoolSlot& slot, std::string_view text) {
    std::memset(slot.name, 0, sizeof slot.name);
    std::memcpy(slot.name, text.data(), text.size());
  }
  static void run(PoolSlot& slot, std::uint32_t pid, std::uint64_t start) {
    slot.in_use.store(1);
    slot.pid.store(pid);
    slot.pid_start.store(start);
    slot.mode.store(static_cast<std::uint32_t>(ServerMode::Passive));
    slot.state.store(static_cast<std::uint32_t>(LinkState::Start));
  }
  /// The message of the one slot found, or what else there was; a second look must find nothing.
  std::string look() {
    const auto found = test::must(repair_slots(pool_.header(), *file_));
    EXPECT_TRUE(test::must(repair_slots(pool_.header(), *file_)).empty());
    if (found.size() != 1) return std::to_string(found.size()) + " found";
    return found.front().text;
  }

  test::TestFolder folder_;
  std::optional<InstanceFile> file_;
  JournalPool pool_;
};

TEST_F(SlotRepair, WhatServersLeaveIsConsistent) {
  EXPECT_EQ(look(), "0 found");
  run(slot(1), kDeadPid, 77);  // Died at work.
  EXPECT_EQ(look(), "0 found");
  slot(1).shutdown.store(2);  // Ended by itself, and left its number.
  slot(1).mode.store(0);
  slot(1).state.store(0);
  EXPECT_EQ(look(), "0 found");
  EXPECT_EQ(slot(1).pid.load(), kDeadPid);
  slot(1).pid.store(0);  // Ended in order.
  EXPECT_EQ(look(), "0 found");
}

TEST_F(SlotRepair, ARunningServerKeepsItsSlotWhateverWasSpoilt) {
  const auto pid = slot(0).pid.load();
  const std::function<void()> damages[] = {
      [this] { slot(0).mode.store(0); },        [this] { slot(0).mode.store(9); }, [this] { slot(0).state.store(0); },
      [this] { slot(0).state.store(99); },      [this] { name(slot(0), "ELSE"); }, [this] { slot(0).in_use.store(0); },
      [this] { slot(0).in_use.store(0xFFFF); },
  };
  for (const auto& damage : damages) {
    damage();
    EXPECT_TRUE(look().starts_with("Source server slot for secondary instance B is in an inconsistent state. Pid = ["))
        << look();
    EXPECT_EQ(slot(0).in_use.load(), 1U);
    EXPECT_EQ(slot(0).pid.load(), pid);
    EXPECT_EQ(slot(0).mode.load(), static_cast<std::uint32_t>(ServerMode::Passive));
    EXPECT_EQ(slot(0).state.load(), static_cast<std::uint32_t>(LinkState::Start));
    EXPECT_STREQ(slot(0).name, "B");
  }
}

TEST_F(SlotRepair, WithoutAServerItIsThatOfOneThatHasEnded) {
  slot(1).mode.store(static_cast<std::uint32_t>(ServerMode::Active));
  slot(1).state.store(static_cast<std::uint32_t>(LinkState::SendingRecords));
  EXPECT_EQ(look(),
            "Source server slot for secondary instance C is in an inconsistent state. Pid = [0], State = [5], "
            "SlotIndex = [1]");
  EXPECT_EQ(slot(1).in_use.load(), 1U);
  EXPECT_EQ(slot(1).mode.load(), 0U);
  EXPECT_EQ(slot(1).state.load(), 0U);

  run(slot(1), kDeadPid, 77);
  slot(1).mode.store(0);
  EXPECT_TRUE(look().starts_with("Source server slot for secondary instance C"));
  EXPECT_EQ(slot(1).pid.load(), 0U);
}

TEST_F(SlotRepair, ASlotThatTheFileDoesNotKnowBecomesFree) {
  name(slot(7), "GHOST");
  run(slot(7), kDeadPid, 77);
  EXPECT_TRUE(look().starts_with("Source server slot for secondary instance GHOST"));
  EXPECT_EQ(slot(7).in_use.load(), 0U);
  EXPECT_EQ(slot(7).pid.load(), 0U);
}

}  // namespace
}  // namespace hw

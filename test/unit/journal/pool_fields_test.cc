#include "journal/pool_fields.h"

#include <gtest/gtest.h>

namespace hw {
namespace {

/// Every byte but padding belongs to a field: a member added to the struct must be added to the list.
void expect_complete(std::span<const Field> fields, std::size_t bytes) {
  std::size_t end = 0;
  for (const Field& field : fields) {
    EXPECT_GE(field.offset, end) << field.name;
    EXPECT_LT(field.offset - end, 8u) << "something is missing before " << field.name;
    end = field.offset + field.bytes;
  }
  EXPECT_LT(bytes - end, 8u) << "something is missing at the end";
}

TEST(PoolFields, RegionsAndSlotsAreListedWhole) {
  expect_complete(pool_region_fields(), sizeof(PoolRegion));
  expect_complete(pool_slot_fields(), sizeof(PoolSlot));
}

TEST(PoolFields, TheControlStructureIsListedInOrder) {
  std::size_t end = 0;
  for (const Field& field : pool_control_fields()) {
    EXPECT_GE(field.offset, end) << field.name;
    end = field.offset + field.bytes;
    // What came later stands behind regions and slots: the fields before them keep their offsets.
    EXPECT_TRUE(end <= offsetof(PoolHeader, in_flight) || field.offset >= offsetof(PoolHeader, fence)) << field.name;
  }
  EXPECT_LE(end, sizeof(PoolHeader));
}

class LivePoolFields : public testing::Test {
 protected:
  LivePoolFields() {
    JournalPool::Setup setup;
    setup.ring_bytes = 4096;
    pool_ = JournalPool::create(setup).value();
  }
  ~LivePoolFields() override { EXPECT_TRUE(SharedMemory::remove(pool_.id()).has_value()); }
  JournalPool pool_;
};

TEST_F(LivePoolFields, AChangeIsWhatTheProgramReads) {
  PoolSlot& slot = pool_.header().slots[3];
  const std::uint64_t offset = static_cast<std::uint64_t>(reinterpret_cast<std::byte*>(&slot.log_interval) -
                                                          reinterpret_cast<std::byte*>(&pool_.header()));
  slot.log_interval.store(1000);
  const auto looked = change_pool_field(pool_, offset, 4, std::nullopt);
  ASSERT_TRUE(looked.has_value());
  EXPECT_EQ(looked->before, 1000u);
  EXPECT_EQ(looked->after, 1000u);
  const auto changed = change_pool_field(pool_, offset, 4, 0x1'0000'0005);
  ASSERT_TRUE(changed.has_value());
  EXPECT_EQ(changed->before, 1000u);
  EXPECT_EQ(changed->after, 5u);
  EXPECT_EQ(slot.log_interval.load(), 5u);
}

TEST_F(LivePoolFields, TheLastByteMayBeChangedAndTheOneBehindItNot) {
  const std::uint64_t total = pool_.header().total_bytes;
  EXPECT_TRUE(change_pool_field(pool_, total - 1, 1, 9).has_value());
  EXPECT_TRUE(change_pool_field(pool_, total - 8, 8, 9).has_value());
  const auto past = change_pool_field(pool_, total, 1, 9);
  ASSERT_FALSE(past.has_value());
  EXPECT_EQ(past.error().status(), 250);
  EXPECT_FALSE(change_pool_field(pool_, ~std::uint64_t{7}, 8, 9).has_value());
}

TEST_F(LivePoolFields, WhatProcessesFindThePoolByMayBeLookedAtAndNotChanged) {
  const auto field_at = [](std::string_view name) {
    for (const Field& field : pool_control_fields())
      if (field.name == name) return field;
    ADD_FAILURE() << name;
    return pool_control_fields().front();
  };
  for (const auto* name : {"Label", "Version", "Control Structure Size", "Segment Size (in bytes)", "Unique Id",
                           "Ready", "Journal Pool Size (in bytes)", "Journal Data Base Offset"}) {
    const Field field = field_at(name);
    EXPECT_TRUE(change_pool_field(pool_, field.offset, field.bytes, std::nullopt).has_value()) << name;
    for (const std::uint64_t at : {field.offset, field.offset + field.bytes - 1}) {
      const auto refused = change_pool_field(pool_, at, 1, 0);
      ASSERT_FALSE(refused.has_value()) << name;
      EXPECT_EQ(refused.error().id, MsgId::HWREFUSED);
    }
    EXPECT_FALSE(change_pool_field(pool_, field.offset / 8 * 8, 8, 0).has_value()) << name;
  }
  EXPECT_TRUE(JournalPool::attach(pool_.id(), pool_.uid()).has_value());
}

TEST_F(LivePoolFields, FreeSlotsAreLeftOutUnlessTheyHoldSomething) {
  EXPECT_EQ(show_journal_pool(pool_.header(), false).find("SRC #"), std::string::npos);
  pool_.header().slots[2].mode.store(2);
  const std::string shown = show_journal_pool(pool_.header(), false);
  EXPECT_NE(shown.find("SRC # 2 : Source Server Mode                        ACTIVE\n"), std::string::npos) << shown;
}

}  // namespace
}  // namespace hw

// A journal that has reached its limit and cannot be switched: whichever step is refused, updates go on in the file
// that is in use, are durable, and are there after the death of everybody and after a power loss.
#include <gtest/gtest.h>

#include "journal/file_header.h"
#include "journal/tail.h"
#include "test/support/recovery_rounds.h"

namespace hw::test {
namespace {

class SwitchRefused : public EngineRecovery, public testing::WithParamInterface<const char*> {
 protected:
  std::uint64_t generation() const {
    return must(read_journal_info(scratch_.journal_path("DEFAULT"))).header.generation;
  }
};

TEST_P(SwitchRefused, NoUpdateIsRefusedAndNoneIsLost) {
  prepare(false, kSmallJournal, {{"HW_BOOT_ID", "boot-0"}});
  const std::uint64_t before = generation();
  const std::string fail = std::string(GetParam()) + ":errors";
  ASSERT_EQ(in_child({{"HW_BOOT_ID", "boot-0"}, {"HW_FAIL", fail}}, [&] { work({0, 1, 2000, 40, 0, false}); }), 0);
  EXPECT_EQ(shared().committed[0].load(), 2000u);
  EXPECT_EQ(generation(), before);
  EXPECT_GT(must(find_tail(scratch_.journal_path("DEFAULT"))).end_offset, kSmallJournal);
  EXPECT_EQ(in_child({{"HW_BOOT_ID", "boot-0"}}, [&] { verify(1, false); }), 0) << "after the death of the process";
  EXPECT_EQ(shared().found.load(), 2000u);

  ASSERT_EQ(in_child({{"HW_BOOT_ID", "boot-0"}, {"HW_FAIL", fail}}, [&] { work({0, 2001, 200, 40, 0, false}); }), 0);
  remove_pool();
  EXPECT_EQ(in_child({{"HW_BOOT_ID", "boot-1"}}, [&] { verify(1, true); }), 0) << "after a power loss";
  EXPECT_GE(shared().found.load(), shared().durable.load());
  EXPECT_GT(generation(), before);
}

INSTANTIATE_TEST_SUITE_P(EachStep, SwitchRefused,
                         testing::Values("JournalPrepared", "SuccessorName", "SwitchEndRecord", "SwitchClosed",
                                         "JournalClosedNotRenamed", "JournalRenamedNotReplaced"));

class SwitchNotTakenBack : public EngineRecovery {};

// The disk fails again while the names are taken back: nobody commits, and nothing that was acknowledged is lost.
TEST_F(SwitchNotTakenBack, NobodyCommitsAndNothingIsLost) {
  prepare(false, kSmallJournal, {{"HW_BOOT_ID", "boot-0"}});
  ASSERT_EQ(in_child({{"HW_BOOT_ID", "boot-0"}, {"HW_FAIL", "SwitchName:errors"}},
                     [&] {
                       auto database = open();
                       Session session(*database);
                       Status last;
                       std::uint64_t number = 0;
                       while (last.has_value() && number < 2000) {
                         last = perform(session, transaction_of(seed_, 0, ++number), Durability::Durable);
                         if (last.has_value()) shared().committed[0].store(number);
                       }
                       ASSERT_FALSE(last.has_value());
                       EXPECT_EQ(last.error().id, MsgId::HWPOOLDAMAGED) << last.error().render();
                       const Status again = perform(session, transaction_of(seed_, 0, number), Durability::Batch);
                       EXPECT_FALSE(again.has_value());
                       end(std::move(database), false);
                     }),
            0);
  EXPECT_GT(shared().committed[0].load(), 0u);
  remove_pool();
  EXPECT_EQ(in_child({{"HW_BOOT_ID", "boot-1"}}, [&] { verify(1, true); }), 0);
  EXPECT_GE(shared().found.load(), shared().committed[0].load());
}

}  // namespace
}  // namespace hw::test

// A transaction over regions of which one has no journal: recovery and extracts do not miss that one's part.
#include <gtest/gtest.h>

#include <csignal>

#include "engine/admin/region_settings.h"
#include "engine/base/shared_memory.h"
#include "engine/journal_tools/journal_extract.h"
#include "engine/journal_tools/journal_files.h"
#include "engine/recovery/region_access.h"
#include "engine/region/control_file.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

class UnjournaledRegion : public testing::Test {
 protected:
  UnjournaledRegion() {
    EXPECT_EQ(in_child({},
                       [&] {
                         scratch_.enable_journaling();
                         const auto access = must(RegionAccess::take(scratch_.database_path("Y"), nullptr));
                         SettingsRequest off;
                         off.journal = JournalRequest{};
                         off.journal->disable = true;
                         (void)must(change_settings(*access, off));
                       }),
              0);
  }

  /// The last transaction is over all three regions; then the process dies, and its pool goes as after a restart.
  int commit_and_die() const {
    const int status = in_child({}, [&] {
      auto database = scratch_.open();
      Session session(*database);
      must(session.set(key("a", {"1"}), "alone"));
      TransactionOptions options;
      options.durability = Durability::Batch;
      must(session.transact(options, [&]() -> Status {
        HW_TRY_VOID(session.set(key("y", {"1"}), "not journaled"));
        HW_TRY_VOID(session.set(key("a", {"2"}), "together"));
        return session.set(key("xa", {"1"}), "together");
      }));
      ::raise(SIGKILL);
    });
    const ControlState state = must(must(ControlFile::open(scratch_.database_path("DEFAULT"))).read());
    EXPECT_TRUE(SharedMemory::remove(state.pool_id).has_value());
    return status;
  }

  ScratchDatabase scratch_{{"X", "Y"}};
};

TEST_F(UnjournaledRegion, ACommittedTransactionSurvivesItsProcess) {
  ASSERT_TRUE(WIFSIGNALED(commit_and_die()));
  EXPECT_EQ(in_child({},
                     [&] {
                       auto database = scratch_.open();
                       {
                         Session session(*database);
                         EXPECT_EQ(must(session.get(key("a", {"2"}))), "together");
                         EXPECT_EQ(must(session.get(key("xa", {"1"}))), "together");
                         EXPECT_EQ(must(session.get(key("y", {"1"}))), "not journaled");
                       }
                       must(database->close());
                     }),
            0);
}

TEST_F(UnjournaledRegion, TheTransactionIsWholeInAnExtract) {
  ASSERT_TRUE(WIFSIGNALED(commit_and_die()));
  EXPECT_EQ(in_child({},
                     [&] {
                       must(scratch_.open()->close());
                       JournalExtractRequest request;
                       request.path = scratch_.folder() + "/extract";
                       request.broken_path = scratch_.folder() + "/broken";
                       request.lost_path = scratch_.folder() + "/lost";
                       const auto files = must(list_journal_files(
                           std::vector<std::string>{scratch_.journal_path("DEFAULT"), scratch_.journal_path("X")}, {}));
                       must(extract_journals(files, request));
                       EXPECT_TRUE(file_exists(request.path));
                       EXPECT_FALSE(file_exists(request.broken_path));
                     }),
            0);
}

}  // namespace
}  // namespace hw::test

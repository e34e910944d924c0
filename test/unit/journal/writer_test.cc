#include "journal/writer.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "engine/base/failpoint.h"

#include "journal/generations.h"
#include "journal/tail.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;
using test::TestUpdate;

const std::vector<TestUpdate> kOne{{UpdateType::Set, "^k", "v"}};

TEST(Writer, SwitchClosesTheOldFileAndLinksTheNewOne) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  const std::uint64_t end = journal.end();
  const std::string old = journal.switch_file();

  auto before = read_journal_info(old);
  ASSERT_TRUE(before.has_value()) << before.error().render();
  ASSERT_TRUE(before->closing.has_value());
  EXPECT_EQ(before->closing->end_offset, end);
  EXPECT_EQ(before->closing->end_seqno, Seqno{2});
  EXPECT_EQ(before->closing->end_tn, RegionTn{1});
  auto after = read_journal_info(journal.path());
  ASSERT_TRUE(after.has_value()) << after.error().render();
  EXPECT_EQ(after->header.generation, 2u);
  EXPECT_EQ(after->header.previous_path, old);
  EXPECT_EQ(after->header.first_seqno, Seqno{2});
  EXPECT_EQ(after->header.database_id, before->header.database_id);
  EXPECT_FALSE(after->closing.has_value());
  EXPECT_FALSE(file_exists(successor_name(journal.path())));
  EXPECT_EQ(journal.end(), kJournalHeaderBytes);
  EXPECT_EQ(journal.facts().last_record_bytes, 0u);
  journal.commit(Seqno{2}, 2, kOne);
  EXPECT_EQ(find_tail(journal.path())->next_seqno, Seqno{3});
}

TEST(Writer, AutoswitchLimitAsksForASwitchButNotOfAnEmptyFile) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"), 64 << 10);
  EXPECT_FALSE(JournalWriter::must_switch(journal.facts(), 1 << 20));
  journal.commit(Seqno{1}, 1, kOne);
  EXPECT_FALSE(JournalWriter::must_switch(journal.facts(), 100));
  EXPECT_TRUE(JournalWriter::must_switch(journal.facts(), 64 << 10));
}

TEST(Writer, ErasedRecordsAreGone) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  const std::uint64_t end = journal.end();
  journal.commit(Seqno{2}, 2, kOne);
  journal.writer().erase(end, journal.end());
  const auto tail = find_tail(journal.path());
  ASSERT_TRUE(tail.has_value());
  EXPECT_EQ(tail->end_offset, end);
  EXPECT_FALSE(tail->torn);
}

/// Files of this process may not pass `bytes` while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(Writer, NoRoomIsAnErrorOfReserveAndChangesNothing) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  const std::string before = test::file_bytes(journal.path());
  {
    FileSizeLimit limit(RegionJournal::kAllocationBytes);
    Status status = journal.writer().reserve(journal.facts(), journal.end(), 1 << 20);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().id, MsgId::JNLFILOPN);
    EXPECT_EQ(status.error().os_errno, EFBIG);
  }
  EXPECT_EQ(journal.facts().journal_bytes, RegionJournal::kAllocationBytes);
  EXPECT_TRUE(test::file_bytes(journal.path()) == before);
  journal.commit(Seqno{2}, 2, kOne);  // Goes on once there is room.
  EXPECT_EQ(find_tail(journal.path())->next_seqno, Seqno{3});
}

TEST(Writer, SwitchWithoutRoomLeavesTheOldFileInUse) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  {
    FileSizeLimit limit(8192);
    auto name = journal.writer().switch_generation(journal.facts(), true, 1000);
    ASSERT_FALSE(name.has_value());
    EXPECT_EQ(name.error().id, MsgId::JNLNOCREATE);
  }
  EXPECT_FALSE(file_exists(successor_name(journal.path())));
  EXPECT_EQ(journal.facts().generation, 1u);
  EXPECT_EQ(journal.facts().switching, 0u);
  journal.commit(Seqno{2}, 2, kOne);
  EXPECT_EQ(find_tail(journal.path())->next_seqno, Seqno{3});
}

#ifdef HW_FAILPOINTS
// Run by the tests below in a process of its own, which a failpoint then kills.
TEST(WriterCrashChild, DISABLED_CommitAndSwitch) {
  const char* path = std::getenv("HW_TEST_JOURNAL");
  ASSERT_NE(path, nullptr);
  RegionJournal journal(path);
  journal.commit(Seqno{1}, 1, kOne);
  journal.switch_file();
}

/// Signal that ended the child, 0 when it ended by itself.
int run_child_until_killed(FailPoint point, const std::string& path) {
  const std::string fail = fmt::format("HW_FAIL={}:kill", failpoint_name(point));
  const std::string journal = "HW_TEST_JOURNAL=" + path;
  std::vector<std::string> words{"writer_child", "--gtest_filter=WriterCrashChild.*",
                                 "--gtest_also_run_disabled_tests"};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> settings{const_cast<char*>(fail.c_str()), const_cast<char*>(journal.c_str()), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), settings.data()) != 0) return -1;
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(WriterCrash, ClosedButNotRenamedFileIsStillTheCurrentOne) {
  TestFolder folder;
  const std::string path = folder.file("a.mjl");
  ASSERT_EQ(run_child_until_killed(FailPoint::JournalClosedNotRenamed, path), SIGKILL) << "failpoint not reached";
  ASSERT_TRUE(file_exists(path));
  ASSERT_TRUE(file_exists(successor_name(path)));
  ASSERT_TRUE(finish_interrupted_switch(path).has_value());
  auto info = read_journal_info(path);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->header.generation, 1u);
  EXPECT_TRUE(info->closing.has_value());
  EXPECT_EQ(find_tail(path)->next_seqno, Seqno{2});
}

TEST(WriterCrash, SwitchKilledBetweenItsRenamesIsFinished) {
  TestFolder folder;
  const std::string path = folder.file("a.mjl");
  ASSERT_EQ(run_child_until_killed(FailPoint::JournalRenamedNotReplaced, path), SIGKILL) << "failpoint not reached";
  ASSERT_FALSE(file_exists(path));
  const auto check_chain = [&] {
    auto chain = generation_chain(path);
    ASSERT_TRUE(chain.has_value()) << chain.error().render();
    ASSERT_EQ(chain->files.size(), 2u);
    EXPECT_EQ(chain->files[0].info.header.generation, 2u);
    EXPECT_EQ(find_tail(chain->files[1].path)->next_seqno, Seqno{2});
  };
  check_chain();  // Readers find their way even in this state.
  ASSERT_TRUE(finish_interrupted_switch(path).has_value());
  ASSERT_TRUE(file_exists(path));
  EXPECT_FALSE(file_exists(successor_name(path)));
  check_chain();
  ASSERT_TRUE(finish_interrupted_switch(path).has_value());  // Harmless when repeated.
  check_chain();
}
#endif

}  // namespace
}  // namespace hw

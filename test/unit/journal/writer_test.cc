#include "journal/writer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "engine/base/failpoint.h"

#include "journal/generations.h"
#include "journal/tail.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::must;
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

TEST(Writer, ClosingAndOpeningAgainKeepWhatWasUndone) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  const std::uint64_t end = journal.end();
  const Undone undone{2, Seqno{1}};
  must(must(File::open(journal.path(), O_RDWR)).write_all(kUndoneOffset, encode_undone(undone)));
  const std::string old = journal.switch_file();
  EXPECT_EQ(must(read_journal_info(journal.path())).header.undone, undone);
  const auto expect_undone = [&](bool closed) {
    const JournalFileInfo info = must(read_journal_info(old));
    EXPECT_EQ(info.header.undone, undone);
    EXPECT_EQ(info.closing.has_value(), closed);
    EXPECT_EQ(info.next_path, "");
  };
  expect_undone(true);
  must(reopen_journal_file(old, end, undone));
  expect_undone(false);
  must(close_journal_file(old, {end, Seqno{2}, RegionTn{1}, 1}, 0));
  expect_undone(true);
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

TEST(Writer, RoomInTheLastPageBehindTheFilesEndIsNotUsed) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  PoolRegion& facts = journal.facts();
  JournalWriter& writer = journal.writer();
  facts.journal_bytes += 512;  // An allocation is a number of blocks of 512 bytes.
  writer.detach();
  ASSERT_TRUE(writer.attach(facts).has_value());
  facts.set_end(RegionJournal::kAllocationBytes + 8);  // In the page where the file ends.
  ASSERT_TRUE(writer.reserve(facts, journal.end(), 96).has_value());
  EXPECT_EQ(facts.journal_bytes, RegionJournal::kAllocationBytes + 512);
  ASSERT_TRUE(writer.reserve(facts, journal.end(), 600).has_value());
  EXPECT_GE(facts.journal_bytes, journal.end() + 600);
  EXPECT_EQ(std::filesystem::file_size(journal.path()), facts.journal_bytes);
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
/// While it lives, the call that `setting` names fails.
class Refusal {
 public:
  explicit Refusal(const std::string& setting) {
    ::setenv("HW_FAIL", setting.c_str(), 1);
    read_failpoints_again();
  }
  ~Refusal() {
    ::unsetenv("HW_FAIL");
    read_failpoints_again();
  }
};

/// Names and contents of all files in the folder.
std::map<std::string, std::string> files_in(const TestFolder& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    found[entry.path().filename().string()] = test::file_bytes(entry.path().string());
  return found;
}

/// The journal is as it was, another process can go on in it, and so can this one.
void expect_in_use(const TestFolder& folder, RegionJournal& journal, const std::map<std::string, std::string>& before) {
  EXPECT_TRUE(files_in(folder) == before);
  EXPECT_EQ(journal.facts().switching, 0u);
  EXPECT_EQ(journal.facts().generation, 1u);
  EXPECT_FALSE(must(read_journal_info(journal.path())).closing.has_value());
  JournalWriter other;
  EXPECT_TRUE(other.attach(journal.facts()).has_value());
  const std::uint64_t next = must(find_tail(journal.path())).next_seqno.value;
  journal.commit(Seqno{next}, next, kOne);
  const auto tail = find_tail(journal.path());
  ASSERT_TRUE(tail.has_value()) << tail.error().render();
  EXPECT_EQ(tail->next_seqno, Seqno{next + 1});
  EXPECT_EQ(tail->end_offset, journal.end());
}

constexpr const char* kStepsOfAll[] = {"JournalPrepared", "SwitchEndRecord", "SwitchClosed"};

TEST(Writer, SwitchThatFailsAtAnyStepChangesNothing) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  std::vector<std::string> steps(std::begin(kStepsOfAll), std::end(kStepsOfAll));
  for (const char* step : {"SuccessorName", "JournalClosedNotRenamed", "JournalRenamedNotReplaced", "SwitchName"})
    steps.emplace_back(step);
  for (const std::string& step : steps) {
    SCOPED_TRACE(step);
    const auto before = files_in(folder);
    {
      const Refusal refusal(step + ":error");
      const auto name = journal.writer().switch_generation(journal.facts(), true, 1000);
      ASSERT_FALSE(name.has_value());
      EXPECT_NE(name.error().os_errno, 0);
      EXPECT_NE(name.error().render().find("a.mjl"), std::string::npos) << name.error().render();
    }
    expect_in_use(folder, journal, before);
  }
  const std::string old = journal.switch_file();
  EXPECT_EQ(must(read_journal_info(old)).closing->end_seqno, Seqno{2 + steps.size()});
  EXPECT_EQ(must(generation_chain(journal.path())).files.size(), 2u);
}

TEST(Writer, MoveThatFailsAtAnyStepChangesNothing) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  std::vector<std::string> steps(std::begin(kStepsOfAll), std::end(kStepsOfAll));
  for (const char* step : {"JournalCreatedName", "the note of the path"}) steps.emplace_back(step);
  const auto refused_note = [] { return Status(system_error("write()", "a.dat", ENOSPC)); };
  for (const std::string& step : steps) {
    SCOPED_TRACE(step);
    const auto before = files_in(folder);
    {
      const Refusal refusal(step + ":error");
      EXPECT_FALSE(journal.writer().move_to(journal.facts(), folder.file("b.mjl"), 1000, refused_note).has_value());
    }
    expect_in_use(folder, journal, before);
  }
  ASSERT_TRUE(
      journal.writer().move_to(journal.facts(), folder.file("b.mjl"), 1000, [] { return Status(); }).has_value());
  EXPECT_EQ(journal.path(), folder.file("b.mjl"));
  EXPECT_EQ(newest_journal_path(folder.file("a.mjl")), folder.file("b.mjl"));
  journal.commit(Seqno{2 + steps.size()}, 9, kOne);
}

// The folder's sync fails, and again when the names are taken back.
TEST(Writer, SwitchThatCannotBeTakenBackStopsCommits) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  {
    const Refusal refusal("SwitchName:errors");
    const auto name = journal.writer().switch_generation(journal.facts(), true, 1000);
    ASSERT_FALSE(name.has_value());
    EXPECT_EQ(name.error().id, MsgId::HWPOOLDAMAGED);
  }
  EXPECT_EQ(journal.facts().switching, PoolRegion::kFilesChange);
  const Status refused = journal.writer().attach(journal.facts());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWPOOLDAMAGED);
  // As a process leaves it that dies there: closed, whole, and found by whoever recovers.
  EXPECT_TRUE(must(read_journal_info(journal.path())).closing.has_value());
  EXPECT_EQ(must(find_tail(journal.path())).next_seqno, Seqno{2});
}

// What was taken back of the region's past is told by the file that goes on, too.
TEST(Writer, SwitchThatIsTakenBackKeepsTheNoteOfWhatWasUndone) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  const Undone undone{3, Seqno{1}};
  ASSERT_TRUE(must(File::open(journal.path(), O_RDWR)).write_all(kUndoneOffset, encode_undone(undone)).has_value());
  const Refusal refusal("JournalClosedNotRenamed:error");
  ASSERT_FALSE(journal.writer().switch_generation(journal.facts(), true, 1000).has_value());
  EXPECT_EQ(must(read_journal_info(journal.path())).header.undone.times, 3u);
}
#endif

TEST(Writer, AutoswitchThatFailedIsPutOffUntilTheFileHasGrown) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"), 64 << 10);
  journal.commit(Seqno{1}, 1, kOne);
  EXPECT_TRUE(journal.writer().wants_switch(journal.facts(), 64 << 10));
  journal.writer().put_off_switch(journal.facts());
  EXPECT_FALSE(journal.writer().wants_switch(journal.facts(), 64 << 10));
  journal.facts().set_end(journal.end() + (1 << 20));
  EXPECT_TRUE(journal.writer().wants_switch(journal.facts(), 64 << 10));
}

// A dead process's rest makes room; a journal that is called so, and is used, stays.
TEST(Writer, OnlyARestOfASwitchMakesRoomForTheNextOne) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, kOne);
  const std::string successor = successor_name(journal.path());
  const std::string whole = test::file_bytes(journal.path());
  const std::string opening = whole.substr(0, kJournalHeaderBytes);
  std::string others = opening;
  others.replace(0, 4096, as_text(Bytes(encode_opening([&] {
                   JournalFileHeader header = must(read_journal_info(journal.path())).header;
                   header.database_id[0] ^= 1;
                   return header;
                 }()))));
  Seqno next{2};
  for (const std::string& rest : {std::string(), std::string(20'000, '\0'), opening.substr(0, 100), opening,
                                  opening + std::string(10'000, '\0')}) {
    std::ofstream(successor, std::ios::binary) << rest;
    EXPECT_TRUE(is_rest_of_switch(successor, must(read_journal_info(journal.path())).header.database_id));
    journal.commit(next, next.value, kOne);
    journal.switch_file();
    next = hw::next(next);
    EXPECT_FALSE(file_exists(successor)) << rest.size();
  }
  for (const std::string& kept : {whole, others, others + std::string(10'000, '\0'), std::string("a letter")}) {
    std::ofstream(successor, std::ios::binary) << kept;
    const auto refused = prepare_successor(journal.path(), must(read_journal_info(journal.path())).header);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().id, MsgId::JNLNOCREATE);
    EXPECT_EQ(refused.error().os_errno, EEXIST);
    EXPECT_TRUE(test::file_bytes(successor) == kept);
  }
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
  ASSERT_TRUE(finish_interrupted_switch(path, must(read_journal_info(path)).header.database_id).has_value());
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
  const DatabaseId database = must(read_journal_info(successor_name(path))).header.database_id;
  DatabaseId other = database;
  other[0] ^= 1;
  ASSERT_TRUE(finish_interrupted_switch(path, other).has_value());
  ASSERT_FALSE(file_exists(path)) << "another database's journal was taken";
  ASSERT_TRUE(finish_interrupted_switch(path, database).has_value());
  ASSERT_TRUE(file_exists(path));
  EXPECT_FALSE(file_exists(successor_name(path)));
  check_chain();
  ASSERT_TRUE(finish_interrupted_switch(path, database).has_value());  // Harmless when repeated.
  check_chain();
}
#endif

}  // namespace
}  // namespace hw

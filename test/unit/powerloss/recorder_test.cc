// Each call that the recorder takes the place of: what is on disk after it, and what is not.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "test/sim/powerloss/recording.h"
#include "test/unit/powerloss/stage.h"

namespace hw::powerloss::test {
namespace {

struct Case {
  std::string name;
  std::vector<std::string> words;
  std::string expected;  ///< of the file f when everything unsynced is lost
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

/// The file f has a page of A on disk, and its name, before each.
class WhatIsOnDisk : public PowerLossStage, public testing::WithParamInterface<Case> {};

TEST_P(WhatIsOnDisk, IsThereWhenAllElseIsLost) {
  put("f", std::string(4096, 'A'));
  act(GetParam().words);
  image(Mode::AllLost, true);
  EXPECT_EQ(runs("f"), GetParam().expected);
}

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<Case> syncs() {
  const std::vector<std::string> changed = {"open:1:f:", "pwrite:1:512:B:512", "pwrite:1:4096:C:100"};
  const std::vector<std::string> mapped = {"open:1:f:", "map:1:4096", "store:1:0:B:4096"};
  const std::string all = "512A 512B 3072A 100C";
  return {
      {"nothing", changed, "4096A"},
      {"fsync", with(changed, {"fsync:1"}), all},
      {"fdatasync", with(changed, {"fdatasync:1"}), all},
      {"fsync_of_write_only", {"open:1:f:w", "pwrite:1:0:B:4096", "fsync:1"}, "4096B"},
      {"fsync_of_copy", with(changed, {"dup:2:1", "close:1", "fsync:2"}), all},
      {"then_more", with(changed, {"fsync:1", "pwrite:1:0:Z:512"}), all},
      {"syncfs", with(changed, {"syncfs:1"}), all},
      {"sync", with(changed, {"sync"}), all},
      {"sync_file_range", with(changed, {"sync_file_range:1"}), "4096A"},
      {"msync", with(mapped, {"msync:1:0:4096"}), "4096B"},
      {"msync_of_nothing", mapped, "4096A"},
      {"msync_async", with(mapped, {"msync_async:1:0:4096"}), "4096A"},
      {"mapped_fsync", with(mapped, {"fsync:1"}), "4096B"},
      {"mapped_closed_msync", with(mapped, {"close:1", "msync:1:0:4096"}), "4096B"},
      {"msync_of_part",
       {"open:1:f:", "ftruncate:1:8192", "fsync:1", "map:1:8192", "store:1:0:B:8192", "msync:1:4096:4096"},
       "4096A 4096B"},
  };
}

std::vector<Case> written_through() {
  std::vector<Case> cases;
  for (const char* open : {"open", "open64", "openat", "openat64"})
    for (const char* flag : {"s", "d"})
      cases.push_back({std::string(open) + "_" + flag,
                       {std::string(open) + ":1:f:" + flag, "pwrite:1:512:B:512", "open:2:f:", "pwrite:2:1024:C:512"},
                       "512A 512B 3072A"});
  for (const char* call : {"write", "writev", "pwrite", "pwrite64", "pwritev", "pwritev64", "pwritev2plain"})
    cases.push_back({std::string(call) + "_through",
                     {"open:1:f:d", std::string(call) + ":1:0:B:512", "open:2:f:", "pwrite:2:1024:C:512"},
                     "512B 3584A"});
  for (const char* call : {"pwritev2", "pwritev2sync"})
    cases.push_back({call, {"open:1:f:", std::string(call) + ":1:0:B:512"}, "512B 3584A"});
  cases.push_back({"pwritev2plain", {"open:1:f:", "pwritev2plain:1:0:B:512"}, "4096A"});
  cases.push_back({"append_through", {"open:1:f:da", "write:1:0:B:512"}, "4096A 512B"});
  cases.push_back({"copy_file_range_through",
                   {"open:1:g:c", "pwrite:1:0:B:512", "open:2:f:d", "copy_file_range:1:2:512"},
                   "512B 3584A"});
  cases.push_back(
      {"sendfile_through", {"open:1:g:c", "pwrite:1:0:B:512", "open:2:f:d", "sendfile:1:2:512"}, "512B 3584A"});
  return cases;
}

std::vector<Case> sizes() {
  return {
      {"longer", {"open:1:f:", "ftruncate:1:8192"}, "4096A"},
      {"longer_synced", {"open:1:f:", "ftruncate:1:8192", "fdatasync:1"}, "4096A 40960"},
      {"allocated", {"open:1:f:", "fallocate:1:4096:4096"}, "4096A"},
      {"allocated_synced", {"open:1:f:", "fallocate:1:4096:4096", "fsync:1"}, "4096A 40960"},
      {"punched", {"open:1:f:", "punch:1:0:4096"}, "4096A"},
      {"punched_synced", {"open:1:f:", "punch:1:0:4096", "fsync:1"}, "40960"},
      {"shorter", {"open:1:f:", "ftruncate:1:512"}, "4096A"},
      {"shorter64", {"open:1:f:", "ftruncate64:1:512"}, "4096A"},
      {"shorter_by_path", {"truncate:f:512"}, "4096A"},
      {"shorter_by_path64", {"truncate64:f:512"}, "4096A"},
      {"shorter_synced", {"open:1:f:", "ftruncate:1:512", "fsync:1"}, "512A"},
      {"cut_and_written", {"open:1:f:", "ftruncate:1:0", "pwrite:1:0:B:4096"}, "4096A"},
      {"opened_to_write_anew", {"open:1:f:ct", "pwrite:1:0:B:4096"}, "4096A"},
      {"opened_to_write_anew_synced", {"open:1:f:ct", "pwrite:1:0:B:100", "fsync:1"}, "100B"},
      {"creat", {"creat:1:f", "pwrite:1:0:B:4096"}, "4096A"},
      {"creat64", {"creat64:1:f", "pwrite:1:0:B:4096"}, "4096A"},
      {"fopen", {"fopen:1:f:w", "pwrite:1:0:B:4096"}, "4096A"},
      {"fopen64", {"fopen64:1:f:w", "pwrite:1:0:B:100", "fsync:1"}, "100B"},
  };
}

std::vector<Case> names() {
  const std::vector<std::string> made = {"open:1:n:c", "pwrite:1:0:B:100", "fsync:1"};
  std::vector<Case> cases = {
      {"replaced_without_sync_of_folder", with(made, {"rename:n:f"}), "4096A"},
      {"replaced_without_sync_of_file", {"open:1:n:c", "pwrite:1:0:B:100", "rename:n:f", "syncdir:."}, ""},
      {"unlink_synced_and_made_anew", {"unlink:f", "open:1:f:c", "pwrite:1:0:B:7", "fsync:1", "syncdir:."}, "7B"},
      {"made_by_mkstemp", {"mkstemp:1:f", "pwrite:1:0:B:7", "fsync:1", "syncdir:."}, "7B"},
      {"made_by_mkostemp", {"mkostemp:1:f", "pwrite:1:0:B:7", "fsync:1", "syncdir:."}, "7B"},
      {"linked_from_no_name", {"open:1:.:u", "pwrite:1:0:B:7", "fsync:1", "unlink:f", "linkfd:1:f", "syncdir:."}, "7B"},
      {"linked_from_no_name_unsynced", {"open:1:.:u", "pwrite:1:0:B:7", "unlink:f", "linkfd:1:f", "syncdir:."}, ""},
      {"in_a_forked_child", {"fork", "open:1:f:", "pwrite:1:0:B:4096", "fsync:1"}, "4096B"},
      {"in_a_forked_child_after_the_parent",
       {"open:1:f:", "pwrite:1:0:B:512", "fsync:1", "fork", "pwrite:1:512:C:512", "fdatasync:1", "pwrite:1:0:Z:9"},
       "512B 512C 3072A"},
      {"in_a_program_started_by_it", {"exec", "open:1:f:", "pwrite:1:0:B:4096", "fsync:1"}, "4096B"},
      {"in_a_process_that_is_killed",
       {"fork", "open:1:f:", "pwrite:1:0:B:4096", "fsync:1", "pwrite:1:0:C:4096"},
       "4096B"},
  };
  for (const char* call : {"rename", "renameat"})
    cases.push_back({std::string(call) + "_synced", with(made, {std::string(call) + ":n:f", "syncdir:."}), "100B"});
  for (const char* call : {"unlink", "unlinkat", "remove"})
    cases.push_back({std::string(call) + "_unsynced", {std::string(call) + ":f"}, "4096A"});
  cases.push_back({"changed_and_unlinked", {"open:1:f:", "pwrite:1:0:B:512", "fsync:1", "unlink:f"}, "512B 3584A"});
  for (const char* call : {"link", "linkat"})
    cases.push_back({call, with(made, {"unlink:f", std::string(call) + ":n:f", "syncdir:."}), "100B"});
  cases.push_back({"renameat2", with(made, {"unlink:f", "renameat2:n:f", "syncdir:."}), "100B"});
  return cases;
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Syncs, WhatIsOnDisk, testing::ValuesIn(syncs()), name_of_case);
INSTANTIATE_TEST_SUITE_P(WrittenThrough, WhatIsOnDisk, testing::ValuesIn(written_through()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Sizes, WhatIsOnDisk, testing::ValuesIn(sizes()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Names, WhatIsOnDisk, testing::ValuesIn(names()), name_of_case);

using Recorder = PowerLossStage;

TEST_F(Recorder, NamesThatWereNotSyncedAreLost) {
  put("old", "old");
  act({"open:1:n:c", "pwrite:1:0:B:4", "fsync:1", "mkdir:d", "mkdirat:e", "symlink:old:s", "symlinkat:old:t",
       "rename:old:d/moved", "open:2:d/below:c"});
  image(Mode::AllLost, true);
  EXPECT_EQ(content("old"), "old");
  for (const char* name : {"n", "d", "e", "s", "t"}) EXPECT_FALSE(exists(name)) << name;
}

TEST_F(Recorder, AnFsyncTakesTheNamesBeforeItAlongUnlessStrict) {
  act({"open:1:a:c", "open:2:b:c", "fsync:2", "open:3:c:c"});
  image(Mode::AllLost, false);
  EXPECT_TRUE(exists("a"));
  EXPECT_TRUE(exists("b"));
  EXPECT_FALSE(exists("c"));
}

TEST_F(Recorder, SyncedFoldersAndLinksStay) {
  put("gone", "x");
  std::filesystem::create_directory(root() + "/empty");
  act({"mkdir:d", "symlink:gone:s", "open:1:d/f:c", "pwrite:1:0:B:4", "fsync:1", "unlink:gone", "rmdir:empty",
       "syncdir:d", "syncdir:."});
  image(Mode::AllLost, true);
  EXPECT_EQ(content("d/f"), "BBBB");
  EXPECT_EQ(std::filesystem::read_symlink(root() + "/s"), "gone");
  EXPECT_FALSE(exists("gone"));
  EXPECT_FALSE(exists("empty"));
}

TEST_F(Recorder, AFileKilledInTheMiddleOfASyncHoldsWhatWasToldToBeOnDisk) {
  put("f", "");
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = start({"open:1:f:t", "append_for_ever:1"}, ends[1]);
    ::close(ends[1]);
    std::string told;
    char text[64];
    // Killed at an instant that its own progress decides.
    while (told.size() < 20u + static_cast<unsigned>(round) * 17) {
      const ssize_t got = ::read(ends[0], text, sizeof text);
      ASSERT_GT(got, 0);
      told.append(text, static_cast<std::size_t>(got));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    wait_for(child);
    for (ssize_t got; (got = ::read(ends[0], text, sizeof text)) > 0;) told.append(text, static_cast<std::size_t>(got));
    ::close(ends[0]);
    told.resize(told.rfind('\n'));
    const auto pages = std::strtoull(told.c_str() + told.rfind('\n') + 1, nullptr, 10);
    image(round % 2 == 0 ? Mode::AllLost : Mode::Random, false, static_cast<std::uint64_t>(round));
    const std::string after = content("f");
    ASSERT_GE(after.size(), pages * 4096) << "round " << round;
    for (std::size_t at = 0; at < pages * 4096; ++at)
      ASSERT_EQ(after[at], static_cast<char>('a' + at / 4096 % 26)) << "round " << round << " at " << at;
  }
}

TEST_F(Recorder, ManyProcessesRecordAtOnce) {
  put("f", std::string(64 * 512, '0'));
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    std::vector<std::string> words = {"open:1:f:", "open:2:own" + std::to_string(i) + ":c"};
    for (int sector = 0; sector < 8; ++sector) {
      words.push_back("pwrite:1:" + std::to_string((i * 8 + sector) * 512) + ":" + static_cast<char>('A' + i) + ":512");
      words.push_back("fdatasync:1");
      words.push_back("pwrite:2:" + std::to_string(sector * 512) + ":x:512");
    }
    words.push_back("fsync:2");
    children.push_back(start(words));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  image(Mode::AllLost);
  std::string expected;
  for (int i = 0; i < 8; ++i) {
    expected += (i == 0 ? "4096" : " 4096") + std::string(1, static_cast<char>('A' + i));
    EXPECT_EQ(runs("own" + std::to_string(i)), "4096x");
  }
  EXPECT_EQ(runs("f"), expected);
}

TEST_F(Recorder, WhatIsOutsideTheRootIsNotTouched) {
  act({"open:1:../outside:c", "pwrite:1:0:B:4"});
  image(Mode::AllLost, true);
  EXPECT_EQ(text_of(folder() + "/outside"), "BBBB");
}

TEST_F(Recorder, AFileThatIsMovedInIsOnDiskAndItsNameIsNot) {
  std::ofstream(folder() + "/outside") << "text";
  act({"rename:../outside:in", "syncdir:."});
  image(Mode::AllLost, true);
  EXPECT_EQ(content("in"), "text");
  std::ofstream(folder() + "/outside") << "text";
  act({"rename:../outside:in2"});
  image(Mode::AllLost, true);
  EXPECT_FALSE(exists("in2"));
}

TEST_F(Recorder, SyncsCountAlsoWhereTheDiskIsLeftOut) {
  put("f", std::string(4096, 'A'));
  skip_sync = "1";
  act({"open:1:f:", "pwrite:1:0:B:512", "fsync:1", "pwrite:1:512:C:512", "fdatasync:1", "map:1:4096",
       "store:1:1024:D:512", "msync:1:0:4096", "pwrite:1:0:Z:512"});
  image(Mode::AllLost, true);
  EXPECT_EQ(runs("f"), "512B 512C 512D 2560A");
}

TEST_F(Recorder, EachPowerLossIsAnotherBoot) {
  const std::string first = act({"print:HW_BOOT_ID"});
  EXPECT_EQ(act({"print:HW_BOOT_ID"}), first);
  image(Mode::AllKept);
  EXPECT_NE(act({"print:HW_BOOT_ID"}), first);
}

TEST_F(Recorder, SharedMemoryIsGone) {
  const std::string id = act({"shm"});
  EXPECT_EQ(image(Mode::AllKept).segments, 1u) << id;
  EXPECT_EQ(image(Mode::AllKept).segments, 0u);
}

// A process that is recorded may be told how long its files may get; the recording goes on.
TEST(RecordingFiles, AreNotBoundByTheLimitOfTheRecordedProcess) {
  const auto former_signal = ::signal(SIGXFSZ, SIG_IGN);
  rlimit former{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &former), 0);
  const int fd = ::open(".", O_TMPFILE | O_RDWR, 0600);
  ASSERT_GE(fd, 0);
  const std::string bytes(300, 'x');
  const rlimit limit{100, former.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const ssize_t written = write_at(fd, bytes.data(), bytes.size(), 50);
  const ssize_t of_the_process = ::pwrite(fd, bytes.data(), bytes.size(), 400);
  const int why = errno;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &former), 0);
  ::signal(SIGXFSZ, former_signal);
  EXPECT_EQ(written, 300);
  EXPECT_EQ(of_the_process, -1);
  EXPECT_EQ(why, EFBIG);
  ::close(fd);
}

}  // namespace
}  // namespace hw::powerloss::test

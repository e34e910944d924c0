#include "cluster/board/history.h"

#include <unistd.h>

#include <algorithm>

#include <filesystem>
#include <fstream>

#include "cluster/board/history_file.h"
#include "engine/base/limits.h"
#include "test/unit/cluster_board/board_sample.h"
#include "test/unit/replic/golden.h"

namespace hw::test {
namespace {

HistoryEntry entry(const char* node, std::uint64_t number, std::uint64_t time_us, HistoryResult result) {
  HistoryEntry made;
  made.node = made.host = node;
  made.number = number;
  made.time_us = time_us;
  made.user = "root";
  made.what = "boot";
  made.result = result;
  made.group = "acct";
  return made;
}

HistoryEntry full_entry() {
  HistoryEntry made = entry("n2", 7, at(20, 31, 43), HistoryResult::Done);
  made.user = "agent";
  made.what = "B takes acct";
  made.why = "lease of A over: \"quoted\", Zürich\n";
  made.epoch = 42;
  return made;
}

TEST(HistoryLine, DecodesWhatItEncoded) {
  const std::string line = encode_history_line(full_entry());
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const DecodedHistory decoded = decode_history(line);
  EXPECT_EQ(decoded.entries, std::vector{full_entry()});
  EXPECT_EQ(decoded.damaged, 0u);
}

TEST(HistoryLine, StoredFormatIsStillWrittenAndRead) {
  expect_golden("history_format1.jsonl", encode_history_line(full_entry()) +
                                             encode_history_line(entry("n1", 1, kBooted_us, HistoryResult::Running)));
}

TEST(HistoryLine, EachChangedByteDamagesItsLineAlone) {
  const std::string before = encode_history_line(entry("n1", 1, 10, HistoryResult::Done));
  const std::string line = encode_history_line(full_entry());
  const std::string after = encode_history_line(entry("n1", 2, 20, HistoryResult::Done));
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    std::string damaged = line;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const DecodedHistory decoded = decode_history(before + damaged + after);
    ASSERT_EQ(decoded.entries.size(), 2u) << "offset " << i;
    ASSERT_GE(decoded.damaged, 1u) << "offset " << i;
  }
}

TEST(HistoryLine, AnUnfinishedLastLineIsDamaged) {
  const std::string line = encode_history_line(full_entry());
  const DecodedHistory decoded = decode_history(line + line.substr(0, line.size() - 1));
  EXPECT_EQ(decoded.entries.size(), 1u);
  EXPECT_EQ(decoded.damaged, 1u);
}

TEST(HistoryLine, LongTextsAreCut) {
  HistoryEntry long_one = full_entry();
  long_one.why = std::string(100'000, '\x01');
  const std::string line = encode_history_line(long_one);
  EXPECT_LE(line.size(), kHistoryLineBytesMax);
  const DecodedHistory decoded = decode_history(line);
  ASSERT_EQ(decoded.entries.size(), 1u);
  EXPECT_EQ(decoded.entries.front().why.size(), kHistoryTextBytesMax);
}

TEST(MergeHistory, IsInOrderOfTimeWithTheEndOfEachChange) {
  const auto running = entry("n1", 1, 10, HistoryResult::Running);
  const auto done = entry("n1", 1, 10, HistoryResult::Done);
  const auto other = entry("n2", 1, 5, HistoryResult::Refused);
  const auto still = entry("n2", 2, 20, HistoryResult::Running);
  EXPECT_EQ(merge_history({{running, done}, {other, still}}), (std::vector{other, done, still}));
  EXPECT_EQ(merge_history({{other, still}, {running, done}, {running}}), (std::vector{other, done, still}))
      << "a copy that has the beginning alone does not undo the end";
}

TEST(FilterHistory, LeavesTheLastOnesOfAGroup) {
  std::vector<HistoryEntry> history;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    history.push_back(entry("n1", number, number, HistoryResult::Done));
    history.back().group = number % 2 == 0 ? "acct" : "";
  }
  EXPECT_EQ(filter_history(history, {}).size(), 20u);
  EXPECT_EQ(filter_history(history, {}).back().number, 50u);
  EXPECT_EQ(filter_history(history, {0, ""}).size(), 50u);
  EXPECT_EQ(filter_history(history, {0, "acct"}).size(), 25u);
  const auto last = filter_history(history, {3, "acct"});
  ASSERT_EQ(last.size(), 3u);
  EXPECT_EQ(last.front().number, 46u);
  EXPECT_TRUE(filter_history(history, {3, "other"}).empty());
}

class HistoryFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("history_test_" + std::to_string(::getpid()) + ".jsonl");
};

TEST_F(HistoryFile, LinesAreAddedInOrder) {
  EXPECT_TRUE(read_history(path_)->entries.empty()) << "there is none yet";
  const auto first = entry("n1", 1, 10, HistoryResult::Running);
  const auto second = entry("n1", 1, 10, HistoryResult::Done);
  ASSERT_TRUE(append_history(path_, first).has_value());
  ASSERT_TRUE(append_history(path_, second).has_value());
  const auto read = read_history(path_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->entries, (std::vector{first, second}));
  EXPECT_EQ(next_history_number(read->entries, "n1"), 2u);
  EXPECT_EQ(next_history_number(read->entries, "n2"), 1u);
}

TEST_F(HistoryFile, ALineThatWasNotFinishedTakesNoOtherWithIt) {
  const std::string line = encode_history_line(full_entry());
  std::ofstream(path_) << line << line.substr(0, 30);
  const auto next = entry("n1", 8, 10, HistoryResult::Done);
  ASSERT_TRUE(append_history(path_, next).has_value());
  const auto read = read_history(path_);
  EXPECT_EQ(read->entries, (std::vector{full_entry(), next}));
  EXPECT_EQ(read->damaged, 1u);
}

}  // namespace
}  // namespace hw::test

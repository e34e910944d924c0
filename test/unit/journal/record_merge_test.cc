// Journals whose times go back, as those of earlier versions where the clock was set back: the parts of a transaction
// meet all the same.
#include "journal/record_merge.h"

#include <map>

#include "journal/tail.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;

class RecordMergeOfTimes : public testing::Test {
 protected:
  RegionJournal& region(char name) {
    auto& found = journals_[name];
    if (!found) found = std::make_unique<RegionJournal>(folder_.file(std::string(1, name) + ".mjl"));
    return *found;
  }

  /// A transaction's part in a region.
  void commit(char name, std::uint64_t seqno, std::uint64_t time_us, std::uint16_t participants = 1) {
    RegionJournal& journal = region(name);
    RecordBuilder builder;
    builder.start_transaction(participants > 1, "", 4711);
    builder.add_update({UpdateType::Set, "^k", "v"}, OldKind::None, "", 1);
    builder.set_totals(participants, participants);
    journal.append(builder, Seqno{seqno}, journal.next_tn(), time_us);
    journal.committed(Seqno{seqno});
  }
  void switch_file(char name) { older_[name].push_back(region(name).switch_file()); }

  static ListedFile listed(const std::string& path) {
    ListedFile file{path, read_journal_info(path).value(), find_tail(path).value()};
    file.info.header.replicated = false;
    return file;
  }

  /// What the merge gives, as seqno and regions of each transaction.
  Result<std::vector<std::string>> merged() {
    std::vector<RegionFiles> regions;
    std::string names;
    for (const auto& [name, journal] : journals_) {
      RegionFiles files;
      for (const std::string& path : older_[name]) files.push_back(listed(path));
      files.push_back(listed(journal->path()));
      regions.push_back(std::move(files));
      names += name;
    }
    HW_TRY(RecordMerge merge, RecordMerge::open(regions));
    std::vector<std::string> found;
    std::vector<RecordMerge::Part> parts;
    for (;;) {
      HW_TRY(const bool more, merge.next(parts));
      if (!more) return found;
      if (parts.front().record.header.type != RecordType::Transaction) continue;
      found.push_back(std::to_string(parts.front().record.header.seqno.value));
      for (const RecordMerge::Part& part : parts) found.back() += names[part.region];
    }
  }
  void expect(const std::vector<std::string>& wanted) {
    const auto found = merged();
    ASSERT_TRUE(found.has_value()) << found.error().render();
    EXPECT_EQ(*found, wanted);
  }

  TestFolder folder_;
  std::map<char, std::unique_ptr<RegionJournal>> journals_;
  std::map<char, std::vector<std::string>> older_;
};

TEST_F(RecordMergeOfTimes, WithGoodTimesTheyAreTheOrder) {
  commit('a', 1, 10);
  commit('a', 2, 30);
  commit('x', 1, 20);
  commit('x', 3, 40, 2);
  commit('a', 3, 40, 2);
  commit('x', 4, 50);
  expect({"1a", "1x", "2a", "3ax", "4x"});
}

TEST_F(RecordMergeOfTimes, ATransactionWaitsForItsOtherPart) {
  commit('a', 1, 100);
  commit('x', 2, 101);
  commit('a', 3, 50);
  commit('x', 4, 51);
  commit('a', 5, 52, 2);
  commit('x', 5, 52, 2);
  commit('x', 6, 200);
  commit('a', 7, 201);
  expect({"1a", "3a", "2x", "4x", "5ax", "6x", "7a"});
}

TEST_F(RecordMergeOfTimes, SeveralWaitAndThePartsAreInLaterFiles) {
  commit('a', 1, 10, 2);
  commit('x', 1, 10, 2);
  commit('x', 2, 900);
  switch_file('x');
  commit('x', 3, 901, 2);
  commit('y', 3, 901, 2);
  switch_file('x');
  commit('y', 4, 20, 2);
  commit('a', 4, 20, 2);
  commit('a', 5, 21, 3);
  commit('x', 5, 21, 3);
  commit('y', 5, 21, 3);
  expect({"1ax", "2x", "3xy", "4ay", "5axy"});
}

TEST_F(RecordMergeOfTimes, ATransactionWhosePartIsNowhereWaitsForNothing) {
  commit('a', 1, 10);
  commit('a', 5, 20, 2);
  commit('a', 6, 40);
  commit('x', 1, 15);
  commit('x', 2, 30);
  commit('x', 7, 50);
  expect({"1a", "1x", "5a", "2x", "6a", "7x"});
}

TEST_F(RecordMergeOfTimes, TwoOrdersOfTheSameTransactionsAreDamage) {
  commit('a', 5, 50, 2);
  commit('a', 5, 60, 2);
  commit('x', 5, 60, 2);
  commit('x', 5, 50, 2);
  const auto found = merged();
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().id, MsgId::JNLBADRECFMT) << found.error().render();
  EXPECT_NE(found.error().render().find("a.mjl"), std::string::npos) << found.error().render();
  EXPECT_NE(found.error().render().find("x.mjl"), std::string::npos) << found.error().render();
}

}  // namespace
}  // namespace hw

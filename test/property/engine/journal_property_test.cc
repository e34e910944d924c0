// Random transactions over three regions, with checkpoints and journal switches: what the journals tell is what
// happened.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/extract/extract_reader.h"
#include "engine/extract/load.h"
#include "engine/journal_tools/journal_extract.h"
#include "test/support/journal_history.h"

namespace hw::test {
namespace {

class JournalExtractProperty : public JournalProperty, public testing::WithParamInterface<ExtractLayout> {};

// Shows: journal.extract
TEST_P(JournalExtractProperty, AnExtractIsTheHistoryAndLoadsIntoTheSameDatabase) {
  scratch_.enable_journaling(false, kJournalBytes);
  Model done;
  perform(1, kTransactions, done);
  const auto paths = journal_files();
  ASSERT_GT(paths.size(), 6u);
  const auto regions = must(list_journal_files(paths, {}));
  for (const RegionFiles& files : regions) must(check_continuity(files));

  JournalExtractRequest request;
  request.path = scratch_.folder() + "/extract";
  request.broken_path = scratch_.folder() + "/broken";
  request.lost_path = scratch_.folder() + "/lost";
  request.layout = GetParam();
  const auto result = must(extract_journals(regions, request));
  EXPECT_TRUE(result.extract.created);
  EXPECT_FALSE(result.broken.created);
  EXPECT_FALSE(result.lost.created);

  std::ifstream in(request.path);
  const GlobalDirectory directory = must(GlobalDirectory::load(scratch_.directory_path()));
  ExtractReader reader(in, request.path, directory);
  must(reader.open());
  Model told, expected;
  ExtractGroup group;
  for (std::uint64_t number = 1; number <= kTransactions; ++number) {
    ASSERT_TRUE(must(reader.next(group))) << "transaction " << number;
    for (const ExtractUpdate& update : group.updates) {
      if (update.type == UpdateType::Set) told[update.key] = update.value;
      if (update.type == UpdateType::ZKill) told.erase(update.key);
      if (update.type == UpdateType::Kill)
        std::erase_if(told, [&](const auto& entry) { return entry.first.starts_with(update.key); });
    }
    random_transaction(seed_, number, nullptr, expected);
    ASSERT_TRUE(told == expected) << "transaction " << number << "\n" << group.text;
  }
  EXPECT_FALSE(must(reader.next(group)));
  EXPECT_TRUE(expected == done);

  const ScratchDatabase other(kRegions);
  auto database = other.open();
  {
    Session session(*database);
    std::ifstream again(request.path);
    std::ostringstream messages;
    EXPECT_EQ(must(load(session, again, {}, messages)).status, 0) << messages.str();
    EXPECT_TRUE(contents(session) == done);
  }
  must(database->close());
}
INSTANTIATE_TEST_SUITE_P(BothLayouts, JournalExtractProperty, testing::Values(ExtractLayout::V7, ExtractLayout::V5),
                         [](const auto& param) { return param.param == ExtractLayout::V7 ? "V7" : "V5"; });

// Shows: journal.forward breaks.25
TEST_F(ForwardRecoveryProperty, AnOldCopyComesToTheModelsState) {
  fill();
  const ScratchDatabase restored(kRegions);
  restore(restored);
  const auto result = must(recover_forward(request(restored, journal_files())));
  EXPECT_FALSE(result.broken.created);
  EXPECT_FALSE(result.lost.created);
  EXPECT_TRUE(contents_of(restored) == done_);
}

TEST_F(ForwardRecoveryProperty, ToAnyTimeAndOnFromThere) {
  fill();
  const auto all_times = times();
  ASSERT_EQ(all_times.size(), kTransactions);
  const ScratchDatabase restored(kRegions);
  restore(restored);
  Model expected = at_backup_;
  for (std::uint64_t number = kBackupAt + 1; number <= kTransactions; ++number) {
    random_transaction(seed_, number, nullptr, expected);
    if (number % 61 != 0) continue;
    ForwardRequest wanted = request(restored, journal_files());
    wanted.before_us = all_times[number - 1];
    must(recover_forward(std::move(wanted)));
    EXPECT_TRUE(contents_of(restored) == expected) << "transaction " << number;
  }
  must(recover_forward(request(restored, journal_files())));
  EXPECT_TRUE(contents_of(restored) == done_);
}

// Shows: journal.bad breaks.30
TEST_F(ForwardRecoveryProperty, WhatDoesNotGoTogetherIsRefusedAndChangesNothing) {
  fill();
  const ScratchDatabase restored(kRegions);
  restore(restored);
  auto chain = must(generation_chain(scratch_.journal_path("DEFAULT"))).files;  // newest first
  ASSERT_GE(chain.size(), 4u);
  const auto refused = [&](const std::vector<std::string>& paths, MsgId id, const std::string& named) {
    const auto result = recover_forward(request(restored, paths));
    ASSERT_FALSE(result.has_value()) << named;
    EXPECT_EQ(result.error().id, id) << result.error().render();
    EXPECT_NE(result.error().render().find(named), std::string::npos) << result.error().render();
    EXPECT_TRUE(contents_of(restored) == at_backup_) << named;
  };
  // Earlier generations are needed and are not pulled in silently.
  refused({chain[0].path}, MsgId::JNLDBTNNOMATCH, chain[0].path);
  // One is missing between two.
  refused({chain[0].path, chain[2].path, chain[3].path}, MsgId::HWJNLGAP, chain[2].path);
  // Files that end before the database is.
  refused({chain.back().path}, MsgId::JNLDBTNNOMATCH, "ending");
  {
    // Another database's.
    const ScratchDatabase foreign(kRegions);
    foreign.enable_journaling();
    refused({foreign.journal_path("X")}, MsgId::JNLBADLABEL, foreign.journal_path("X"));
  }
  {
    // A flipped bit.
    auto paths = journal_files();
    const std::string damaged = chain[1].path;
    std::fstream file(damaged, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(kJournalHeaderBytes + 200);
    const char was = static_cast<char>(file.get());
    file.seekp(kJournalHeaderBytes + 200);
    file.put(static_cast<char>(was ^ 4));
    file.flush();
    refused(paths, MsgId::JNLBADRECFMT, damaged);
    file.seekp(kJournalHeaderBytes + 200);
    file.put(was);
  }
  // With -chain the earlier ones are found and told.
  std::vector<std::string> newest;
  for (const std::string& region : kAll) newest.push_back(scratch_.journal_path(region));
  ForwardRequest wanted = request(restored, newest);
  wanted.follow_links = true;
  std::size_t told = 0;
  wanted.on_earlier_file = [&](const std::string&, const std::string&) { ++told; };
  must(recover_forward(std::move(wanted)));
  EXPECT_GE(told, 3u);
  EXPECT_TRUE(contents_of(restored) == done_);
}

// Shows: breaks.23
TEST_F(ForwardRecoveryProperty, AMissingRegionLeavesNoHalfTransactions) {
  fill();
  const ScratchDatabase restored(kRegions);
  restore(restored);
  std::vector<std::string> paths;
  for (const std::string& path : journal_files())
    if (must(read_journal_info(path)).header.region != "Y") paths.push_back(path);
  const auto result = must(recover_forward(request(restored, paths)));
  EXPECT_TRUE(result.broken.created);
  EXPECT_TRUE(result.lost.created);
  // Exactly the transactions before the first that has a part in Y.
  const Model found = contents_of(restored);
  Model expected = at_backup_;
  bool met = found == expected;
  for (std::uint64_t number = kBackupAt + 1; number <= kTransactions && !met; ++number) {
    random_transaction(seed_, number, nullptr, expected);
    Model without_y = expected;
    std::erase_if(without_y, [](const auto& entry) { return entry.first.starts_with("ydata"); });
    Model found_without_y = found;
    std::erase_if(found_without_y, [](const auto& entry) { return entry.first.starts_with("ydata"); });
    met = without_y == found_without_y;
  }
  EXPECT_TRUE(met);
}

}  // namespace
}  // namespace hw::test

// The clock is set back or forward between commits: no time in a journal goes back, and in journals of earlier
// versions, where they do, no good transaction is taken for a broken one, and nothing is taken out that is not written
// down.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/clock.h"
#include "engine/commit/domain.h"
#include "engine/journal_tools/forward_recovery.h"
#include "engine/journal_tools/journal_extract.h"
#include "engine/session/session.h"
#include "journal/generations.h"
#include "test/support/child_process.h"
#include "test/support/recover_back_to.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

using test::key;
using test::must;

constexpr std::uint64_t kHourUs = 3'600'000'000;

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

class JournalTimes : public testing::Test {
 protected:
  JournalTimes() { scratch_.enable_journaling(); }

  /// The next commit has a time after this one. Earlier ones are what earlier versions wrote.
  void clock_at(Database& database, std::uint64_t time_us) { must(database.domain())->header().last_time_us = time_us; }

  static void both(Session& session, const std::string& subscript) {
    TransactionOptions options;
    options.durability = Durability::Batch;
    must(session.transact(options, [&]() -> Status {
      HW_TRY_VOID(session.set(key("a", {subscript}), "1"));
      return session.set(key("x", {subscript}), "1");
    }));
  }

  std::vector<std::uint64_t> times(const std::string& region) const {
    std::vector<std::uint64_t> found;
    const auto chain = must(generation_chain(scratch_.journal_path(region)));
    for (auto file = chain.files.rbegin(); file != chain.files.rend(); ++file) {
      found.push_back(file->info.header.created_us);
      auto reader = must(JournalReader::open(file->path));
      for (Record record; must(reader.next(record));) found.push_back(record.header.time_us);
    }
    return found;
  }

  /// Nodes in two regions, and a transaction of both whose time is before that of a node of `x` in front of it.
  void fill_with_times_that_go_back() {
    auto database = scratch_.open();
    {
      Session session(*database);
      must(session.set(key("a", {"1"}), "1"));
      must(session.set(key("x", {"1"}), "1"));
      clock_at(*database, hour_ + kHourUs);
      must(session.set(key("a", {"2"}), "1"));
      must(session.set(key("x", {"2"}), "1"));
      clock_at(*database, hour_);
      must(session.set(key("a", {"3"}), "1"));
      both(session, "t");
      clock_at(*database, hour_ + 2 * kHourUs);
      must(session.set(key("x", {"4"}), "1"));
      must(session.set(key("a", {"4"}), "1"));
    }
    must(database->close());
  }

  std::vector<RegionFiles> files() const {
    const std::string paths[] = {scratch_.journal_path("DEFAULT"), scratch_.journal_path("X")};
    return must(list_journal_files(paths, {}));
  }

  Result<BackwardResult> back_to(std::uint64_t time_us) const { return test::recover_back_to(scratch_, time_us); }

  static std::string nodes(const test::ScratchDatabase& scratch) {
    std::string found;
    auto database = scratch.open();
    {
      Session session(*database);
      for (const char* global : {"a", "x"})
        for (const char* subscript : {"1", "2", "3", "4", "t"})
          if (must(session.data(key(global, {subscript}))) != 0) found += fmt::format("{}({}) ", global, subscript);
    }
    must(database->close());
    return found;
  }

  test::ScratchDatabase scratch_{{"X"}};
  const std::uint64_t hour_ = wall_clock_us() + kHourUs;
};

TEST_F(JournalTimes, NoneGoesBackWhenTheClockDoes) {
  for (int round = 1; round <= 3; ++round) {
    auto database = scratch_.open();
    {
      Session session(*database);
      both(session, std::to_string(round));
      if (round == 1) clock_at(*database, hour_);
      must(session.set(key(round == 2 ? "x" : "a", {"own"}), std::to_string(round)));
    }
    must(database->close());
    if (round == 2) scratch_.enable_journaling();  // New files, while the clock is an hour behind the last record.
  }
  for (const char* region : {"DEFAULT", "X"}) {
    const auto all = times(region);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end())) << region;
    EXPECT_GT(all.back(), hour_) << region;
  }
}

// Shows: journal.extract
TEST_F(JournalTimes, AnExtractHasAllThatWasCommitted) {
  fill_with_times_that_go_back();
  JournalExtractRequest request;
  request.path = scratch_.folder() + "/extract";
  request.broken_path = scratch_.folder() + "/broken";
  request.lost_path = scratch_.folder() + "/lost";
  auto result = must(extract_journals(files(), request));
  EXPECT_FALSE(result.broken.created || result.lost.created);
  const std::string all = text_of(request.path);
  for (const char* node : {"^a(1)", "^x(1)", "^a(2)", "^x(2)", "^a(3)", "^a(\"t\")", "^x(\"t\")", "^x(4)", "^a(4)"})
    EXPECT_NE(all.find(node), std::string::npos) << node << "\n" << all;

  must(remove_file(request.path));
  request.selection.before_us = hour_ + kHourUs / 2;
  must(extract_journals(files(), request));
  const std::string early = text_of(request.path);
  for (const char* node : {"^a(1)", "^x(1)", "^a(3)", "^a(\"t\")", "^x(\"t\")"})
    EXPECT_NE(early.find(node), std::string::npos) << node << "\n" << early;
  for (const char* node : {"^a(2)", "^x(2)", "^x(4)", "^a(4)"})
    EXPECT_EQ(early.find(node), std::string::npos) << node << "\n" << early;
}

// Shows: journal.forward
TEST_F(JournalTimes, ForwardRecoveryAppliesAllThatWasCommitted) {
  const std::string backup = scratch_.folder() + "/backup";
  std::filesystem::create_directory(backup);
  for (const char* region : {"DEFAULT", "X"})
    std::filesystem::copy_file(scratch_.database_path(region), backup + "/" + region);
  fill_with_times_that_go_back();

  const test::ScratchDatabase restored({"X"});
  const auto recover = [&](std::optional<std::uint64_t> before_us, std::optional<std::uint64_t> after_us) {
    ForwardRequest request;
    request.regions = files();
    request.before_us = before_us;
    request.after_us = after_us;
    request.broken_path = restored.folder() + "/broken";
    request.lost_path = restored.folder() + "/lost";
    for (const char* region : {"DEFAULT", "X"}) {
      const std::string path = restored.database_path(region);
      for (const char* beside : {"-ctl", "-ckpt", "-lock"}) std::filesystem::remove(path + beside);
      std::filesystem::copy_file(backup + "/" + region, path, std::filesystem::copy_options::overwrite_existing);
      request.databases.push_back(path);
    }
    const auto result = must(recover_forward(std::move(request)));
    EXPECT_FALSE(result.broken.created || result.lost.created);
    return nodes(restored);
  };
  EXPECT_EQ(recover({}, {}), "a(1) a(2) a(3) a(4) a(t) x(1) x(2) x(4) x(t) ");
  // Up to the first that is later, and from the first that is not earlier on: nothing is missing in between.
  EXPECT_EQ(recover(hour_ + kHourUs / 2, {}), "a(1) x(1) ");
  EXPECT_EQ(recover({}, hour_ + kHourUs / 2), "a(2) a(3) a(4) a(t) x(2) x(4) x(t) ");
}

// Shows: journal.backward
TEST_F(JournalTimes, WhatIsTakenOutIsWrittenDownWhateverItsTime) {
  fill_with_times_that_go_back();
  const auto result = must(back_to(hour_ + kHourUs / 2));
  EXPECT_EQ(result.transactions, 6u);
  const std::string lost = text_of(scratch_.folder() + "/lost");
  for (const char* node : {"^a(2)", "^x(2)", "^a(3)", "^a(\"t\")", "^x(\"t\")", "^x(4)", "^a(4)"})
    EXPECT_NE(lost.find(node), std::string::npos) << node << "\n" << lost;
  EXPECT_EQ(nodes(scratch_), "a(1) x(1) ");
}

// Shows: breaks.25
TEST_F(JournalTimes, ATransactionAfterOneThatIsTakenOutGoesInAllOfItsRegions) {
  auto database = scratch_.open();
  {
    Session session(*database);
    must(session.set(key("x", {"1"}), "1"));
    clock_at(*database, hour_ + kHourUs);
    must(session.set(key("a", {"2"}), "1"));
    clock_at(*database, hour_);
    both(session, "t");
    must(session.set(key("x", {"3"}), "1"));
  }
  must(database->close());
  EXPECT_EQ(must(back_to(hour_ + kHourUs / 2)).transactions, 3u);
  EXPECT_EQ(nodes(scratch_), "x(1) ");
}

}  // namespace
}  // namespace hw

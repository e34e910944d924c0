// The records that no transaction made: ProcessBegin ahead of a process's first commit to a journal file, ProcessEnd
// when it closes the database, Epoch when the journal is on disk further than the last one says.
#include "engine/commit/journal_note.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/commit/domain.h"
#include "engine/session/session.h"
#include "journal/reader.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

using Types = std::vector<RecordType>;

class JournalNote : public testing::Test {
 protected:
  JournalNote() { scratch_.enable_journaling(); }

  std::vector<std::pair<RecordHeader, std::string>> records() const {
    std::vector<std::pair<RecordHeader, std::string>> found;
    auto reader = JournalReader::open(scratch_.journal_path("DEFAULT"));
    EXPECT_TRUE(reader.has_value());
    for (Record record; reader->next(record).value_or(false);)
      found.emplace_back(record.header, std::string(as_text(record.body)));
    return found;
  }
  Types types() const {
    Types found;
    for (const auto& [header, body] : records()) found.push_back(header.type);
    return found;
  }
  static void set(Session& session, int i) {
    ASSERT_TRUE(session.set(test::key("a", {std::to_string(i)}), "v").has_value());
  }

  test::ScratchDatabase scratch_;
};

TEST_F(JournalNote, AProcessSaysOnceWhoWritesAndWhenItEnds) {
  auto database = scratch_.open();
  {
    Session first(*database);
    Session second(*database);
    set(first, 1);
    set(second, 2);
  }
  ASSERT_TRUE(database->close().has_value());
  EXPECT_EQ(types(), (Types{RecordType::ProcessBegin, RecordType::Transaction, RecordType::Transaction,
                            RecordType::ProcessEnd}));
  const auto all = records();
  EXPECT_EQ(get_le<std::uint32_t>(as_bytes(all.front().second), 0), static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(all.front().second, all.back().second);
  EXPECT_LT(all.front().first.tn, RegionTn{all.back().first.tn.value + 1});
}

TEST_F(JournalNote, AReaderLeavesNoTrace) {
  auto database = scratch_.open();
  {
    Session session(*database);
    ASSERT_TRUE(session.get(test::key("a")).has_value());
  }
  ASSERT_TRUE(database->close().has_value());
  EXPECT_EQ(types(), Types{});
}

TEST_F(JournalNote, EachGenerationHasItsOwnProcessBegin) {
  auto database = scratch_.open();
  Session session(*database);
  set(session, 1);
  {
    Domain& domain = **database->domain();
    const auto lock = CommitLock::take(domain);
    OpenRegion& region = *domain.regions().front();
    ASSERT_TRUE(region.journal.switch_generation(domain.facts(region), true, wall_clock_us()).has_value());
  }
  set(session, 2);
  EXPECT_EQ(types(), (Types{RecordType::ProcessBegin, RecordType::Transaction}));
}

TEST_F(JournalNote, AnEpochSaysHowFarTheJournalIsOnDisk) {
  auto database = scratch_.open();
  Session session(*database);
  set(session, 1);
  Domain& domain = **database->domain();
  ASSERT_TRUE(session.sync().has_value());
  const std::uint64_t synced = domain.facts(*domain.regions().front()).synced_offset.load();
  set(session, 2);  // Not synced: the epoch does not speak of it.
  ASSERT_TRUE(note_epochs(domain).has_value());
  ASSERT_TRUE(note_epochs(domain).has_value());  // Nothing more is on disk since: no second one.
  EXPECT_EQ(types(),
            (Types{RecordType::ProcessBegin, RecordType::Transaction, RecordType::Transaction, RecordType::Epoch}));
  Epoch epoch;
  ASSERT_TRUE(decode_epoch(as_bytes(records().back().second), epoch));
  EXPECT_EQ(epoch.synced_offset, synced);
  EXPECT_LT(epoch.synced_offset, domain.facts(*domain.regions().front()).write_offset.load());
}

}  // namespace
}  // namespace hw

#include "journal/reader.h"

#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;

TEST(Reader, MissingAndForeignFilesAreToldApart) {
  TestFolder folder;
  auto missing = JournalReader::open(folder.file("no.mjl"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().id, MsgId::JNLFILEOPNERR);
  EXPECT_EQ(missing.error().os_errno, ENOENT);
  test::write_file(folder.file("short"), "HW");
  test::write_file(folder.file("other"), std::string(10000, 'x'));
  for (const char* name : {"short", "other"}) {
    auto reader = JournalReader::open(folder.file(name));
    ASSERT_FALSE(reader.has_value());
    EXPECT_EQ(reader.error().id, MsgId::JNLBADLABEL);
  }
}

TEST(Reader, FollowsAGrowingFileByItsEnd) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  auto reader = JournalReader::open(journal.path());
  ASSERT_TRUE(reader.has_value());
  Record record;
  for (std::uint64_t seqno = 1; seqno <= 300; ++seqno) {
    reader->set_end(journal.end());
    ASSERT_EQ(reader->next(record).value_or(true), false);
    EXPECT_EQ(reader->end_verdict(), RecordVerdict::Good);
    journal.commit(Seqno{seqno}, seqno, {{UpdateType::Set, "^k", std::string(seqno * 40, 'v')}});
    ASSERT_EQ(reader->next(record).value_or(true), false) << "read past its end";
    reader->set_end(journal.end());
    ASSERT_EQ(reader->next(record).value_or(false), true);
    ASSERT_EQ(record.header.seqno, Seqno{seqno});
    ASSERT_EQ(reader->offset(), journal.end());
  }
}

TEST(Reader, FollowsAGrowingFileByItsZeros) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  auto reader = JournalReader::open(journal.path());
  ASSERT_TRUE(reader.has_value());
  Record record;
  for (std::uint64_t seqno = 1; seqno <= 3; ++seqno) {
    ASSERT_EQ(reader->next(record).value_or(true), false);
    EXPECT_EQ(reader->end_verdict(), RecordVerdict::AllZero);
    journal.commit(Seqno{seqno}, seqno, {{UpdateType::Set, "^k", "v"}});
    ASSERT_EQ(reader->next(record).value_or(false), true);
    ASSERT_EQ(record.header.seqno, Seqno{seqno});
  }
}

TEST(Reader, ZerosBeforeTheEndSetAreDamage) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, {{UpdateType::Set, "^k", "v"}});
  auto reader = JournalReader::open(journal.path());
  ASSERT_TRUE(reader.has_value());
  reader->set_end(journal.end() + 64);
  Record record;
  ASSERT_EQ(reader->next(record).value_or(false), true);
  auto more = reader->next(record);
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().id, MsgId::JNLBADRECFMT);
  EXPECT_NE(more.error().render().find(fmt::format("0x{:08X}", journal.end())), std::string::npos);
  EXPECT_EQ(reader->end_verdict(), RecordVerdict::AllZero);
}

TEST(Reader, RecordLargerThanAReadPieceIsReadWhole) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  std::vector<test::TestUpdate> updates;
  for (int i = 0; i < 5; ++i) updates.push_back({UpdateType::Set, "^k", std::string(kValueBytesMax, 'v')});
  journal.commit(Seqno{1}, 1, {{UpdateType::Set, "^k", "v"}});
  journal.commit(Seqno{2}, 2, updates);
  journal.commit(Seqno{3}, 3, {{UpdateType::Set, "^k", "v"}});
  auto reader = JournalReader::open(journal.path());
  ASSERT_TRUE(reader.has_value());
  Record record;
  for (std::uint64_t seqno = 1; seqno <= 3; ++seqno) {
    ASSERT_EQ(reader->next(record).value_or(false), true);
    ASSERT_EQ(record.header.seqno, Seqno{seqno});
    TransactionBody body;
    ASSERT_TRUE(decode_transaction(record.body, body));
    EXPECT_EQ(body.update_count, seqno == 2 ? 5u : 1u);
  }
}

TEST(Reader, RenamedFileStaysReadable) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, {{UpdateType::Set, "^k", "v"}});
  auto reader = JournalReader::open(journal.path());
  ASSERT_TRUE(reader.has_value());
  EXPECT_FALSE(reader->closing().has_value());
  journal.commit(Seqno{2}, 2, {{UpdateType::Set, "^k", "v"}});
  const std::uint64_t end = journal.end();
  journal.switch_file();
  ASSERT_TRUE(reader->refresh_closing().has_value());
  ASSERT_TRUE(reader->closing().has_value());
  EXPECT_EQ(reader->closing()->end_offset, end);
  Record record;
  EXPECT_EQ(reader->next(record).value_or(false), true);
  EXPECT_EQ(reader->next(record).value_or(false), true);
  EXPECT_EQ(record.header.seqno, Seqno{2});
  EXPECT_EQ(reader->next(record).value_or(true), false);
  EXPECT_TRUE(reader->at_end_of_file_record());
}

}  // namespace
}  // namespace hw

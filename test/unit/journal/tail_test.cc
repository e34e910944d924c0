// One test a row of the table in journal/tail.h, and torn writes at every byte.
#include "journal/tail.h"

#include <fcntl.h>
#include <unistd.h>

#include "test/support/child_process.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::file_bytes;
using test::must;
using test::RegionJournal;
using test::TestFolder;
using test::write_file;

constexpr std::uint64_t kTime = 1'000'000;

class Tail : public testing::Test {
 protected:
  TestFolder folder_;
  std::string path_ = folder_.file("a.mjl");
  RegionJournal journal_{path_};

  void commit(std::uint64_t seqno) { journal_.commit(Seqno{seqno}, kTime + seqno, {{UpdateType::Set, "^k", "value"}}); }
  JournalTail tail() {
    auto found = find_tail(path_);
    EXPECT_TRUE(found.has_value()) << found.error().render();
    return found.value_or(JournalTail{});
  }
  void expect_damage(std::string_view why) {
    auto found = find_tail(path_);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().id, MsgId::JNLBADRECFMT);
    EXPECT_NE(found.error().render().find(why), std::string::npos) << found.error().render();
  }
  void overwrite(std::uint64_t offset, std::string_view bytes) {
    std::string content = file_bytes(path_);
    content.replace(offset, bytes.size(), bytes);
    write_file(path_, content);
  }
};

TEST_F(Tail, AEveryGoodRecordIsAccepted) {
  commit(1);
  journal_.removed(Seqno{2}, kTime, 1);
  commit(2);
  journal_.epoch(kTime + 9);
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, journal_.end());
  EXPECT_EQ(found.last_record_bytes, 64u);
  EXPECT_EQ(found.next_seqno, Seqno{3});
  EXPECT_EQ(found.last_tn, RegionTn{2});
  EXPECT_EQ(found.last_time_us, kTime + 9);
  EXPECT_FALSE(found.torn);
}

TEST_F(Tail, AnEmptyFileEndsBehindItsHeader) {
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, kJournalHeaderBytes);
  EXPECT_EQ(found.last_record_bytes, 0u);
  EXPECT_EQ(found.next_seqno, Seqno{1});
  EXPECT_FALSE(found.torn);
}

TEST_F(Tail, BUnknownRecordTypeIsNeverCut) {
  commit(1);
  RecordBuilder builder;
  builder.build_process(static_cast<RecordType>(99), 1, "u", "h");
  journal_.append(builder, Seqno{2}, RegionTn{1}, kTime);
  expect_damage("unknown record type");
}

TEST_F(Tail, BRemovedNodesOfAnotherTransactionAreNeverCut) {
  journal_.removed(Seqno{1}, kTime, 1);
  commit(2);
  expect_damage("written by another release");
}

TEST_F(Tail, CCleanCloseEndsAtTheClosingBlock) {
  commit(1);
  const std::uint64_t end = journal_.end();
  path_ = journal_.switch_file();
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, end);
  EXPECT_FALSE(found.torn);
}

TEST_F(Tail, DDamageAfterACleanCloseIsNeverCut) {
  commit(1);
  const std::uint64_t last = journal_.end();
  commit(2);
  path_ = journal_.switch_file();
  const std::string good = file_bytes(path_);
  overwrite(last + 60, "x");
  expect_damage("closed in good order");
  write_file(path_, good);
  overwrite(last, std::string(kRecordHeaderBytes, '\0'));
  expect_damage("closed in good order");
  write_file(path_, good.substr(0, last + 8));
  expect_damage("closed in good order");
}

TEST_F(Tail, EDamageBeforeAnEpochIsNeverCut) {
  commit(1);
  const std::uint64_t place = journal_.end();
  commit(2);
  commit(3);
  journal_.epoch(kTime);
  const std::string good = file_bytes(path_);
  overwrite(place + 50, "x");
  expect_damage("says that this place had been on disk");
  write_file(path_, good);
  overwrite(place, std::string(kRecordHeaderBytes, '\0'));  // Zeros are damage too where an epoch follows.
  expect_damage("says that this place had been on disk");
}

TEST_F(Tail, GATornWriteThatALaterEpochDoesNotCoverIsCut) {
  commit(1);
  journal_.epoch(kTime);  // Synced up to here, and no further when the next one is written.
  const std::uint64_t synced = journal_.end();
  const std::uint64_t place = journal_.end();
  commit(2);
  RecordBuilder builder;
  builder.build_epoch({Seqno{3}, synced});
  std::string bytes = file_bytes(path_).substr(0, journal_.end());
  bytes += builder.finish(Seqno{3}, RegionTn{2}, kTime, 8);
  bytes[place + 50] ^= 1;
  write_file(path_, bytes);
  const auto tail = find_tail(path_);
  ASSERT_TRUE(tail.has_value()) << tail.error().render();
  EXPECT_TRUE(tail->torn);
  EXPECT_EQ(tail->end_offset, place);
}

TEST_F(Tail, EAnEpochFarBehindAndAcrossReadPiecesIsFound) {
  for (std::uint64_t shift = 0; shift < 56; shift += 8) {
    std::string bytes = file_bytes(path_);
    RecordBuilder builder;
    builder.build_epoch({Seqno{1}, kJournalHeaderBytes + 8});
    const std::string epoch(builder.finish(Seqno{1}, RegionTn{0}, kTime, 8));
    bytes.resize(kJournalHeaderBytes);
    bytes += "garbage.";
    bytes.resize(kJournalHeaderBytes + (1 << 20) - shift, '\0');
    bytes += epoch;
    bytes.resize(bytes.size() + 4096, '\0');
    write_file(path_, bytes);
    expect_damage("says that this place had been on disk");
  }
}

TEST_F(Tail, EAnEpochBehindAHoleIsFound) {
  for (const std::uint64_t shift : {0, 8, 4016, 4032, 4088, 4096}) {
    std::string bytes = file_bytes(path_).substr(0, kJournalHeaderBytes);
    write_file(path_, bytes + "garbage.");
    RecordBuilder builder;
    builder.build_epoch({Seqno{1}, kJournalHeaderBytes + 8});
    const File file = must(File::open(path_, O_WRONLY));
    must(file.write_all(kJournalHeaderBytes + (3 << 20) + shift,
                        as_bytes(builder.finish(Seqno{1}, RegionTn{0}, kTime, 8))));
    expect_damage("says that this place had been on disk");
  }
}

// Space that was reserved and never written is as long as an administrator likes.
TEST_F(Tail, FSpaceThatWasNeverWrittenIsNotRead) {
  constexpr std::uint64_t kReserved = 64 << 20;
  commit(1);
  const std::uint64_t end = journal_.end();
  const File file = must(File::open(path_, O_RDWR));
  must(file.allocate(0, kReserved));
  const auto written_behind = [&](std::uint64_t from) {
    return ::lseek(file.fd(), static_cast<off_t>(from), SEEK_DATA) != -1 || errno != ENXIO;
  };
  if (written_behind(kReserved / 2)) GTEST_SKIP() << "this file system does not tell what was never written";
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, end);
  EXPECT_FALSE(found.torn);
  // What is read of it is in memory, and no hole any more.
  EXPECT_FALSE(written_behind(kReserved / 2));
}

TEST_F(Tail, FEndOfFileRecordWithoutClosingBlockEndsTheData) {
  commit(1);
  const std::uint64_t end = journal_.end();
  RecordBuilder builder;
  builder.build_end_of_file();
  journal_.append(builder, Seqno{2}, RegionTn{1}, kTime);
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, end);
  EXPECT_FALSE(found.torn);
}

TEST_F(Tail, GRecordsBehindAHoleAreATornWrite) {
  commit(1);
  const std::uint64_t hole = journal_.end();
  commit(2);
  commit(3);
  overwrite(hole, std::string(kRecordHeaderBytes, '\0'));
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, hole);
  EXPECT_EQ(found.next_seqno, Seqno{2});
  EXPECT_TRUE(found.torn);
}

TEST_F(Tail, GRemovedNodesWithoutTheirTransactionAreCut) {
  commit(1);
  const std::uint64_t end = journal_.end();
  const auto bytes = journal_.facts().last_record_bytes;
  journal_.removed(Seqno{2}, kTime, 1);
  journal_.removed(Seqno{2}, kTime, 2);
  const JournalTail found = tail();
  EXPECT_EQ(found.end_offset, end);
  EXPECT_EQ(found.last_record_bytes, bytes);
  EXPECT_TRUE(found.torn);
}

// Every place at which the last transaction (two records) can be cut, the rest zero or the file shorter.
TEST_F(Tail, GCutAtEveryByteOfTheLastTransaction) {
  commit(1);
  const std::uint64_t before = journal_.end();
  journal_.removed(Seqno{2}, kTime, 1);
  commit(2);
  const std::uint64_t after = journal_.end();
  const std::string good = file_bytes(path_);
  for (std::uint64_t cut = before; cut < after; ++cut) {
    std::string zeroed = good;
    std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(cut), zeroed.end(), '\0');
    // Zeros may be what stood there anyway: then nothing was lost.
    const bool whole = zeroed == good;
    for (const std::string& bytes : {zeroed, good.substr(0, cut)}) {
      if (whole && bytes.size() < good.size()) continue;
      write_file(path_, bytes);
      const JournalTail found = tail();
      EXPECT_EQ(found.end_offset, whole ? after : before) << "cut at " << cut;
      EXPECT_EQ(found.torn, !whole && cut > before) << "cut at " << cut;
    }
  }
}

// A bit that flips in the last record makes a torn tail; in one that an epoch covers, damage. It is never accepted.
TEST_F(Tail, NoBitFlipIsAccepted) {
  commit(1);
  const std::uint64_t first = journal_.end();
  commit(2);
  const std::uint64_t second = journal_.end();
  const std::string unsynced = file_bytes(path_);
  journal_.epoch(kTime);
  const std::string synced = file_bytes(path_);
  for (std::uint64_t bit = first * 8; bit < second * 8; ++bit) {
    for (const std::string* good : {&unsynced, &synced}) {
      std::string bytes = *good;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      write_file(path_, bytes);
      auto found = find_tail(path_);
      if (good == &synced) {
        ASSERT_FALSE(found.has_value()) << "bit " << bit;
        ASSERT_EQ(found.error().id, MsgId::JNLBADRECFMT);
      } else {
        ASSERT_TRUE(found.has_value()) << "bit " << bit << found.error().render();
        ASSERT_EQ(found->end_offset, first) << "bit " << bit;
        ASSERT_TRUE(found->torn);
      }
    }
  }
}

}  // namespace
}  // namespace hw

// What the property test does not reach: every way in which a wanted seqno may not be there.
#include "journal/seqno_reader.h"

#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;

class SeqnoGaps : public testing::Test {
 protected:
  TestFolder folder_;
  RegionJournal a_{folder_.file("a.mjl")};
  RegionJournal b_{folder_.file("b.mjl")};

  static void commit(RegionJournal& region, std::uint64_t seqno) {
    region.commit(Seqno{seqno}, seqno, {{UpdateType::Set, "^k", "v"}});
  }
  /// Reads [from, to) of both regions; the error, or what was read.
  Result<std::size_t> read(std::uint64_t from, std::uint64_t to) {
    HW_TRY(SeqnoReader reader, SeqnoReader::open({a_.path(), b_.path()}, Seqno{from}));
    Seqno at{from};
    std::size_t frames = 0;
    std::string out;
    while (at.value < to) {
      HW_TRY(const std::size_t count,
             reader.read(at, Seqno{to}, 1000, out, [&](std::size_t i) { return (i == 0 ? a_ : b_).live_end(); }));
      frames += count;
    }
    return frames;
  }
  void expect_error(const Result<std::size_t>& got, MsgId id, std::initializer_list<std::string> parts) {
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().id, id) << got.error().render();
    for (const auto& part : parts)
      EXPECT_NE(got.error().render().find(part), std::string::npos) << got.error().render();
  }
};

TEST_F(SeqnoGaps, SeqnoThatNoRegionHasIsNamed) {
  commit(a_, 1);
  commit(b_, 3);
  expect_error(read(1, 4), MsgId::HWSEQNOGAP, {"Sequence number 2 [0x0000000000000002]"});
  EXPECT_EQ(read(3, 4).value_or(0), 1u);
}

TEST_F(SeqnoGaps, CutLinkIsNamedWhereItMatters) {
  commit(a_, 1);
  commit(b_, 2);
  a_.switch_file(false);
  commit(a_, 3);
  expect_error(read(1, 4), MsgId::NOPREVLINK, {"a.mjl has a null previous link", "Sequence number 1 "});
  EXPECT_EQ(read(2, 4).value_or(0), 2u) << "the other region has all of it";
}

TEST_F(SeqnoGaps, MissingFileIsNamedWhereItMatters) {
  commit(a_, 1);
  const std::string old = a_.switch_file();
  commit(a_, 2);
  ASSERT_EQ(read(1, 3).value_or(0), 2u);
  ASSERT_TRUE(remove_file(old).has_value());
  expect_error(read(1, 3), MsgId::JNLFILEOPNERR, {old, "Sequence number 1 ", "ENO2"});
  EXPECT_EQ(read(2, 3).value_or(0), 1u);
}

TEST_F(SeqnoGaps, TransactionOfWhichOneRegionIsMissingIsAnError) {
  RecordBuilder builder;
  builder.start_transaction(true, "", 1);
  builder.add_update({UpdateType::Set, "^k", "v"}, OldKind::None, "", 2);
  builder.set_totals(2, 2);
  a_.append(builder, Seqno{1}, RegionTn{1}, 5);
  a_.committed(Seqno{1});
  expect_error(read(1, 2), MsgId::HWSEQNOGAP, {"1 of its 2 regions", "a.mjl"});
}

TEST_F(SeqnoGaps, RecordsOfDifferentTransactionsUnderOneSeqnoAreAnError) {
  commit(a_, 1);
  b_.commit(Seqno{1}, 99, {{UpdateType::Set, "^k", "v"}});
  expect_error(read(1, 2), MsgId::HWSEQNOGAP, {"different transactions", "a.mjl", "b.mjl"});
}

TEST_F(SeqnoGaps, DamagedRecordIsNamedWithItsPlace) {
  commit(a_, 1);
  const std::uint64_t place = a_.end();
  commit(a_, 2);
  a_.writer().put(place + 60, "damage");
  expect_error(read(1, 3), MsgId::JNLBADRECFMT, {"a.mjl", fmt::format("0x{:08X}", place)});
}

TEST_F(SeqnoGaps, WhatStandsBeforeAFaultIsReadFirst) {
  commit(a_, 1);
  commit(a_, 2);
  auto reader = SeqnoReader::open({a_.path()}, Seqno{1});
  ASSERT_TRUE(reader.has_value());
  Seqno at{1};
  std::string out;
  const auto live = [&](std::size_t) { return a_.live_end(); };
  EXPECT_EQ(reader->read(at, Seqno{9}, 1 << 20, out, live).value_or(0), 2u);
  EXPECT_EQ(at, Seqno{3});
  EXPECT_FALSE(reader->read(at, Seqno{9}, 1 << 20, out, live).has_value());
  commit(a_, 3);  // The reader goes on once the seqno has come.
  EXPECT_EQ(reader->read(at, Seqno{4}, 1 << 20, out, live).value_or(0), 1u);
}

TEST_F(SeqnoGaps, RegionThatJoinedLaterIsNoGap) {
  commit(a_, 1);
  commit(a_, 2);
  RegionJournal late(folder_.file("late.mjl"), 1ull << 30, Seqno{3});
  commit(late, 3);
  auto reader = SeqnoReader::open({a_.path(), late.path()}, Seqno{1});
  ASSERT_TRUE(reader.has_value());
  Seqno at{1};
  std::string out;
  auto count =
      reader->read(at, Seqno{4}, SIZE_MAX, out, [&](std::size_t i) { return (i == 0 ? a_ : late).live_end(); });
  EXPECT_EQ(count.value_or(0), 3u);
}

// A machine that stopped left an old generation unclosed and torn; its whole transactions count.
TEST_F(SeqnoGaps, UnclosedOldGenerationEndsAtItsTail) {
  commit(a_, 1);
  const std::uint64_t end = a_.end();
  const std::string old = a_.switch_file();
  std::string bytes = test::file_bytes(old);
  std::fill(bytes.begin() + 4096, bytes.begin() + 8192, '\0');
  bytes.replace(end, kRecordHeaderBytes, std::string(kRecordHeaderBytes, 'x'));
  test::write_file(old, bytes);
  commit(a_, 2);
  EXPECT_EQ(read(1, 3).value_or(0), 2u);
}

}  // namespace
}  // namespace hw

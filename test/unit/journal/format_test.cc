// Format 1 as bytes. If one of these fails, the format changed: add format 2, do not edit this.
// HW_WRITE_GOLDEN=1 prints and stores the bytes of today's code, for a new format.
#include <map>

#include "journal/reader.h"
#include "journal/tail.h"
#include "test/support/journal_files.h"
#include "test/support/journal_sample.h"

namespace hw {
namespace {

const std::string kGoldenFile = std::string(HW_SOURCE_DIR) + "/test/golden/journal-1.mjl";

void expect_hex(std::string_view bytes, std::string_view golden, const char* what) {
  if (std::getenv("HW_WRITE_GOLDEN") != nullptr) std::printf("%s %s\n", what, test::hex(bytes).c_str());
  EXPECT_EQ(test::hex(bytes), golden) << what;
}

TEST(Format, FrameGoldenBytes) {
  expect_hex(test::sample_frame(),
             "880bf8d2dd334b4548575458480000000201000000000000080706050403020102000000010102004241000000000000"
             "010002000100000061003102000300000000006263000000",
             "frame");
}

TEST(Format, RecordGoldenBytes) {
  const auto records = test::sample_records();
  ASSERT_EQ(records.size(), 6u);
  expect_hex(records[0],
             "1f3fac04aa70bc0b48574a524000000000000000040001000101000000000000280000000000000001401e18240a0600"
             "671200000300040067746d686f737400",
             "ProcessBegin");
  expect_hex(records[1],
             "6c86079d9356dc6548574a524800000040000000020000000101000000000000290000000000000002401e18240a0600"
             "0200000001000000050000000300000062630078006f6c64",
             "Removed");
  expect_hex(records[2],
             "1bef50226712931848574a527000000048000000010001000101000000000000290000000000000003401e18240a0600"
             "020000000200000001000102671200004241000000000000010102000100000001000000010000006100313002020300"
             "00000000000000000200000062630000",
             "Transaction");
  expect_hex(records[3],
             "8cb3e5034a3be40148574a524000000070000000030000000201000000000000290000000000000004401e18240a0600"
             "0201000000000000e02e000000000000",
             "Epoch");
  expect_hex(records[4],
             "3325eab8d027319848574a524000000040000000050001000201000000000000290000000000000005401e18240a0600"
             "671200000300040067746d686f737400",
             "ProcessEnd");
  expect_hex(records[5],
             "844c972a0b6b1be748574a523000000040000000060000000201000000000000290000000000000006401e18240a0600",
             "EndOfFile");
}

TEST(Format, OpeningBlockGoldenBytes) {
  const auto block = encode_opening(test::sample_header());
  expect_hex(as_text(block).substr(0, 136),
             "a07e5d36b08d60b748574a4e4c30303100200000010000000102030405060708090a0b0c0d0e0f100300000000000000"
             "00401e18240a060001010000000000002800000000000000000010000000000000400000000000000020000000000000"
             "44454641554c54000000000000000000000000000000000000000000000000002f646174612f612e",
             "opening");
}

TEST(Format, ClosingBlockGoldenBytes) {
  const auto block = encode_closing({8560, Seqno{258}, RegionTn{41}, 1'700'000'000'000'009});
  expect_hex(as_text(block).substr(0, 48),
             "4e5224cbbcc0a18970210000000000000201000000000000290000000000000009401e18240a06000000000000000000",
             "closing");
}

TEST(Format, UndoneBlockGoldenBytes) {
  EXPECT_EQ(as_text(encode_undone({})), std::string(24, '\0'));
  const Undone undone{2, Seqno{88}};
  auto block = encode_undone(undone);
  expect_hex(as_text(block), "ddcbd23eeb6a00d002000000000000005800000000000000", "undone");
  EXPECT_EQ(decode_undone(block), undone);
  EXPECT_EQ(decode_undone(encode_undone({})), Undone{});
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    auto damaged = block;
    damaged[bit / 8] ^= std::byte(1 << (bit % 8));
    EXPECT_FALSE(decode_undone(damaged).has_value()) << "bit " << bit;
  }
}

TEST(Undone, OfWhatACopyIsAPast) {
  const Undone never;
  const Undone once = never.and_to(Seqno{20});
  const Undone twice = once.and_to(Seqno{30});
  EXPECT_EQ(twice, (Undone{2, Seqno{20}}));
  EXPECT_EQ(twice.and_to(Seqno{10}).lowest, Seqno{10});
  EXPECT_TRUE(is_past_of(never, Seqno{99}, never));
  EXPECT_TRUE(is_past_of(never, Seqno{20}, once));
  EXPECT_FALSE(is_past_of(never, Seqno{21}, once)) << "it holds what was taken out";
  EXPECT_TRUE(is_past_of(once, Seqno{99}, once));
  EXPECT_FALSE(is_past_of(once, Seqno{25}, twice)) << "not known to be one";
  EXPECT_FALSE(is_past_of(once, Seqno{5}, never)) << "the other is from before the rollback";
}

TEST(Format, StoredFileIsWhatTheWriterMakesToday) {
  const std::string today = test::sample_file();
  if (std::getenv("HW_WRITE_GOLDEN") != nullptr) test::write_file(kGoldenFile, today);
  EXPECT_TRUE(test::file_bytes(kGoldenFile) == today);
}

TEST(Format, StoredFileCanBeRead) {
  auto reader = JournalReader::open(kGoldenFile);
  ASSERT_TRUE(reader.has_value()) << reader.error().render();
  const JournalFileHeader& header = reader->header();
  EXPECT_TRUE(header.replicated);
  EXPECT_EQ(header.database_id[15], 16);
  EXPECT_EQ(header.generation, 3u);
  EXPECT_EQ(header.created_us, 1'700'000'000'000'000u);
  EXPECT_EQ(header.first_seqno, Seqno{257});
  EXPECT_EQ(header.first_tn, RegionTn{40});
  EXPECT_EQ(header.autoswitch_bytes, 1u << 20);
  EXPECT_EQ(header.allocation_bytes, 16384u);
  EXPECT_EQ(header.extension_bytes, 8192u);
  EXPECT_EQ(header.region, "DEFAULT");
  EXPECT_EQ(header.database_path, "/data/a.mdb");
  EXPECT_EQ(header.previous_path, "/data/a.mjl_2023318221320");
  ASSERT_TRUE(reader->closing().has_value());
  EXPECT_EQ(reader->closing()->end_seqno, Seqno{258});
  EXPECT_EQ(reader->closing()->end_tn, RegionTn{41});
  EXPECT_EQ(reader->closing()->closed_us, 1'700'000'000'000'009u);

  std::vector<RecordType> types;
  Record record;
  while (true) {
    auto more = reader->next(record);
    ASSERT_TRUE(more.has_value()) << more.error().render();
    if (!*more) break;
    types.push_back(record.header.type);
    EXPECT_EQ(record.header.time_us, 1'700'000'000'000'000u + types.size());
    if (record.header.type == RecordType::Removed) {
      std::uint32_t number = 0;
      std::vector<RemovedNode> nodes;
      ASSERT_TRUE(decode_removed(record.body, number, nodes));
      EXPECT_EQ(number, 2u);
      ASSERT_EQ(nodes.size(), 1u);
      EXPECT_EQ(nodes[0].key, std::string_view("bc\0x\0", 5));
      EXPECT_EQ(nodes[0].value, "old");
    }
    if (record.header.type == RecordType::Transaction) {
      EXPECT_EQ(record.header.seqno, Seqno{257});
      EXPECT_EQ(record.header.tn, RegionTn{41});
      TransactionBody body;
      ASSERT_TRUE(decode_transaction(record.body, body));
      EXPECT_TRUE(body.fenced);
      EXPECT_EQ(body.tid, "BA");
      EXPECT_EQ(body.pid, 4711u);
      EXPECT_EQ(body.participants, 1);
      const auto updates = transaction_updates(body);
      ASSERT_EQ(updates.size(), 2u);
      EXPECT_EQ(updates[0].update.value, "1");
      EXPECT_EQ(updates[0].old_value, "0");
      EXPECT_EQ(updates[0].number, 1u);
      EXPECT_EQ(updates[1].update.type, UpdateType::Kill);
      EXPECT_EQ(updates[1].update.key, std::string_view("bc\0", 3));
      EXPECT_EQ(updates[1].old_kind, OldKind::Removed);
    }
    if (record.header.type == RecordType::Epoch) {
      Epoch epoch;
      ASSERT_TRUE(decode_epoch(record.body, epoch));
      EXPECT_EQ(epoch.reg_seqno, Seqno{258});
      EXPECT_EQ(epoch.synced_offset, 12'000u);
    }
  }
  EXPECT_EQ(types, (std::vector<RecordType>{RecordType::ProcessBegin, RecordType::Removed, RecordType::Transaction,
                                            RecordType::Epoch, RecordType::ProcessEnd}));
  EXPECT_TRUE(reader->at_end_of_file_record());
  EXPECT_EQ(reader->offset(), reader->closing()->end_offset);

  auto tail = find_tail(kGoldenFile);
  ASSERT_TRUE(tail.has_value()) << tail.error().render();
  EXPECT_EQ(tail->end_offset, reader->closing()->end_offset);
  EXPECT_EQ(tail->next_seqno, Seqno{258});
}

// Blocks of the header: no changed byte is accepted, and a closing block that is torn only means "not closed".
TEST(Format, NextPath) {
  const auto block = encode_next_path("/disk2/a.mjl");
  EXPECT_EQ(decode_next_path(block), "/disk2/a.mjl");
  EXPECT_EQ(decode_next_path(encode_next_path("")), "");
  EXPECT_EQ(decode_next_path(Bytes(block).first(block.size() - 1)), std::nullopt);
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    auto damaged = block;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(decode_next_path(damaged), std::nullopt) << "bit " << bit;
  }
}

TEST(Format, NoBitFlipInTheBlocksIsAccepted) {
  const auto opening = encode_opening(test::sample_header());
  for (std::size_t bit = 0; bit < opening.size() * 8; bit += 7) {
    auto damaged = opening;
    damaged[bit / 8] ^= std::byte(1u << (bit % 8));
    auto header = decode_opening(damaged, "x.mjl");
    ASSERT_FALSE(header.has_value()) << "bit " << bit;
    ASSERT_EQ(header.error().id, MsgId::JNLBADLABEL);
  }
  const auto closing = encode_closing({9000, Seqno{2}, RegionTn{3}, 4});
  ASSERT_TRUE(decode_closing(closing).has_value());
  for (std::size_t bit = 0; bit < 64 * 8; ++bit) {
    auto damaged = closing;
    damaged[bit / 8] ^= std::byte(1u << (bit % 8));
    ASSERT_FALSE(decode_closing(damaged).has_value()) << "bit " << bit;
  }
}

TEST(Format, NoBitFlipInAFrameIsAccepted) {
  const std::string good = test::sample_frame();
  ASSERT_TRUE(FrameView::parse(as_bytes(good), "test").has_value());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    auto frame = FrameView::parse(as_bytes(damaged), "test");
    ASSERT_FALSE(frame.has_value()) << "bit " << bit;
    ASSERT_EQ(frame.error().id, MsgId::HWPOOLDAMAGED);
  }
}

TEST(Format, EachRefusalSaysWhy) {
  const std::string good = test::sample_records()[2];
  Record record;
  const auto with = [&](std::size_t offset, std::string_view bytes) {
    std::string changed = good;
    changed.replace(offset, bytes.size(), bytes);
    return decode_record(as_bytes(changed), record);
  };
  EXPECT_EQ(decode_record(as_bytes(good), record), RecordVerdict::Good);
  EXPECT_EQ(decode_record(as_bytes(std::string(100, '\0')), record), RecordVerdict::AllZero);
  EXPECT_EQ(with(8, "X"), RecordVerdict::BadMagic);
  EXPECT_EQ(with(12, std::string_view("\x10\0\0\0", 4)), RecordVerdict::BadLength);
  EXPECT_EQ(with(12, std::string_view("\0\0\0\x7f", 4)), RecordVerdict::BadLength);
  EXPECT_EQ(with(60, "X"), RecordVerdict::BadChecksum);
  EXPECT_EQ(decode_record(as_bytes(good).first(good.size() - 1), record), RecordVerdict::BadLength);
  EXPECT_EQ(decode_record(as_bytes(good).first(20), record), RecordVerdict::BadLength);
}

TEST(Format, FrameThatWouldPassItsLimitIsRefusedWhenAdded) {
  FrameBuilder frame;
  frame.start(true, "");
  const std::string value(kValueBytesMax, 'v');
  Status status;
  std::size_t added = 0;
  while ((status = frame.add({UpdateType::Set, "^k", value})).has_value()) ++added;
  EXPECT_EQ(status.error().id, MsgId::TRANS2BIG);
  EXPECT_EQ(added, kTransactionBytesMax / (kValueBytesMax + 10));
  const auto bytes = frame.finish(Seqno{1}, 1);
  EXPECT_LE(bytes.size(), kTransactionBytesMax);
  EXPECT_TRUE(FrameView::parse(as_bytes(bytes), "test").has_value());
}

}  // namespace
}  // namespace hw

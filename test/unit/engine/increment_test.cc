// Incremental backups as bytes: what a reader accepts, and what it must not.
#include <gtest/gtest.h>

#include <fcntl.h>

#include "engine/backup/increment.h"
#include "engine/base/checksum.h"
#include "engine/region/backup_marks.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

IncrementHeader sample_header() {
  IncrementHeader header;
  for (std::size_t i = 0; i < header.database_id.size(); ++i) header.database_id[i] = static_cast<std::uint8_t>(i + 1);
  header.from = Seqno{5};
  header.to = Seqno{258};
  header.created_us = 1;
  header.next_tn = 9;
  return header;
}

/// A file of `count` transactions, every second seqno from 5 on.
std::string sample_file(std::uint64_t count) {
  IncrementHeader header = sample_header();
  std::string body;
  FrameBuilder builder;
  for (std::uint64_t i = 0; i < count; ++i) {
    builder.start(false, "");
    EXPECT_TRUE(builder.add({UpdateType::Set, "a\0\0", "value"}).has_value());
    body += builder.finish(Seqno{5 + 2 * i}, 100 + i);
  }
  header.frames = count;
  header.body_bytes = body.size();
  return std::string(as_text(Bytes(encode_increment_header(header)))) + body;
}

/// What reading all of a file ends with: the number of transactions, or the message.
Result<std::uint64_t> read_all(const std::string& path) {
  HW_TRY(IncrementReader reader, IncrementReader::open(path));
  for (std::uint64_t count = 0;; ++count) {
    HW_TRY(const auto frame, reader.next());
    if (!frame) return count;
  }
}

// Format 1 as bytes in the file. If this fails, the format changed: add format 2, do not edit this.
TEST(IncrementHeader, Format1GoldenBytes) {
  IncrementHeader header = sample_header();
  header.frames = 2;
  header.body_bytes = 256;
  const auto bytes = encode_increment_header(header);
  EXPECT_EQ(as_text(Bytes(bytes).subspan(8, 8)), "HWINCR01");
  EXPECT_EQ(
      as_text(Bytes(bytes).subspan(32)),
      std::string("\5\0\0\0\0\0\0\0\2\1\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0",
                  48) +
          std::string(16, '\0'));
  EXPECT_EQ(get_le<std::uint64_t>(Bytes(bytes), 0), checksum(Bytes(bytes).subspan(8)));
  EXPECT_EQ(decode_increment_header(bytes), header);
  header.undone = {3, Seqno{7}};
  const auto after = encode_increment_header(header);
  EXPECT_EQ(as_text(Bytes(after).subspan(80)), std::string("\3\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(decode_increment_header(after), header);
}

TEST(IncrementHeader, RulesOfTheTableAreHeld) {
  const auto accepts = [](auto change) {
    IncrementHeader header = sample_header();
    header.frames = 2;
    header.body_bytes = 256;
    change(header);
    return decode_increment_header(encode_increment_header(header)).has_value();
  };
  EXPECT_TRUE(accepts([](IncrementHeader&) {}));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.from = Seqno{0}; }));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.undone.times = 1; }));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.undone.lowest = Seqno{1}; }));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.to = Seqno{4}; }));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.to = Seqno{6}; }));
  EXPECT_FALSE(accepts([](IncrementHeader& header) { header.body_bytes = 95; }));
}

TEST(IncrementReader, EveryFlippedBitAndEveryOtherLengthIsRefused) {
  const test::TestFolder folder;
  const std::string path = folder.file("increment");
  const std::string whole = sample_file(3);
  ASSERT_TRUE(replace_file(path, whole).has_value());
  ASSERT_EQ(*read_all(path), 3u);
  for (std::size_t bit = 0; bit < whole.size() * 8; bit += 3) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(replace_file(path, damaged).has_value());
    const auto read = read_all(path);
    ASSERT_FALSE(read.has_value()) << "bit " << bit;
    EXPECT_EQ(read.error().id, MsgId::HWBKUPFORMAT);
  }
  for (std::size_t size = 0; size < whole.size() + 9; size += 7) {
    std::string other = whole;
    other.resize(size);
    if (size == whole.size()) continue;
    ASSERT_TRUE(replace_file(path, other).has_value());
    EXPECT_FALSE(read_all(path).has_value()) << size << " bytes";
  }
}

TEST(IncrementReader, TransactionsOutOfOrderAreRefused) {
  const test::TestFolder folder;
  const std::string path = folder.file("increment");
  const std::string whole = sample_file(2);
  const std::size_t frame = (whole.size() - kIncrementHeaderBytes) / 2;
  const std::string swapped = whole.substr(0, kIncrementHeaderBytes) + whole.substr(kIncrementHeaderBytes + frame) +
                              whole.substr(kIncrementHeaderBytes, frame);
  ASSERT_TRUE(replace_file(path, swapped).has_value());
  const auto read = read_all(path);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().id, MsgId::HWBKUPFORMAT);
}

// Format 1 as bytes in the file. If this fails, the format changed: add format 2, do not edit this.
TEST(BackupMarks, Format1GoldenBytesAndDamage) {
  BackupMarks marks;
  marks.database_id = sample_header().database_id;
  marks.database = Seqno{258};
  marks.bytestream = Seqno{3};
  marks.record = Seqno{4};
  const auto bytes = encode_backup_marks(marks);
  EXPECT_EQ(as_text(Bytes(bytes).subspan(8, 8)), "HWBKUP01");
  EXPECT_EQ(as_text(Bytes(bytes).subspan(32)),
            std::string("\2\1\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32));
  EXPECT_EQ(decode_backup_marks(bytes), marks);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= std::byte(1u << (bit % 8));
    EXPECT_FALSE(decode_backup_marks(damaged).has_value()) << "bit " << bit;
  }
}

}  // namespace
}  // namespace hw

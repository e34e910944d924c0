#include "replic/link/wire.h"

#include <gtest/gtest.h>

#include "engine/base/checksum.h"
#include "golden.h"
#include "wire_samples.h"

namespace hw {
namespace {

using test::wire_samples;

FrameHeaderBytes header_of(const std::string& frame) {
  FrameHeaderBytes out{};
  std::memcpy(out.data(), frame.data(), out.size());
  return out;
}

TEST(Wire, Level2GoldenBytes) {
  std::string all;
  for (const Message& message : wire_samples()) all += encode_frame(kLevelMultiSite, message);
  test::expect_golden("wire_level2.bin", all);
}

// Shows: 10.level
TEST(Wire, Level1GoldenBytes) {
  std::string all;
  for (const Message& message : wire_samples())
    if (wire_type_row(static_cast<std::uint16_t>(type_of(message)))->first_level == kLevelDualSite)
      all += encode_frame(kLevelDualSite, message);
  test::expect_golden("wire_level1.bin", all);
}

TEST(Wire, EveryMessageComesBackAsItWas) {
  for (const Message& message : wire_samples()) {
    const std::string frame = encode_frame(kLevelMultiSite, message);
    FrameHeader header;
    ASSERT_EQ(decode_frame_header(kLinkFraming, header_of(frame), header), FrameVerdict::Good) << name_of(message);
    EXPECT_EQ(wire_type(header), type_of(message));
    const Bytes body = as_bytes(frame).subspan(kWireHeaderBytes);
    ASSERT_TRUE(frame_is_intact(header_of(frame), body));
    const Result<Message> back = decode_body(wire_type(header), body);
    ASSERT_TRUE(back.has_value()) << name_of(message);
    EXPECT_EQ(encode_body(*back), encode_body(message)) << name_of(message);
    EXPECT_EQ(back->index(), message.index());
  }
}

TEST(Wire, StartFromTellsWhatTheReceiverWasStartedWith) {
  for (unsigned flags = 0; flags < 8; ++flags) {
    const wire::StartFrom start{Seqno{9}, (flags & 1) != 0, (flags & 2) != 0, kLevelMultiSite, (flags & 4) != 0};
    const std::string body = encode_body(start);
    EXPECT_EQ(body[8], static_cast<char>(flags));
    const auto back = decode_body(WireType::StartFrom, as_bytes(body));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(std::get<wire::StartFrom>(*back), start);
  }
}

TEST(Wire, EveryCutOrLengthenedBodyIsRefused) {
  for (const Message& message : wire_samples()) {
    const std::string body = encode_body(message);
    for (std::size_t size = 0; size < body.size(); ++size)
      EXPECT_FALSE(decode_body(type_of(message), as_bytes(body.substr(0, size))).has_value())
          << name_of(message) << " cut to " << size;
    EXPECT_FALSE(decode_body(type_of(message), as_bytes(body + "x")).has_value()) << name_of(message);
  }
}

TEST(Wire, HeaderOutOfRangeIsNamed) {
  const std::string good = encode_frame(kLevelMultiSite, wire::Xoff{Seqno{1}});
  const auto verdict = [&](std::size_t offset, std::uint32_t value, std::size_t bytes) {
    FrameHeaderBytes header = header_of(good);
    for (std::size_t i = 0; i < bytes; ++i) header[offset + i] = std::byte(value >> (8 * i));
    FrameHeader out;
    return decode_frame_header(kLinkFraming, header, out);
  };
  EXPECT_EQ(verdict(0, 1, 4), FrameVerdict::BadMagic);
  EXPECT_EQ(verdict(4, 0, 2), FrameVerdict::UnknownVersion);
  EXPECT_EQ(verdict(4, kLevelNewest + 1, 2), FrameVerdict::UnknownVersion);
  EXPECT_EQ(verdict(6, 0, 2), FrameVerdict::UnknownType);
  EXPECT_EQ(verdict(6, 999, 2), FrameVerdict::UnknownType);
  EXPECT_EQ(verdict(8, 0xFFFFFFFF, 4), FrameVerdict::BadLength);
  EXPECT_EQ(verdict(12, 9, 4), FrameVerdict::BadLength) << "not compressed, yet two sizes";
  EXPECT_EQ(verdict(16, 2, 4), FrameVerdict::BadFlags);
  EXPECT_EQ(verdict(20, 1, 4), FrameVerdict::BadFlags);
}

TEST(Wire, MultiSiteMessageIsUnknownAtLevel1) {
  const auto at_level_1 = [](const Message& message) {
    FrameHeaderBytes header = header_of(encode_frame(kLevelMultiSite, message));
    header[4] = std::byte{1};
    FrameHeader out;
    return decode_frame_header(kLinkFraming, header, out);
  };
  EXPECT_EQ(at_level_1(wire::NeedHistory{Seqno{5}}), FrameVerdict::UnknownType);
  EXPECT_EQ(at_level_1(wire::StartFrom{Seqno{5}}), FrameVerdict::Good);
}

TEST(Wire, OneChangedBitBreaksTheChecksum) {
  const std::string frame = encode_frame(kLevelMultiSite, wire_samples()[10]);
  for (std::size_t bit = 0; bit < (frame.size()) * 8; ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(frame_is_intact(header_of(damaged), as_bytes(damaged).subspan(kWireHeaderBytes))) << bit;
  }
}

TEST(Wire, CompressedFrameCarriesBothSizes) {
  const FrameHeaderBytes bytes =
      make_link_header(kLevelMultiSite, WireType::Transactions, as_bytes("zz"), kFrameCompressed, 1000);
  FrameHeader header;
  ASSERT_EQ(decode_frame_header(kLinkFraming, bytes, header), FrameVerdict::Good);
  EXPECT_TRUE(header.compressed());
  EXPECT_EQ(header.body_bytes, 2u);
  EXPECT_EQ(header.raw_bytes, 1000u);
}

TEST(TransactionBatch, BodyIsThatOfTheMessage) {
  TransactionBatch batch;
  EXPECT_TRUE(batch.add(Seqno{258}, as_bytes("first")));
  EXPECT_TRUE(batch.add(Seqno{259}, as_bytes("second one")));
  EXPECT_EQ(as_text(batch.body()), encode_body(wire_samples()[10]));
  batch.clear();
  EXPECT_TRUE(batch.empty());
}

TEST(TransactionBatch, FullBatchRefusesButOneLargeTransactionFits) {
  TransactionBatch batch;
  const std::string large(kFrameBatchBytes * 2, 'x');
  EXPECT_TRUE(batch.add(Seqno{1}, as_bytes(large)));
  EXPECT_FALSE(batch.add(Seqno{2}, as_bytes("y")));
  const auto message = decode_body(WireType::Transactions, batch.body());
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(std::get<wire::Transactions>(*message).frames[0].size(), large.size());
}

}  // namespace
}  // namespace hw

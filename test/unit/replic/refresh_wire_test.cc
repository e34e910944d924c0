#include "replic/refresh/refresh_wire.h"

#include <gtest/gtest.h>

#include "golden.h"
#include "refresh_samples.h"

namespace hw {
namespace {

using test::refresh_samples;

FrameHeaderBytes header_of(const std::string& frame) {
  FrameHeaderBytes out{};
  std::memcpy(out.data(), frame.data(), out.size());
  return out;
}

TEST(RefreshWire, Version1GoldenBytes) {
  std::string all;
  for (const RefreshMessage& message : refresh_samples()) all += encode_refresh_frame(message);
  test::expect_golden("refresh_version1.bin", all);
}

TEST(RefreshWire, EveryMessageComesBackAsItWas) {
  std::size_t kind = 0;
  for (const RefreshMessage& message : refresh_samples()) {
    EXPECT_EQ(message.index(), kind++) << "one sample of each, in the order of the table";
    const std::string frame = encode_refresh_frame(message);
    FrameHeader header;
    ASSERT_EQ(decode_frame_header(kRefreshFraming, header_of(frame), header), FrameVerdict::Good) << name_of(message);
    EXPECT_EQ(refresh_type(header), type_of(message));
    const Bytes body = as_bytes(frame).subspan(kWireHeaderBytes);
    ASSERT_TRUE(frame_is_intact(header_of(frame), body));
    const Result<RefreshMessage> back = decode_refresh_body(refresh_type(header), body);
    ASSERT_TRUE(back.has_value()) << name_of(message);
    EXPECT_EQ(encode_refresh_body(*back), encode_refresh_body(message)) << name_of(message);
    EXPECT_EQ(back->index(), message.index());
  }
}

TEST(RefreshWire, EveryCutOrLengthenedBodyIsRefused) {
  for (const RefreshMessage& message : refresh_samples()) {
    if (std::holds_alternative<refresh::Piece>(message)) continue;  // Any bytes are a piece.
    const std::string body = encode_refresh_body(message);
    for (std::size_t size = 0; size < body.size(); ++size)
      EXPECT_FALSE(decode_refresh_body(type_of(message), as_bytes(body.substr(0, size))).has_value())
          << name_of(message) << " cut to " << size;
    EXPECT_FALSE(decode_refresh_body(type_of(message), as_bytes(body + "x")).has_value()) << name_of(message);
  }
  EXPECT_FALSE(decode_refresh_body(RefreshType::Piece, {}).has_value());
}

TEST(RefreshWire, HeaderOutOfRangeIsNamed) {
  const std::string good = encode_refresh_frame(refresh::Taken{});
  const auto verdict = [&](std::size_t offset, std::uint32_t value, std::size_t bytes) {
    FrameHeaderBytes header = header_of(good);
    for (std::size_t i = 0; i < bytes; ++i) header[offset + i] = std::byte(value >> (8 * i));
    FrameHeader out;
    return decode_frame_header(kRefreshFraming, header, out);
  };
  EXPECT_EQ(verdict(0, 1, 4), FrameVerdict::BadMagic);
  EXPECT_EQ(verdict(4, 0, 2), FrameVerdict::UnknownVersion);
  EXPECT_EQ(verdict(4, 2, 2), FrameVerdict::UnknownVersion);
  EXPECT_EQ(verdict(6, 0, 2), FrameVerdict::UnknownType);
  EXPECT_EQ(verdict(6, 99, 2), FrameVerdict::UnknownType);
  EXPECT_EQ(verdict(8, kRefreshBodyBytesMax + 1, 4), FrameVerdict::BadLength);
  EXPECT_EQ(verdict(12, 1, 4), FrameVerdict::BadLength) << "not compressed, and of another size";
  EXPECT_EQ(verdict(16, kFrameCompressed, 4), FrameVerdict::BadFlags) << "only a piece is compressed";
  EXPECT_EQ(verdict(16, 2, 4), FrameVerdict::BadFlags);
  EXPECT_EQ(verdict(20, 1, 4), FrameVerdict::BadFlags);
}

TEST(RefreshWire, AChangedByteOfHeaderOrBodyIsSeen) {
  std::string frame = encode_refresh_frame(refresh::Refusal{"no"});
  for (std::size_t at = 0; at < frame.size(); ++at) {
    frame[at] ^= 4;
    EXPECT_FALSE(frame_is_intact(header_of(frame), as_bytes(frame).subspan(kWireHeaderBytes))) << at;
    frame[at] ^= 4;
  }
}

TEST(RefreshWire, TheTotalKnowsTheOrderOfPieces) {
  const auto total = [](std::initializer_list<std::string_view> pieces) {
    std::uint64_t sum = 0;
    for (const auto piece : pieces) sum = refresh_total(sum, as_bytes(piece));
    return sum;
  };
  EXPECT_EQ(total({"a", "b"}), total({"a", "b"}));
  EXPECT_NE(total({"a", "b"}), total({"b", "a"}));
  EXPECT_NE(total({"a", "b"}), total({"a"}));
}

TEST(RefreshWire, TotalBytesAreThoseOfAllFiles) {
  const refresh::Contents contents{Seqno{1}, 10, {{"A", true, 200}, {"B", true, 3000}}};
  EXPECT_EQ(contents.total_bytes(), 3210U);
}

}  // namespace
}  // namespace hw

#include "replic/link/framing.h"

#include <gtest/gtest.h>

#include <string>

namespace hw {
namespace {

/// A protocol of versions 2 and 3, types 1 to 5 in the first and 1 to 6 in the second, of which 5 may be compressed.
constexpr Framing kFraming{
    .magic = 0x54534554,  // "TEST"
    .version_min = 2,
    .version_max = 3,
    .body_bytes_max = 1000,
    .has_type = [](std::uint16_t version, std::uint16_t type) { return type >= 1 && type <= version + 3; },
    .may_compress = [](std::uint16_t type) { return type == 5; },
    .unknown_version = "is of no version of the test",
};

FrameHeaderBytes plain(std::string_view body) { return make_frame_header(kFraming, 2, 4, as_bytes(body), 0, 0); }
FrameHeaderBytes compressed(std::string_view body, std::size_t raw_bytes) {
  return make_frame_header(kFraming, 2, 5, as_bytes(body), kFrameCompressed, raw_bytes);
}

FrameVerdict verdict_of(const FrameHeaderBytes& bytes) {
  FrameHeader out;
  return decode_frame_header(kFraming, bytes, out);
}

/// What is said of a good header in which one field has another value.
template <typename T>
FrameVerdict verdict_with(FrameHeaderBytes header, std::size_t offset, T value) {
  put_le<T>(header, offset, value);
  return verdict_of(header);
}

TEST(Framing, HeaderIsTheTableOfBytes) {
  const std::string_view expected("TEST\2\0\4\0\3\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0", 24);
  EXPECT_EQ(as_text(Bytes(plain("abc")).first(24)), expected);
  const std::string_view smaller("TEST\2\0\5\0\3\0\0\0\xE8\3\0\0\1\0\0\0\0\0\0\0", 24);
  EXPECT_EQ(as_text(Bytes(compressed("abc", 1000)).first(24)), smaller);
}

TEST(Framing, HeaderComesBackAsItWas) {
  FrameHeader header;
  ASSERT_EQ(decode_frame_header(kFraming, compressed("abc", 1000), header), FrameVerdict::Good);
  EXPECT_EQ(header.version, 2);
  EXPECT_EQ(header.type, 5);
  EXPECT_EQ(header.body_bytes, 3U);
  EXPECT_EQ(header.raw_bytes, 1000U);
  EXPECT_TRUE(header.compressed());
  ASSERT_EQ(decode_frame_header(kFraming, plain(""), header), FrameVerdict::Good);
  EXPECT_EQ(header.body_bytes, 0U);
  EXPECT_EQ(header.raw_bytes, 0U);
  EXPECT_FALSE(header.compressed());
}

TEST(Framing, OtherMagicIsAnotherProtocol) {
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 0, kFraming.magic + 1), FrameVerdict::BadMagic);
  EXPECT_EQ(verdict_of(FrameHeaderBytes{}), FrameVerdict::BadMagic) << "a file that was never written, sent";
}

TEST(Framing, VersionIsOneOfTheRangeAndIsKeptForTheMessage) {
  for (const std::uint16_t version : {0, 1, 4, 0xFFFF})
    EXPECT_EQ(verdict_with<std::uint16_t>(plain("abc"), 4, version), FrameVerdict::UnknownVersion) << version;
  EXPECT_EQ(verdict_with<std::uint16_t>(plain("abc"), 4, 3), FrameVerdict::Good);
  FrameHeaderBytes later = plain("abc");
  put_le<std::uint16_t>(later, 4, 9);
  FrameHeader header;
  EXPECT_EQ(decode_frame_header(kFraming, later, header), FrameVerdict::UnknownVersion);
  EXPECT_EQ(header.version, 9);
}

TEST(Framing, TypeIsOneOfItsVersion) {
  for (const std::uint16_t type : {0, 6, 0xFFFF})
    EXPECT_EQ(verdict_with<std::uint16_t>(plain("abc"), 6, type), FrameVerdict::UnknownType) << type;
  FrameHeaderBytes later = plain("abc");
  put_le<std::uint16_t>(later, 4, 3);
  EXPECT_EQ(verdict_with<std::uint16_t>(later, 6, 6), FrameVerdict::Good);
}

TEST(Framing, LengthOverTheLimitIsRefused) {
  EXPECT_EQ(verdict_of(plain(std::string(1000, 'x'))), FrameVerdict::Good);
  FrameHeaderBytes header = plain("abc");
  put_le<std::uint32_t>(header, 12, 1001);
  EXPECT_EQ(verdict_with<std::uint32_t>(header, 8, 1001), FrameVerdict::BadLength);
  EXPECT_EQ(verdict_with<std::uint32_t>(compressed("abc", 1000), 8, 1001), FrameVerdict::BadLength);
  EXPECT_EQ(verdict_with<std::uint32_t>(compressed("abc", 1000), 12, 1001), FrameVerdict::BadLength);
  EXPECT_EQ(verdict_with<std::uint32_t>(compressed("abc", 1000), 12, 0xFFFFFFFF), FrameVerdict::BadLength);
}

TEST(Framing, PlainBodyHasOneSize) {
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 12, 4), FrameVerdict::BadLength);
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 8, 2), FrameVerdict::BadLength);
}

TEST(Framing, FlagsAreThoseOfTheType) {
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 16, kFrameCompressed), FrameVerdict::BadFlags);
  EXPECT_EQ(verdict_with<std::uint32_t>(compressed("abc", 9), 16, kFrameCompressed | 2), FrameVerdict::BadFlags);
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 16, 0x80000000), FrameVerdict::BadFlags);
  EXPECT_EQ(verdict_with<std::uint32_t>(plain("abc"), 20, 1), FrameVerdict::BadFlags);
}

TEST(Framing, BodyThatIsNotTheSendersIsNotIntact) {
  const FrameHeaderBytes header = plain("abcdefgh");
  EXPECT_TRUE(frame_is_intact(header, as_bytes("abcdefgh")));
  EXPECT_FALSE(frame_is_intact(header, as_bytes("abcdefg"))) << "too short";
  EXPECT_FALSE(frame_is_intact(header, {})) << "too short";
  EXPECT_FALSE(frame_is_intact(header, as_bytes("abcdefgh!"))) << "too long";
  EXPECT_FALSE(frame_is_intact(header, as_bytes("abcdefgi")));
}

TEST(Framing, OneChangedBitOfTheHeaderBreaksTheChecksum) {
  for (std::size_t bit = 0; bit < kWireHeaderBytes * 8; ++bit) {
    FrameHeaderBytes damaged = plain("abc");
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(frame_is_intact(damaged, as_bytes("abc"))) << bit;
  }
}

TEST(Framing, AVerdictIsSaidInTheProtocolsWords) {
  EXPECT_EQ(describe(kFraming, FrameVerdict::UnknownVersion), "is of no version of the test");
  EXPECT_EQ(describe(kFraming, FrameVerdict::BadLength), "has a length out of range");
}

TEST(FramingDeathTest, SenderKeepsTheRules) {
  const std::string large(1001, 'x');
  EXPECT_DEATH(make_frame_header(kFraming, 1, 4, {}, 0, 0), "HWCHECK");
  EXPECT_DEATH(make_frame_header(kFraming, 2, 6, {}, 0, 0), "HWCHECK");
  EXPECT_DEATH(make_frame_header(kFraming, 2, 4, as_bytes(large), 0, 0), "HWCHECK");
  EXPECT_DEATH(make_frame_header(kFraming, 2, 5, as_bytes("abc"), kFrameCompressed, 1001), "HWCHECK");
  EXPECT_DEATH(make_frame_header(kFraming, 2, 4, as_bytes("abc"), kFrameCompressed, 9), "HWCHECK");
}

}  // namespace
}  // namespace hw

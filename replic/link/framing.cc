#include "replic/link/framing.h"

#include "engine/base/check.h"
#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 6;
constexpr std::size_t kBodyBytesAt = 8;
constexpr std::size_t kRawBytesAt = 12;
constexpr std::size_t kFlagsAt = 16;
constexpr std::size_t kZeroAt = 20;
constexpr std::size_t kChecksumAt = 24;
static_assert(kChecksumAt + sizeof(std::uint64_t) == kWireHeaderBytes);

std::uint64_t checksum_of(Bytes header, Bytes body) { return checksum(header.first(kChecksumAt), body); }

}  // namespace

std::string_view describe(const Framing& framing, FrameVerdict verdict) {
  switch (verdict) {
    case FrameVerdict::Good:
      return "is good";
    case FrameVerdict::BadMagic:
      return "is not of this protocol";
    case FrameVerdict::UnknownVersion:
      return framing.unknown_version;
    case FrameVerdict::UnknownType:
      return "is of an unknown type";
    case FrameVerdict::BadLength:
      return "has a length out of range";
    case FrameVerdict::BadFlags:
      return "has unknown flags";
  }
  return "is unknown";
}

FrameVerdict decode_frame_header(const Framing& framing, std::span<const std::byte, kWireHeaderBytes> in,
                                 FrameHeader& out) {
  if (get_le<std::uint32_t>(in, kMagicAt) != framing.magic) return FrameVerdict::BadMagic;
  out.version = get_le<std::uint16_t>(in, kVersionAt);
  if (out.version < framing.version_min || out.version > framing.version_max) return FrameVerdict::UnknownVersion;
  out.type = get_le<std::uint16_t>(in, kTypeAt);
  if (!framing.has_type(out.version, out.type)) return FrameVerdict::UnknownType;
  out.body_bytes = get_le<std::uint32_t>(in, kBodyBytesAt);
  out.raw_bytes = get_le<std::uint32_t>(in, kRawBytesAt);
  out.flags = get_le<std::uint32_t>(in, kFlagsAt);
  if ((out.flags & ~kFrameCompressed) != 0 || get_le<std::uint32_t>(in, kZeroAt) != 0) return FrameVerdict::BadFlags;
  if (out.compressed() && !framing.may_compress(out.type)) return FrameVerdict::BadFlags;
  if (out.body_bytes > framing.body_bytes_max || out.raw_bytes > framing.body_bytes_max) return FrameVerdict::BadLength;
  if (!out.compressed() && out.raw_bytes != out.body_bytes) return FrameVerdict::BadLength;
  return FrameVerdict::Good;
}

bool frame_is_intact(std::span<const std::byte, kWireHeaderBytes> header, Bytes body) {
  return get_le<std::uint64_t>(header, kChecksumAt) == checksum_of(header, body);
}

FrameHeaderBytes make_frame_header(const Framing& framing, std::uint16_t version, std::uint16_t type, Bytes body,
                                   std::uint32_t flags, std::size_t raw_bytes) {
  const bool compressed = (flags & kFrameCompressed) != 0;
  if (!compressed) raw_bytes = body.size();
  HW_CHECK(version >= framing.version_min && version <= framing.version_max);
  HW_CHECK(framing.has_type(version, type));
  HW_CHECK(body.size() <= framing.body_bytes_max);
  HW_CHECK(raw_bytes <= framing.body_bytes_max);
  HW_CHECK((flags & ~kFrameCompressed) == 0);
  HW_CHECK(!compressed || framing.may_compress(type));
  FrameHeaderBytes out{};
  put_le<std::uint32_t>(out, kMagicAt, framing.magic);
  put_le<std::uint16_t>(out, kVersionAt, version);
  put_le<std::uint16_t>(out, kTypeAt, type);
  put_le<std::uint32_t>(out, kBodyBytesAt, static_cast<std::uint32_t>(body.size()));
  put_le<std::uint32_t>(out, kRawBytesAt, static_cast<std::uint32_t>(raw_bytes));
  put_le<std::uint32_t>(out, kFlagsAt, flags);
  put_le<std::uint64_t>(out, kChecksumAt, checksum_of(out, body));
  return out;
}

}  // namespace hw

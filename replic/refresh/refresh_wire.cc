#include "replic/refresh/refresh_wire.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "replic/link/wire_fields.h"

namespace hw {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 56;  // Sums of all regions stay far from 2^64.

constexpr RefreshTypeRow kRows[] = {
#define REFRESH(number, name, direction, purpose) {RefreshType::name, #name, direction},
#include "replic/refresh/refresh_types.def"
#undef REFRESH
};
static_assert(std::size(kRows) == std::variant_size_v<RefreshMessage>, "refresh_types.def and RefreshMessage differ");

const RefreshTypeRow* row_of(std::uint16_t number) {
  const auto* row = std::ranges::find(kRows, static_cast<RefreshType>(number), &RefreshTypeRow::type);
  return row == std::end(kRows) ? nullptr : row;
}

void append_name(std::string& out, std::string_view name, std::size_t bytes_max) {
  HW_CHECK(!name.empty());
  append_text(out, name, bytes_max);
}
bool take_name(ByteReader& in, std::string& out, std::size_t bytes_max) {
  return take_text(in, out, bytes_max) && !out.empty();
}

void append_count(std::string& out, std::size_t count) {
  HW_CHECK(count >= 1 && count <= kRegionsMax);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(count));
}
bool take_count(ByteReader& in, std::size_t& count) {
  count = in.take<std::uint32_t>();
  return in.ok() && count >= 1 && count <= kRegionsMax;
}

void append_names(std::string& out, const std::vector<std::string>& names) {
  append_count(out, names.size());
  for (const std::string& name : names) append_name(out, name, kRegionNameBytesMax);
}
bool take_names(ByteReader& in, std::vector<std::string>& names) {
  std::size_t count = 0;
  if (!take_count(in, count)) return false;
  for (; count > 0; --count)
    if (!take_name(in, names.emplace_back(), kRegionNameBytesMax)) return false;
  return true;
}

bool take_file_bytes(ByteReader& in, std::uint64_t& bytes) {
  bytes = in.take<std::uint64_t>();
  return in.ok() && bytes >= 1 && bytes <= kFileBytesMax;
}

// ---- one append and one take a message ----

void append(std::string& out, const refresh::Ask& m) {
  append_name(out, m.instance, InstanceName::kBytesMax);
  append_text(out, m.software, kSoftwareBytesMax);
  append_names(out, m.regions);
}
bool take(ByteReader& in, refresh::Ask& m) {
  return take_name(in, m.instance, InstanceName::kBytesMax) && take_text(in, m.software, kSoftwareBytesMax) &&
         take_names(in, m.regions);
}

void append(std::string& out, const refresh::Offer& m) {
  append_name(out, m.instance, InstanceName::kBytesMax);
  append_text(out, m.software, kSoftwareBytesMax);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(m.role));
  append_le<std::uint64_t>(out, m.next_seqno.value);
  append_names(out, m.regions);
}
bool take(ByteReader& in, refresh::Offer& m) {
  if (!take_name(in, m.instance, InstanceName::kBytesMax) || !take_text(in, m.software, kSoftwareBytesMax))
    return false;
  const auto role = in.take<std::uint32_t>();
  if (!in.ok() || role < 1 || role > 2) return false;
  m.role = static_cast<InstanceRole>(role);
  return take_seqno(in, m.next_seqno) && take_names(in, m.regions);
}

void append(std::string&, const refresh::Begin&) {}
bool take(ByteReader&, refresh::Begin&) { return true; }
void append(std::string&, const refresh::Working&) {}
bool take(ByteReader&, refresh::Working&) { return true; }
void append(std::string&, const refresh::Taken&) {}
bool take(ByteReader&, refresh::Taken&) { return true; }

void append(std::string& out, const refresh::Contents& m) {
  append_le<std::uint64_t>(out, m.next_seqno.value);
  append_le<std::uint64_t>(out, m.instance_bytes);
  append_count(out, m.regions.size());
  for (const auto& region : m.regions) {
    HW_CHECK(region.bytes >= 1 && region.bytes <= kFileBytesMax);
    append_name(out, region.name, kRegionNameBytesMax);
    append_le<std::uint32_t>(out, region.replicated ? 1 : 0);
    append_le<std::uint64_t>(out, region.bytes);
  }
}
bool take(ByteReader& in, refresh::Contents& m) {
  std::size_t count = 0;
  if (!take_seqno(in, m.next_seqno) || !take_file_bytes(in, m.instance_bytes) || !take_count(in, count)) return false;
  for (; count > 0; --count) {
    auto& region = m.regions.emplace_back();
    if (!take_name(in, region.name, kRegionNameBytesMax)) return false;
    const auto flags = in.take<std::uint32_t>();
    if (!in.ok() || flags > 1) return false;
    region.replicated = flags == 1;
    if (!take_file_bytes(in, region.bytes)) return false;
  }
  return true;
}

void append(std::string& out, const refresh::Piece& m) {
  HW_CHECK(!m.bytes.empty() && m.bytes.size() <= kRefreshPieceBytesMax);
  out += as_text(m.bytes);
}
bool take(ByteReader& in, refresh::Piece& m) {
  m.bytes = in.take_bytes(in.left());
  return !m.bytes.empty() && m.bytes.size() <= kRefreshPieceBytesMax;
}

void append(std::string& out, const refresh::End& m) {
  append_le<std::uint64_t>(out, m.bytes);
  append_le<std::uint64_t>(out, m.total);
}
bool take(ByteReader& in, refresh::End& m) {
  m.bytes = in.take<std::uint64_t>();
  m.total = in.take<std::uint64_t>();
  return in.ok();
}

void append(std::string& out, const refresh::Refusal& m) { append_text(out, m.why, kReasonBytesMax); }
bool take(ByteReader& in, refresh::Refusal& m) { return take_text(in, m.why, kReasonBytesMax); }

template <std::size_t I = 0>
Result<RefreshMessage> decode_as(std::size_t index, Bytes body) {
  if constexpr (I < std::variant_size_v<RefreshMessage>) {
    if (I != index) return decode_as<I + 1>(index, body);
    std::variant_alternative_t<I, RefreshMessage> message;
    ByteReader in(body);
    if (take(in, message) && in.at_end()) return RefreshMessage(std::move(message));
  }
  return make_error<MsgId::HWREPLPROTO>(fmt::format("{} message has a wrong body", kRows[index].name));
}

}  // namespace

std::span<const RefreshTypeRow> refresh_types() { return kRows; }

constinit const Framing kRefreshFraming{
    .magic = 0x46525748,
    .version_min = kRefreshVersion,
    .version_max = kRefreshVersion,
    .body_bytes_max = kRefreshBodyBytesMax,
    .has_type = [](std::uint16_t, std::uint16_t type) { return row_of(type) != nullptr; },
    .may_compress = [](std::uint16_t type) { return static_cast<RefreshType>(type) == RefreshType::Piece; },
    .unknown_version = "is of another version of this protocol",
};

std::uint64_t refresh_total(std::uint64_t so_far, Bytes piece) {
  std::array<std::byte, 8> before{};
  put_le<std::uint64_t>(before, 0, so_far);
  return checksum(before, piece);
}

std::uint64_t refresh::Contents::total_bytes() const {
  std::uint64_t sum = instance_bytes;
  for (const auto& region : regions) sum += region.bytes;
  return sum;
}

RefreshType type_of(const RefreshMessage& message) { return kRows[message.index()].type; }
std::string_view name_of(const RefreshMessage& message) { return kRows[message.index()].name; }

std::string encode_refresh_body(const RefreshMessage& message) {
  std::string out;
  std::visit([&](const auto& m) { append(out, m); }, message);
  return out;
}

Result<RefreshMessage> decode_refresh_body(RefreshType type, Bytes body) {
  const auto* row = row_of(static_cast<std::uint16_t>(type));
  if (row == nullptr) return make_error<MsgId::HWREPLPROTO>("message of an unknown type");
  return decode_as(static_cast<std::size_t>(row - kRows), body);
}

std::string encode_refresh_frame(const RefreshMessage& message) {
  const std::string body = encode_refresh_body(message);
  const FrameHeaderBytes header = make_refresh_header(type_of(message), as_bytes(body));
  return std::string(as_text(header)) + body;
}

}  // namespace hw

#include "journal/transaction_frame.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kFlagFenced = 1;

constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte one) { return one == std::byte{0}; });
}

}  // namespace

void FrameBuilder::start(bool fenced, std::string_view transaction_id) {
  HW_CHECK(transaction_id.size() <= kTransactionIdBytesMax);
  buffer_.assign(kFrameHeaderBytes, '\0');
  MutableBytes out = std::as_writable_bytes(std::span(buffer_));
  put_le<std::uint32_t>(out, 8, kFrameMagic);
  put_le<std::uint8_t>(out, 36, kFormat);
  put_le<std::uint8_t>(out, 37, fenced ? kFlagFenced : 0);
  put_le<std::uint8_t>(out, 38, static_cast<std::uint8_t>(transaction_id.size()));
  transaction_id.copy(buffer_.data() + 40, transaction_id.size());
  update_count_ = 0;
}

Status FrameBuilder::add(const UpdateView& update) {
  HW_CHECK(!update.key.empty() && update.key.size() <= kKeyBytesMax && update.value.size() <= kValueBytesMax);
  const std::size_t need = kFrameUpdateHeaderBytes + update.key.size() + update.value.size();
  if (padded(buffer_.size() + need) > kTransactionBytesMax) return make_error<MsgId::TRANS2BIG>("of the transaction");
  const std::size_t at = buffer_.size();
  buffer_.resize(at + need);
  char* out = buffer_.data() + at;
  MutableBytes head(reinterpret_cast<std::byte*>(out), kFrameUpdateHeaderBytes);
  put_le<std::uint8_t>(head, 0, static_cast<std::uint8_t>(update.type));
  put_le<std::uint8_t>(head, 1, 0);
  put_le<std::uint16_t>(head, 2, static_cast<std::uint16_t>(update.key.size()));
  put_le<std::uint32_t>(head, 4, static_cast<std::uint32_t>(update.value.size()));
  out += kFrameUpdateHeaderBytes;
  out += update.key.copy(out, update.key.size());
  update.value.copy(out, update.value.size());
  ++update_count_;
  return {};
}

std::string_view FrameBuilder::finish(Seqno seqno, std::uint64_t time_us) {
  HW_CHECK_GE(buffer_.size(), kFrameHeaderBytes);
  buffer_.resize(padded(buffer_.size()), '\0');
  HW_CHECK_LE(buffer_.size(), kTransactionBytesMax);  // add() has left room.
  MutableBytes out = std::as_writable_bytes(std::span(buffer_));
  put_le<std::uint32_t>(out, 12, static_cast<std::uint32_t>(buffer_.size()));
  put_le<std::uint64_t>(out, 16, seqno.value);
  put_le<std::uint64_t>(out, 24, time_us);
  put_le<std::uint32_t>(out, 32, update_count_);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  return buffer_;
}

std::size_t FrameView::peek_total_bytes(Bytes in) {
  if (in.size() < kFrameHeaderBytes || get_le<std::uint32_t>(in, 8) != kFrameMagic) return 0;
  const auto total = get_le<std::uint32_t>(in, 12);
  if (total < kFrameHeaderBytes || total > kTransactionBytesMax || total % kFrameAlignment != 0) return 0;
  return total;
}

Result<FrameView> FrameView::parse(Bytes in, std::string_view where) {
  const auto bad = [&](const char* what) {
    return make_error<MsgId::HWPOOLDAMAGED>(where, fmt::format("transaction frame: {}", what));
  };
  const std::size_t total = peek_total_bytes(in);
  if (total == 0) return bad("no valid header");
  if (total > in.size()) return bad("shorter than its header says");
  in = in.first(total);
  if (get_le<std::uint64_t>(in, 0) != checksum(in.subspan(8))) return bad("wrong checksum");
  if (get_le<std::uint8_t>(in, 36) != kFormat) return bad("unknown format");
  FrameView view;
  view.bytes_ = in;
  view.seqno_ = Seqno{get_le<std::uint64_t>(in, 16)};
  view.time_us_ = get_le<std::uint64_t>(in, 24);
  view.update_count_ = get_le<std::uint32_t>(in, 32);
  const auto flags = get_le<std::uint8_t>(in, 37);
  const auto tid_bytes = get_le<std::uint8_t>(in, 38);
  if (view.seqno_ < Seqno{1}) return bad("seqno 0");
  if (flags > kFlagFenced || tid_bytes > kTransactionIdBytesMax) return bad("unknown flags");
  view.fenced_ = (flags & kFlagFenced) != 0;
  view.tid_ = as_text(in.subspan(40, tid_bytes));
  if (in[39] != std::byte{0} || !all_zero(in.subspan(40 + tid_bytes, kTransactionIdBytesMax - tid_bytes)))
    return bad("reserved bytes that are not zero");

  // Walk once here, so that for_each may trust the lengths.
  ByteReader reader(in.subspan(kFrameHeaderBytes));
  for (std::uint32_t i = 0; i < view.update_count_; ++i) {
    const auto type = reader.take<std::uint8_t>();
    const auto zero = reader.take<std::uint8_t>();
    const auto key_bytes = reader.take<std::uint16_t>();
    const auto value_bytes = reader.take<std::uint32_t>();
    if (!reader.ok() || zero != 0 || type < 1 || type > 3) return bad("unknown update type");
    if (key_bytes == 0 || key_bytes > kKeyBytesMax || value_bytes > kValueBytesMax) return bad("length out of range");
    if (type != static_cast<std::uint8_t>(UpdateType::Set) && value_bytes != 0) return bad("kill with a value");
    reader.take_bytes(key_bytes);
    reader.take_bytes(value_bytes);
    if (!reader.ok()) return bad("update past the end");
  }
  if (reader.left() >= kFrameAlignment || !all_zero(in.last(reader.left()))) return bad("bytes after the last update");
  return view;
}

UpdateView FrameView::take_update(ByteReader& reader) {
  UpdateView update{};
  update.type = static_cast<UpdateType>(reader.take<std::uint8_t>());
  reader.take<std::uint8_t>();
  const auto key_bytes = reader.take<std::uint16_t>();
  const auto value_bytes = reader.take<std::uint32_t>();
  update.key = reader.take_text(key_bytes);
  update.value = reader.take_text(value_bytes);
  HW_CHECK(reader.ok());  // parse() walked the same bytes.
  return update;
}

}  // namespace hw

#include "replic/link/wire.h"

#include <algorithm>
#include <concepts>

#include "replic/link/wire_fields.h"

namespace hw {
namespace {

constexpr std::size_t kBatchHeaderBytes = 24;  // first, last, count, zero

constexpr WireTypeRow kRows[] = {
#define WIRE(number, name, level, direction, purpose) {WireType::name, #name, level, direction, purpose},
#include "replic/link/wire_types.def"
#undef WIRE
};
static_assert(std::size(kRows) == std::variant_size_v<Message>, "wire_types.def and Message differ in number");

template <typename T>
struct TypeOf;
#define WIRE(number, name, level, direction, purpose) \
  template <>                                         \
  struct TypeOf<wire::name> {                         \
    static constexpr WireType value = WireType::name; \
  };
#include "replic/link/wire_types.def"
#undef WIRE

template <std::size_t... I>
constexpr bool variant_follows_rows(std::index_sequence<I...>) {
  return ((TypeOf<std::variant_alternative_t<I, Message>>::value == kRows[I].type) && ...);
}
static_assert(variant_follows_rows(std::make_index_sequence<std::size(kRows)>()),
              "wire_types.def and Message differ in order");

Error bad_body(WireType type, std::string_view what) {
  const auto* row = wire_type_row(static_cast<std::uint16_t>(type));
  return make_error<MsgId::HWREPLPROTO>(fmt::format("{} message {}", row == nullptr ? "unknown" : row->name, what));
}

// ---- pieces shared by several bodies ----

void append_record(std::string& out, const HistoryRecord& record) {
  std::array<std::byte, kHistoryFactsBytes> facts{};
  encode_history_facts(record, facts);
  out += as_text(facts);
}

bool take_record(ByteReader& in, HistoryRecord& out) {
  const Bytes facts = in.take_bytes(kHistoryFactsBytes);
  return in.ok() && decode_history_facts(facts, out);
}

void append_identity(std::string& out, const Identity& who) {
  HW_CHECK(!who.name.empty());
  append_le<std::uint16_t>(out, who.level_max);
  append_le<std::uint8_t>(out, static_cast<std::uint8_t>(who.role));
  append_le<std::uint8_t>(out, who.was_root ? 1 : 0);
  append_le<std::uint32_t>(out, who.pid);
  append_le<std::uint64_t>(out, who.next_seqno.value);
  out += as_text(who.file_id);
  append_text(out, who.name, InstanceName::kBytesMax);
  append_text(out, who.log_path, kPathBytesMax);
  append_text(out, who.software, kSoftwareBytesMax);
}

bool take_identity(ByteReader& in, Identity& who) {
  who.level_max = in.take<std::uint16_t>();
  const auto role = in.take<std::uint8_t>();
  const auto was_root = in.take<std::uint8_t>();
  who.pid = in.take<std::uint32_t>();
  who.next_seqno = Seqno{in.take<std::uint64_t>()};
  const Bytes id = in.take_bytes(who.file_id.size());
  if (!in.ok() || who.level_max < kLevelDualSite || role < 1 || role > 2 || was_root > 1 || who.next_seqno.value < 1)
    return false;
  who.role = static_cast<InstanceRole>(role);
  who.was_root = was_root == 1;
  std::copy(id.begin(), id.end(), who.file_id.begin());
  return take_text(in, who.name, InstanceName::kBytesMax) && !who.name.empty() &&
         take_text(in, who.log_path, kPathBytesMax) && take_text(in, who.software, kSoftwareBytesMax);
}

// A higher level than ours is fine: the lower one of both sides counts.
bool take_level(ByteReader& in, std::uint16_t& out) {
  const auto level = in.take<std::uint32_t>();
  out = static_cast<std::uint16_t>(level);
  return in.ok() && level >= kLevelDualSite && level <= 0xFFFF;
}

// ---- one append and one take a message; bodies that are one seqno share a template ----

template <typename T>
concept SeqnoOnly = requires(T t) {
  { t.seqno } -> std::same_as<Seqno&>;
}
&&sizeof(T) == sizeof(Seqno);

template <SeqnoOnly T>
void append(std::string& out, const T& m) {
  append_le<std::uint64_t>(out, m.seqno.value);
}
template <SeqnoOnly T>
bool take(ByteReader& in, T& m) {
  return take_seqno(in, m.seqno);
}

void append(std::string& out, const wire::StartFrom& m) {
  append_le<std::uint64_t>(out, m.seqno.value);
  append_le<std::uint32_t>(out, (m.update_resync ? 1U : 0U) | (m.stop_source_filter ? 2U : 0U) | (m.plain ? 4U : 0U));
  append_le<std::uint32_t>(out, m.level_max);
}
bool take(ByteReader& in, wire::StartFrom& m) {
  if (!take_seqno(in, m.seqno)) return false;
  const auto flags = in.take<std::uint32_t>();
  m.update_resync = (flags & 1) != 0;
  m.stop_source_filter = (flags & 2) != 0;
  m.plain = (flags & 4) != 0;
  return flags < 8 && take_level(in, m.level_max);
}

void append(std::string& out, const wire::FetchResync& m) {
  append_le<std::uint64_t>(out, m.seqno.value);
  append_le<std::uint32_t>(out, m.level_max);
}
bool take(ByteReader& in, wire::FetchResync& m) { return take_seqno(in, m.seqno) && take_level(in, m.level_max); }

void append(std::string& out, const wire::Hello& m) { append_identity(out, m.source); }
bool take(ByteReader& in, wire::Hello& m) { return take_identity(in, m.source); }
void append(std::string& out, const wire::HelloReply& m) { append_identity(out, m.receiver); }
bool take(ByteReader& in, wire::HelloReply& m) { return take_identity(in, m.receiver); }
void append(std::string& out, const wire::HistoryAnswer& m) { append_record(out, m.record); }
bool take(ByteReader& in, wire::HistoryAnswer& m) { return take_record(in, m.record); }
void append(std::string& out, const wire::NewHistory& m) { append_record(out, m.record); }
bool take(ByteReader& in, wire::NewHistory& m) { return take_record(in, m.record); }

void append(std::string& out, const wire::WillRestartAt& m) {
  append_le<std::uint64_t>(out, m.seqno.value);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(m.role));
}
bool take(ByteReader& in, wire::WillRestartAt& m) {
  if (!take_seqno(in, m.seqno)) return false;
  const auto role = in.take<std::uint32_t>();
  if (role != 1 && role != 2) return false;
  m.role = static_cast<InstanceRole>(role);
  return true;
}

void append(std::string& out, const wire::RollbackFirst& m) { append_le<std::uint64_t>(out, m.source_next.value); }
bool take(ByteReader& in, wire::RollbackFirst& m) { return take_seqno(in, m.source_next); }

void append(std::string& out, const wire::Transactions& m) {
  HW_CHECK(m.frames.size() == m.last.value - m.first.value + 1);
  HW_CHECK(m.frames.size() <= kTransactionsPerFrameMax);
  append_le<std::uint64_t>(out, m.first.value);
  append_le<std::uint64_t>(out, m.last.value);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(m.frames.size()));
  append_le<std::uint32_t>(out, 0);
  for (const Bytes frame : m.frames) {
    append_le<std::uint32_t>(out, static_cast<std::uint32_t>(frame.size()));
    out += as_text(frame);
  }
}
bool take(ByteReader& in, wire::Transactions& m) {
  if (!take_seqno(in, m.first) || !take_seqno(in, m.last)) return false;
  const auto count = in.take<std::uint32_t>();
  const auto zero = in.take<std::uint32_t>();
  if (!in.ok() || zero != 0 || count == 0 || count > kTransactionsPerFrameMax || m.last < m.first ||
      m.last.value - m.first.value != count - 1 || count > in.left() / sizeof(std::uint32_t))
    return false;
  m.frames.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto size = in.take<std::uint32_t>();
    if (size == 0 || size > kTransactionFrameBytesMax) return false;
    m.frames.push_back(in.take_bytes(size));
    if (!in.ok()) return false;
  }
  return true;
}

void append(std::string& out, const wire::Heartbeat& m) {
  append_le<std::uint64_t>(out, m.next_seqno.value);
  append_le<std::uint64_t>(out, m.sent_ms);
}
bool take(ByteReader& in, wire::Heartbeat& m) {
  if (!take_seqno(in, m.next_seqno)) return false;
  m.sent_ms = in.take<std::uint64_t>();
  return in.ok();
}
void append(std::string& out, const wire::HeartbeatAck& m) {
  append_le<std::uint64_t>(out, m.applied_next.value);
  append_le<std::uint64_t>(out, m.sent_ms);
}
bool take(ByteReader& in, wire::HeartbeatAck& m) {
  if (!take_seqno(in, m.applied_next)) return false;
  m.sent_ms = in.take<std::uint64_t>();
  return in.ok();
}

void append(std::string&, const wire::LostTransactionsComplete&) {}
bool take(ByteReader&, wire::LostTransactionsComplete&) { return true; }

void append(std::string& out, const wire::Bye& m) {
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(m.reason));
  append_text(out, m.text, kReasonBytesMax);
}
bool take(ByteReader& in, wire::Bye& m) {
  const auto reason = in.take<std::uint32_t>();
  if (!in.ok() || reason < 1 || reason > 4) return false;
  m.reason = static_cast<wire::Bye::Reason>(reason);
  return take_text(in, m.text, kReasonBytesMax);
}

void append(std::string& out, const wire::Control& m) {
  append_le<std::uint32_t>(out, m.kind);
  append_text(out, m.payload, kControlBytesMax);
}
bool take(ByteReader& in, wire::Control& m) {
  m.kind = in.take<std::uint32_t>();
  return take_text(in, m.payload, kControlBytesMax);
}

template <typename T>
Result<Message> decode_as(Bytes in) {
  ByteReader reader(in);
  T message{};
  if (!take(reader, message)) return bad_body(TypeOf<T>::value, "has a field out of range");
  if (!reader.at_end()) return bad_body(TypeOf<T>::value, "has bytes left over");
  return Message{std::move(message)};
}

}  // namespace

std::span<const WireTypeRow> wire_types() { return kRows; }

const WireTypeRow* wire_type_row(std::uint16_t number) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows), [&](const WireTypeRow& row) {
    return static_cast<std::uint16_t>(row.type) == number;
  });
  return found == std::end(kRows) ? nullptr : found;
}

constinit const Framing kLinkFraming{
    .magic = 0x50525748,
    .version_min = kLevelDualSite,
    .version_max = kLevelNewest,
    .body_bytes_max = kFrameBodyBytesMax,
    .has_type =
        [](std::uint16_t level, std::uint16_t type) {
          const WireTypeRow* row = wire_type_row(type);
          return row != nullptr && row->first_level <= level;
        },
    .may_compress = [](std::uint16_t) { return true; },
    .unknown_version = "is of an unknown protocol level",
};

WireType type_of(const Message& message) { return kRows[message.index()].type; }
std::string_view name_of(const Message& message) { return kRows[message.index()].name; }

std::string encode_body(const Message& message) {
  std::string out;
  std::visit([&](const auto& m) { append(out, m); }, message);
  HW_CHECK(out.size() <= kFrameBodyBytesMax);
  return out;
}

Result<Message> decode_body(WireType type, Bytes in) {
  switch (type) {
#define WIRE(number, name, level, direction, purpose) \
  case WireType::name:                                \
    return decode_as<wire::name>(in);
#include "replic/link/wire_types.def"
#undef WIRE
  }
  return bad_body(type, "has an unknown type");
}

std::string encode_frame(std::uint16_t level, const Message& message) {
  const std::string body = encode_body(message);
  const FrameHeaderBytes header = make_link_header(level, type_of(message), as_bytes(body));
  return std::string(as_text(header)) + body;
}

bool TransactionBatch::add(Seqno seqno, Bytes transaction) {
  HW_CHECK(!transaction.empty());
  HW_CHECK(transaction.size() <= kTransactionFrameBytesMax);
  if (count_ == 0) {
    first_ = seqno;
    body_.assign(kBatchHeaderBytes, '\0');
  } else if (count_ == kTransactionsPerFrameMax || body_.size() + 4 + transaction.size() > kFrameBatchBytes) {
    return false;
  }
  HW_CHECK(seqno.value == first_.value + count_);
  append_le<std::uint32_t>(body_, static_cast<std::uint32_t>(transaction.size()));
  body_ += as_text(transaction);
  ++count_;
  return true;
}

Bytes TransactionBatch::body() {
  HW_CHECK(count_ > 0);
  const MutableBytes head = std::as_writable_bytes(std::span(body_.data(), kBatchHeaderBytes));
  put_le<std::uint64_t>(head, 0, first_.value);
  put_le<std::uint64_t>(head, 8, last().value);
  put_le<std::uint32_t>(head, 16, count_);
  return as_bytes(body_);
}

void TransactionBatch::clear() {
  body_.clear();
  count_ = 0;
}

}  // namespace hw

#include "journal/record.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::size_t kTransactionFixedBytes = 24;
constexpr std::size_t kUpdateFixedBytes = 16;
static_assert(kFirstKeyOffset == kRecordHeaderBytes + kTransactionFixedBytes + kUpdateFixedBytes);
constexpr std::size_t kRemovedFixedBytes = 8;
constexpr std::size_t kRemovedNodeFixedBytes = 8;

constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

bool known_type(std::uint16_t type) {
  switch (static_cast<RecordType>(type)) {
#define RECORD(number, name, meaning) case RecordType::name:
#include "journal/record_types.def"
#undef RECORD
    return true;
  }
  return false;
}

MutableBytes bytes_at(char* at, std::size_t count) { return {reinterpret_cast<std::byte*>(at), count}; }

}  // namespace

std::string_view verdict_text(RecordVerdict verdict) {
  switch (verdict) {
    case RecordVerdict::Good:
      return "good";
    case RecordVerdict::AllZero:
      return "never written";
    case RecordVerdict::BadMagic:
      return "no record starts here";
    case RecordVerdict::BadLength:
      return "length out of range";
    case RecordVerdict::UnknownType:
      return "unknown record type";
    case RecordVerdict::BadChecksum:
      return "wrong checksum";
    case RecordVerdict::BadBody:
      return "body breaks its layout";
  }
  return "unknown";
}

RecordVerdict decode_record(Bytes in, Record& out) {
  if (in.size() < kRecordHeaderBytes) return RecordVerdict::BadLength;
  const Bytes head = in.first(kRecordHeaderBytes);
  if (get_le<std::uint32_t>(head, 8) != kRecordMagic) {
    const bool zero = std::all_of(head.begin(), head.end(), [](std::byte b) { return b == std::byte{0}; });
    return zero ? RecordVerdict::AllZero : RecordVerdict::BadMagic;
  }
  RecordHeader& header = out.header;
  header.total_bytes = get_le<std::uint32_t>(head, 12);
  if (header.total_bytes < kRecordHeaderBytes || header.total_bytes > kRecordBytesMax || header.total_bytes % 8 != 0 ||
      header.total_bytes > in.size())
    return RecordVerdict::BadLength;
  if (get_le<std::uint64_t>(head, 0) != checksum(in.subspan(8, header.total_bytes - 8)))
    return RecordVerdict::BadChecksum;
  const auto type = get_le<std::uint16_t>(head, 20);
  if (!known_type(type)) return RecordVerdict::UnknownType;
  const auto padding = get_le<std::uint16_t>(head, 22);
  if (padding > 7 || kRecordHeaderBytes + padding > header.total_bytes) return RecordVerdict::BadLength;
  header.prev_bytes = get_le<std::uint32_t>(head, 16);
  header.type = static_cast<RecordType>(type);
  header.seqno = Seqno{get_le<std::uint64_t>(head, 24)};
  header.tn = RegionTn{get_le<std::uint64_t>(head, 32)};
  header.time_us = get_le<std::uint64_t>(head, 40);
  header.checksum = get_le<std::uint64_t>(head, 0);
  out.body = in.subspan(kRecordHeaderBytes, header.total_bytes - kRecordHeaderBytes - padding);
  return RecordVerdict::Good;
}

bool decode_transaction(Bytes body, TransactionBody& out) {
  ByteReader reader(body);
  out.update_count = reader.take<std::uint32_t>();
  out.total_updates = reader.take<std::uint32_t>();
  out.participants = reader.take<std::uint16_t>();
  const auto flags = reader.take<std::uint8_t>();
  const auto tid_bytes = reader.take<std::uint8_t>();
  out.pid = reader.take<std::uint32_t>();
  const auto tid = reader.take_text(kTransactionIdBytesMax);
  if (!reader.ok() || flags > 1 || tid_bytes > kTransactionIdBytesMax) return false;
  if (out.participants == 0 || out.update_count > out.total_updates) return false;
  if (out.update_count == 0 && out.total_updates != 0) return false;  // Only a null transaction is empty.
  out.fenced = (flags & 1) != 0;
  out.tid = tid.substr(0, tid_bytes);
  out.updates = body.subspan(reader.offset());
  for (std::uint32_t i = 0; i < out.update_count; ++i) {
    const auto type = reader.take<std::uint8_t>();
    const auto old_kind = reader.take<std::uint8_t>();
    const auto key_bytes = reader.take<std::uint16_t>();
    const auto value_bytes = reader.take<std::uint32_t>();
    const auto old_bytes = reader.take<std::uint32_t>();
    const auto number = reader.take<std::uint32_t>();
    if (!reader.ok() || type < 1 || type > 3 || old_kind > 2 || number == 0 || number > out.total_updates) return false;
    if (key_bytes == 0 || key_bytes > kKeyBytesMax || value_bytes > kValueBytesMax || old_bytes > kValueBytesMax)
      return false;
    reader.take_bytes(key_bytes);
    reader.take_bytes(value_bytes);
    reader.take_bytes(old_bytes);
  }
  return reader.at_end();
}

std::vector<JournalUpdate> transaction_updates(const TransactionBody& body) {
  std::vector<JournalUpdate> updates;
  updates.reserve(body.update_count);
  ByteReader reader(body.updates);
  for (std::uint32_t i = 0; i < body.update_count; ++i) {
    JournalUpdate one{};
    one.update.type = static_cast<UpdateType>(reader.take<std::uint8_t>());
    one.old_kind = static_cast<OldKind>(reader.take<std::uint8_t>());
    const auto key_bytes = reader.take<std::uint16_t>();
    const auto value_bytes = reader.take<std::uint32_t>();
    const auto old_bytes = reader.take<std::uint32_t>();
    one.number = reader.take<std::uint32_t>();
    one.update.key = reader.take_text(key_bytes);
    one.update.value = reader.take_text(value_bytes);
    one.old_value = reader.take_text(old_bytes);
    updates.push_back(one);
  }
  HW_CHECK(reader.ok());  // decode_transaction walked the same bytes.
  return updates;
}

bool decode_removed(Bytes body, std::uint32_t& update_number, std::vector<RemovedNode>& nodes) {
  ByteReader reader(body);
  update_number = reader.take<std::uint32_t>();
  const auto count = reader.take<std::uint32_t>();
  if (!reader.ok() || count > body.size() / kRemovedNodeFixedBytes) return false;
  nodes.clear();
  nodes.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto key_bytes = reader.take<std::uint16_t>();
    reader.take<std::uint16_t>();
    const auto value_bytes = reader.take<std::uint32_t>();
    if (key_bytes == 0 || key_bytes > kKeyBytesMax || value_bytes > kValueBytesMax) return false;
    const auto key = reader.take_text(key_bytes);
    nodes.push_back({key, reader.take_text(value_bytes)});
  }
  return reader.at_end();
}

bool decode_epoch(Bytes body, Epoch& out) {
  ByteReader reader(body);
  out.reg_seqno = Seqno{reader.take<std::uint64_t>()};
  out.synced_offset = reader.take<std::uint64_t>();
  return reader.at_end();
}

bool decode_process(Bytes body, ProcessNote& out) {
  ByteReader reader(body);
  out.pid = reader.take<std::uint32_t>();
  const auto user_bytes = reader.take<std::uint16_t>();
  const auto host_bytes = reader.take<std::uint16_t>();
  out.user = reader.take_text(user_bytes);
  out.host = reader.take_text(host_bytes);
  return reader.at_end();
}

char* RecordBuilder::grow(std::size_t bytes) {
  const std::size_t at = buffer_.size();
  buffer_.resize(at + bytes);
  return buffer_.data() + at;
}

void RecordBuilder::start(RecordType type, std::size_t fixed_body_bytes) {
  buffer_.assign(kRecordHeaderBytes + fixed_body_bytes, '\0');
  put_le<std::uint32_t>(bytes_at(buffer_.data(), kRecordHeaderBytes), 8, kRecordMagic);
  put_le<std::uint16_t>(bytes_at(buffer_.data(), kRecordHeaderBytes), 20, static_cast<std::uint16_t>(type));
  count_ = 0;
}

void RecordBuilder::start_transaction(bool fenced, std::string_view tid, std::uint32_t pid) {
  HW_CHECK(tid.size() <= kTransactionIdBytesMax);
  start(RecordType::Transaction, kTransactionFixedBytes);
  MutableBytes body = bytes_at(buffer_.data() + kRecordHeaderBytes, kTransactionFixedBytes);
  put_le<std::uint8_t>(body, 10, fenced ? 1 : 0);
  put_le<std::uint8_t>(body, 11, static_cast<std::uint8_t>(tid.size()));
  put_le<std::uint32_t>(body, 12, pid);
  tid.copy(reinterpret_cast<char*>(body.data()) + 16, tid.size());
}

void RecordBuilder::add_update(const UpdateView& update, OldKind old_kind, std::string_view old_value,
                               std::uint32_t number) {
  char* at = grow(kUpdateFixedBytes + update.key.size() + update.value.size() + old_value.size());
  MutableBytes head = bytes_at(at, kUpdateFixedBytes);
  put_le<std::uint8_t>(head, 0, static_cast<std::uint8_t>(update.type));
  put_le<std::uint8_t>(head, 1, static_cast<std::uint8_t>(old_kind));
  put_le<std::uint16_t>(head, 2, static_cast<std::uint16_t>(update.key.size()));
  put_le<std::uint32_t>(head, 4, static_cast<std::uint32_t>(update.value.size()));
  put_le<std::uint32_t>(head, 8, static_cast<std::uint32_t>(old_value.size()));
  put_le<std::uint32_t>(head, 12, number);
  at += kUpdateFixedBytes;
  for (const std::string_view part : {update.key, update.value, old_value}) at += part.copy(at, part.size());
  ++count_;
}

void RecordBuilder::set_totals(std::uint32_t total_updates, std::uint16_t participants) {
  HW_CHECK_GE(buffer_.size(), kRecordHeaderBytes + kTransactionFixedBytes);  // start_transaction has made it.
  MutableBytes body = bytes_at(buffer_.data() + kRecordHeaderBytes, kTransactionFixedBytes);
  put_le<std::uint32_t>(body, 0, count_);
  put_le<std::uint32_t>(body, 4, total_updates);
  put_le<std::uint16_t>(body, 8, participants);
}

void RecordBuilder::start_removed(std::uint32_t update_number) {
  start(RecordType::Removed, kRemovedFixedBytes);
  put_le<std::uint32_t>(bytes_at(buffer_.data() + kRecordHeaderBytes, kRemovedFixedBytes), 0, update_number);
}

void RecordBuilder::add_removed(std::string_view key, std::string_view value) {
  HW_CHECK_GE(buffer_.size(), kRecordHeaderBytes + kRemovedFixedBytes);
  char* at = grow(kRemovedNodeFixedBytes + key.size() + value.size());
  MutableBytes head = bytes_at(at, kRemovedNodeFixedBytes);
  put_le<std::uint16_t>(head, 0, static_cast<std::uint16_t>(key.size()));
  put_le<std::uint16_t>(head, 2, 0);
  put_le<std::uint32_t>(head, 4, static_cast<std::uint32_t>(value.size()));
  at += kRemovedNodeFixedBytes;
  at += key.copy(at, key.size());
  value.copy(at, value.size());
  ++count_;
  put_le<std::uint32_t>(bytes_at(buffer_.data() + kRecordHeaderBytes, kRemovedFixedBytes), 4, count_);
}

void RecordBuilder::build_epoch(const Epoch& epoch) {
  start(RecordType::Epoch, 16);
  MutableBytes body = bytes_at(buffer_.data() + kRecordHeaderBytes, 16);
  put_le<std::uint64_t>(body, 0, epoch.reg_seqno.value);
  put_le<std::uint64_t>(body, 8, epoch.synced_offset);
}

void RecordBuilder::build_process(RecordType type, std::uint32_t pid, std::string_view user, std::string_view host) {
  start(type, 8);
  MutableBytes body = bytes_at(buffer_.data() + kRecordHeaderBytes, 8);
  user = user.substr(0, 64);
  host = host.substr(0, 64);
  put_le<std::uint32_t>(body, 0, pid);
  put_le<std::uint16_t>(body, 4, static_cast<std::uint16_t>(user.size()));
  put_le<std::uint16_t>(body, 6, static_cast<std::uint16_t>(host.size()));
  buffer_.append(user).append(host);
}

void RecordBuilder::build_end_of_file() { start(RecordType::EndOfFile, 0); }

std::string_view RecordBuilder::finish(Seqno seqno, RegionTn tn, std::uint64_t time_us, std::uint32_t prev_bytes) {
  const std::size_t unpadded = buffer_.size();
  HW_CHECK_GE(unpadded, kRecordHeaderBytes);
  const std::size_t total = padded(unpadded);
  HW_CHECK(total <= kRecordBytesMax);
  buffer_.resize(total, '\0');
  MutableBytes out = std::as_writable_bytes(std::span(buffer_));
  put_le<std::uint32_t>(out, 12, static_cast<std::uint32_t>(total));
  put_le<std::uint32_t>(out, 16, prev_bytes);
  put_le<std::uint16_t>(out, 22, static_cast<std::uint16_t>(total - unpadded));
  put_le<std::uint64_t>(out, 24, seqno.value);
  put_le<std::uint64_t>(out, 32, tn.value);
  put_le<std::uint64_t>(out, 40, time_us);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  return buffer_;
}

}  // namespace hw

#include "cluster/store/record_text.h"

#include "cluster/board/board_fields.h"
#include "cluster/board/envelope.h"
#include "cluster/board/json_archive.h"
#include "engine/base/limits.h"

namespace hw::cluster {

template <>
inline constexpr WordList<3> kWords<lease::RecordState>{"held", "released", "down"};

namespace lease {

template <typename A>
void visit_fields(A& a, Visited<A, Serial>& serial) {
  a("run", serial.run);
  a("number", serial.number);
}

template <typename A>
void visit_fields(A& a, Visited<A, Record>& record) {
  a("holder", record.holder);
  a("state", record.state);
  a("epoch", record.epoch);
  a("base", record.base);
  a("next", record.next);
  a("seqno", record.seqno);
  a("candidates", record.candidates);
  a("serial", record.serial);
}

}  // namespace lease

namespace store {
namespace {

constexpr Envelope kRecord{"record", kStoreRecordBytesMax};
constexpr Envelope kTry{"try", kStoreRecordBytesMax};
constexpr JsonBounds kBounds{kStoreRecordNamesMax, kStoreRecordNameBytesMax};

template <typename Value>
std::string encode(const Envelope& envelope, const Value& value) {
  return close_envelope(envelope, dump(JsonWriter::to_json(value)));
}

template <typename Value>
Decoded<Value> decode(const Envelope& envelope, std::string_view text) {
  std::string_view body;
  if (auto fault = open_envelope(envelope, text, body)) return tl::unexpected(*std::move(fault));
  Value value;
  if (auto fault = read_json(body, kBounds, value)) return tl::unexpected(*std::move(fault));
  return value;
}

}  // namespace

std::string encode_record(const lease::Record& record) { return encode(kRecord, record); }

Decoded<lease::Record> decode_record(std::string_view text) {
  auto record = decode<lease::Record>(kRecord, text);
  if (record.has_value() && record->holder.empty()) return tl::unexpected(std::string("holder: missing"));
  return record;
}

std::string encode_try(const lease::Serial& serial) { return encode(kTry, serial); }

Decoded<lease::Serial> decode_try(std::string_view text) { return decode<lease::Serial>(kTry, text); }

}  // namespace store
}  // namespace hw::cluster

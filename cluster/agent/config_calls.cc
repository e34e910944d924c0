#include "cluster/agent/config_calls.h"

#include <algorithm>

#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"
#include "engine/base/limits.h"

namespace hw::cluster {

template <typename A>
void visit_fields(A& a, Visited<A, NodeGenerations>& state) {
  a("current", state.current);
  a("highest", state.highest);
  a("domain", state.domain);
  a("coordinator", state.coordinator);
}
template <typename A>
void visit_fields(A& a, Visited<A, NumberedGeneration>& number) {
  a("number", number.number);
  a("sha256", number.sha256);
}
template <typename A>
void visit_fields(A& a, Visited<A, NamedText>& named) {
  a("name", named.name);
  a("text", named.text);
}
template <typename A>
void visit_fields(A& a, Visited<A, ApplyArguments>& apply) {
  a("text", apply.text);
  a("store_as", apply.store_as);
  a("file", apply.file);
}

namespace {

constexpr JsonBounds kBounds{kBoardRowsMax, kDomainTextBytesMax};

/// A generation as it travels: the SHA-256 is computed from the text.
struct SentGeneration {
  std::uint64_t number = 0;
  std::uint64_t time_s = 0;
  std::string by;
  std::uint64_t added_to = 0;
  std::string text;
};

template <typename A>
void visit_fields(A& a, Visited<A, SentGeneration>& sent) {
  a("number", sent.number);
  a("time_s", sent.time_s);
  a("by", sent.by);
  a("added_to", sent.added_to);
  a("text", sent.text);
}
template <typename Value>
Result<Value> read(std::string_view json, std::string_view where) {
  Value value;
  if (const auto fault = read_json(json, kBounds, value))
    return make_error<MsgId::HWBOARDBAD>(where, on_one_line(*fault));
  return value;
}

}  // namespace

std::string encode_generation(const Generation& generation) {
  const auto time_s = static_cast<std::uint64_t>(std::max<std::int64_t>(generation.time_s, 0));
  const SentGeneration sent{generation.number, time_s, generation.by, generation.added_to, generation.text};
  return dump(JsonWriter::to_json(sent));
}

Result<Generation> decode_generation(std::string_view json) {
  HW_TRY(SentGeneration sent, read<SentGeneration>(json, kConfigPut));
  if (sent.number == 0) return make_error<MsgId::HWBOARDBAD>(kConfigPut, "number: 0");
  return make_generation(sent.number, std::move(sent.text), static_cast<std::int64_t>(sent.time_s), sent.by,
                         sent.added_to);
}

std::string encode_state(const NodeGenerations& state) { return dump(JsonWriter::to_json(state)); }
Result<NodeGenerations> decode_state(std::string_view json, std::string_view node) {
  return read<NodeGenerations>(json, node);
}
std::string encode_number(const NumberedGeneration& number) { return dump(JsonWriter::to_json(number)); }
Result<NumberedGeneration> decode_number(std::string_view json) {
  return read<NumberedGeneration>(json, kConfigCurrent);
}
std::string encode_named(const NamedText& named) { return dump(JsonWriter::to_json(named)); }
Result<NamedText> decode_named(std::string_view json) { return read<NamedText>(json, kConfigName); }
Result<ApplyArguments> decode_apply(std::string_view json) { return read<ApplyArguments>(json, "config"); }

}  // namespace hw::cluster

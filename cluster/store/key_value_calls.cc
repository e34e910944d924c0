#include "cluster/store/key_value_calls.h"

#include "cluster/store/answer_fields.h"
#include "cluster/store/base64.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

Json put_of(std::string_view key, std::string_view value) {
  Json put;
  put["key"] = to_base64(key);
  put["value"] = to_base64(value);
  return put;
}

Json compare_of(const Compare& compare, const char* target) {
  Json out;
  out["key"] = to_base64(compare.key);
  out["target"] = target;
  out["result"] = "EQUAL";
  return out;
}

Decoded<KeyValue> key_value_of(const Json& json) {
  if (!json.is_object()) return tl::unexpected(std::string("a key is no object"));
  KeyValue out;
  HW_DECODE(out.key, bytes_at(json, "key"));
  HW_DECODE(out.value, bytes_at(json, "value"));
  HW_DECODE(out.mod_revision, number_at(json, "mod_revision"));
  if (out.key.empty() || out.mod_revision == 0) return tl::unexpected(std::string("a key has no name or no revision"));
  return out;
}

}  // namespace

std::string encode_read(std::string_view key) {
  Json out;
  out["key"] = to_base64(key);
  return dump(out);
}

std::string encode_range(std::string_view first, std::string_view end) {
  Json out;
  out["key"] = to_base64(first);
  out["range_end"] = to_base64(end);
  out["limit"] = std::to_string(kStoreKeysMax);
  return dump(out);
}

std::string encode_put(std::string_view key, std::string_view value, std::uint64_t lease) {
  Json put = put_of(key, value);
  if (lease != 0) put["lease"] = std::to_string(lease);
  return dump(put);
}

std::string encode_compare_and_put(const std::vector<Compare>& compares, std::string_view key, std::string_view value) {
  Json out;
  for (const Compare& compare : compares) {
    Json revision = compare_of(compare, "MOD");
    revision["mod_revision"] = std::to_string(compare.mod_revision);
    out["compare"].push_back(std::move(revision));
    if (!compare.value.has_value()) continue;
    Json value_is = compare_of(compare, "VALUE");
    value_is["value"] = to_base64(*compare.value);
    out["compare"].push_back(std::move(value_is));
  }
  Json request;
  request["request_put"] = put_of(key, value);
  out["success"].push_back(std::move(request));
  return dump(out);
}

std::string encode_compaction(std::uint64_t revision) {
  Json out;
  out["revision"] = std::to_string(revision);
  return dump(out);
}

Decoded<RangeAnswer> decode_range(std::string_view body) {
  HW_DECODE(const Json json, answer_object(body));
  RangeAnswer out;
  HW_DECODE(out.revision, revision_of(json));
  HW_DECODE(const Json* const values, list_at(json, "kvs"));
  if (values == nullptr) return out;
  if (values->size() > kStoreKeysMax) return tl::unexpected(std::string("more keys than were asked for"));
  for (const Json& each : *values) {
    HW_DECODE(KeyValue value, key_value_of(each));
    out.values.push_back(std::move(value));
  }
  return out;
}

Decoded<std::uint64_t> decode_put(std::string_view body) {
  HW_DECODE(const Json json, answer_object(body));
  return revision_of(json);
}

Decoded<TxnAnswer> decode_txn(std::string_view body) {
  HW_DECODE(const Json json, answer_object(body));
  TxnAnswer out;
  HW_DECODE(out.revision, revision_of(json));
  HW_DECODE(out.succeeded, flag_at(json, "succeeded"));
  return out;
}

Decoded<std::uint64_t> decode_compaction(std::string_view body) { return decode_put(body); }

}  // namespace hw::cluster::store

#include "cluster/store/watch_calls.h"

#include "cluster/store/answer_fields.h"
#include "cluster/store/base64.h"

namespace hw::cluster::store {
namespace {

Decoded<WatchEvent> event_of(const Json& json) {
  if (!json.is_object()) return tl::unexpected(std::string("an event is no object"));
  WatchEvent out;
  const auto type = json.find("type");
  out.deleted = type != json.end() && *type == "DELETE";
  HW_DECODE(const Json* const value, object_at(json, "kv"));
  if (value == nullptr) return tl::unexpected(std::string("an event has no key"));
  HW_DECODE(out.key, bytes_at(*value, "key"));
  return out;
}

}  // namespace

std::string encode_watch(std::string_view first, std::string_view end) {
  Json create;
  create["key"] = to_base64(first);
  create["range_end"] = to_base64(end);
  Json out;
  out["create_request"] = std::move(create);
  return dump(out);
}

Decoded<WatchLine> decode_watch_line(std::string_view line) {
  HW_DECODE(const Json json, result_object(line));
  WatchLine out;
  HW_DECODE(out.created, flag_at(json, "created"));
  HW_DECODE(out.canceled, flag_at(json, "canceled"));
  HW_DECODE(out.compact_revision, number_at(json, "compact_revision"));
  HW_DECODE(const Json* const events, list_at(json, "events"));
  if (events == nullptr) return out;
  for (const Json& each : *events) {
    HW_DECODE(WatchEvent event, event_of(each));
    out.events.push_back(std::move(event));
  }
  return out;
}

}  // namespace hw::cluster::store

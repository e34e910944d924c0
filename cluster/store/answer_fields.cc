#include "cluster/store/answer_fields.h"

#include <fmt/format.h>

#include "cluster/store/base64.h"
#include "engine/base/text.h"

namespace hw::cluster::store {
namespace {

auto fault(const char* key, std::string_view why) { return tl::unexpected(fmt::format("{} is {}", key, why)); }

}  // namespace

Decoded<Json> answer_object(std::string_view body) {
  Json json = parse_bounded(body);
  if (!json.is_object()) return tl::unexpected(std::string("no JSON object"));
  return json;
}

Decoded<Json> result_object(std::string_view line) {
  HW_DECODE(const Json json, answer_object(line));
  if (json.contains("error")) return tl::unexpected(std::string("an error in place of a result"));
  HW_DECODE(const Json* const result, object_at(json, "result"));
  if (result == nullptr) return tl::unexpected(std::string("no result"));
  return *result;
}

Decoded<std::uint64_t> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return 0;
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  const auto number =
      found->is_string() ? whole_number<std::uint64_t>(found->get_ref<const std::string&>()) : std::nullopt;
  if (!number.has_value()) return fault(key, "no whole number");
  return *number;
}

Decoded<bool> flag_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return false;
  if (!found->is_boolean()) return fault(key, "neither true nor false");
  return found->get<bool>();
}

Decoded<std::string> bytes_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::string();
  auto bytes = found->is_string() ? from_base64(found->get_ref<const std::string&>()) : std::nullopt;
  if (!bytes.has_value()) return fault(key, "not in base64");
  return *std::move(bytes);
}

Decoded<const Json*> object_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return nullptr;
  if (!found->is_object()) return fault(key, "no object");
  return &*found;
}

Decoded<const Json*> list_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return nullptr;
  if (!found->is_array()) return fault(key, "no list");
  return &*found;
}

Decoded<std::uint64_t> revision_of(const Json& answer) {
  HW_DECODE(const Json* const header, object_at(answer, "header"));
  if (header == nullptr) return tl::unexpected(std::string("no header"));
  HW_DECODE(const std::uint64_t revision, number_at(*header, "revision"));
  if (revision == 0) return tl::unexpected(std::string("no revision in the header"));
  return revision;
}

}  // namespace hw::cluster::store

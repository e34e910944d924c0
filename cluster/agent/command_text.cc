#include "cluster/agent/command_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cluster/board/json.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr std::array<std::string_view, 6> kStandAlone{"to", "instance", "node", "id", "action", "fault"};

bool stands_alone(std::string_view key) { return std::ranges::find(kStandAlone, key) != kStandAlone.end(); }

std::string text_of_value(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

bool is_empty(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_array() && value.empty()) || (value.is_boolean() && !value.get<bool>());
}

std::string list_text(const Json& list) {
  std::string out;
  for (const Json& each : list) {
    if (!out.empty()) out += ',';
    // -s SRV -k N.
    const bool counted = each.is_object() && each.contains("name");
    out += counted ? text_of_value(each["name"]) : text_of_value(each);
  }
  return out;
}

void add_words(const Json& arguments, std::string& out) {
  for (const auto& [key, value] : arguments.items()) {
    if (is_empty(value) || key == "text") continue;
    if (value.is_object())
      add_words(value, out);
    else if (value.is_boolean())
      out += " -" + key;
    else if (value.is_array())
      out += fmt::format(" {}={}", key, list_text(value));
    else if (stands_alone(key))
      out += " " + text_of_value(value);
    else
      out += fmt::format(" {}={}", key, text_of_value(value));
  }
}

/// Whether a flag of the arguments is set.
bool has(const Json& arguments, const char* key) {
  const auto found = arguments.is_object() ? arguments.find(key) : arguments.end();
  return found != arguments.end() && !is_empty(*found);
}

}  // namespace

std::string command_text(std::string_view verb, const CommandRequest& request) {
  if (!request.text.empty()) return on_one_line(request.text);
  std::string out(verb);
  std::ranges::replace(out, '.', ' ');
  const Json json = parse_bounded(request.arguments);
  if (json.is_object()) add_words(json, out);
  return on_one_line(out.substr(0, kHistoryTextBytesMax));
}

bool asks_first(std::string_view verb, std::string_view arguments) {
  static constexpr std::array<std::string_view, 8> kAsking{"down",     "master",  "pclean", "switchover",
                                                           "failover", "refresh", "fence",  "drill"};
  if (std::ranges::find(kAsking, verb) != kAsking.end()) return true;
  const Json json = parse_bounded(arguments);
  if (verb == "resume") return has(json, "force");
  return verb == "losttn" && json.is_object() && json.value("action", Json()) == "complete";
}

}  // namespace hw::cluster

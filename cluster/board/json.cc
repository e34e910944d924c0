#include "cluster/board/json.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "cluster/board/board.h"
#include "cluster/board/command_result.h"

namespace hw::cluster {
namespace {

constexpr int kDepthMax = 16;  // A board has 6.

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::string& text) const { return text_or_null(text); }
  Json operator()(std::uint64_t number) const { return number; }
  Json operator()(double number) const { return tenths(number); }
  Json operator()(TimeCell time) const { return time_or_null(time.us); }
  Json operator()(const std::vector<std::string>& texts) const { return texts; }
};

}  // namespace

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string(text)); }

Json time_or_null(std::uint64_t us) {
  if (us == 0) return nullptr;
  return us == kUntilResume_us ? "9999-12-31T23:59:59.000000Z" : utc_time(us);
}

Json tenths(double number) { return std::round(number * 10) / 10; }

Json json_of(const ResultMessage& message) {
  Json out;
  out["code"] = message.code;
  out["severity"] = std::string(1, message.severity);
  out["text"] = message.text;
  out["node"] = text_or_null(message.node);
  return out;
}

Json json_of(const Cell& cell) { return std::visit(ToJson{}, cell); }

Json json_of(const Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    HW_CHECK_EQ(row.size(), table.columns.size());
    Json one = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) one[key_of(table.columns[i].name)] = json_of(row[i]);
    rows.push_back(std::move(one));
  }
  return rows;
}

Json parse_bounded(std::string_view text) {
  bool deep = false;
  const auto not_too_deep = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDepthMax;
    return !deep;
  };
  Json json = Json::parse(text, not_too_deep, /*allow_exceptions=*/false);
  return deep || json.is_discarded() ? Json(nullptr) : json;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Done:
      return "done";
    case Outcome::Refused:
      return "refused";
    case Outcome::Usage:
      return "usage";
    case Outcome::Partly:
      return "partly";
    case Outcome::Running:
      return "running";
    case Outcome::Limited:
      return "limited";
    case Outcome::Unreached:
      return "unreached";
  }
  return "unknown";
}

ResultMessage message_of(const Error& error, std::string_view node) {
  // One line, without the notes: the reason of the system belongs to it.
  std::string text = error.text;
  if (error.os_errno != 0) text += fmt::format(": {}", std::strerror(error.os_errno));
  return {std::string(message_row(error.id).name), severity_letter(error.severity), std::move(text), std::string(node)};
}

std::string json_of(const CommandResult& result) {
  Json out;
  out["format"] = 1;
  out["result"] = word_of(result.outcome);
  out["exit"] = result.exit ? *result.exit : static_cast<int>(result.outcome);
  out["messages"] = Json::array();
  for (const ResultMessage& message : result.messages) out["messages"].push_back(json_of(message));
  for (const auto& [key, value] : result.values) out[key] = json_of(value);
  for (const auto& [key, texts] : result.lists) out[key] = texts;
  out["rows"] = json_of(result.rows);
  return dump(out);
}

}  // namespace hw::cluster

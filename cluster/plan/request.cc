#include "cluster/plan/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cluster/board/json.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr int kFormat = 1;
constexpr int kExitMax = 255;
constexpr std::size_t kCodeBytesMax = 31;  // GT.M's own are below 16.

/// Reads members of one object; the first that is wrong is the fault.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {
    if (!object.is_object()) fault_ = "no JSON object";
  }

  const Json* find(const char* key) const {
    if (fault_) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  void text(const char* key, std::string& out, std::size_t bytes_max) {
    const Json* const value = find(key);
    if (value == nullptr) return;
    if (!value->is_string() || value->get_ref<const std::string&>().size() > bytes_max)
      return fail(key, fmt::format("not a text of at most {} bytes", bytes_max));
    out = value->get<std::string>();
  }
  void number(const char* key, std::uint32_t& out, std::uint32_t max) {
    const Json* const value = find(key);
    if (value == nullptr) return;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > max)
      return fail(key, fmt::format("not a whole number up to {}", max));
    out = static_cast<std::uint32_t>(value->get<std::uint64_t>());
  }
  void fail(const char* key, std::string_view why) {
    if (!fault_) fault_ = fmt::format("{}: {}", key, why);
  }
  bool failed() const { return fault_.has_value(); }
  Error error(std::string_view where) const { return make_error<MsgId::HWBOARDBAD>(where, on_one_line(*fault_)); }

 private:
  const Json& object_;
  std::optional<std::string> fault_;
};

std::string cut(const std::string& text, std::size_t bytes_max) { return text.substr(0, bytes_max); }

void read_format(Members& members) {
  std::uint32_t format = 0;
  members.number("format", format, kFormat);
  if (format != kFormat) members.fail("format", fmt::format("not {}", kFormat));
}

void read_seconds(Members& members, std::optional<double>& seconds) {
  const Json* const value = members.find("timeout_s");
  if (value == nullptr) return;
  if (!value->is_number() || !(std::abs(value->get<double>()) <= kCommandSecondsMax))
    return members.fail("timeout_s", "not a number of seconds");
  seconds = value->get<double>();
}

bool is_code(std::string_view code) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !code.empty() && std::ranges::all_of(code, fits);
}

/// The fault goes to `outer`, under `key`.
ResultMessage read_message(const Json& json, const char* key, Members& outer) {
  ResultMessage message;
  Members members(json);
  std::string severity;
  members.text("code", message.code, kCodeBytesMax);
  members.text("severity", severity, 1);
  members.text("text", message.text, kAgentMessageBytesMax);
  members.text("node", message.node, kAgentNameBytesMax);
  if (members.failed() || !is_code(message.code) || severity.find_first_of("IWEFS") != 0) {
    outer.fail(key, "no message");
    return message;
  }
  message.severity = severity.front();
  return message;
}

std::optional<Outcome> outcome_of(std::string_view word) {
  for (int number = 0; number <= static_cast<int>(Outcome::Unreached); ++number)
    if (word_of(static_cast<Outcome>(number)) == word) return static_cast<Outcome>(number);
  return std::nullopt;
}

void read_messages(Members& members, std::vector<ResultMessage>& messages) {
  const Json* const list = members.find("messages");
  if (list == nullptr) return;
  if (!list->is_array() || list->size() > kBoardRowsMax) return members.fail("messages", "not a list");
  for (const Json& one : *list) {
    messages.push_back(read_message(one, "messages", members));
    if (members.failed()) return;
  }
}

}  // namespace

std::string encode_command_request(const CommandRequest& request) {
  Json out;
  out["format"] = kFormat;
  out["arguments"] = parse_bounded(request.arguments);
  HW_CHECK(out["arguments"].is_object());
  out["yes"] = request.yes;
  out["why"] = cut(request.why, kHistoryTextBytesMax);
  out["user"] = cut(request.user, kAgentNameBytesMax);
  out["host"] = cut(request.host, kAgentNameBytesMax);
  out["text"] = cut(request.text, kHistoryTextBytesMax);
  out["timeout_s"] = number_or_null(request.timeout_s);
  return dump(out);
}

Result<CommandRequest> decode_command_request(std::string_view body) {
  const Json json = parse_bounded(body);
  CommandRequest request;
  Members members(json);
  read_format(members);
  const Json* const arguments = members.find("arguments");
  if (arguments == nullptr || !arguments->is_object()) members.fail("arguments", "no JSON object");
  members.number("yes", request.yes, kQuestionsMax);
  // What was cut at a byte may have grown by a U+FFFD, of 3 bytes.
  members.text("why", request.why, kHistoryTextBytesMax * 3);
  members.text("user", request.user, kAgentNameBytesMax * 3);
  members.text("host", request.host, kAgentNameBytesMax * 3);
  members.text("text", request.text, kHistoryTextBytesMax * 3);
  read_seconds(members, request.timeout_s);
  if (members.failed()) return members.error("request");
  request.arguments = dump(*arguments);
  return request;
}

std::string encode_partial(const AnswerPiece& piece) {
  Json out;
  if (const auto* const line = std::get_if<std::string>(&piece)) {
    out["line"] = *line;
  } else {
    out["message"] = json_of(std::get<ResultMessage>(piece));
  }
  return dump(out);
}

Result<AnswerPiece> decode_partial(std::string_view body, std::string_view node) {
  const Json json = parse_bounded(body);
  Members members(json);
  AnswerPiece piece;
  if (const Json* const message = members.find("message")) {
    piece = read_message(*message, "message", members);
  } else if (members.find("line") != nullptr) {
    members.text("line", piece.emplace<std::string>(), kAgentMessageBytesMax);
  } else {
    members.fail("line", "missing");
  }
  if (members.failed()) return members.error(node);
  return piece;
}

std::string encode_command_answer(const CommandResult& result, const std::optional<std::string>& ask) {
  std::string object = json_of(result);
  if (!ask) return object;
  object.pop_back();  // The last brace.
  return fmt::format("{},\"ask\":{}}}", object, dump(Json(*ask)));
}

Result<CommandAnswer> decode_command_answer(std::string_view body, std::string_view node) {
  Json json = parse_bounded(body);
  Members members(json);
  CommandAnswer answer;
  read_format(members);
  std::string word;
  members.text("result", word, kCodeBytesMax);
  const auto outcome = outcome_of(word);
  if (!outcome) members.fail("result", "not one of its words");
  std::uint32_t exit = outcome ? static_cast<std::uint32_t>(*outcome) : 0;
  members.number("exit", exit, kExitMax);
  read_messages(members, answer.messages);
  if (members.find("ask") != nullptr) members.text("ask", answer.ask.emplace(), kAgentMessageBytesMax);
  if (members.failed()) return members.error(node);
  answer.outcome = *outcome;
  answer.exit = static_cast<int>(exit);
  json.erase("ask");
  answer.object = dump(json);
  return answer;
}

bool is_command_answer(std::string_view body) {
  const Json json = parse_bounded(body);
  return json.is_object() && json.contains("result");
}

}  // namespace hw::cluster

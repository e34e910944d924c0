#include "cluster/admin/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cluster/board/json.h"

namespace hw::cluster::hwadm {

std::string line_of(const ResultMessage& message) {
  const std::string text = fmt::format("%GTM-{}-{}, {}", message.severity, message.code, on_one_line(message.text));
  const bool names_it = message.node.empty() || message.text.starts_with(message.node);
  return names_it ? text : fmt::format("{}: {}", on_one_line(message.node), text);
}

void Output::line(std::string_view lines) {
  if (json_) return;
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  for (;;) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    console_.out << on_one_line(lines.substr(0, end)) << '\n';
    if (end == lines.size()) break;
    lines.remove_prefix(end + 1);
  }
  console_.out << std::flush;
}

void Output::text(std::string_view text) {
  if (!json_) console_.out << text << std::flush;
}

void Output::message(const ResultMessage& message) {
  if (std::ranges::find(messages_, message) != messages_.end()) return;
  messages_.push_back(message);
  if (json_) return;
  console_.out.flush();  // On a terminal both are one text.
  console_.err << line_of(message) << '\n' << std::flush;
}

void Output::message(const Error& error) {
  messages_.push_back(message_of(error));
  if (json_) return;
  console_.out.flush();
  console_.err << error.render() << std::flush;
}

void Output::finding(std::string_view line, const Error& error) {
  messages_.push_back(message_of(error));
  if (!json_) console_.err << line << '\n' << std::flush;
}

int Output::end(Outcome outcome) {
  CommandResult result;
  result.outcome = outcome;
  return end(std::move(result));
}

int Output::end(CommandResult result) {
  result.messages = messages_;
  return end_object(json_ ? json_of(result) : std::string(),
                    result.exit ? *result.exit : static_cast<int>(result.outcome));
}

int Output::end(const CommandAnswer& answer) {
  for (const ResultMessage& one : answer.messages) message(one);
  if (!json_) return end_object({}, answer.exit);
  // Messages that came as pieces belong to the object, too.
  CommandResult all;
  all.messages = messages_;
  Json object = parse_bounded(answer.object);
  object["messages"] = parse_bounded(json_of(all))["messages"];
  return end_object(dump(object), answer.exit);
}

int Output::end_object(const std::string& object, int exit) {
  if (json_) console_.out << object << '\n' << std::flush;
  status_ = exit;
  return exit;
}

int Output::fail(const Error& error, Outcome outcome) {
  message(error);
  return end(outcome);
}

Outcome Output::outcome_of(const Error& error) {
  if (error.id == MsgId::CLIERR) return Outcome::Usage;
  if (error.id == MsgId::HWREMOTE) return Outcome::Unreached;
  return Outcome::Refused;
}

}  // namespace hw::cluster::hwadm

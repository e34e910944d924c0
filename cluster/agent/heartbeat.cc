#include "cluster/agent/heartbeat.h"

#include <algorithm>
#include <utility>

namespace hw::cluster {

std::string Heartbeat::message(bool whole) const {
  HeartbeatMessage out;
  out.node = board_.node();
  out.whole = whole;
  out.parts = whole ? board_.parts() : board_.own();
  out.parts.heard.clear();  // For itself alone.
  fill_(out);
  return encode_heartbeat(out);
}

void Heartbeat::beat(Clock::time_point now) {
  const std::vector<std::string> nodes = links_.nodes();
  std::erase_if(others_, [&](const auto& one) { return std::ranges::find(nodes, one.first) == nodes.end(); });
  for (const std::string& node : nodes) {
    const auto [found, is_new] = others_.try_emplace(node);
    Other& other = found->second;
    if (is_new) other.heard = now;
    if (!other.silent && now - other.heard >= kSilence) {
      other.silent = true;
      board_.note_silence(node);
      events_.silent(node);
    }
    if (!other.asked) ask(node, other, now);
  }
}

void Heartbeat::ask(const std::string& node, Other& other, Clock::time_point now) {
  const auto link = links_.find(node);
  if (link == nullptr) return;
  other.asked = true;
  AgentReply reply;
  reply.on_end = [post = events_.post, this, node](Result<std::string> answer) {
    post([this, node, answer = std::move(answer)] { ended(node, answer); });
  };
  // Over a new connection all that is known: one of the two may have lost its board.
  link->request(std::string(kHeartbeatVerb), message(link->is_new()), now + kSilence, std::move(reply));
}

void Heartbeat::ended(const std::string& node, Result<std::string> answer) {
  if (const auto found = others_.find(node); found != others_.end()) found->second.asked = false;
  const bool good = answer.has_value() && take(*answer, node, Clock::now()).has_value();
  if (good) return;
  // Whatever else is awaited over this connection has nobody at its other end.
  if (const auto link = links_.find(node); link != nullptr) link->drop();
}

Result<HeartbeatMessage> Heartbeat::take(std::string_view body, std::string_view from, Clock::time_point now) {
  HW_TRY(HeartbeatMessage message, decode_heartbeat(body, from));
  const std::vector<std::string> nodes = links_.nodes();
  if (std::ranges::find(nodes, message.node) != nodes.end()) {
    Other& other = others_[message.node];
    other.heard = now;
    other.ever = true;
    other.silent = false;
    board_.hear(message.node);
  }
  const BoardChange change = board_.merge(message.parts);
  events_.heard(message, change);
  return message;
}

Result<std::string> Heartbeat::answer(std::string_view body, Clock::time_point now) {
  HW_TRY(const HeartbeatMessage heard, take(body, "heartbeat", now));
  return message(heard.whole);
}

bool Heartbeat::is_settled() const {
  const std::vector<std::string> nodes = links_.nodes();
  return std::ranges::all_of(nodes, [&](const std::string& node) {
    const auto found = others_.find(node);
    return found != others_.end() && (found->second.ever || found->second.silent);
  });
}

bool Heartbeat::has_company() const {
  return std::ranges::any_of(others_, [](const auto& one) { return one.second.ever; });
}

}  // namespace hw::cluster

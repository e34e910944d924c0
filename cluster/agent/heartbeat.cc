#include "cluster/agent/heartbeat.h"

#include <algorithm>
#include <utility>

namespace hw::cluster {
namespace {

constexpr std::chrono::seconds kSilentAnswer{1};  ///< in which a node that is silent may say that it is back

}  // namespace

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
    Other& other = other_at(node, now);
    if (!other.silent && now - other.heard >= kSilence) {
      other.silent = true;
      board_.note_silence(node);
      events_.silent(node);
      for (Look& look : looks_) look.nodes.gave_none(node, true);
    }
    if (!other.asked) ask(node, other, now);
  }
  for (Look& look : looks_) ask_for(look, now);
  end_looks();
}

Heartbeat::Other& Heartbeat::other_at(const std::string& node, Clock::time_point now) {
  const auto [found, is_new] = others_.try_emplace(node);
  if (is_new) found->second.heard = now;
  return found->second;
}

void Heartbeat::look(Clock::time_point now, std::function<void()> known) {
  looks_.push_back(Look{++last_look_, FreshLook(links_.nodes()), std::move(known)});
  ask_for(looks_.back(), now);
  end_looks();
}

void Heartbeat::ask_for(Look& look, Clock::time_point now) {
  for (const std::string& node : look.nodes.to_ask()) {
    const auto link = links_.find(node);
    if (link == nullptr) {
      look.nodes.gave_none(node, true);
      continue;
    }
    AgentReply reply;
    reply.on_end = [post = events_.post, this, number = look.number, node](Result<std::string> answer) {
      post([this, number, node, answer = std::move(answer)] { looked(number, node, answer); });
    };
    const bool silent = other_at(node, now).silent;
    link->request(std::string(kLookVerb), "", now + (silent ? kSilentAnswer : kSilence), std::move(reply));
  }
}

void Heartbeat::looked(std::uint64_t number, const std::string& node, const Result<std::string>& answer) {
  const auto now = Clock::now();
  // What is no heartbeat is one of a release that does not look: its last one counts.
  if (answer.has_value()) (void)take(*answer, node, now);
  const auto look = std::ranges::find(looks_, number, &Look::number);
  if (look == looks_.end()) return;
  if (answer.has_value())
    look->nodes.answered(node);
  else
    look->nodes.gave_none(node, other_at(node, now).silent);
  end_looks();
}

void Heartbeat::end_looks() {
  std::list<Look> over;
  for (auto look = looks_.begin(); look != looks_.end();) {
    const auto next = std::next(look);
    if (look->nodes.is_over()) over.splice(over.end(), looks_, look);
    look = next;
  }
  for (const Look& look : over) look.known();
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

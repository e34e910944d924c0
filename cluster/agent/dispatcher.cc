#include "cluster/agent/dispatcher.h"

#include <utility>

#include "cluster/agent/access.h"
#include "cluster/agent/answer_say.h"
#include "cluster/agent/heartbeat_message.h"
#include "cluster/config/finding.h"

namespace hw::cluster {

void Dispatcher::serve(std::string_view verb, Where where, Handler handler) {
  rows_[std::string(verb)] = {where, false, std::move(handler)};
}

void Dispatcher::serve_raw(std::string_view beginning, Where where, Handler handler) {
  beginnings_[std::string(beginning)] = {where, true, std::move(handler)};
}

const Dispatcher::Row* Dispatcher::find(const std::string& verb) const {
  if (const auto found = rows_.find(verb); found != rows_.end()) return &found->second;
  // A longer beginning comes after those that it begins with.
  for (auto each = beginnings_.rbegin(); each != beginnings_.rend(); ++each)
    if (verb.starts_with(each->first)) return &each->second;
  return nullptr;
}

void Dispatcher::on_request(AgentRequest request, std::shared_ptr<Answer> answer) {
  const Peer& peer = *request.peer;
  if (!may(peer, request.verb)) {
    const Error error = hw::cluster::denied(peer, shown(request.verb));
    if (denied_) denied_(peer, error);
    answer->last(refusal(error));
    return;
  }
  if (request.verb != kHeartbeatVerb) ++requests_;
  const Row* const row = find(request.verb);
  if (row == nullptr) {
    answer->last(refusal(make_error<MsgId::CLIERR>(shown(request.verb) + ": no such command"), Outcome::Usage));
    return;
  }
  Asked asked;
  asked.verb = std::move(request.verb);
  asked.answer = std::move(answer);
  if (row->raw) {
    asked.body = std::move(request.body);
  } else {
    auto read = decode_command_request(request.body);
    if (!read.has_value()) {
      asked.answer->last(refusal(read.error(), Outcome::Usage));
      return;
    }
    asked.request = *std::move(read);
    if (peer.way == PeerWay::Socket) {
      asked.request.user = peer.name;
      asked.request.host = node_;
    }
    if (peer.way == PeerWay::Certificate && asked.request.user.empty()) asked.request.user = peer.name;
  }
  hand_over(*row, std::move(asked));
}

void Dispatcher::hand_over(const Row& row, Asked asked) {
  if (row.where == Where::Link) return row.handler(std::move(asked));
  const auto answer = asked.answer;
  const auto shared = std::make_shared<Asked>(std::move(asked));
  const Status begun = workers_.run([&row, shared] { row.handler(std::move(*shared)); });
  if (!begun.has_value()) answer->last(refusal(begun.error()));
}

void Dispatcher::on_denied(const Error& error) { log_.report(error); }

}  // namespace hw::cluster

#include "cluster/link/server_connection.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "cluster/link/agent_message.h"
#include "engine/base/limits.h"

namespace hw::cluster {

using boost::system::error_code;

struct ServerConnection::Timer {
  explicit Timer(boost::asio::io_context& context) : handshake(context) {}
  boost::asio::steady_timer handshake;
};

ServerConnection::ServerConnection(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel, Peer peer,
                                   const Greeting& self, std::string key, std::weak_ptr<ConnectionOwner> owner)
    : loop_(std::move(loop)),
      owner_(std::move(owner)),
      peer_(std::move(peer)),
      handshake_(self, std::move(key)),
      timer_(std::make_unique<Timer>(loop_->context())),
      channel_(std::move(channel)) {}

ServerConnection::~ServerConnection() = default;

std::shared_ptr<ServerConnection> ServerConnection::start(std::shared_ptr<LinkLoop> loop,
                                                          std::shared_ptr<Channel> channel, Peer peer,
                                                          const Greeting& self, std::string key,
                                                          std::weak_ptr<ConnectionOwner> owner) {
  std::shared_ptr<ServerConnection> out(new ServerConnection(std::move(loop), std::move(channel), std::move(peer), self,
                                                             std::move(key), std::move(owner)));
  out->watch_handshake();
  out->open();
  return out;
}

// ---- until it is known who it is ----

void ServerConnection::watch_handshake() {
  timer_->handshake.expires_after(std::chrono::milliseconds(kAgentHandshakeMs));
  timer_->handshake.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && !self->is_proven()) self->end("nothing was proven in time");
  });
}

void ServerConnection::open() {
  channel_->open([self = shared_from_this()](const ChannelOutcome& outcome) {
    if (self->ended_) return;
    if (outcome.good) return self->begin();
    if (outcome.refused) self->bad_proof(outcome.text);
    self->end(outcome.text);
  });
}

void ServerConnection::begin() {
  certificate_names_ = channel_->certificate_names();
  FrameStream::Hooks hooks;
  hooks.on_frame = [self = shared_from_this()](AgentFrame frame) { self->on_frame(std::move(frame)); };
  hooks.on_end = [self = shared_from_this()](const StreamEnd& end) { self->on_end(end); };
  stream_ = FrameStream::start(loop_, channel_, AgentEnd::Caller, std::move(hooks));
}

void ServerConnection::bad_proof(const std::string& why) {
  if (const auto owner = owner_.lock()) owner->on_bad_proof(*this, why);
}

void ServerConnection::on_frame(AgentFrame frame) {
  if (is_proven())
    on_message(std::move(frame));
  else
    on_greeting(frame);
}

void ServerConnection::on_greeting(const AgentFrame& frame) {
  const HandshakeStep step = handshake_.on_frame(frame.type, as_bytes(frame.body));
  using Failure = HandshakeStep::Failure;
  if (step.failure == Failure::BadProof || step.failure == Failure::Malformed) {
    bad_proof(step.failure == Failure::BadProof ? "its proof is wrong" : "its handshake is wrong");
    return end("bad proof");
  }
  // Before Welcome: a caller that is not let in is told nothing.
  if (step.established && !prove_name()) return;
  if (step.send.has_value()) stream_->send_greeting(step.send->type, step.send->body);
  if (step.failure == Failure::NoVersion) return stream_->end_when_sent("no version that both have");
  if (!step.established) return;
  stream_->seal_with(handshake_.keys());
  timer_->handshake.cancel();
  proven_ = std::make_shared<const Peer>(peer_);
  if (const auto owner = owner_.lock()) owner->on_proven(*this);
}

bool ServerConnection::prove_name() {
  const Greeting& said = handshake_.other();
  peer_.says = said.name;
  peer_.release = said.release;
  peer_.version = handshake_.version();
  peer_.version_min = said.versions.min;
  peer_.version_max = said.versions.max;
  if (peer_.way == PeerWay::Key) peer_.name = said.name;
  if (peer_.way == PeerWay::Certificate) {
    const auto owner = owner_.lock();
    peer_.name = owner == nullptr ? "" : owner->known_name(certificate_names_, said.name);
    if (peer_.name.empty()) {
      bad_proof("its certificate names neither a node nor an operator");
      end("bad proof");
      return false;
    }
  }
  return true;
}

// ---- requests ----

void ServerConnection::on_message(AgentFrame frame) {
  const std::uint64_t number = frame.request;
  const auto bytes_max = peer_.rights == Rights::Watch ? kAgentWatcherBytesMax : kAgentMessageBytesMax;
  switch (messages_.add(frame, bytes_max)) {
    case AgentMessageReader::Outcome::Incomplete:
      return;
    case AgentMessageReader::Outcome::OutOfOrder:
      return end("messages inside of each other");
    case AgentMessageReader::Outcome::TooLong:
      return refuse(number, fmt::format("request has more than {} bytes", bytes_max));
    case AgentMessageReader::Outcome::Whole:
      break;
  }
  if (frame.type == AgentFrameType::Request) return on_request(number, frame.body);
  const auto answer = answers_.find(number);
  if (answer == answers_.end()) return;  // It has been answered meanwhile.
  const auto state = std::move(answer->second);
  answers_.erase(answer);
  state->cancel();
}

void ServerConnection::on_request(std::uint64_t number, const std::string& text) {
  auto request = decode_request(as_bytes(text));
  if (!request.has_value() || answers_.contains(number)) return end("request that is none");
  if (answers_.size() >= kAgentRequestsMax)
    return refuse(number, fmt::format("{} requests are not answered yet", answers_.size()));
  auto answer = std::make_shared<ServerAnswer>(loop_, weak_from_this(), number);
  answers_[number] = answer->state();
  if (const auto owner = owner_.lock())
    owner->on_request({proven_, std::move(request->verb), std::move(request->body)}, std::move(answer));
}

void ServerConnection::refuse(std::uint64_t request, const std::string& why) {
  stream_->send(AgentFrameType::Refused, request, why);
}

void ServerConnection::on_answer(std::uint64_t request, AgentFrameType type, const std::string& body) {
  if (ended_ || !answers_.contains(request)) return;
  stream_->send(type, request, body);
  if (type != AgentFrameType::Partial) answers_.erase(request);
}

// ---- the end ----

void ServerConnection::end(const std::string& why) {
  if (ended_) return;
  if (stream_ == nullptr) return on_end({StreamEnd::Kind::Left, why});
  stream_->end(StreamEnd::Kind::Left, why);
  cancel_all();
}

void ServerConnection::on_end(const StreamEnd& end) {
  if (std::exchange(ended_, true)) return;
  timer_->handshake.cancel();
  channel_->close();
  if (end.kind == StreamEnd::Kind::Broken) bad_proof(end.text);
  cancel_all();
  if (const auto owner = owner_.lock()) owner->on_ended(*this);
}

void ServerConnection::cancel_all() {
  for (const auto& [request, state] : std::exchange(answers_, {})) state->cancel();
}

}  // namespace hw::cluster

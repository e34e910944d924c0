#include "cluster/link/client_core.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

/// `no answer in 3 s`, in tenths of a second.
std::string no_answer(steady_clock::time_point since, Deadline deadline) {
  const std::chrono::duration<double> waited = std::max(deadline, since) - since;
  return fmt::format("no answer in {:g} s", std::round(waited.count() * 10) / 10);
}

}  // namespace

struct ClientCore::Timer {
  explicit Timer(boost::asio::io_context& context) : opening(context) {}
  boost::asio::steady_timer opening;
};

struct ClientCore::Pending {
  Pending(boost::asio::io_context& context, AgentReply its_reply) : reply(std::move(its_reply)), timer(context) {}
  AgentReply reply;
  boost::asio::steady_timer timer;
};

ClientCore::ClientCore(std::shared_ptr<LinkLoop> loop, AgentTarget target, AgentCaller caller)
    : LoopUser(std::move(loop)),
      target_(std::move(target)),
      caller_(std::move(caller)),
      timer_(std::make_unique<Timer>(this->loop().context())) {}

ClientCore::~ClientCore() = default;

Error ClientCore::remote(std::string_view why) const { return make_error<MsgId::HWREMOTE>(text_of(target_), why); }

// ---- until it is open ----

void ClientCore::start(Deadline deadline, Opened opened) {
  opened_ = std::move(opened);
  watch_opening(deadline);
  auto done = [self = shared_from_this()](Result<Dial::Connected> outcome) { self->connected(std::move(outcome)); };
  dial_ = target_.socket_path.empty() ? Dial::address(shared_loop(), target_.address, deadline, std::move(done))
                                      : Dial::path(shared_loop(), target_.socket_path, std::move(done));
}

void ClientCore::watch_opening(Deadline deadline) {
  timer_->opening.expires_at(deadline);
  timer_->opening.async_wait([self = weak_from_this(), since = steady_clock::now(), deadline](error_code cancelled) {
    if (cancelled) return;
    if (const auto core = self.lock(); core != nullptr && !core->open_)
      core->fail(core->remote(no_answer(since, deadline)));
  });
}

void ClientCore::connected(Result<Dial::Connected> outcome) {
  if (end_.has_value()) {
    if (outcome.has_value()) ::close(outcome->socket);
    return;
  }
  if (!outcome.has_value()) {
    const std::string where = target_.socket_path.empty() ? text_of(target_.address) : target_.socket_path;
    Error error = remote(fmt::format("cannot connect to {}", where)).with_errno(outcome.error().os_errno);
    error.extra = outcome.error().extra;
    return fail(error);
  }
  if (auto why = cannot_prove(outcome->to)) {
    ::close(outcome->socket);
    return fail(*why);
  }
  const bool local = !target_.socket_path.empty();
  const auto tls = local ? nullptr : caller_.credentials->tls();
  peer_.way = local ? PeerWay::Socket : tls == nullptr ? PeerWay::Key : PeerWay::Certificate;
  peer_.rights = Rights::All;
  if (!local) peer_.address = text_of(outcome->to);
  auto channel = tls == nullptr ? plain_channel(loop(), outcome->socket)
                                : tls_channel(loop(), outcome->socket, tls, TlsEnd::Client);
  if (!channel.has_value()) return fail(remote(channel.error().text).with_errno(channel.error().os_errno));
  channel_ = *std::move(channel);
  open_channel();
}

std::optional<Error> ClientCore::cannot_prove(const AgentAddress& to) const {
  if (!target_.socket_path.empty()) return std::nullopt;
  const auto* const credentials = caller_.credentials.get();
  if (credentials == nullptr || credentials->security().mode == LinkSecurity::Mode::None)
    return remote("neither a key nor a certificate to prove with");
  const bool plain = credentials->security().mode == LinkSecurity::Mode::Key;
  if (plain && !credentials->security().allow_plain && !is_loopback_number(to.host))
    return remote(fmt::format("{} is not loopback, and mode key does not encrypt (security.allow_plain)", to.host));
  return std::nullopt;
}

void ClientCore::open_channel() {
  channel_->open([self = shared_from_this()](const ChannelOutcome& outcome) {
    if (self->end_.has_value()) return;
    if (outcome.good) return self->begin();
    self->fail(self->remote(fmt::format("TLS: {}", outcome.text)).with_errno(outcome.os_errno));
  });
}

void ClientCore::begin() {
  const auto names = channel_->certificate_names();
  if (peer_.way == PeerWay::Certificate) {
    const bool right = target_.node.empty() || std::ranges::find(names, target_.node) != names.end();
    if (!right || names.empty())
      return fail(remote(fmt::format("certificate there is that of {}", names.empty() ? "nobody" : names.front())));
    peer_.name = target_.node.empty() ? names.front() : target_.node;
  }
  FrameStream::Hooks hooks;
  hooks.on_frame = [self = shared_from_this()](AgentFrame frame) { self->on_frame(std::move(frame)); };
  hooks.on_end = [self = shared_from_this()](const StreamEnd& end) {
    self->fail(self->remote((self->open_ ? "connection lost: " : "not let in: ") + end.text));
  };
  stream_ = FrameStream::start(shared_loop(), channel_, AgentEnd::Agent, std::move(hooks));
  Greeting self;
  self.nonce = fresh_nonce();
  self.name = caller_.name;
  self.release = caller_.release;
  handshake_.emplace(self, peer_.way == PeerWay::Key ? caller_.credentials->key() : std::string());
  const auto hello = handshake_->begin();
  stream_->send_greeting(hello.type, hello.body);
}

void ClientCore::on_frame(AgentFrame frame) {
  if (open_)
    on_answer(std::move(frame));
  else
    on_greeting(frame);
}

void ClientCore::on_greeting(const AgentFrame& frame) {
  const HandshakeStep step = handshake_->on_frame(frame.type, as_bytes(frame.body));
  const Greeting& other = handshake_->other();
  using Failure = HandshakeStep::Failure;
  if (step.failure == Failure::Malformed) return fail(remote("is no agent: its handshake is wrong"));
  if (step.failure == Failure::BadProof) return fail(remote("has another key"));
  if (step.failure == Failure::NoVersion)
    return fail(remote(fmt::format("{} speaks versions {} to {} of the link, here are {} to {}", other.release,
                                   other.versions.min, other.versions.max, VersionRange{}.min, VersionRange{}.max)));
  // Before the proof: an agent that was not asked for is told nothing.
  if (!target_.node.empty() && other.name != target_.node)
    return fail(remote(fmt::format("{} answers there", other.name)));
  if (step.send.has_value()) stream_->send_greeting(step.send->type, step.send->body);
  if (!step.established) return;
  stream_->seal_with(handshake_->keys());
  opened();
}

void ClientCore::opened() {
  HW_CHECK(!open_ && !end_.has_value());  // The caller is told once: open, or why not.
  const Greeting& other = handshake_->other();
  peer_.says = other.name;
  if (peer_.way != PeerWay::Certificate) peer_.name = other.name;
  peer_.release = other.release;
  peer_.version = handshake_->version();
  peer_.version_min = other.versions.min;
  peer_.version_max = other.versions.max;
  timer_->opening.cancel();
  open_ = true;
  std::exchange(opened_, nullptr)(std::nullopt);
}

// ---- requests ----

void ClientCore::request(std::uint64_t number, const std::string& text, Deadline deadline, AgentReply reply) {
  if (end_.has_value()) return reply.on_end(*end_);
  HW_CHECK(!pending_.contains(number));  // An answer is told from others by its number.
  auto& pending = pending_[number];
  pending = std::make_unique<Pending>(loop().context(), std::move(reply));
  watch_request(number, *pending, deadline);
  if (pending->reply.on_sent != nullptr) pending->reply.on_sent();
  stream_->send(AgentFrameType::Request, number, text);
}

void ClientCore::watch_request(std::uint64_t number, Pending& pending, Deadline deadline) {
  pending.timer.expires_at(deadline);
  pending.timer.async_wait(
      [self = weak_from_this(), number, since = steady_clock::now(), deadline](error_code cancelled) {
        const auto core = self.lock();
        if (cancelled || core == nullptr || !core->pending_.contains(number)) return;
        core->stream_->send(AgentFrameType::Cancel, number, "");
        core->end_request(number, core->remote(no_answer(since, deadline)));
      });
}

void ClientCore::cancel(std::uint64_t number) {
  if (!pending_.contains(number)) return;
  stream_->send(AgentFrameType::Cancel, number, "");
  end_request(number, remote("request was given up"));
}

void ClientCore::on_answer(AgentFrame frame) {
  switch (messages_.add(frame, kAgentMessageBytesMax)) {
    case AgentMessageReader::Outcome::Incomplete:
      return;
    case AgentMessageReader::Outcome::TooLong:
    case AgentMessageReader::Outcome::OutOfOrder:
      return fail(remote("its answer is none"));
    case AgentMessageReader::Outcome::Whole:
      break;
  }
  const auto found = pending_.find(frame.request);
  if (found == pending_.end()) return;  // It was given up meanwhile.
  if (frame.type == AgentFrameType::Last) return end_request(frame.request, std::move(frame.body));
  if (frame.type == AgentFrameType::Refused) return end_request(frame.request, remote(frame.body));
  if (found->second->reply.on_partial != nullptr) found->second->reply.on_partial(std::move(frame.body));
}

void ClientCore::end_request(std::uint64_t number, Result<std::string> outcome) {
  const auto node = pending_.extract(number);
  node.mapped()->timer.cancel();
  node.mapped()->reply.on_end(std::move(outcome));
}

// ---- the end ----

void ClientCore::on_closed(std::function<void(const Error&)> then) {
  if (end_.has_value()) return then(*end_);
  on_closed_ = std::move(then);
}

void ClientCore::close() {
  on_closed_ = nullptr;
  fail(remote("connection was given up"));
}

void ClientCore::fail(const Error& error) {
  if (end_.has_value()) return;
  end_ = error;
  open_ = false;
  timer_->opening.cancel();
  if (dial_ != nullptr) dial_->cancel();
  if (stream_ != nullptr) stream_->end(StreamEnd::Kind::Left, "");
  if (channel_ != nullptr) channel_->close();
  if (opened_ != nullptr) std::exchange(opened_, nullptr)(error);
  end_all(error);
  if (on_closed_ != nullptr) std::exchange(on_closed_, nullptr)(error);
}

void ClientCore::end_all(const Error& error) {
  for (const auto& [number, pending] : std::exchange(pending_, {})) {
    pending->timer.cancel();
    pending->reply.on_end(error);
  }
}

}  // namespace hw::cluster

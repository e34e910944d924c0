#include "cluster/store/http_connection.h"

#include <unistd.h>

#include <cstring>
#include <utility>

#include "engine/base/check.h"

namespace hw::cluster::store {
namespace {}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<LinkLoop> loop, StoreEndpoint endpoint, TlsContext tls, Opened opened)
    : loop_(std::move(loop)), endpoint_(std::move(endpoint)), tls_(std::move(tls)), opened_(std::move(opened)) {}

HttpConnection::~HttpConnection() { close(); }

Error HttpConnection::remote(std::string_view why) const {
  return make_error<MsgId::HWREMOTE>(text_of(endpoint_), why);
}

// ---- until it is open ----

std::shared_ptr<HttpConnection> HttpConnection::open(std::shared_ptr<LinkLoop> loop, StoreEndpoint endpoint,
                                                     TlsContext tls, Dial::Deadline deadline, Opened opened) {
  HW_CHECK(endpoint.secure == (tls != nullptr));
  std::shared_ptr<HttpConnection> out(
      new HttpConnection(std::move(loop), std::move(endpoint), std::move(tls), std::move(opened)));
  const Endpoint& at = out->endpoint_.at;
  out->dial_ = Dial::address(out->loop_, {at.host, at.port}, deadline,
                             [out](Result<Dial::Connected> outcome) { out->connected(std::move(outcome)); });
  return out;
}

void HttpConnection::connected(Result<Dial::Connected> outcome) {
  dial_.reset();
  if (state_ == State::Closed) {
    if (outcome.has_value()) ::close(outcome->socket);
    return;
  }
  if (!outcome.has_value()) {
    Error error = remote("cannot connect").with_errno(outcome.error().os_errno);
    error.extra = outcome.error().extra;
    return finish_opening(std::move(error));
  }
  auto channel = tls_ == nullptr ? plain_channel(*loop_, outcome->socket)
                                 : tls_channel(*loop_, outcome->socket, tls_, TlsEnd::Client);
  if (!channel.has_value()) return finish_opening(remote(channel.error().text).with_errno(channel.error().os_errno));
  channel_ = *std::move(channel);
  channel_->open([self = shared_from_this()](const ChannelOutcome& opened) { self->channel_opened(opened); });
}

void HttpConnection::channel_opened(const ChannelOutcome& outcome) {
  if (state_ == State::Closed) return;
  if (!outcome.good) return finish_opening(remote(fmt::format("TLS: {}", outcome.text)).with_errno(outcome.os_errno));
  if (tls_ != nullptr && !channel_->certificate_is_for(endpoint_.at.host))
    return finish_opening(remote(fmt::format("TLS: the certificate there is not for {}", endpoint_.at.host)));
  state_ = State::Free;
  read();
  finish_opening({});
}

void HttpConnection::finish_opening(Status outcome) {
  const Opened opened = std::exchange(opened_, nullptr);
  if (!outcome.has_value()) close();
  opened(std::move(outcome));
}

// ---- a request ----

void HttpConnection::post(std::string_view path, std::string_view token, std::string_view body, Answered answered) {
  begin(http_post(endpoint_.at.text(), path, token, body), {HttpAnswerReader(false), nullptr, std::move(answered)});
}

void HttpConnection::post_streamed(std::string_view path, std::string_view token, std::string_view body, Came came,
                                   Answered ended) {
  begin(http_post(endpoint_.at.text(), path, token, body), {HttpAnswerReader(true), std::move(came), std::move(ended)});
}

void HttpConnection::begin(std::string request, Exchange exchange) {
  HW_CHECK(is_free());
  state_ = State::Busy;
  exchange_ = std::move(exchange);
  out_ = std::move(request);
  write();
}

void HttpConnection::write() {
  writing_ = true;
  channel_->write_some(out_, [self = shared_from_this()](const ChannelOutcome& outcome, std::size_t bytes) {
    self->writing_ = false;
    if (self->state_ == State::Closed) return;
    if (!outcome.good) return self->fail(outcome.text);
    self->out_.erase(0, bytes);
    if (!self->out_.empty()) self->write();
  });
}

// ---- its answer ----

void HttpConnection::read() {
  channel_->read_some(room_, [self = shared_from_this()](const ChannelOutcome& outcome, std::size_t bytes) {
    if (self->state_ == State::Closed) return;
    if (!outcome.good) return self->ended(outcome.text);
    self->take(std::string_view(self->room_.data(), bytes));
    if (self->state_ != State::Closed) self->read();
  });
}

void HttpConnection::take(std::string_view bytes) {
  if (!exchange_.has_value()) return close();  // Nobody has asked for anything.
  using Answer = HttpAnswerReader::State;
  HttpAnswerReader& reader = exchange_->reader;
  const Answer state = reader.feed(bytes);
  if (state == Answer::Broken) return fail(fmt::format("no good answer: {}", reader.fault()));
  if (state == Answer::Head) return;
  const bool streams = exchange_->came != nullptr && reader.status() == kHttpOk;
  if (streams) {
    if (std::string piece = reader.take_body(); !piece.empty()) {
      // It may end all this from inside.
      const auto self = shared_from_this();
      const Came came = exchange_->came;
      came(std::move(piece));
      if (state_ == State::Closed) return;
    }
  }
  if (state != Answer::Done) return;
  // An answer before all of the request was taken leaves nothing to go on with.
  const bool keep = reader.may_keep() && !writing_;
  finish(HttpAnswer{reader.status(), reader.take_body()}, keep);
}

void HttpConnection::ended(std::string_view why) {
  if (!exchange_.has_value()) return close();
  HttpAnswerReader& reader = exchange_->reader;
  if (reader.end() != HttpAnswerReader::State::Done) return fail(why);
  finish(HttpAnswer{reader.status(), reader.take_body()}, /*keep=*/false);
}

void HttpConnection::fail(std::string_view why) { finish(remote(why), /*keep=*/false); }

void HttpConnection::finish(Result<HttpAnswer> answer, bool keep) {
  const auto exchange = std::exchange(exchange_, std::nullopt);
  if (keep)
    state_ = State::Free;
  else
    close();
  // The last: it may send the next request from inside.
  if (exchange.has_value()) exchange->answered(std::move(answer));
}

void HttpConnection::close() {
  if (std::exchange(state_, State::Closed) == State::Closed) return;
  opened_ = nullptr;
  exchange_.reset();
  if (dial_ != nullptr) dial_->cancel();
  if (channel_ != nullptr) channel_->close();
}

}  // namespace hw::cluster::store

#include "cluster/store/client.h"

#include <utility>

#include "cluster/store/token_calls.h"

namespace hw::cluster::store {
namespace {

Error error_of(const TlsFault& fault) {
  const std::string_view key = fault.part == TlsFault::Part::Authority     ? "etcd.ca"
                               : fault.part == TlsFault::Part::Certificate ? "etcd.cert"
                                                                           : "etcd.key";
  return make_error<MsgId::HWCFGBAD>(key, fmt::format("{}: {}", fault.path, fault.why));
}

}  // namespace

Result<std::shared_ptr<StoreClient>> StoreClient::make(const std::shared_ptr<LinkLoop>& loop, const EtcdKeys& keys,
                                                       std::chrono::milliseconds patience) {
  std::vector<StoreEndpoint> endpoints;
  bool secure = false;
  for (const std::string& url : keys.endpoints) {
    auto endpoint = endpoint_of(url);
    if (!endpoint.has_value())
      return make_error<MsgId::HWCFGBAD>("etcd.endpoints", "not http://HOST:PORT or https://HOST:PORT");
    secure = secure || endpoint->secure;
    endpoints.push_back(*std::move(endpoint));
  }
  if (endpoints.empty()) return make_error<MsgId::HWCFGBAD>("etcd.endpoints", "missing");
  std::optional<TlsFiles> tls;
  if (secure) {
    auto files = TlsFiles::load({keys.ca, keys.cert, keys.key});
    if (!files.has_value()) return error_of(files.error());
    tls = *std::move(files);
  }
  const auto settings =
      std::make_shared<LaneSettings>(LaneSettings{loop, Members(std::move(endpoints)), std::move(tls), patience});
  return std::shared_ptr<StoreClient>(new StoreClient(settings, keys));
}

TlsContext StoreClient::tls_of(std::size_t member) {
  return members().at(member).secure ? settings_->tls->current() : nullptr;
}

// ---- a caller ----

StoreCaller::StoreCaller(std::shared_ptr<StoreClient> client)
    : client_(std::move(client)), lane_(client_->settings()) {}
StoreCaller::~StoreCaller() = default;

void StoreCaller::call(std::string_view path, std::string body, bool other_member, Done done) {
  lane_.give_up();
  call_ = std::make_shared<Call>(Call{{std::string(path), "", std::move(body), other_member}, std::move(done)});
  if (client_->tokens().ready()) return send();
  with_token();
}

void StoreCaller::with_token() {
  call_->asked_for_token = true;
  client_->tokens().ask([this, held = std::weak_ptr<Call>(call_)](const Status& outcome) {
    // A caller that is gone, or has begun another call, holds it no more.
    if (held.lock() == nullptr) return;
    if (!outcome.has_value()) return finish(outcome.error());
    send();
  });
}

void StoreCaller::send() {
  call_->request.token = client_->tokens().token();
  lane_.send(call_->request, [this](Result<HttpAnswer> answer) { answered(std::move(answer)); });
  call_->request.other_member = false;  // It is there by now.
}

void StoreCaller::answered(Result<HttpAnswer> answer) {
  if (!answer.has_value()) return finish(std::move(answer).error());
  if (answer->status == kHttpOk) return finish(std::move(answer->body));
  const Refusal refusal = refusal_of(answer->body);
  if (!call_->request.token.empty() && wants_new_token(answer->status, refusal)) {
    client_->tokens().refused(call_->request.token);
    // It was not carried out, so it may be sent again: once.
    if (!call_->asked_for_token) return with_token();
  }
  finish(make_error<MsgId::HWREMOTE>("etcd", fmt::format("{} {}", answer->status, refusal.reason)));
}

void StoreCaller::finish(Result<std::string> outcome) {
  // The last: it may begin the next call, or take this caller away.
  std::exchange(call_, nullptr)->done(std::move(outcome));
}

}  // namespace hw::cluster::store

#include "cluster/store/node_liveness.h"

#include <algorithm>
#include <utility>

#include "cluster/store/key_value_calls.h"
#include "cluster/store/lease_calls.h"

namespace hw::cluster::store {
namespace {

Error bad_answer(std::string_view fault) {
  return make_error<MsgId::HWREMOTE>("etcd", fmt::format("lease of the node: {}", fault));
}

Decoded<std::vector<std::string>> nodes_in(std::string_view body, std::string_view prefix) {
  const auto range = decode_range(body);
  if (!range.has_value()) return tl::unexpected(range.error());
  std::vector<std::string> out;
  for (const KeyValue& each : range->values)
    if (auto name = name_in(each.key, prefix)) out.push_back(*std::move(name));
  return out;
}

}  // namespace

NodeLiveness::NodeLiveness(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, const std::string& node,
                           Failed failed, std::chrono::milliseconds renew)
    : caller_(client),
      timer_(client->settings()->loop),
      patience_(client->settings()->patience),
      renew_(renew),
      key_(keys.node(node)),
      node_(node),
      failed_(std::move(failed)) {
  timer_.after({}, [this] { next(false); });
}

void NodeLiveness::next(bool other_member) {
  if (lease_ == 0) return grant(other_member);
  if (!key_there_) return put(other_member);
  keep_alive(other_member);
}

void NodeLiveness::failed(const Error& error, bool other_member) {
  timer_.after(std::min(patience_, renew_), [this, other_member] { next(other_member); });
  failed_(error);
}

void NodeLiveness::grant(bool other_member) {
  caller_.call(kGrantPath, encode_grant(kNodeTtl_s), other_member,
               [this](const Result<std::string>& answer) { granted(answer); });
}

void NodeLiveness::granted(const Result<std::string>& answer) {
  if (!answer.has_value()) return failed(answer.error(), /*other_member=*/false);
  const auto lease = decode_grant(*answer);
  if (!lease.has_value()) return failed(bad_answer(lease.error()), /*other_member=*/true);
  lease_ = *lease;
  key_there_ = false;
  put(/*other_member=*/false);
}

void NodeLiveness::put(bool other_member) {
  caller_.call(kPutPath, encode_put(key_, node_, lease_), other_member,
               [this](const Result<std::string>& answer) { was_put(answer); });
}

void NodeLiveness::was_put(const Result<std::string>& answer) {
  if (!answer.has_value() || !decode_put(*answer).has_value()) {
    // The lease may have ended meanwhile: a keepalive would say so, a new one is as cheap.
    lease_ = 0;
    return failed(answer.has_value() ? bad_answer("no good answer to its put") : answer.error(),
                  /*other_member=*/false);
  }
  key_there_ = true;
  timer_.after(renew_, [this] { next(false); });
}

void NodeLiveness::keep_alive(bool other_member) {
  caller_.call(kKeepAlivePath, encode_keep_alive(lease_), other_member,
               [this](const Result<std::string>& answer) { kept(answer); });
}

void NodeLiveness::kept(const Result<std::string>& answer) {
  if (!answer.has_value()) return failed(answer.error(), /*other_member=*/false);
  const auto ttl_s = decode_keep_alive(*answer);
  if (!ttl_s.has_value()) return failed(bad_answer(ttl_s.error()), /*other_member=*/true);
  if (*ttl_s != 0) return timer_.after(renew_, [this] { next(false); });
  lease_ = 0;
  grant(/*other_member=*/false);
}

// ---- the others ----

LiveNodes::LiveNodes(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys)
    : caller_(client), prefix_(keys.nodes()) {}

void LiveNodes::read(Done done) {
  caller_.call(kRangePath, encode_range(prefix_, end_of(prefix_)), /*other_member=*/false,
               [this, done = std::move(done)](const Result<std::string>& answer) {
                 if (!answer.has_value()) return done(answer.error());
                 auto nodes = nodes_in(*answer, prefix_);
                 if (!nodes.has_value()) return done(make_error<MsgId::HWREMOTE>("etcd", nodes.error()));
                 done(*std::move(nodes));
               });
}

}  // namespace hw::cluster::store

/// cluster/store/client.h -- a domain's store, as one agent speaks with it: its members, certificates and token.
///
/// A user of the client makes a caller for each purpose. All of them go to the same member until it fails one of
/// them.
///
/// Source: operations, sections 2 ([etcd]) and 9.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/config/domain.h"
#include "cluster/store/lane.h"
#include "cluster/store/tokens.h"

namespace hw::cluster::store {

/// Thread: the loop's. Made there, and destroyed there or after its end.
class StoreClient {
 public:
  /// `patience`: until a request counts as unanswered (lease.retry_s). Errors: HWCFGBAD names the key of the
  /// configuration, the file and the reason.
  static Result<std::shared_ptr<StoreClient>> make(const std::shared_ptr<LinkLoop>& loop, const EtcdKeys& keys,
                                                   std::chrono::milliseconds patience);

  const std::shared_ptr<LaneSettings>& settings() const { return settings_; }
  Members& members() { return settings_->members; }
  Tokens& tokens() { return tokens_; }
  /// The TLS settings for an https member; nullptr for another one.
  TlsContext tls_of(std::size_t member);

 private:
  StoreClient(const std::shared_ptr<LaneSettings>& settings, const EtcdKeys& keys)
      : settings_(settings), tokens_(settings, keys.user, keys.password_file) {}
  std::shared_ptr<LaneSettings> settings_;
  Tokens tokens_;
};

/// Requests of one purpose. Thread: the loop's.
class StoreCaller {
 public:
  using Done = std::function<void(Result<std::string>)>;
  explicit StoreCaller(std::shared_ptr<StoreClient> client);
  /// Nothing is called any more.
  ~StoreCaller();
  StoreCaller(const StoreCaller&) = delete;
  StoreCaller& operator=(const StoreCaller&) = delete;

  /// Asks once; the call under way, if any, is given up. `done` is called once, from the loop, with the body of an
  /// answer 200. `other_member`: the last one was not answered in time, so that it is another one's turn. Errors:
  /// HWREMOTE with the member or what it has said; HWCFGBAD of the password's file.
  void call(std::string_view path, std::string body, bool other_member, Done done);

 private:
  struct Call {
    Lane::Request request;
    Done done;
    bool asked_for_token = false;
  };
  void with_token();
  void send();
  void answered(Result<HttpAnswer> answer);
  void finish(Result<std::string> outcome);

  std::shared_ptr<StoreClient> client_;
  Lane lane_;
  std::shared_ptr<Call> call_;  ///< under way; those who bring a token hold it weakly
};

}  // namespace hw::cluster::store

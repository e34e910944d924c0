/// cluster/store/tokens.h -- the token that a user's requests carry: asked for once for all who need it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/store/lane.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class Tokens {
 public:
  using Done = std::function<void(const Status&)>;

  /// `user` empty: no tokens are needed. The password is the first line of `password_file`, which is read each time.
  Tokens(const std::shared_ptr<LaneSettings>& settings, std::string user, std::string password_file);

  /// Whether requests may be sent as it is.
  bool ready() const { return user_.empty() || !token_.empty(); }
  /// Empty: without.
  const std::string& token() const { return token_; }
  /// `done` comes from the loop, once a token is there or was refused. Errors: HWREMOTE; HWCFGBAD: the file cannot be
  /// read, or may be read by others.
  void ask(Done done);
  /// A member does not take it any more.
  void refused(const std::string& token);

 private:
  void answered(Result<HttpAnswer> answer);
  void finish(const Status& outcome);

  Lane lane_;
  LoopTimer soon_;
  std::string user_;
  std::string password_file_;
  std::string token_;
  std::vector<Done> waiting_;
};

/// The first line of a file that its owner alone may read. Errors: HWCFGBAD of etcd.password_file.
Result<std::string> read_password(const std::string& path);

}  // namespace hw::cluster::store

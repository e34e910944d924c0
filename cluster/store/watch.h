/// cluster/store/watch.h -- tells of keys that change, as soon as the store does. It may miss some: who needs to know
/// for certain reads.
///
/// It goes to the member that requests go to, and goes on at another one when that changes, when its own ends the
/// stream or does not begin it in time. Each time it has begun again `began` is called: what changed before then was
/// not told.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cluster/store/client.h"
#include "cluster/store/http_connection.h"
#include "cluster/store/loop_timer.h"
#include "cluster/store/times.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class StoreWatch final : public LoopUser {
 public:
  struct Hooks {
    std::function<void()> began;
    std::function<void(const std::string& key)> changed;
    std::function<void(const Error&)> ended;  ///< for log and status; it begins again by itself
  };
  /// Of all keys that begin with `prefix`, which ends with a slash.
  /// It begins again after `pause`.
  StoreWatch(std::shared_ptr<StoreClient> client, std::string prefix, Hooks hooks,
             std::chrono::milliseconds pause = kWatchPause);
  /// Nothing is called any more.
  ~StoreWatch() override;
  void loop_ends() override;

 private:
  void begin();
  void with_token();
  void open();
  void post();
  void take(const std::string& piece);
  bool take_line(std::string_view line);
  void ended(const Result<HttpAnswer>& answer);
  void look();
  void again(const Error& why, bool leave);
  void drop();
  Error remote(std::string_view why) const;

  std::shared_ptr<StoreClient> client_;
  std::string prefix_;
  Hooks hooks_;
  std::chrono::milliseconds pause_;
  LoopTimer timer_;
  std::shared_ptr<HttpConnection> connection_;
  std::shared_ptr<int> life_;  ///< of the attempt; those who bring a token hold it weakly
  std::size_t member_ = 0;
  std::string token_;
  std::string unread_;  ///< of a line
  bool created_ = false;
};

}  // namespace hw::cluster::store

/// cluster/store/node_liveness.h -- a key in the store that is there while this node's agent lives.
///
/// It hangs on a lease of etcd's of kNodeTtl_s. It says nothing of who is root: a new leader of etcd's starts all
/// leases again.
///
/// Source: operations, section 9.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/store/client.h"
#include "cluster/store/keys.h"
#include "cluster/store/loop_timer.h"
#include "cluster/store/times.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class NodeLiveness {
 public:
  /// For log and status; it goes on by itself.
  using Failed = std::function<void(const Error&)>;
  NodeLiveness(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, const std::string& node,
               Failed failed, std::chrono::milliseconds renew = kNodeRenew);

  /// etcd's lease; 0: none yet, or it was lost.
  std::uint64_t lease() const { return lease_; }

 private:
  void grant(bool other_member);
  void put(bool other_member);
  void keep_alive(bool other_member);
  void granted(const Result<std::string>& answer);
  void was_put(const Result<std::string>& answer);
  void kept(const Result<std::string>& answer);
  void next(bool other_member);
  void failed(const Error& error, bool other_member);

  StoreCaller caller_;
  LoopTimer timer_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds renew_;
  std::string key_;
  std::string node_;
  Failed failed_;
  std::uint64_t lease_ = 0;
  bool key_there_ = false;
};

/// Reads which nodes' agents live. Thread: the loop's.
class LiveNodes {
 public:
  using Done = std::function<void(Result<std::vector<std::string>>)>;
  LiveNodes(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys);
  /// In the order of their names. A read under way is given up. Errors: HWREMOTE.
  void read(Done done);

 private:
  StoreCaller caller_;
  std::string prefix_;
};

}  // namespace hw::cluster::store

/// cluster/store/compaction.h -- cuts the store's history: each renewal of a lease is a put, and etcd keeps all that
/// ever was until it is told not to.
///
/// Source: operations, section 9: the coordinator compacts hourly.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cluster/store/client.h"
#include "cluster/store/keys.h"
#include "cluster/store/loop_timer.h"
#include "cluster/store/times.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class Compaction {
 public:
  /// For log and status, after each one: the revision that history now begins at. It goes on by itself.
  using Done = std::function<void(const Result<std::uint64_t>&)>;
  /// The first is after one period: of several coordinators in a row each lets the store have its time.
  Compaction(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, Done done,
             std::chrono::milliseconds period = kCompactionPeriod);

 private:
  void wait();
  void read();
  void compact(std::uint64_t revision);
  void finish(const Result<std::uint64_t>& outcome);

  StoreCaller caller_;
  std::string folder_;
  LoopTimer timer_;
  Done done_;
  std::chrono::milliseconds period_;
  std::uint64_t begins_at_ = 0;  ///< as far as is known here
};

}  // namespace hw::cluster::store

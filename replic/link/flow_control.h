/// replic/link/flow_control.h -- when a receiver stops and restarts its source. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace hw {

/// Watches how full the receive pool is. The source is stopped at 90 % and started again below 80 %, or
/// 1 MiB below the upper mark where that is more room to use. Source: GT.M V5.1 to V6.2.
class FlowControl {
 public:
  enum class Order { Stop, Go };

  /// `pool_bytes` is the pool's whole room, above 0.
  explicit FlowControl(std::uint64_t pool_bytes);

  /// The order to send now, when the fill of the pool calls for another state than the present one.
  std::optional<Order> observe(std::uint64_t used_bytes);

  /// A new connection or a drained pipe: the source sends again.
  void reset() { stopped_ = false; }

  bool stopped() const { return stopped_; }

 private:
  std::uint64_t high_;
  std::uint64_t low_;
  bool stopped_ = false;
};

}  // namespace hw

/// replic/link/connect_tries.h -- how often and how soon a source server tries to reach its secondary. Pure.
///
/// As GT.M: some hard tries, one soon after the other, then soft ones for as long as it takes, with an alert now and
/// then if one is wanted. After a connection that came to nothing, lost or refused, the next try follows soon: mostly
/// the other side is only being started, or rolled back. (GT.M waits 1 s, or 5 s after a refusal.) The wait doubles
/// each time, up to the period of soft tries, until something is applied over a connection. Waits are spread, so that
/// the source servers which lost the same site at the same time do not come back at the same time.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "journal/connect_parameters.h"

namespace hw {

/// Thread: one at a time.
class ConnectTries {
 public:
  /// `jitter_seed` 0: waits are not spread.
  ConnectTries(const ConnectParameters& params, std::uint32_t jitter_seed) : params_(params), random_(jitter_seed) {
    spread_ = jitter_seed != 0;
  }

  /// A try is due and none has failed since the last connection.
  bool is_first() const { return hard_failures_ == 0 && soft_since_ms_ == 0; }
  /// A connection is there, or was given up: tries begin again.
  void begin_anew();

  struct Failure {
    std::uint64_t wait_ms = 0;  ///< until the next try
    std::vector<std::string> lines;
    std::optional<std::uint64_t> alert_s;  ///< an alert is due: seconds since the soft tries began
  };
  /// A try has failed. `now_ms`: monotonic.
  Failure failed(std::uint64_t now_ms, std::string_view reason);

  /// The wait after a connection that came to nothing.
  std::uint64_t wait_after_fruitless();
  /// Something was applied over the connection.
  void made_progress() { fruitless_ = 0; }

 private:
  std::uint64_t spread(std::uint64_t delay_ms);

  ConnectParameters params_;
  std::uint32_t hard_failures_ = 0;
  std::uint32_t soft_failures_ = 0;
  std::uint64_t soft_since_ms_ = 0;
  std::uint64_t alerts_ = 0;
  std::uint32_t fruitless_ = 0;  ///< connections in a row over which nothing was applied
  bool spread_ = false;
  std::minstd_rand random_;
};

}  // namespace hw

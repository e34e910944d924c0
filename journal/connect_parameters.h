/// journal/connect_parameters.h -- how a source server tries to reach its secondary, and how long it waits for it.
///
/// In the journal pool, where the server and commands share them: six fields, as -connectparams has them.
#pragma once

#include <cstdint>

namespace hw {

/// -connectparams. Source: GT.M's defaults.
struct ConnectParameters {
  std::uint32_t hard_tries_count = 5;
  std::uint32_t hard_tries_period_ms = 500;
  std::uint32_t soft_tries_period_s = 5;
  std::uint32_t alert_period_s = 0;  ///< 0: no REPLALERT
  std::uint32_t heartbeat_period_s = 15;
  std::uint32_t heartbeat_wait_max_s = 300;  ///< patience with a secondary that owes an answer to anything
  std::uint64_t soft_tries_period_ms() const { return std::uint64_t{1000} * soft_tries_period_s; }
  std::uint64_t alert_period_ms() const { return std::uint64_t{1000} * alert_period_s; }
  std::uint64_t heartbeat_period_ms() const { return std::uint64_t{1000} * heartbeat_period_s; }
  std::uint64_t heartbeat_wait_max_ms() const { return std::uint64_t{1000} * heartbeat_wait_max_s; }
  friend bool operator==(const ConnectParameters&, const ConnectParameters&) = default;
};
static_assert(sizeof(ConnectParameters) == 6 * sizeof(std::uint32_t));

}  // namespace hw

/// cluster/store/times.h -- the times of the room that no configuration sets.
#pragma once

#include <chrono>
#include <cstdint>

namespace hw::cluster::store {

/// A node whose agent says nothing for so long is not alive to the others. Whole seconds, as etcd has it.
inline constexpr std::uint64_t kNodeTtl_s = 10;
/// Between two signs of life.
inline constexpr std::chrono::milliseconds kNodeRenew{3000};
/// A watch looks so often whether its member is still the one that requests go to.
inline constexpr std::chrono::milliseconds kWatchLook{1000};
/// A watch that has ended begins again after so long.
inline constexpr std::chrono::milliseconds kWatchPause{500};
/// Renewals are puts: the store's history is cut so often.
inline constexpr std::chrono::hours kCompactionPeriod{1};

}  // namespace hw::cluster::store

/// cluster/lease/names.h -- lists of names, and the times of the machine that no configuration sets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hw::cluster::lease {

inline bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Adds those that are not there yet.
inline void add_names(std::vector<std::string>& to, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!contains(to, name)) to.push_back(name);
}

inline std::vector<std::string> without(std::vector<std::string> names, std::string_view name) {
  std::erase(names, name);
  return names;
}

inline constexpr std::uint64_t kMillisecondNs = 1'000'000;
/// How long before the lease's end the record is read, and candidates are asked how far they are.
inline constexpr std::uint64_t kRipeAheadNs = 500 * kMillisecondNs;
/// How long candidates have for that answer.
inline constexpr std::uint64_t kPositionWaitNs = 300 * kMillisecondNs;
/// How long a better candidate may do nothing before it is passed over.
inline constexpr std::uint64_t kIdleBetterNs = 1'000 * kMillisecondNs;
/// How long a released lease may be taken only by the member to which it was released.
inline constexpr std::uint64_t kReleasedNs = 2'000 * kMillisecondNs;
/// How long a member whose promotion failed does not take again, unless it is booted.
inline constexpr std::uint64_t kFailedPromoteNs = 60'000 * kMillisecondNs;
/// How long after its disk failed a member neither takes nor writes what it knows.
inline constexpr std::uint64_t kFailedDiskNs = 1'000 * kMillisecondNs;

}  // namespace hw::cluster::lease

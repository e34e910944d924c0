/// cluster/board/status.h -- `status`, `status --json`, `status --check`.
#pragma once

#include <string>
#include <string_view>

#include "cluster/board/board.h"

namespace hw::cluster {

/// A line for the domain and each node, group, instance, gateway and problem.
std::string status_text(const Board& board);

/// The whole board as one JSON object, no newline at its end. Its keys: docs/operations/board.md; they keep their
/// meaning as long as `format` is 1.
std::string status_json(const Board& board);

/// For monitoring systems: the numbers are the exit statuses that they expect.
enum class Health : std::uint8_t { Ok = 0, Warning = 1, Critical = 2, Unknown = 3 };

struct HealthCheck {
  Health health = Health::Unknown;
  std::string line;  ///< no newline
  int exit() const { return static_cast<int>(health); }
};
/// Critical: a group without a root that accepts updates, or a FAILED one. Warning: any other problem.
HealthCheck check_health(const Board& board);
/// No agent has answered. `domain` may be empty.
HealthCheck health_unknown(std::string_view domain, std::string_view why);

}  // namespace hw::cluster

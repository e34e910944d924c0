/// replic/control/instance_status.h -- everything that is known of an instance, as JSON for monitoring programs.
///
/// Fields, their units and what null means: docs/status.md. A field keeps its meaning as long as `format` is the same;
/// new ones may come.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"

namespace hw {

/// The instance of that file, up or down, as one JSON object; no newline at its end. It changes nothing, takes no slot,
/// and is a snapshot without locks: fields of one moment each, not of one moment together.
///
/// Blocks: reads the instance file; for a secondary that is so late that its next transaction has left the
/// journal pool, opens the databases of the environment's global directory and looks that transaction up in the journal
/// files. Errors: those of InstanceFile::open; those of look_at_pool but for an instance that is down, or that cannot
/// be examined from here. Thread: any.
struct InstanceStatus {
  std::string json;
  std::optional<Error> unseen;  ///< HWUNSEEN: `json` has the instance file's part only, or lacks what a process does
};
Result<InstanceStatus> instance_status(const std::string& path);

}  // namespace hw

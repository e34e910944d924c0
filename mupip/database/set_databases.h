/// mupip/database/set_databases.h -- what `set -journal=`, `set -replication=` and the other properties do to
/// databases, once the command line is understood. A refresh ends with it, too.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "engine/admin/region_settings.h"
#include "mupip/command.h"

namespace hw::mupip {

/// One database the command is about, as messages name it.
struct SetTarget {
  std::string path;
  const Region* definition = nullptr;  ///< null: named as a file
};

struct SetOptions {
  SettingsRequest settings;   ///< its journal and replication; neither: both stay as they are
  bool before_images = true;  ///< for the messages: old values are in the journal in any case
  /// Changes other properties, before the settings; empty: there are none to change. After WCWRNNOTCHG the database
  /// keeps its settings, too, and the lines before the message are told.
  std::function<Status(RegionAccess&)> properties;
};

/// Sets each of `targets`, and tells what was done, and what could not be, on console.err; one that fails does not keep
/// the next ones from it, unless a process that uses it is in the way.
/// Errors: MUNOFINISH when one failed; a warning when all failures were; else WCWRNNOTCHG when `properties` said so of
/// one.
/// Blocks: as change_settings, for each.
Result<int> set_databases(std::span<const SetTarget> targets, const SetOptions& options, Console& console);

}  // namespace hw::mupip

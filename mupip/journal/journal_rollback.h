// What journal -rollback does when the instance is down (cmd_journal_rollback.cc) and when it is up
// (journal_rollback_online.cc), and what both need.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mupip/commands.h"
#include "replic/instance/instance_rollback.h"
#include "replic/link/link_options.h"

namespace hw::mupip {

struct RollbackRequest {
  std::optional<Seqno> resync;
  std::optional<std::uint16_t> port;  ///< -fetchresync
  TlsOptions tls;
  RollbackOptions options;
};

/// A row now and then of how far a long rollback is.
UndoProgress undo_progress(Console& console);

/// Where to roll back to, as asked or as the primary says; none: only to what all regions have.
Result<std::optional<Seqno>> rollback_target(const RollbackRequest& request, const InstanceFile& instance, Seqno next,
                                             Console& console);
/// What became of a file of lost or broken transactions. `missed`: the operator named it, so that he wants to know that
/// it was not made. `told` becomes true once something was said of the lost transactions' file.
void say_file(Console& console, std::string_view kind, const LostFile& file, bool missed, bool& told);

/// -online, of an instance that is up. Errors: as roll_back of the command. `told`: as of say_file.
Status roll_back_online(const RollbackRequest& request, const std::string& instance_path, bool& told, Console& console);

}  // namespace hw::mupip

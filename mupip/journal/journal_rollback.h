// What journal -rollback does when the instance is down (cmd_journal_rollback.cc) and when it is up
// (journal_rollback_online.cc), and what both need.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/journal_tools/lost_file.h"
#include "engine/recovery/undo.h"
#include "mupip/commands.h"
#include "replic/instance/instance_file.h"

namespace hw::mupip {

struct RollbackRequest {
  std::optional<Seqno> resync;
  std::optional<std::uint16_t> port;       ///< -fetchresync
  std::optional<std::string> lost_path;    ///< -losttrans
  std::optional<std::string> broken_path;  ///< -brokentrans
  bool write_lost = true;
  bool write_broken = true;
};

/// A row now and then of how far a long rollback is.
UndoProgress undo_progress(Console& console);

/// Where to roll back to, as asked or as the primary says; none: only to what all regions have.
Result<std::optional<Seqno>> rollback_target(const RollbackRequest& request, const InstanceFile& instance, Seqno next,
                                             Console& console);
/// Whether the instance generated its newest updates itself, as a root that has not been anybody's secondary since, in
/// whatever role it was started meanwhile.
bool ends_as_root(const InstanceFile& instance);
/// Writes the lost transaction file, and says what became of it. Where it is not wanted the journals are only read:
/// damage is found before anything is changed. `cut`: what this rollback has put into that file already.
Status write_lost_transactions(const RollbackRequest& request, std::span<OpenRegion* const> regions, Seqno to,
                               const InstanceFile& instance, const LostFile& cut, Console& console);
/// Warns when the history, which has been cut, does not reach back to `next`.
void warn_of_history(const InstanceFile& instance, bool had_history, Seqno next, Console& console);

/// -online, of an instance that is up. Errors: as roll_back of the command.
Status roll_back_online(const RollbackRequest& request, const std::string& instance_path, Console& console);

}  // namespace hw::mupip

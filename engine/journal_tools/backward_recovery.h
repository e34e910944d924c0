/// engine/journal_tools/backward_recovery.h -- `mupip journal -recover -backward`: databases without replication, after
/// a crash or back to a time.
///
/// After a crash it does what the next opener would do (make_clean). Back to a time: each transaction made later is
/// taken out, and each that follows one of those in a region, in all of its regions at once, by the steps of
/// engine/recovery/rollback.h, and so with its promises about crashes; what is taken out is on disk in the
/// lost-transaction file before anything changes. Source: GT.M's command; that what is taken out is written down is
/// ours.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/extract/extract_line.h"
#include "engine/extract/text_output.h"
#include "engine/recovery/region_access.h"

namespace hw {

struct BackwardRequest {
  RegionSet set = RegionSet::Whole;
  std::optional<std::uint64_t>
      before_us;  ///< later transactions are taken out; none: only what a crash left is settled
  std::string lost_path;
  bool write_lost = true;
  ExtractLayout layout = ExtractLayout::V7;
};

struct BackwardResult {
  std::uint64_t transactions = 0;  ///< taken out
  TextOutcome lost;
};

/// Errors: MUSTANDALONE; HWUSEROLLBACK for a database that replicates; JNLSTATEOFF for one without a journal;
/// HWRECOVERPART when a transaction to be taken out has parts in other regions; JNLBADLABEL for
/// another database's journal; NOPREVLINK or JNLFILEOPNERR when the journals do not go back that far; JNLBADRECFMT;
/// FILENOTCREATE (nothing has changed up to here, but for what a crash left); those of roll_back_regions. Blocks: reads
/// the journals from that time on twice, and as roll_back_regions.
Result<BackwardResult> recover_backward(std::span<RegionAccess* const> regions, const BackwardRequest& request);

}  // namespace hw

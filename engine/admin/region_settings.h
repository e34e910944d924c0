/// engine/admin/region_settings.h -- turning journaling and replication of a region on and off, and switching journal
/// files.
///
/// A change of state needs standalone access and is one step, whatever stops it (engine/admin/whole_change.h).
///
/// A new journal file of a region that is journaled already is also made beside live processes, under the commit lock.
///
/// Source: GT.M Administration and Operations Guide, "SET -JOURNAL"; texts and cases from observation of V7.0-005.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/recovery/region_access.h"

namespace hw {

struct JournalRequest {
  bool disable = false;
  bool enable = false;
  bool on = false;
  bool off = false;
  bool keep_link = true;                 ///< false: -noprevjnlfile
  std::optional<std::string> file_name;  ///< absolute
  std::optional<std::uint64_t> allocation_bytes;
  std::optional<std::uint64_t> extension_bytes;
  std::optional<std::uint64_t> autoswitch_bytes;
};

struct SettingsRequest {
  std::optional<JournalRequest> journal;
  std::optional<bool> replication;
  bool own = false;  ///< a copy becomes a database of its own; `journal` and `replication` are not given then
  /// Changes other fields of the header in the same step; `journal` and `replication` are not given then. For its
  /// seqno: the new journal file begins with the new one, so that the journals tell that it was given.
  std::function<Status(RegionHeader&)> edit;
};

/// What was done, in the order in which GT.M tells it.
struct SettingsOutcome {
  std::optional<std::string> renamed_to;  ///< the journal file that made room
  bool new_file = false;
  bool link_cut = false;  ///< the new file does not continue one that had been in use
  std::string journal_path;
  std::string region;
  JournalState journal_state = JournalState::Disabled;
  bool replicated = false;
  std::vector<Error> warnings;  ///< what else should have been done, and was not
};

/// Does what `request` asks on one region.
///
/// Errors: JNLDISABLE, REPLJNLCNFLCT (warnings; nothing was done); MUSTANDALONE; JNLNOCREATE, with FILEEXISTS
/// before it when a file that is not this region's journal has the name; those of make_clean, of `edit` and
/// of make_whole_change. Nothing has changed then.
/// Blocks: copies the whole database into its checkpoint image when the state changes.
/// Source: ours; durability argument in docs/durability.md.
Result<SettingsOutcome> change_settings(RegionAccess& access, const SettingsRequest& request);

/// `<folder of the database>/<last part of the journal's name>`.
std::string own_journal_path(const std::string& database, const std::string& journal);

/// Before change_settings with `own`, all regions of a site together: copies that were made while the original was open
/// are recovered from their own images and journals, and cut back to what all of them have whole. Nothing is read from,
/// or written to, the original's files but its earlier journal generations.
/// Errors: MUSTANDALONE; HWDBNOTCLEAN without an image; JNLFILEOPNERR without a journal beside the copy; those of
/// make_clean.
Status prepare_own(std::span<RegionAccess* const> regions, RegionSet set);

}  // namespace hw

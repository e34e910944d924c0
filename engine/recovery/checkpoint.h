/// engine/recovery/checkpoint.h -- the checkpoint image: the copy of a region that a power loss cannot hurt.
///
/// The live file is written by the kernel whenever it likes, so after a power loss it holds pages of different moments.
/// `<database>-ckpt` is a second LMDB file with LMDB's own synchronous commits; the background thread of one process at
/// a time applies the synced part of the region's journal to it, in large batches. Its header names the place in the
/// journal up to which it holds everything. Recovery copies it over the live file and rolls the journal
/// forward from that place.
///
/// Why not a pinned snapshot in the live file: docs/decisions/0001-checkpoint-image.md has the measurement.
#pragma once

#include <functional>
#include <optional>

#include "engine/base/operator_reports.h"
#include "engine/commit/domain.h"
#include "engine/recovery/images_seen.h"
#include "journal/backward_reader.h"

namespace hw {

inline constexpr std::uint64_t kCheckpointJournalBytes = 2ull << 30;      ///< journal since the last checkpoint
inline constexpr std::uint64_t kCheckpointPeriodUs = 300ull * 1'000'000;  ///< GT.M's epoch interval

/// Checkpoints each region whose journal has grown by kCheckpointJournalBytes, or whose last checkpoint is older than
/// kCheckpointPeriodUs and not up to date. An image that is missing, or was replaced by one that is of no use since
/// this process looked into it (`seen`), is rebuilt; another database's is kept beside it. Does nothing while another
/// process is at it, and stops between batches when `stop` says so. A failure leaves the image at its last good place,
/// and goes to `reports`.
void take_due_checkpoints(Domain& domain, const std::function<bool()>& stop, OperatorReports& reports,
                          ImagesSeen& seen);

/// Brings the region's image up to the end of its synced journal, or to `until` and not beyond: a place that was its
/// end while the checkpoint lock was held. Checkpoint lock held. Errors: JNLFILEOPNERR when a generation that the image
/// needs is not there; JNLBADRECFMT; HWJNLREPLACED; DBOPNERR, DBFILERR, GBLOFLOW. The image is at its last good place
/// then.
Status advance_image(Domain& domain, OpenRegion& region, const std::function<bool()>& stop,
                     const std::optional<JournalPlace>& until = {});

/// Rebuilds the image from the live file, which no process updates; `header` names its place in the journal:
/// that of the live file's data. Errors: DBFILERR and kin; the former image stays then.
Status build_image(OpenRegion& region, const RegionHeader& header);

/// The header in the image, which names its place in the journal. Errors: DBOPNERR, DBNOTGDS and kin.
Result<RegionHeader> read_image_header(const std::string& database);

/// Replaces what the image says of the region by what `from` says. The place of the image's data stays the image's own:
/// only who brings the data to another place, in the same LMDB commit, writes that. Durable on return. Errors:
/// DBOPNERR, DBNOTGDS, DBFILERR and kin.
Status write_image_settings(const std::string& database, const RegionHeader& from);

/// Gives an image that build_image has made from the live file as it is another header: `header` names the place that
/// the live file's data has, or will have when the change counts (engine/admin/whole_change.h). Durable on return.
/// Errors: DBOPNERR, DBFILERR and kin; the image keeps its header then.
Status write_image_header(const std::string& database, const RegionHeader& header);

/// Why the image of a database cannot be read: HWDBNOTCLEAN when there is none; DBOPNERR with its name when something
/// else is in its place, or it may not be read. `why`: the error of the opening.
Error image_not_opened(const std::string& database, Error why);

/// Copies the image over the live file. No process is attached. Errors: HWDBNOTCLEAN when there is no image.
Status restore_image(const std::string& database);

}  // namespace hw

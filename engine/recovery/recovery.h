/// engine/recovery/recovery.h -- putting databases right after all processes or the machine stopped at any instant.
///
/// Two situations, one function:
///   - all processes died, shared memory is gone, the kernel is the same  -> recover_region (live file is good)
///   - the machine stopped                                                -> recover_region (live file is not trusted)
/// Afterwards the regions of one instance may be at different seqnos: make_consistent. While shared memory is alive,
/// the next holder of the commit lock puts things right (engine/commit/in_flight.h).
///
/// Source: docs/durability.md carries the argument why nothing acknowledged is lost.
#pragma once

#include <functional>

#include "engine/region/open_region.h"
#include "journal/record.h"

namespace hw {

/// What recovery found and did, for the operator.
struct RegionRecovery {
  bool from_image = false;
  std::uint64_t transactions = 0;  ///< rolled forward
  Seqno reg_seqno{1};
  RegionTn last_tn;
  std::uint64_t generation = 0;
  std::uint64_t end_offset = 0;
  std::uint32_t last_record_bytes = 0;
  std::uint64_t last_time_us = 0;
  bool was_clean = false;  ///< it had been closed cleanly, and has lost nothing
  friend bool operator==(const RegionRecovery&, const RegionRecovery&) = default;
};

/// A region that was closed cleanly, as its header has it. Open.
RegionRecovery state_of_clean_region(const OpenRegion& region);

/// Brings one region to the end of its journal. The caller holds the Attaching lock and no other process is attached.
/// `trusted`: the live file survived (same boot). `rollback_decided`: a rollback of the instance's regions had been
/// decided, so one that is under way in this region is finished and not taken back. Opens the region's environment for
/// writing.
/// Errors: HWDBNOTCLEAN when an untrusted file has no image; JNLBADRECFMT and kin; DBFILERR.
Result<RegionRecovery> recover_region(OpenRegion& region, bool trusted, bool rollback_decided);

/// The header that recover_region will start from. Errors: HWDBNOTCLEAN, DBOPNERR and kin.
Result<RegionHeader> header_before_recovery(OpenRegion& region, bool trusted);

/// Told before transactions are cut: which regions, where their journals end, and the first seqno that goes. An error
/// keeps everything as it is.
using BeforeCut =
    std::function<Status(std::span<OpenRegion* const> regions, std::span<const RegionRecovery> ends, Seqno cut)>;

inline constexpr Seqno kNoSeqnoAsked{~std::uint64_t{0}};

/// Cuts all regions back to the last transaction that every one of its regions has, using the old values in
/// the journals. No other process is attached; all regions of the instance that are there take part, clean ones too.
/// One that is cut is marked "not clean" first. Returns the instance's next seqno.
///
/// What is missing counts as lost in a crash only when a region is here that can have lost it (can_be_lost,
/// engine/recovery/seqno_gap.h). Otherwise the region that has it is not among these (another global directory, a disk
/// that is not mounted, a file that was replaced), and to cut would throw good transactions away. From `asked` on
/// transactions go in any case: the operator has named it. Errors: HWSEQNOGAP in that case, and nothing has been cut;
/// those of `before_cut` and of the journals; DBFILERR.
Result<Seqno> make_consistent(std::span<OpenRegion* const> regions, std::span<RegionRecovery> recovered,
                              const BeforeCut& before_cut = {}, Seqno asked = kNoSeqnoAsked);

/// Undoes every transaction of the region with seqno >= `from`, newest first, and cuts the journal there. Errors: those
/// of can_undo_to, undo_back_to and cut_journal; SYSCALL.
Status undo_region(OpenRegion& region, RegionRecovery& state, Seqno from);

/// After recover_region and make_consistent: starts the region afresh, durably. When the live file was rebuilt, its
/// transaction numbers are new, so the journal goes on in a new generation and the image is rebuilt. Errors:
/// JNLNOCREATE, JNLFILOPN and kin; DBFILERR, GBLOFLOW.
Status settle_recovered_region(OpenRegion& region, RegionRecovery& state);

/// After settle_recovered_region, when the region is not entered into a pool: everything to disk, marked clean. Errors:
/// DBFILERR, GBLOFLOW; SYSCALL.
Status close_recovered_region(OpenRegion& region, const RegionRecovery& state);

}  // namespace hw

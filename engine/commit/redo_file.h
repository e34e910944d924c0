/// engine/commit/redo_file.h -- what a commit of several regions changes in one that has no journal, kept until it is
/// done.
///
/// A commit is decided in the pool, then LMDB commits region after region. A process that finishes it for a dead one
/// finds in the journals what LMDB lacks; of a region without a journal it is in `<database>-redo`, which is written
/// before the decision. The file is one Transaction record (journal/record.h) with the LMDB transaction id that the
/// commit will have; its tid is the first 8 bytes of the database id. It is never synced: it is for the death of
/// processes, not for a power loss. The last process that leaves the region removes it.
#pragma once

#include <optional>
#include <span>

#include "engine/region/open_region.h"
#include "journal/record.h"

namespace hw {

/// Writes the file in place of the last commit's. Returns the record's checksum, by which the pool's in-flight entry
/// knows it. Errors: TRANS2BIG; those of files. Blocks: not for the disk.
Result<std::uint64_t> write_redo_file(const OpenRegion& region, RecordBuilder& builder,
                                      std::span<const UpdateView> updates, RegionTn tn, std::uint64_t time_us,
                                      std::uint32_t pid);
/// Does what the file says, in one LMDB commit. Errors: HWPOOLDAMAGED when it is not the one with this checksum;
/// DBFILERR and kin.
Status redo_from_file(OpenRegion& region, std::uint64_t checksum);
/// For recovery without the pool. The file was there before anything of its commit was in LMDB: when it is the region's
/// next one, it is done. Whatever else the file is, it is void. Errors: DBFILERR and kin.
Status redo_without_pool(OpenRegion& region);
Status remove_redo_file(const OpenRegion& region);

}  // namespace hw

/// journal/put_back.h -- a journal file in use gets its name again when another program has taken it.
///
/// Begins when a process that has the file open finds that its name leads elsewhere (journal/current_file.h): what is
/// written from there on, and what a copy lacks, would be gone after a power loss. Reads the open file; writes a copy
/// of it, synced, under the name. What had the name is renamed with the time. From then on all processes use the copy:
/// `cuts` makes them map it.
///
/// A process that dies in between leaves `switching` at kPutBack; the next holder of the commit lock finds by
/// `journal_copy` whether the name leads to the copy (finish_put_back). A copy without its name is the next one's to
/// replace.
#pragma once

#include <string>

#include "engine/base/file.h"
#include "journal/pool.h"

namespace hw {

/// `journal`: the region's current file, open for reading. Commit lock and sync lock held; nothing is in flight.
/// Returns the name that what had the journal's name has now; empty when nothing had it.
///
/// Errors, after which everything is as before: HWJNLREPLACED with the reason. That is also so where what has the name
/// is not ours to rename: another database's journal, a file of another file system, no file at all but a folder or a
/// device; and where the name of the database itself leads elsewhere, so that the folder is not the one it was.
/// Blocks: while up to the whole journal is copied and synced.
Result<std::string> put_back(PoolRegion& region, const File& journal);

/// What a process that died in put_back has left. Commit lock and sync lock held.
void finish_put_back(PoolRegion& region);

}  // namespace hw

/// engine/commit/in_place.h -- a single set overwrites the value in place, while no process reads.
///
/// An LMDB commit leaves the pages that a snapshot can see as they are: it copies the path to the node, three or four
/// pages for a value of some bytes. The former pages are not needed when no process reads. So a set that replaces a
/// value by one of the same length is journaled, published and then written over the former value, in the mapped file,
/// without an LMDB transaction. It counts as a pending set (engine/commit/write_behind.h) in all respects but this: its
/// value is found in the file.
///
/// No process reads the file while the region is *alone*. It becomes so when the flag that sends readers to the
/// commit lock is up and LMDB's table then shows no snapshot; a reader looks at the flag again when it has its
/// snapshot, so one of the two sees the other. It ends when the region is brought up, which a reader does first.
///
/// LMDB's next commit, one for up to kSetsInPlaceMax sets, gives them their transaction number. After a death all of
/// them are redone from the journal: of a value that was half written the whole one is there.
///
/// Source: ours; docs/decisions/0008-in-place.md. Thread: the commit lock is held.
#pragma once

#include "engine/commit/domain.h"

namespace hw {

/// Makes the region alone, if it can be. While a process reads it looks only now and then. This thread has no snapshot.
bool make_alone(Domain& domain, OpenRegion& region);
/// Sets that have to go to LMDB at once before it looks again.
std::uint32_t shared_sets_left(Domain& domain, const OpenRegion& region);
/// Counts one of them.
void count_shared_set(Domain& domain, const OpenRegion& region);

/// Writes `value` over the one of the same length that `snapshot` shows.
void overwrite(ReadTransaction& snapshot, std::string_view stored, std::string_view value);

/// Enters a set whose record is published and whose value is in the file.
void add_in_place(Domain& domain, const OpenRegion& region, const BehindSet& set);

}  // namespace hw

/// engine/integ/content_check.h -- whether a region's nodes are what its checkpoint image and its journal say they are.
///
/// Image and journal hold everything that a region was told, each journal record with a checksum. Rolled forward to
/// the place in the journal that a snapshot shows they give the digest (engine/integ/node_digest.h) that the
/// snapshot must have. That finds what a walk of the pages cannot: a changed byte in a value or in a key that is still
/// one. It also finds a damaged image, before a power loss needs it.
#pragma once

#include <functional>

#include "engine/integ/node_digest.h"
#include "engine/integ/region_look.h"
#include "journal/backward_reader.h"

namespace hw {

/// The digest of all nodes at the journal position of `seen`. `pool`: of the processes that commit, or
/// null. `tell` is called with each fault of the image itself.
///
/// Errors: HWDBNOTCLEAN when there is no image; JNLFILEOPNERR when a journal file since the image is not there;
/// JNLBADRECFMT; FORCEDHALT when `stop` said so, or while it waited. Blocks: reads the image; no checkpoint is taken
/// meanwhile.
Result<NodeDigest> digest_of_image_and_journal(const RegionLook& seen, PoolHeader* pool,
                                               const std::function<void(const Error&)>& tell,
                                               const std::function<bool()>& stop);

/// What the image says. Errors: HWDBNOTCLEAN when there is none; DBNOTGDS when it is damaged or another database's.
/// Blocks: while a checkpoint is taken.
Result<RegionHeader> image_header_of(const RegionLook& seen, PoolHeader* pool);

/// Tells each node in which the file differs from image and journal, at most `most`. To be called once the digests
/// differ: keeps 16 bytes of each node in memory. Errors: as above.
Status tell_differing_nodes(const RegionLook& seen, PoolHeader* pool, std::uint64_t most,
                            const std::function<void(const Error&)>& tell, const std::function<bool()>& stop);

/// Takes a digest back from the journal position of `seen` to seqno `last`, which stays included.
/// Errors: NOPREVLINK or JNLFILEOPNERR when the journal does not reach back so far; JNLBADRECFMT.
Status take_digest_back(const RegionLook& seen, Seqno last, NodeDigest& digest);

}  // namespace hw

/// engine/recovery/image_reach.h -- whether a checkpoint image and the journal files that are there give all of a
/// region's data.
///
/// After a power loss nothing else does. So it is asked before recovery changes anything, when a region is opened (an
/// image that the journal does not reach is rebuilt while the live file is still good), and by mupip integ.
///
/// Source: docs/durability.md, "What is kept twice".
#pragma once

#include <string>
#include <vector>

#include "engine/storage/region_header.h"
#include "journal/backward_reader.h"
#include "journal/generations.h"
#include "journal/tail.h"

namespace hw {

/// Newest first; the last one is the file in which the image is.
using ImageReach = std::vector<JournalGeneration>;

/// Finds the journal files from the image's place on. Reads their opening and closing blocks only.
///
/// Errors: JNLFILEOPNERR, NOPREVLINK, JNLBADLABEL, JNLBADRECFMT, each naming the file that is missing or is not what
/// the image needs, with lines that say what the image holds and which seqnos are missing. Changes nothing. Blocks: a
/// small read a file.
Result<ImageReach> reach_of_image(const std::string& database, const RegionHeader& image);

/// Reads every record from the image's place to the end of the last file that was closed, so that damage there is known
/// before anything is changed. Errors: JNLBADRECFMT, JNLFILEOPNERR, with the same lines. Blocks: reads those files.
Status check_closed_files(const std::string& database, const RegionHeader& image, const ImageReach& reach);

/// Where the current file ends. Errors: JNLBADRECFMT when it is damaged inside, or ends before the image's place; those
/// of find_tail; with the same lines. Blocks: reads the file.
Result<JournalTail> end_of_current(const std::string& database, const RegionHeader& image, const ImageReach& reach);

/// The region's next seqno at a place of a journal file: that of the record which ends there. Errors: JNLBADRECFMT when
/// no record ends there; JNLFILEOPNERR.
Result<Seqno> seqno_at(const JournalGeneration& file, const JournalPlace& place);

/// Adds to `why`, the reason why a region cannot be recovered, what its image holds and that nothing was changed.
Error not_recovered(Error why, const std::string& database, const RegionHeader& image);

}  // namespace hw

/// engine/recovery/give_up_journal.h -- a database made usable whose journal is lost.
///
/// After a death or a power loss a region is brought up to its journal before anybody reads it. Where the journal is
/// gone for good (its disk has failed) that cannot be done, and the data must be readable all the same: an operator may
/// say so, `mupip rundown -override`, and what is given up is said.
#pragma once

#include <string>

#include "engine/recovery/region_access.h"

namespace hw {

struct GivenUpJournal {
  std::string journal_path;  ///< the file that could not be used
  bool from_image = false;   ///< the machine has stopped meanwhile: the data is that of the last checkpoint
  std::string kept_aside;    ///< then: where the file that is not trusted is
  bool was_replicated = false;
};

/// Makes an unclean region clean without its journal. In the same boot the database file holds all that LMDB has
/// committed: sets that were to come with its next commit (kSetsBehindMax), or one commit that was under way, may be
/// missing. After another boot the checkpoint image takes its place, and the file is kept under another name.
/// The region is journaled and replicated no more.
/// Errors: MUSTANDALONE; HWDBNOTCLEAN without an image; those of the files. Blocks: copies the image.
Result<GivenUpJournal> give_up_journal(RegionAccess& access);

}  // namespace hw

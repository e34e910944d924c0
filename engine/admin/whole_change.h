/// engine/admin/whole_change.h -- a region that is had alone gets another header, and with it another journal file or
/// another database file, in one step.
///
///   1 room      the new journal file waits under its temporary name, the checkpoint image carries the new header, and
///               disk space for all that follows is reserved
///   2 decision  the control file says "being changed" (kChangeInProgress): the image is the region's truth
///   3 journals  the former file is closed and makes room, the new one gets its name
///   4 database  the live file gets the new header, or is rebuilt from the image
///   5 end       the control file says "closed"
///
/// A process that dies before step 2 has changed nothing; after it, the next one that opens the region goes forward,
/// by recovery from the image. Recovery needs room of its own, so an error, as of a full disk, takes back what steps 2
/// and 3 did, and the region is what it was. Step 4 needs no more room, and cannot be taken back once it has begun on
/// the database: an error there is one of the disk, and leaves the region to the next opener.
#pragma once

#include <string>

#include "engine/recovery/region_access.h"

namespace hw {

struct WholeChange {
  RegionHeader next;         ///< the new header; generation and offset are those of the new journal file
  bool anew = false;         ///< the live file is made from the image, without free pages
  bool new_journal = false;  ///< next.journal_path gets a new file
  std::string closes;        ///< the journal file that ends with the change; empty: none
  std::string renamed_to;    ///< what the file that has the new one's name is called then; empty: there is none
  std::string previous;      ///< the file that the new one continues; empty: none
};

/// Makes it. The region is alone, clean and open for writing. Errors: JNLNOCREATE, SYSCALL, GBLOFLOW and those of
/// build_image: nothing has changed; DBFILERR. Blocks: copies the whole database into its image and, when it is
/// rebuilt, back.
Status make_whole_change(RegionAccess& access, const WholeChange& change);

}  // namespace hw

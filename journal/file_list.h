/// journal/file_list.h -- the journal files that an operator names, sorted out: whose they are, and in which order.
///
/// The files say themselves which database they belong to and which generation they are, so their order on the command
/// line does not matter, and files that do not belong together are noticed and never guessed about.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "journal/file_header.h"
#include "journal/tail.h"

namespace hw {

/// One file and how far it is to be read.
struct ListedFile {
  std::string path;
  JournalFileInfo info;
  JournalTail tail;  ///< of a closed file only end_offset, next_seqno, last_tn and last_time_us
};

/// The files of one region, oldest first, at least one.
using RegionFiles = std::vector<ListedFile>;

/// Where a file that processes are writing to may be read to; none: no process has it open. A copy has the same header.
using LiveTailOf = std::function<Result<std::optional<JournalTail>>(const std::string& path, const JournalFileHeader&)>;

/// Reads the headers of `paths` and puts the files of each database into the order of their generations. Databases come
/// in the order in which they are first named.
///
/// Errors: JNLFILEOPNERR, JNLBADLABEL; JNLFILEDUP for a generation that is named twice; JNLBADRECFMT when an open file
/// is damaged before its end (journal/tail.h). Blocks: reads an open file whole.
Result<std::vector<RegionFiles>> list_journal_files(std::span<const std::string> paths, const LiveTailOf& live_tail);

/// Puts the generations before the oldest file in front of it, as long as `wanted` says of a file's header that
/// what is before it is wanted, too. Returns the paths that were added, newest first. A chain that ends is no error.
/// Errors: as list_journal_files.
Result<std::vector<std::string>> add_earlier_files(RegionFiles& files,
                                                   const std::function<bool(const JournalFileHeader&)>& wanted);

/// Each file begins where the one before it ends. Errors: HWJNLGAP naming the two files.
Status check_continuity(const RegionFiles& files);

}  // namespace hw

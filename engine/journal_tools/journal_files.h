/// engine/journal_tools/journal_files.h -- the journal files that a command is about, also while processes write to
/// them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/globals/global_directory.h"
#include "engine/storage/region_header.h"
#include "journal/file_list.h"
#include "journal/pool.h"

namespace hw {

/// The header of a database as it is now: of the live file where that can be trusted, else of the checkpoint image.
/// Changes nothing. Errors: those of RegionAccess::take; DBNOTGDS. Blocks: while a process attaches to it or leaves it.
Result<RegionHeader> peek_region_header(const std::string& database);

/// Who has the database of a journal file: processes at work, or processes that died and left it as it was.
enum class DatabaseUse { Closed, Live, LeftOpen };
/// Closed also when the database is not there, or is another one; a copy of a journal in use is LeftOpen. Errors:
/// DBFILERR.
Result<DatabaseUse> database_use(const std::string& journal, const JournalFileHeader& header);

/// The current journal files of all regions of a directory that have a file and journaling on, in the directory's
/// order. Errors: NOTALLJNLEN when there are none; those of peek_region_header.
Result<std::vector<std::string>> current_journals(const GlobalDirectory& directory);

/// Ends of journals in use, all regions of an instance as they were at one moment, so that no transaction is seen in
/// one of its regions only. Thread: one at a time.
class LiveTails {
 public:
  /// For list_journal_files. Blocks: a commit's time. None for a file that no process writes to. Errors: those of
  /// CommitLock::take; DBFILERR, SYSCALL and kin.
  Result<std::optional<JournalTail>> operator()(const std::string& path, const JournalFileHeader& header);

 private:
  struct Seen {
    std::uint64_t generation;
    FileIdentity file;
    JournalTail tail;
  };
  Status look(JournalPool pool);

  std::map<std::string, Seen> by_database_;
  std::vector<std::uint64_t> pools_;  ///< uids of those examined
};

}  // namespace hw

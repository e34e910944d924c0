/// engine/journal_tools/forward_recovery.h -- `mupip journal -recover -forward`: journal files applied to restored
/// copies of databases.
///
/// A database says itself up to which place in its journal it holds everything, and that place moves in the same LMDB
/// commit as the data. So a recovery that is broken off, at any instant, is made again from where each database is, and
/// what a database has already is never applied twice. Between first and last commit its header says "recovering", and
/// no process may open it: its regions are at different transactions.
///
/// Order of events:
///
///   1. each database is taken alone; the files are checked: they are the database's own, follow each other, and
///      begin at or before its own position. Until here nothing has changed
///   2. each header says "recovering", journaling and replication off; the checkpoint image, of another time, is
///      removed
///   3. whole transactions, in the order in which they were committed, in batches; a batch's part in each database
///      is one commit
///   4. each database is synced, its mark goes away, it is marked clean
///
/// A machine that stops in 2 to 4 leaves a database that is not trusted (HWDBNOTCLEAN): the copy is restored again.
/// Never applied: transactions of which a part is missing in the files given (broken), and all after the first of them
/// or after a missing sequence number (lost). Source: GT.M's command; the rules are ours (docs/conformance.md
/// breaks.23, breaks.25, breaks.30).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/extract/extract_line.h"
#include "engine/extract/text_output.h"
#include "engine/journal_tools/fences.h"
#include "engine/recovery/region_access.h"
#include "journal/file_list.h"

namespace hw {

struct ForwardRequest {
  std::vector<RegionFiles> regions;
  std::vector<std::string> databases;      ///< path of each region's database
  std::optional<std::uint64_t> after_us;   ///< transactions before the first one that is not earlier are left out
  std::optional<std::uint64_t> before_us;  ///< the first transaction later than this, and all after it, are left out
  Fences fences = Fences::Process;
  /// False: each database takes all of its files from their beginning, whatever it says of itself.
  bool check_place = true;
  bool follow_links = false;  ///< earlier files that a database needs are included; they are reported
  /// The regions are all of an instance that replicate: a sequence number that is missing is a gap.
  bool whole_instance = false;
  std::string broken_path;
  std::string lost_path;
  bool write_broken = true;
  bool write_lost = true;
  ExtractLayout layout = ExtractLayout::V7;
  std::uint64_t batch_bytes = 32ull << 20;  ///< memory for what goes into the databases together
  std::function<void(const std::string& path, const std::string& database)> on_earlier_file;
  std::function<void(std::uint64_t transactions)> on_progress;
};

struct ForwardResult {
  struct Database {
    std::string path;
    std::uint64_t transactions = 0;
    Seqno next_seqno;
    bool was_journaled = false;
    bool was_replicated = false;
  };
  std::vector<Database> databases;
  TextOutcome broken;
  TextOutcome lost;
  std::optional<Seqno> missing;  ///< the sequence number at which a gap ended the recovery
};

/// Errors: MUSTANDALONE; HWNOTRESTORED; JNLBADLABEL for another database's files; JNLDBTNNOMATCH when the files do not
/// begin where the database is, or end before it; HWJNLGAP; HWRECOVERPART; JNLBADRECFMT with file and offset (nothing
/// has changed up to here, unless the file was damaged since it was checked); FILENOTCREATE, GBLOFLOW, DBFILERR: the
/// databases are under recovery, and the same call goes on. Blocks: reads the files twice. Memory: batch_bytes.
Result<ForwardResult> recover_forward(ForwardRequest request);

}  // namespace hw

/// engine/region/open_region.h -- one database file as a process holds it: control file, LMDB, journal.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "engine/globals/global_directory.h"
#include "engine/globals/key.h"
#include "engine/region/control_file.h"
#include "engine/storage/lmdb.h"
#include "engine/storage/map_lock.h"
#include "engine/storage/region_header.h"
#include "journal/writer.h"

namespace hw {

/// Thread: whoever looks into the map holds `map_lock` shared meanwhile (engine/region/region_reader.h; a write
/// transaction: as long as it is open); moving the map takes it exclusive. A snapshot that is merely held needs no
/// lock.
class OpenRegion {
 public:
  OpenRegion(const Region& its_definition, std::string its_path, std::size_t its_index)
      : definition(its_definition), path(std::move(its_path)), index(its_index) {}

  const Region& definition;  ///< in the global directory
  const std::string path;
  const std::size_t index;  ///< in GlobalDirectory::regions()

  ControlFile control;
  bool attached = false;  ///< the shared attach lock is held
  Environment environment;
  bool writable = false;  ///< environment is a live writer
  RegionHeader header;    ///< as read when opened
  MapLock map_lock;

  // Commit side, used under the domain's commit lock.
  std::uint32_t pool_index = 0;
  JournalWriter journal;
  std::uint64_t announced_generation = 0;  ///< journal file that has this process's ProcessBegin record; 0: none
  std::uint32_t announced_cuts = 0;        ///< PoolRegion::cuts then

  NullCollation nulls() const { return static_cast<NullCollation>(header.null_collation); }

  /// LMDB's last commit, and the bytes that hold data. Another thread may be moving the map: they wait for it.
  RegionTn last_tn();
  /// Whether a snapshot of that transaction still shows all that was committed: LMDB has no later one, and no set is
  /// pending or written in place (engine/commit/write_behind.h). For readers, with and without the pool.
  bool last_commit_is(RegionTn tn);
  std::uint64_t used_bytes();

  /// Takes over a map that another process has grown. Takes map_lock exclusive meanwhile. Errors: DBFILERR, SYSCALL.
  Status adopt_size();
  /// Reserves more space; the commit lock is held. Snapshots may be held, by this thread too. Takes map_lock exclusive.
  /// Errors: GBLOFLOW on a full disk, and nothing has changed then; DBFILERR, SYSCALL.
  Status grow(std::uint64_t more);
  /// The file has as much room as a commit should find, and at least `more` bytes.
  bool has_headroom(std::uint64_t more = 0);
  /// Grows the file before it is full, so that LMDB's own bookkeeping at commit finds room. Commit lock held.
  /// At least `more` bytes are free then. Errors: those of grow.
  Status keep_headroom(PoolRegion& facts, std::uint64_t more = 0);
  /// Opens the environment in `mode` and reads the header. Errors: DBOPNERR, DBNOTGDS.
  Status open_environment(Environment::Mode mode);
  /// Commits to the file what its journal holds beyond it (engine/commit/write_behind.h), and lets the control file's
  /// flag fall; installed by readers; empty where no set can be pending: standalone, or under the commit lock.
  std::function<Status()> bring_up;
  std::mutex joining;  ///< one thread at a time joins the pool for a moment (Database::Parts::bring_up)
  /// Stores the header in the file, as a commit of its own. Errors: DBFILERR, GBLOFLOW.
  Status write_header();
  /// Reads the header again: settings change while the database is open. Errors: DBFILERR, DBNOTGDS.
  Status refresh_header();
};

/// `<database>-ckpt`.
std::string image_path(const std::string& database);

/// Reads the header under kHeaderKey. Errors: DBNOTGDS.
Result<RegionHeader> read_region_header(TransactionBase& transaction, const std::string& path);

/// Errors: HWFROZEN, with `what` cannot be done, while the region is frozen.
Status refuse_when_frozen(const OpenRegion& region, std::string_view what);

/// The facts that change with every commit, from the pool.
void take_place(RegionHeader& header, const PoolRegion& facts);

/// A random one. Errors: DBOPNERR with the system's reason.
Result<DatabaseId> new_database_id(const std::string& path);

/// Makes the database file of a region of the directory: live file with header, journal and image if the directory asks
/// for one. Errors: DBOPNERR (EEXIST and others).
Status create_database(const GlobalDirectory& directory, const Region& region);

}  // namespace hw

/// engine/region/control_file.h -- who has a database file open, and whether its last user closed it.
///
/// `<database>-ctl` is beside each database file. Its locks (kept by open files, released by the kernel when a
/// process dies) say who is attached; its content says in which boot of the machine the database was
/// opened for writing, by which domain (shared memory), and whether it was closed cleanly. After a power loss
/// that is how one knows not to trust the live file.
///
///   lock byte 0  shared by everyone attached; exclusive = standalone access
///   lock byte 1  exclusive while a process attaches, detaches or recovers
///   lock byte 2  exclusive while a process changes or adopts the size of the file
///
/// The database file has two lock bytes of its own, far beyond its data, so that who has it open by another name, or
/// beside another control file, is noticed:
///
///   lock byte 2^62      shared by everyone attached
///   lock byte 2^62 + 1  shared by readers that cannot take a reader's place in LMDB's lock file
///
/// A process that may not write the control file (a read-only mount) uses it as far as it can: it takes shared locks
/// where others take exclusive ones, and never has the database alone.
///
/// Format 1, little-endian: two copies at 0 and 4096, the valid one with the higher count wins, so that a torn write
/// leaves the former state.
///
///   offset size field         rule
///   ------ ---- ------------- ------------------------------------------------
///        0    8 checksum      XXH3-64 of bytes [8, 512)
///        8    8 label         "HWCTL001"
///       16    8 count         one more with each write
///       24   16 database_id
///       40   40 boot          boot id, zero-padded; "unknown" where it could not be read, and no boot's
///       (engine/base/boot.h) 80    4 state         1 clean, 2 open for writing 84    4 pool_id       shared memory id
///       of the domain, two's complement; -1 none 88    8 pool_uid 96  256 instance file of the domain, empty: not
///       replicating
///      352    8 device, 360 8 inode of the database file; 0 in files of earlier versions
///      368  144 zeros
///
/// At 8192 is the live part, a struct in memory (ControlLive) that processes map. It means something only while
/// processes have the database open; each write of a clean state clears it. At 10240 is who has frozen the database
/// (ControlFreeze, engine/admin/freeze.h): that stays, whoever opens and closes it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/file.h"
#include "engine/base/robust_mutex.h"
#include "journal/file_header.h"
#include "journal/pool.h"

namespace hw {

/// The boot id of a control file whose database is being changed as a whole: its live file is not trusted, as after
/// another boot.
inline constexpr std::string_view kChangeInProgress = "settings";

struct ControlState {
  /// Closed cleanly, in this boot.
  static ControlState closed(const DatabaseId& id);
  /// Open for one process that has it alone, without a pool.
  static ControlState open_alone(const DatabaseId& id);
  /// Being changed as a whole (kChangeInProgress).
  static ControlState changing(const DatabaseId& id);

  DatabaseId database_id{};
  std::string boot;
  bool clean = true;
  std::int32_t pool_id = -1;
  std::uint64_t pool_uid = 0;
  std::string instance_file;
  FileIdentity database{};  ///< filled in by write()
  bool fresh = true;        ///< nothing is stored: filled in by read()
  /// Filled in by read(): the file is a copy of one that was open, and processes use that one's pool.
  bool original_in_use = false;
};

/// What readers, who need not be attached to the pool, must know at once (engine/commit/write_behind.h).
struct ControlLive {
  std::atomic<std::uint32_t> behind;     ///< 1: the file may lack sets that the journal holds, or be changed in place
  std::atomic<std::uint32_t> read_only;  ///< 1: a process that may not write reads: no set may stay pending
  SharedEvent caught_up;                 ///< signalled when `behind` falls
  /// LMDB's lock file as those who are attached have it: device, inode, bytes; zeros: no process has opened it.
  std::atomic<std::uint64_t> lock_file[3];
  std::atomic<std::uint32_t>
      pinned;  ///< 1: a writer keeps the pages of readers that have no place (engine/commit/pin.h)
};

/// Whether the database has to stay as it is. Changed under the commit lock; each commit looks at it there.
struct ControlFreeze {
  std::atomic<std::uint32_t> frozen_by;  ///< user id + 1; 0: not frozen. One word, so that no write of it is torn
  SharedEvent thawed;                    ///< signalled when it becomes 0
};

/// Whether the shared memory that a control file names is there.
enum class PoolSeen {
  Gone,    ///< it is not, or no process uses it
  Alive,   ///< it is attached now
  Unseen,  ///< processes use it, but this user or this name space may not look at it
};

/// Errors of every function, unless it says otherwise: SYSCALL with the system's reason.
class ControlFile {
 public:
  enum class Lock : std::uint64_t { Attached = 0, Attaching = 1, Resizing = 2 };

  /// Opens or makes `<database>-ctl`, for whoever may read the database. On a read-only mount, and for a user whom its
  /// mode shuts out, it is read as it is, or, when there is none, taken for that of a closed database.
  /// Errors: DBFILERR with the system's reason.
  static Result<ControlFile> open(const std::string& database);

  /// Whether this process may write to it.
  bool is_writable() const { return writable_; }
  const std::string& database() const { return database_; }

  /// The state; a fresh file, or one with no valid copy, gives a clean state without a pool, `fresh`. So does
  /// one beside a database file that is a copy no process has opened (engine/region/copy_mark.h): it speaks of an
  /// earlier one. One that speaks of a database that is open and is another file gives a state that is neither clean
  /// nor of this boot: the database was copied while it was open, and can only be recovered from its image, once
  /// `original_in_use` has ended (engine/region/copy_check.h). Errors: SYSCALL.
  Result<ControlState> read() const;
  /// Attaches the journal pool that the state of this file names. In a boot that is not known to be the state's, one
  /// that no process uses counts as gone where there is a checkpoint image. Errors: SYSCALL.
  Result<PoolSeen> find_pool(const ControlState& state, JournalPool& pool) const;
  /// HWUNSEEN of this database.
  Error unseen() const;
  /// What the region is taken for: a copy that is only read stays a copy.
  enum class Purpose { Read, Change };
  /// When the database file is such a copy: sets what an earlier database left beside it aside, and makes it a
  /// database. Does nothing for one that this process may not write. Attaching lock held.
  Status adopt_copy(Purpose purpose = Purpose::Change) const;
  /// Writes the other copy and syncs it.
  Status write(const ControlState& state) const;

  ControlLive& live() const { return *reinterpret_cast<ControlLive*>(shared_ + kLiveOffset); }
  ControlFreeze& freeze() const { return *reinterpret_cast<ControlFreeze*>(shared_ + kFreezeOffset); }
  bool is_frozen() const { return freeze().frozen_by.load(std::memory_order_relaxed) != 0; }
  /// Durable on return. Errors: SYSCALL.
  Status set_frozen_by(std::uint32_t user_plus_one) const;

  /// False: another process holds it. Errors: SYSCALL; HWSIDEFILE of Attached when processes have the database open
  /// that do not use this control file.
  Result<bool> try_shared(Lock lock) const;
  Result<bool> try_exclusive(Lock lock) const;
  /// Waits as long as it takes: holders keep these locks for short, bounded work.
  Status wait_exclusive(Lock lock) const;
  Status unlock(Lock lock) const;

  /// Whether other processes are attached, whoever they are and whatever name space they are in.
  Result<bool> attached_by_others() const;

  /// Whether this process may take a reader's place in LMDB's lock file.
  bool can_take_place() const;
  /// LMDB's lock file must be the one that those who are attached use. Before it is opened. Errors: HWSIDEFILE,
  /// SYSCALL.
  Status check_lock_file() const;
  /// It is, from now on, the one that is there. After it was opened. Errors: SYSCALL.
  Status note_lock_file() const;

  /// A reader without a place in LMDB's lock file says that it is there, until the object goes.
  Status enter_unregistered() const;
  Result<bool> has_unregistered_readers() const;

 private:
  /// As read, whatever the database file is.
  Result<ControlState> read_written() const;

  /// The lock on the database file itself. `first`: no other process is attached by this control file.
  Status lock_database(bool first) const;
  Status map_content(std::uint64_t bytes);
  void forget_lock_file() const;

  static constexpr std::uint64_t kLiveOffset = 8192;
  static constexpr std::uint64_t kFreezeOffset = 10240;
  static constexpr std::uint64_t kBytes = 12288;
  File file_;   ///< not open: there is none, and none can be made
  File inode_;  ///< the database file, for its locks; not open when it is not there yet
  std::string database_;
  bool writable_ = true;
  bool made_ = false;              ///< by this object
  mutable bool attached_ = false;  ///< this object holds the Attached lock, shared
  Mapping map_;
  std::unique_ptr<std::array<std::byte, kBytes>> without_;  ///< in place of the map
  std::byte* shared_ = nullptr;
};

/// Whether processes have the database file open, by whichever name and beside whichever control file. It is there.
/// Errors: SYSCALL.
Result<bool> is_open_by_any_name(const std::string& database);

}  // namespace hw

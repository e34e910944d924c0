/// engine/control_file.h -- who has a database file open, and whether its last user closed it.
///
/// `<database>-ctl` stands beside each database file. Its locks (kept by open files, released by the kernel when a
/// process dies) say who is attached; its content says in which boot of the machine the database was
/// opened for writing, by which domain (shared memory), and whether it was closed cleanly. After a power loss
/// that is how one knows not to trust the live file.
///
///   lock byte 0  shared by everyone attached; exclusive = standalone access
///   lock byte 1  exclusive while somebody attaches, detaches or recovers
///   lock byte 2  exclusive while somebody changes or adopts the size of the file
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
///       40   40 boot          boot id, zero-padded
///       80    4 state         1 clean, 2 open for writing
///       84    4 pool_id       shared memory id of the domain, two's complement; -1 none
///       88    8 pool_uid
///       96  256 instance file of the domain, empty: not replicating
///      352  160 zeros
///
/// At 8192 stands the live part, a struct in memory (ControlLive) that processes map. It means something only while
/// processes have the database open; each write of a clean state clears it. At 10240 stands who has frozen the database
/// (ControlFreeze, engine/freeze.h): that stays, whoever opens and closes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/base/file.h"
#include "engine/base/robust_mutex.h"
#include "journal/file_header.h"

namespace hw {

struct ControlState {
  DatabaseId database_id{};
  std::string boot;
  bool clean = true;
  std::int32_t pool_id = -1;
  std::uint64_t pool_uid = 0;
  std::string instance_file;

  /// The machine has not stopped since. Where the boot's id cannot be read that is never known.
  bool of_this_boot() const;
};

/// What readers, who need not be attached to the pool, must know at once (engine/write_behind.h).
struct ControlLive {
  std::atomic<std::uint32_t> behind;     ///< 1: the file may lack sets that the journal holds, or be changed in place
  std::atomic<std::uint32_t> read_only;  ///< 1: a process that may not write reads: no set may stay behind
  SharedEvent caught_up;                 ///< signalled when `behind` falls
};

/// Whether the database has to stay as it is. Changed under the commit lock; who commits looks at it there.
struct ControlFreeze {
  std::atomic<std::uint32_t> frozen_by;  ///< user id + 1; 0: nobody. One word, so that no write of it is torn
  SharedEvent thawed;                    ///< signalled when it becomes 0
};

class ControlFile {
 public:
  enum class Lock : std::uint64_t { Attached = 0, Attaching = 1, Resizing = 2 };

  /// Opens or makes `<database>-ctl`. Errors: DBFILERR with the system's reason.
  static Result<ControlFile> open(const std::string& database);

  /// The state; a fresh file, or one with no valid copy, gives a clean state without a pool and sets `fresh`. So does
  /// one beside a database file that is a copy nobody has opened (engine/copy_mark.h): it speaks of an earlier one.
  Result<ControlState> read(bool& fresh) const;
  /// When the database file is such a copy: sets what an earlier database left beside it aside, and makes it a
  /// database. Does nothing for one that this process may not write. Attaching lock held.
  Status adopt_copy() const;
  /// Writes the other copy and syncs it; with the first one the file's name is made durable too. A database that lost
  /// it would be taken for one that was closed.
  Status write(const ControlState& state) const;

  ControlLive& live() const { return *reinterpret_cast<ControlLive*>(map_.data() + kLiveOffset); }
  ControlFreeze& freeze() const { return *reinterpret_cast<ControlFreeze*>(map_.data() + kFreezeOffset); }
  bool is_frozen() const { return freeze().frozen_by.load(std::memory_order_relaxed) != 0; }
  /// Durable on return. Errors: SYSCALL.
  Status set_frozen_by(std::uint32_t user_plus_one) const;

  Result<bool> try_shared(Lock lock) const;
  Result<bool> try_exclusive(Lock lock) const;
  /// Waits as long as it takes: holders keep these locks for short, bounded work.
  Status wait_exclusive(Lock lock) const;
  Status unlock(Lock lock) const;

 private:
  /// As read, whatever the database file is.
  Result<ControlState> read_written(bool& fresh) const;

  static constexpr std::uint64_t kLiveOffset = 8192;
  static constexpr std::uint64_t kFreezeOffset = 10240;
  File file_;
  std::string database_;
  Mapping map_;
};

}  // namespace hw

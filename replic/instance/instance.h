/// replic/instance/instance.h -- the running instance: its journal pool, found, made and removed.
///
/// The instance file names the pool (shared memory id and boot); the pool names the instance file. A pool is made by
/// the first source server and removed by whoever leaves last cleanly. In between the instance file carries the
/// crash mark: found set while the pool is gone, it says that everything died together, and a rollback must come first.
///
/// Making and removing are serialized by a lock on the instance file of their own, which lasts as long as the process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/liveness.h"
#include "engine/commit/domain.h"
#include "engine/session/database.h"
#include "journal/pool.h"
#include "replic/instance/instance_file.h"

namespace hw {

/// The value of gtm_repl_instance. Errors: REPLINSTUNDEF.
Result<std::string> instance_path_from_environment();

/// The journal pool of the instance, attached. Takes no lock; any thread.
/// Errors: those of InstanceFile::open; NOJNLPOOL when there is none; REPLREQROLLBACK when there was one and it is gone
/// without having been removed; HWUNSEEN when there may be one, and this user or name space may not look at it, or the
/// file has been put in the place of the one that processes use.
Result<JournalPool> find_pool(const std::string& instance_path);
/// As find_pool; for a user who may only read it, too (JournalPool::attach_to_look).
Result<JournalPool> look_at_pool(const std::string& instance_path);

/// A command that only looks is let in when it may read the pool and no more.
enum class ControlUse { Change, Look };

struct EnterOptions {
  std::string instance_path;
  InstanceRole role = InstanceRole::Root;
  std::uint64_t pool_bytes = kPoolBytesDefault;  ///< counts when the pool is made
};

struct EnteredInstance {
  std::unique_ptr<Database> database;
  Domain* domain = nullptr;
  bool created = false;  ///< this call made the pool
  bool fenced = false;   ///< it was to be root, and has no current lease: updates are off (HWFENCED)
};

/// Opens all databases of the global directory for updating, in the instance's pool; makes the pool when there is none,
/// with updates enabled for a root, whose reign begins here. When it returns, the crash mark, the pool's id and the
/// reign are on disk (fdatasync of the instance file) and only then are updates possible. With Fence Required updates
/// stay off, and the reign is its agent's to begin (replic/control/fence.h).
///
/// Errors: those of InstanceFile::open, REPLREQROLLBACK, REPLINSTSEQORD, REPLINSTDBMATCH, HWSTRAYED, HWEARLIER; those
/// of require_all_parts and of Database::create_domain; REPLOFFJNLON when a region is journaled and does not replicate;
/// PRIMARYISROOT and PRIMARYNOTROOT when a pool of the other role exists. Nothing is left over then.
Result<EnteredInstance> enter_instance(const EnterOptions& options);

struct LeaveOutcome {
  bool removed = false;      ///< the pool is gone and the instance file says "clean", and how far the regions are
  std::uint64_t others = 0;  ///< processes still attached
};

/// Closes the databases and, when no other process is attached, removes the pool. For servers that end.
/// Errors: those of Database::close and of the instance file; the crash mark stays then.
Result<LeaveOutcome> leave_instance(EnteredInstance& instance, const std::string& instance_path);

/// Whether this user may remove the pool. Errors: HWRIGHTS.
Status check_removal(const JournalPool& pool);

/// Removes the pool when only the caller is attached, by `pool`, which is detached in any case. Databases that dead
/// processes left open are closed first. For the command that has stopped the servers.
/// Errors: as leave_instance.
Result<LeaveOutcome> remove_unused_pool(JournalPool pool, const std::string& instance_path);

/// Removes the pool that the instance file names, and its receive pool, if this user may and no process uses it. For a
/// rollback that has done without the memory of dead processes (engine/base/boot.h). Errors: SYSCALL.
Status drop_left_pool(const InstanceFile& file);

/// The next seqno of the replicated databases of a pool: the highest of their regions.
Seqno next_seqno_of_regions(const PoolHeader& pool);

/// Whether this instance's receiver server is connected to a primary of the dual-site version.
bool fed_by_dual_site(const JournalPool& pool, const std::string& instance_path);

/// Of the source server whose number a slot of this instance's pool has.
Liveness liveness_of(const PoolSlot& slot, const std::string& instance_path);
/// Whether a slot's source server lives. One that cannot be seen counts as living.
bool server_lives(const PoolSlot& slot, const std::string& instance_path);

}  // namespace hw

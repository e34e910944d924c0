#include "replic/instance/instance.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "engine/base/boot.h"
#include "engine/base/liveness.h"
#include "engine/recovery/region_access.h"
#include "engine/recovery/seqno_gap.h"
#include "engine/region/control_file.h"
#include "engine/region/presence.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/receive_pool.h"
#include "replic/instance/region_moments.h"

namespace hw {
namespace {

constexpr std::uint64_t kSetupByte = std::uint64_t{1} << 61;

/// Held while a pool is made or removed. The kernel drops it with the file.
Result<File> lock_setup(const std::string& instance_path) {
  HW_TRY(File file, File::open(instance_path, O_RDWR));
  HW_TRY_VOID(FileLock::wait_exclusive(file, kSetupByte));
  return file;
}

/// Whether a pool is that of the instance file at hand: the id of the segment may have been used again, and a copy of
/// the file names the original's.
bool is_pool_of(const JournalPool& pool, const InstanceHeader& header, const FileIdentity& file) {
  const PoolHeader& shared = pool.header();
  return shared.replicating != 0 && shared.instance_identity == file && shared.instance_name == header.name &&
         std::memcmp(header.file_id.data(), shared.instance_id, header.file_id.size()) == 0;
}

Error unseen(const std::string& instance_path, std::uint32_t id, std::string_view why) {
  return make_error<MsgId::HWUNSEEN>(instance_path,
                                     fmt::format("they use the journal pool in shared memory {}, {}", id, why));
}

/// Whether processes have the database open in the pool of a replication instance, as far as this user may know.
/// Errors: SYSCALL, and those of ControlFile::open, for want of descriptors.
Result<bool> is_open_replicating(const std::string& given) {
  const std::string path = resolved_link(given);
  // To look must not make a control file.
  if (!file_exists(path) || !file_exists(path + "-ctl")) return false;
  const auto known = [&]() -> Result<bool> {
    HW_TRY(const ControlFile control, ControlFile::open(path));
    HW_TRY(const ControlState state, control.read());
    if (state.clean || state.instance_file.empty() || !may_be_this_boot(state.boot)) return false;
    HW_TRY(const bool attached, control.attached_by_others());
    if (!attached) return false;
    // A command that has the database alone is no user of it: beside it no shared lock is to be had.
    HW_TRY(const File file, File::open(path + "-ctl", O_RDONLY));
    return FileLock::try_lock(file, static_cast<std::uint64_t>(ControlFile::Lock::Attached), FileLock::Kind::Shared);
  }();
  if (!known.has_value() && is_out_of_files(known.error())) return known.error();
  return known.value_or(false);
}

/// The databases of an instance: the global directory's. A monitor may have none; then those of the pool that the
/// instance file names, if it is where the pool's own one was.
Result<std::vector<std::string>> databases_of(const FileIdentity& instance_file, const JournalPool* pool) {
  std::vector<std::string> paths;
  const auto directory = GlobalDirectory::load_from_environment();
  if (directory.has_value()) {
    for (const Region& region : directory->regions()) paths.push_back(directory->database_path(region));
    return paths;
  }
  if (is_out_of_files(directory.error())) return directory.error();
  if (pool == nullptr) return paths;
  const auto original = identity_of(std::string(pool->header().instance_file.view()));
  if (!original.has_value() || *original != instance_file) return paths;
  for (const PoolRegion& region : pool->header().regions)
    if (region.in_use.load() != 0) paths.emplace_back(region.database.view());
  return paths;
}

Error replaced(const std::string& instance_path, const std::string& what) {
  return make_error<MsgId::HWUNSEEN>(instance_path, what + " with another instance file than this one")
      .note(
          "The file was replaced while it was in use, or is a copy. Put back the one that is in use, or "
          "stop those processes");
}

/// The instance file at hand is used by no process. Its databases tell whether another one is, in whose place this one
/// was put; so does the pool that it names, when that is another file's of the same id. Errors: HWUNSEEN.
Status check_not_replaced(const InstanceHeader& header, const std::string& instance_path,
                          const JournalPool* pool = nullptr) {
  HW_TRY(const FileIdentity identity, identity_of(instance_path));
  HW_TRY(const auto paths, databases_of(identity, pool));
  for (const std::string& path : paths) {
    HW_TRY(const bool open, is_open_replicating(path));
    if (open) return replaced(instance_path, fmt::format("they have database file {} open", path));
  }
  if (pool == nullptr || !is_pool_of(*pool, header, pool->header().instance_identity)) return {};
  HW_TRY(const bool used, pool->is_used_by_others());
  return used
             ? Status(replaced(instance_path, fmt::format("they use the journal pool in shared memory {}", pool->id())))
             : Status();
}

enum class Attach { ToUse, ToLook };

/// The pool that the header names, if it is there and is this instance's. In a boot that is not known to be the
/// header's only processes that use the instance are proof of it: without them recovery begins from what is on disk.
/// Errors: HWUNSEEN when it is in use, or may be, and cannot be attached from here; those of check_not_replaced.
Result<std::optional<JournalPool>> pool_of(const InstanceHeader& header, const std::string& instance_path,
                                           Attach attach = Attach::ToUse) {
  if (header.jnlpool_shmid == kNoSharedMemory || !may_be_this_boot(header.jnlpool_boot_id)) {
    HW_TRY_VOID(check_not_replaced(header, instance_path));
    return std::optional<JournalPool>();
  }
  const bool same_boot = is_this_boot(header.jnlpool_boot_id);
  HW_TRY(const FileIdentity identity, identity_of(instance_path));
  const int id = static_cast<int>(header.jnlpool_shmid);
  auto pool = attach == Attach::ToUse ? JournalPool::attach(id, 0) : JournalPool::attach_to_look(id, 0);
  const bool is_own = pool.has_value() && is_pool_of(*pool, header, identity);
  if (is_own && same_boot) return std::optional(std::move(*pool));
  // The lock is seen from everywhere on the machine, the memory is not.
  HW_TRY(const bool present, is_present(instance_path));
  if (is_own && present) return std::optional(std::move(*pool));
  const bool may_not = !pool.has_value() && pool.error().os_errno == EACCES;
  if (may_not && (same_boot || present))
    return unseen(instance_path, header.jnlpool_shmid, "which this user may not attach");
  if (present) return unseen(instance_path, header.jnlpool_shmid, "which is in another IPC name space");
  HW_TRY_VOID(check_not_replaced(header, instance_path, pool.has_value() && !is_own ? &*pool : nullptr));
  return std::optional<JournalPool>();
}

Error rollback_first(const std::string& instance_path) {
  return make_error<MsgId::REPLREQROLLBACK>(instance_path).note("Instance file header has crash field set to TRUE");
}

Status mark_removed(const std::string& instance_path, Seqno next_seqno) {
  HW_TRY(InstanceFile file, InstanceFile::open(instance_path));
  return file.update_header([&](InstanceHeader& header) { mark_shut_down(header, next_seqno); });
}

/// The same, and how far the databases are, all of which have been closed. Under the setup lock.
Status mark_at_rest(const std::string& instance_path, Seqno next_seqno) {
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  const std::vector<RegionHere> here = regions_at_rest(directory);
  HW_TRY(InstanceFile file, InstanceFile::open(instance_path));
  HW_TRY(RegionList list, file.region_list());
  return file.update_regions(reached_now(std::move(list), here),
                             [&](InstanceHeader& header) { mark_shut_down(header, next_seqno); });
}

/// Whether the instance file names this pool. Under the setup lock.
Result<bool> is_named_by(const std::string& instance_path, const JournalPool& pool) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  HW_TRY(const FileIdentity identity, identity_of(instance_path));
  return file.header().jnlpool_shmid == static_cast<std::uint32_t>(pool.id()) &&
         is_pool_of(pool, file.header(), identity);
}

/// The receive pool of a receiver server and an update process that died. What is in it comes again.
Status remove_receive_pool(const JournalPool& journal_pool) {
  auto pool = ReceivePool::find(journal_pool);
  if (!pool.has_value()) return {};  // There is none, or not this instance's any more.
  const int id = pool->id();
  HW_TRY(const std::uint64_t attached, SharedMemory::attached_count(id));
  if (attached > 1) return {};
  pool->detach();
  return SharedMemory::remove(id);
}

/// Under the setup lock, by the only process attached: databases closed, pools removed.
Status remove_pool(JournalPool& pool, const std::string& instance_path) {
  HW_TRY_VOID(remove_receive_pool(pool));
  const Seqno next_seqno{pool.header().next_seqno.load()};
  HW_TRY_VOID(mark_at_rest(instance_path, next_seqno));
  const int id = pool.id();
  pool.detach();
  return SharedMemory::remove(id);
}

/// Databases that dead processes left open are attached once more and closed cleanly. Those that do not replicate any
/// more have a pool of their own: they were closed before that could be changed.
Status close_databases(const std::string& instance_path) {
  DatabaseOptions options;
  options.instance_file = instance_path;
  options.background = false;
  HW_TRY(const auto database, Database::open(options));
  auto domain = database->domain();
  if (!domain.has_value()) {
    if (domain.error().id == MsgId::NOJNLPOOL) return {};  // All are closed.
    return std::move(domain).error();
  }
  return database->close();
}

std::vector<OpenRegion*> replicating_regions(const Domain& domain) {
  std::vector<OpenRegion*> regions;
  for (OpenRegion* region : domain.regions())
    if (region->header.replicated) regions.push_back(region);
  return regions;
}

/// What only the maker of a pool does; `instance.domain` is a fresh pool without updates.
Status start_instance(const EnterOptions& options, InstanceFile& file, EnteredInstance& instance) {
  PoolHeader& pool = instance.domain->header();
  const Seqno databases = next_seqno_of_regions(pool);
  const InstanceHeader& header = file.header();
  if (databases != header.seqno && file.history().empty()) {
    // A new instance file beside databases that have a past, as after a restored backup: it takes their seqno.
    pool.next_seqno.store(databases.value);
    instance.domain->pool().ring_restart(databases);
    HW_TRY_VOID(file.update_header([&](InstanceHeader& changed) {
      changed.seqno = databases;
      changed.forget_regions();
    }));
  }
  if (databases != header.seqno)
    return make_error<MsgId::REPLINSTDBMATCH>(options.instance_path, header.seqno.value, databases.value);
  std::vector<RegionHere> here;
  for (const OpenRegion* region : instance.domain->regions()) here.push_back(region_here(*region));
  HW_TRY(const RegionList reached, file.region_list());
  HW_TRY_VOID(require_moments(reached, here, std::nullopt, options.instance_path));
  const std::vector<OpenRegion*> regions = replicating_regions(*instance.domain);
  HW_TRY_VOID(require_all_parts(regions, databases));
  const int id = instance.domain->pool().id();
  HW_TRY_VOID(file.update_regions(members(here), [&](InstanceHeader& changed) {
    changed.crash = true;
    changed.jnlpool_shmid = static_cast<std::uint32_t>(id);
    changed.jnlpool_boot_id = boot_id();
    changed.pool_seqno = changed.seqno;
    changed.regions = static_cast<std::uint32_t>(regions.size());
    if (options.role == InstanceRole::Propagating && changed.root_primary) changed.lost_transactions = true;
    // To be root takes a reign; where that takes a lease it stays what it was.
    if (options.role == InstanceRole::Propagating) changed.root_primary = false;
  }));
  pool.fence.raise_known_epoch(header.fencing_epoch);
  pool.fence.set_required(header.fence_required);
  if (options.role == InstanceRole::Root && header.fence_required) {
    instance.fenced = true;
  } else if (options.role == InstanceRole::Root) {
    HW_TRY_VOID(file.begin_reign(databases, static_cast<std::uint32_t>(::getpid()),
                                 static_cast<std::uint64_t>(std::time(nullptr))));
    pool.fence.raise_known_epoch(header.fencing_epoch);
    HW_TRY_VOID(publish_mark(pool, file));
    pool.updates_enabled.store(1, std::memory_order_release);
    return {};
  }
  return publish_mark(pool, file);
}

/// Updates of a region that is journaled and does not replicate would be missing at the secondaries, and its journal
/// has their seqnos. Source: GT.M, which asks each source server that starts.
Status refuse_unreplicated(const Domain& domain) {
  for (const OpenRegion* region : domain.regions())
    if (!region->header.replicated && region->header.journal_state != JournalState::Disabled)
      return make_error<MsgId::REPLOFFJNLON>(region->path);
  return {};
}

/// Undoes a pool that was made and cannot be used.
Error abandon(EnteredInstance& instance, InstanceFile& file, Error error) {
  const int id = instance.domain->pool().id();
  const bool named = file.header().jnlpool_shmid == static_cast<std::uint32_t>(id);
  instance.domain = nullptr;
  if (Status closed = instance.database->close(); !closed.has_value()) return error;  // The next opener recovers.
  (void)SharedMemory::remove(id);  // A failure leaves an unused segment; the first error is the one to report.
  if (named) (void)mark_removed(file.path(), file.header().seqno);
  return error;
}

}  // namespace

Result<std::string> instance_path_from_environment() {
  const char* path = std::getenv("gtm_repl_instance");
  if (path == nullptr || *path == '\0') return make_error<MsgId::REPLINSTUNDEF>();
  HW_TRY_VOID(check_path(absolute_path(path), kPathBytesMax));
  return std::string(path);
}

bool server_lives(const PoolSlot& slot, const std::string& instance_path) {
  return slot.in_use.load() != 0 && liveness_of(slot, instance_path) != Liveness::Gone;
}

Liveness liveness_of(const PoolSlot& slot, const std::string& instance_path) {
  return liveness_in(instance_path, slot.pid.load(), slot.pid_start.load(), slot.pid_space.load());
}

bool fed_by_dual_site(const JournalPool& pool, const std::string& instance_path) {
  if (pool.header().primary_level.load() != kLevelDualSite) return false;
  const auto received = ReceivePool::find(pool);
  // One that may not be examined may be a living process's.
  if (!received.has_value()) return received.error().id != MsgId::NORECVPOOL;
  return process_lives(received->header().receiver, instance_path);
}

Seqno next_seqno_of_regions(const PoolHeader& pool) {
  std::uint64_t next_seqno = 1;
  for (const PoolRegion& region : pool.regions)
    if (region.in_use.load() != 0 && region.replicated != 0) next_seqno = std::max(next_seqno, region.reg_seqno.load());
  return Seqno{next_seqno};
}

namespace {

Result<JournalPool> pool_at(const std::string& instance_path, Attach attach) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  HW_TRY(auto pool, pool_of(file.header(), instance_path, attach));
  if (pool) return std::move(*pool);
  if (file.header().crash) return rollback_first(instance_path);
  return make_error<MsgId::NOJNLPOOL>(instance_path);
}

}  // namespace

Result<JournalPool> find_pool(const std::string& instance_path) { return pool_at(instance_path, Attach::ToUse); }
Result<JournalPool> look_at_pool(const std::string& instance_path) { return pool_at(instance_path, Attach::ToLook); }

Result<EnteredInstance> enter_instance(const EnterOptions& options) {
  HW_TRY(InstanceFile file, InstanceFile::open(options.instance_path));
  HW_TRY(const File setup, lock_setup(options.instance_path));
  HW_TRY_VOID(file.refresh());
  const bool root = options.role == InstanceRole::Root;
  std::uint64_t found_uid = 0;
  bool fenced = false;
  {
    HW_TRY(const auto pool, pool_of(file.header(), options.instance_path));
    if (pool.has_value()) {
      found_uid = pool->uid();
      const bool enabled = pool->header().updates_enabled.load() != 0;
      fenced = root && !enabled && pool->header().fence.required.load() != 0;
      if (root && !enabled && !fenced) return make_error<MsgId::PRIMARYNOTROOT>(file.header().name);
      if (!root && enabled) return make_error<MsgId::PRIMARYISROOT>(file.header().name);
    } else {
      if (file.header().crash) return rollback_first(options.instance_path);
      HW_TRY_VOID(file.check_order());
      HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
      for (const Region& region : directory.regions()) HW_TRY_VOID(has_database(directory.database_path(region)));
    }
  }
  EnteredInstance instance;
  instance.fenced = fenced;
  DatabaseOptions database;
  database.instance_file = options.instance_path;
  HW_TRY(instance.database, Database::open(database));
  JournalPool::Setup pool;
  pool.replicating = true;
  pool.ring_bytes = options.pool_bytes;
  pool.instance_name = file.header().name;
  pool.instance_file = absolute_path(options.instance_path);
  HW_TRY(pool.instance_identity, identity_of(options.instance_path));
  std::memcpy(pool.instance_id.data(), file.header().file_id.data(), pool.instance_id.size());
  pool.next_seqno = file.header().seqno;
  pool.updates_enabled = false;
  HW_TRY(instance.domain, instance.database->create_domain(pool));
  // A pool that was found may have had no database open any more; then it has been replaced.
  instance.created = instance.domain->pool().uid() != found_uid;
  if (Status whole = refuse_unreplicated(*instance.domain); !whole.has_value()) {
    if (instance.created) return abandon(instance, file, std::move(whole).error());
    return std::move(whole).error();
  }
  if (!instance.created) return instance;
  if (found_uid != 0) {
    // Its seqno is exact, the header's may lag.
    HW_TRY(const auto old, pool_of(file.header(), options.instance_path));
    if (old.has_value()) {
      HW_TRY_VOID(mark_removed(options.instance_path, Seqno{old->header().next_seqno.load()}));
      instance.domain->header().next_seqno.store(old->header().next_seqno.load());
      instance.domain->header().start_seqno = old->header().next_seqno.load();
      instance.domain->pool().ring_restart(Seqno{old->header().next_seqno.load()});
      HW_TRY_VOID(remove_receive_pool(*old));
      (void)SharedMemory::remove(old->id());  // Another may have removed it meanwhile.
      HW_TRY_VOID(file.refresh());
    }
  }
  if (Status started = start_instance(options, file, instance); !started.has_value())
    return abandon(instance, file, std::move(started).error());
  return instance;
}

Status check_removal(const JournalPool& pool) {
  HW_TRY(const bool may, SharedMemory::may_remove(pool.id()));
  if (may) return {};
  return make_error<MsgId::HWRIGHTS>(fmt::format("Removing the journal pool of {}", pool.header().instance_file.view()),
                                     "the owner of the databases, the user who started the instance, or root");
}

Status drop_left_pool(const InstanceFile& file) {
  const InstanceHeader& header = file.header();
  if (header.jnlpool_shmid == kNoSharedMemory) return {};
  const auto pool = JournalPool::attach(static_cast<int>(header.jnlpool_shmid), 0);
  HW_TRY(const FileIdentity identity, identity_of(file.path()));
  if (!pool.has_value() || !is_pool_of(*pool, header, identity)) return {};
  HW_TRY(const bool used, pool->is_used_by_others());
  HW_TRY(const bool may, SharedMemory::may_remove(pool->id()));
  if (used || !may) return {};
  HW_TRY_VOID(remove_receive_pool(*pool));
  return SharedMemory::remove(pool->id());
}

Result<LeaveOutcome> leave_instance(EnteredInstance& instance, const std::string& instance_path) {
  const int id = instance.domain->pool().id();
  HW_TRY(JournalPool pool, JournalPool::attach(id, instance.domain->pool().uid()));
  instance.domain = nullptr;
  HW_TRY_VOID(instance.database->close());
  instance.database.reset();
  HW_TRY(const bool may, SharedMemory::may_remove(id));
  if (!may) return LeaveOutcome{false, 0};  // Its owner's command does.
  return remove_unused_pool(std::move(pool), instance_path);
}

Result<LeaveOutcome> remove_unused_pool(JournalPool pool, const std::string& instance_path) {
  HW_TRY(const File setup, lock_setup(instance_path));
  HW_TRY(const std::uint64_t attached, SharedMemory::attached_count(pool.id()));
  if (attached > 1) {
    pool.detach();
    return LeaveOutcome{false, attached - 1};
  }
  HW_TRY_VOID(check_removal(pool));
  HW_TRY(const bool own, is_named_by(instance_path, pool));
  if (!own || pool.header().damaged.load() != 0) {
    // Not the instance's any more: another process found it unused before this one had attached it, and the instance
    // file speaks of another pool, which may be in use. A damaged one may not be trusted: the instance file keeps its
    // crash mark, and a rollback recovers from the journals.
    HW_TRY_VOID(SharedMemory::remove(pool.id()));
    return LeaveOutcome{true, 0};
  }
  HW_TRY_VOID(close_databases(instance_path));
  HW_TRY_VOID(remove_pool(pool, instance_path));
  return LeaveOutcome{true, 0};
}

}  // namespace hw

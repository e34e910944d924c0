#include "engine/database.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/file_rights.h"
#include "engine/checkpoint.h"
#include "engine/copy_check.h"
#include "engine/domain.h"
#include "engine/pin.h"
#include "engine/presence.h"
#include "engine/recovery.h"
#include "engine/region_access.h"
#include "engine/seqno_gap.h"
#include "engine/write_behind.h"
#include "journal/reader.h"

namespace hw {
namespace {

std::atomic<std::uint64_t> forks{0};

void count_forks() {
  static std::once_flag once;
  std::call_once(once, [] { ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); }); });
}

/// All control files' Attaching locks, in path order, so that two processes never wait for each other in a circle.
class AttachingLocks {
 public:
  Status take(std::span<OpenRegion* const> regions) {
    std::vector<OpenRegion*> order(regions.begin(), regions.end());
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
    for (OpenRegion* region : order) {
      HW_TRY_VOID(region->control.wait_exclusive(ControlFile::Lock::Attaching));
      held_.push_back(region);
      HW_TRY_VOID(region->control.adopt_copy());
    }
    return {};
  }
  ~AttachingLocks() {
    // The kernel drops the lock with the file in any case; a failure here has nobody to go to.
    for (OpenRegion* region : held_) (void)region->control.unlock(ControlFile::Lock::Attaching);
  }

 private:
  std::vector<OpenRegion*> held_;
};

Error standalone_elsewhere(const OpenRegion& region) {
  Error error = make_error<MsgId::HWDBBUSY>(region.path);
  return error.note("Another process has standalone access");
}

/// All processes died and left their pool: a commit half applied is finished or erased before anybody reads it.
/// Attaching lock held.
Status settle_orphan(OpenRegion& region) {
  bool fresh = false;
  HW_TRY(const ControlState state, region.control.read(fresh));
  JournalPool pool;
  if (state.clean) return {};
  HW_TRY(const PoolSeen seen, region.control.find_pool(state, pool));
  if (seen != PoolSeen::Alive) return {};
  const auto place = pool.find_region(region.path);
  if (!place || ::access(region.path.c_str(), W_OK) != 0) return {};
  HW_TRY(const bool alone, region.control.try_exclusive(ControlFile::Lock::Attached));
  if (!alone) return {};  // The others' next commit does it.
  region.pool_index = *place;
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  Domain domain(std::move(pool), {&region});
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  return {};
}

/// For whom the pool of these databases is: who may use all of them.
Result<FileRights> rights_for_pool(std::span<OpenRegion* const> regions) {
  std::vector<FileRights> models;
  for (const OpenRegion* region : regions) {
    HW_TRY(const FileRights rights, rights_of(region->path));
    models.push_back(rights);
  }
  return common_rights(models);
}

/// Removes a pool that nobody else is attached to. Of another user's, the databases' control files note that it is
/// there to be used again. Attaching locks held.
Status remove_or_leave(const JournalPool& pool, std::span<OpenRegion* const> regions) {
  HW_TRY(const bool may, SharedMemory::may_remove(pool.id()));
  if (may) return SharedMemory::remove(pool.id());
  for (OpenRegion* region : regions) {
    bool fresh = false;
    HW_TRY(ControlState state, region->control.read(fresh));
    if (!state.clean) continue;
    state.pool_id = pool.id();
    state.pool_uid = pool.uid();
    HW_TRY_VOID(region->control.write(state));
  }
  return {};
}

/// A pool that its maker has not come to use, because a database was refused, goes with it.
struct NewPool {
  int id = -1;
  ~NewPool() {
    if (id >= 0) (void)SharedMemory::remove(id);  // The refusal is the error to report.
  }
};

/// A pool that remove_or_leave left, when nobody has taken it meanwhile. Attaching locks held.
JournalPool left_pool(std::span<OpenRegion* const> regions, std::span<const ControlState> states) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (!states[i].clean || states[i].pool_id < 0 || states[i].boot != boot_id()) continue;
    auto pool = JournalPool::attach(states[i].pool_id, states[i].pool_uid);
    if (!pool.has_value() || pool->header().replicating != 0) continue;
    const auto attached = SharedMemory::attached_count(pool->id());
    const auto& places = pool->header().regions;
    const bool unused =
        std::none_of(places.begin(), places.end(), [](const auto& it) { return it.in_use.load() != 0; });
    if (attached.has_value() && *attached == 1 && unused) return std::move(pool).value();
  }
  return {};
}

}  // namespace

struct Database::Parts {
  /// Taken before every other lock: a commit, or a look at a map, does not wait for who attaches.
  std::mutex mutex;
  std::vector<std::unique_ptr<OpenRegion>> regions;
  /// The same once they are open, for readers without the mutex.
  struct Published {
    std::atomic<OpenRegion*> for_reading{nullptr};
    std::atomic<OpenRegion*> for_updates{nullptr};
  };
  std::unique_ptr<Published[]> published;
  std::unique_ptr<Domain> domain;
  std::atomic<Domain*> attached_domain{nullptr};  ///< the same once its regions are open, for readers without the mutex
  std::uint64_t forks_at_open = 0;
  bool closed = false;
  File presence;  ///< of this process in a replicating instance

  Result<OpenRegion*> control_of(const GlobalDirectory& directory, std::size_t index);
  Status attach_reader(OpenRegion& region);
  Result<bool> attach_writers(std::vector<OpenRegion*>& present, const std::string& instance_file,
                              const JournalPool::Setup* create, bool background);
  Status enter_pool(OpenRegion& region, JournalPool& pool);
  /// OpenRegion::bring_up of this process's regions.
  Status bring_up(OpenRegion& region);
  /// The domain, once the region commits through it.
  Domain* domain_of(const OpenRegion& region) const;
  void publish_for_updates(OpenRegion& region) {
    published[region.index].for_reading.store(&region, std::memory_order_release);
    published[region.index].for_updates.store(&region, std::memory_order_release);
  }
  Status wait_until_up(OpenRegion& region);
};

Database::Database(GlobalDirectory directory, const DatabaseOptions& options)
    : directory_(std::move(directory)), options_(options), parts_(std::make_unique<Parts>()) {
  instance_file_ = options.instance_file;
  if (instance_file_.empty()) {
    if (const char* file = std::getenv("gtm_repl_instance"); file != nullptr) instance_file_ = file;
  }
  if (!instance_file_.empty()) instance_file_ = absolute_path(instance_file_);
  parts_->regions.resize(directory_.regions().size());
  parts_->published = std::make_unique<Parts::Published[]>(directory_.regions().size());
  count_forks();
  parts_->forks_at_open = forks.load();
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  auto directory = options.global_directory.empty() ? GlobalDirectory::load_from_environment()
                                                    : GlobalDirectory::load(options.global_directory);
  if (!directory.has_value()) return std::move(directory).error();
  std::unique_ptr<Database> database(new Database(std::move(directory).value(), options));
  HW_TRY_VOID(check_path(database->instance_file_, kPathBytesMax));
  return database;
}

Database::~Database() { (void)close(); }

Result<OpenRegion*> Database::Parts::control_of(const GlobalDirectory& directory, std::size_t index) {
  auto& place = regions[index];
  if (place) return place.get();
  const Region& definition = directory.regions()[index];
  const std::string path = resolved_link(directory.database_path(definition));
  if (!file_exists(path)) {
    errno = ENOENT;
    return rename_error<MsgId::DBOPNERR>(system_error("open()", path), path);
  }
  HW_TRY_VOID(check_path(path, kPathBytesMax));
  auto region = std::make_unique<OpenRegion>(definition, path, index);
  HW_TRY(region->control, ControlFile::open(path));
  region->bring_up = [this, one = region.get()] { return bring_up(*one); };
  place = std::move(region);
  return place.get();
}

Status Database::Parts::attach_reader(OpenRegion& region) {
  if (region.environment.is_open()) return refuse_interrupted(region);
  AttachingLocks locks;
  OpenRegion* one[] = {&region};
  HW_TRY_VOID(locks.take(one));
  HW_TRY_VOID(settle_orphan(region));
  HW_TRY(const bool shared, region.control.try_shared(ControlFile::Lock::Attached));
  if (!shared) return standalone_elsewhere(region);
  region.attached = true;
  // A map that may be written costs a reader nothing and needs no second opening when it turns writer.
  if (::access(region.path.c_str(), W_OK) == 0 && region.control.is_writable()) {
    bool fresh = false;
    HW_TRY(const ControlState state, region.control.read(fresh));
    JournalPool pool;
    if (!state.clean) {
      HW_TRY(const PoolSeen seen, region.control.find_pool(state, pool));
      // Then it cannot bring the file up itself.
      if (seen == PoolSeen::Unseen) region.control.live().read_only.store(1);
    }
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  } else {
    if (region.control.is_writable()) region.control.live().read_only.store(1);
    if (!region.control.can_take_place()) HW_TRY_VOID(enter_unregistered_reader(region.control));
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveReader));
  }
  return refuse_interrupted(region);
}

Domain* Database::Parts::domain_of(const OpenRegion& region) const {
  Domain* const mine = attached_domain.load(std::memory_order_acquire);
  if (mine == nullptr) return nullptr;
  const auto members = mine->regions();
  return std::find(members.begin(), members.end(), &region) != members.end() ? mine : nullptr;
}

Status Database::Parts::bring_up(OpenRegion& region) {
  if (!region.writable) return wait_until_up(region);
  if (Domain* const mine = domain_of(region); mine != nullptr) return bring_up_for_reader(*mine, region);
  std::lock_guard one_thread(region.joining);
  if (region.control.live().behind.load(std::memory_order_acquire) == 0) return {};
  if (Domain* const mine = domain_of(region); mine != nullptr) return bring_up_for_reader(*mine, region);
  // A process that only reads joins the pool for this once. Nobody leaves meanwhile, so the pool is removed by its
  // last.
  AttachingLocks locks;
  OpenRegion* one[] = {&region};
  HW_TRY_VOID(locks.take(one));
  bool fresh = false;
  HW_TRY(const ControlState state, region.control.read(fresh));
  const auto up = [&] {  // Nobody sets, and nobody begins to: the flag is a dead process's.
    region.control.live().behind.store(0);
    return Status();
  };
  if (state.clean) return up();
  JournalPool pool;
  HW_TRY(const PoolSeen seen, region.control.find_pool(state, pool));
  if (seen == PoolSeen::Unseen) return wait_until_up(region);
  if (seen == PoolSeen::Gone) {
    Error error = make_error<MsgId::HWDBBUSY>(region.path);
    return error.note("All processes that updated it died; it is recovered once this process, too, has closed it");
  }
  const auto place = pool.find_region(region.path);
  if (!place) return up();
  region.pool_index = *place;
  Domain joined(std::move(pool), {&region});
  Status status = bring_up_for_reader(joined, region);
  region.journal.detach();
  return status;
}

/// The updating processes see the reader's mark: they bring up what is behind, and leave nothing behind from then on.
Status Database::Parts::wait_until_up(OpenRegion& region) {
  constexpr auto kPatience = std::chrono::seconds(10);
  constexpr auto kLookAgain = std::chrono::milliseconds(5);
  ControlLive& live = region.control.live();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (live.behind.load(std::memory_order_acquire) != 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      Error error = make_error<MsgId::HWDBBUSY>(region.path);
      return error.note("It has to be brought up to its journal, and this process may not write to it");
    }
    if (region.control.is_writable()) {
      live.caught_up.wait_unless(live.caught_up.ticket(), deadline, [&] { return live.behind.load() == 0; });
    } else {
      std::this_thread::sleep_for(kLookAgain);  // It cannot enter itself among those who wait.
    }
  }
  return {};
}

Result<OpenRegion*> Database::region(std::size_t index) {
  if (forks.load(std::memory_order_relaxed) != parts_->forks_at_open) return make_error<MsgId::HWFORKED>();
  auto& published = parts_->published[index].for_reading;
  if (OpenRegion* const open = published.load(std::memory_order_acquire); open != nullptr) return open;
  std::lock_guard guard(parts_->mutex);
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  bool fresh = false;
  HW_TRY(const ControlState state, region->control.read(fresh));
  if (!state.clean) {
    JournalPool pool;
    HW_TRY(const PoolSeen seen, region->control.find_pool(state, pool));
    if (seen == PoolSeen::Gone) HW_TRY_VOID(recover_unclean(directory_));
  }
  HW_TRY_VOID(parts_->attach_reader(*region));
  published.store(region, std::memory_order_release);
  return region;
}

/// The region is clean: its header is exact.
Status Database::Parts::enter_pool(OpenRegion& region, JournalPool& pool) {
  PoolHeader& header = pool.header();
  HW_TRY(region.pool_index, pool.add_region(region.path));
  PoolRegion& facts = header.regions[region.pool_index];
  const RegionHeader& own = region.header;
  std::memset(facts.name, 0, sizeof facts.name);
  std::memcpy(facts.name, own.name.data(), own.name.size());
  std::memcpy(facts.database_id, own.database_id.data(), own.database_id.size());
  facts.replicated = own.replicated ? 1 : 0;
  facts.journaled = own.journal_state == JournalState::On ? 1 : 0;
  facts.journal.set(own.journal_path);
  facts.autoswitch_bytes = own.journal_autoswitch;
  facts.allocation_bytes = own.journal_allocation;
  facts.extension_bytes = own.journal_extension;
  facts.switching = 0;
  facts.database_prepared_bytes = 0;
  facts.last_tn.store(region.last_tn().value);
  facts.reg_seqno.store(own.reg_seqno.value);
  facts.last_record_bytes = 0;
  facts.last_time_us = 0;
  if (facts.journaled != 0) {
    HW_TRY(const JournalFileInfo info, read_journal_info(own.journal_path));
    if (info.header.database_id != own.database_id)
      return make_error<MsgId::JNLBADLABEL>(own.journal_path, "a journal of " + region.path,
                                            "another database's journal");
    facts.generation = info.header.generation;
    if (own.generation != info.header.generation) {
      Error error = make_error<MsgId::JNLFILOPN>(own.journal_path, region.path);
      return error.note(fmt::format("The database expects generation {}, the file is generation {}", own.generation,
                                    info.header.generation));
    }
    HW_TRY_VOID(require_end_of_journal(region));
    facts.last_record_bytes = own.last_record_bytes;
    facts.last_time_us = info.header.created_us;
    HW_TRY(const File file, File::open(own.journal_path, O_RDONLY));
    HW_TRY(facts.journal_bytes, file.size());
    facts.set_end(own.offset);
    facts.synced_generation.store(facts.generation);
    facts.synced_offset.store(own.offset);
    HW_TRY_VOID(publish_image_place(region, facts));
    // The period counts from now: who only starts an instance does not wait for a checkpoint.
    facts.last_checkpoint_us.store(wall_clock_us());
  } else {
    // An image of the time when the region was journaled would bring that time back after a power loss.
    HW_TRY_VOID(remove_file(image_path(region.path)));
  }
  header.last_time_us = std::max(header.last_time_us, facts.last_time_us);
  if (header.replicating == 0) header.next_seqno.store(std::max(header.next_seqno.load(), facts.reg_seqno.load()));
  facts.in_use.store(1, std::memory_order_release);
  return {};
}

/// False when a region has to be recovered first.
Result<bool> Database::Parts::attach_writers(std::vector<OpenRegion*>& present, const std::string& instance_file,
                                             const JournalPool::Setup* create, bool background) {
  std::vector<std::unique_lock<std::mutex>> nobody_joins;
  for (OpenRegion* region : present) nobody_joins.emplace_back(region->joining);
  AttachingLocks locks;
  HW_TRY_VOID(locks.take(present));

  // 1. Every region's file, open for writing.
  std::vector<ControlState> states(present.size());
  NewPool made;
  JournalPool pool;
  for (std::size_t i = 0; i < present.size(); ++i) {
    OpenRegion& region = *present[i];
    bool fresh = false;
    HW_TRY(states[i], region.control.read(fresh));
    if (states[i].clean) continue;
    JournalPool its_pool;
    HW_TRY(const PoolSeen seen, region.control.find_pool(states[i], its_pool));
    if (seen == PoolSeen::Unseen) return region.control.unseen();
    if (seen == PoolSeen::Gone) return false;  // Before anything is attached: recovery needs it alone.
    if (!pool.is_attached()) {
      pool = std::move(its_pool);
    } else if (its_pool.uid() != pool.uid()) {
      return make_error<MsgId::HWDBBUSY>(region.path);
    }
  }
  for (OpenRegion* region : present) {
    HW_TRY(region->attached, region->control.try_shared(ControlFile::Lock::Attached));
    if (!region->attached) return standalone_elsewhere(*region);
    if (!region->writable) HW_TRY_VOID(region->open_environment(Environment::Mode::LiveWriter));
    HW_TRY_VOID(region->control.note_lock_file());  // One that was open for reading keeps it.
    HW_TRY_VOID(refuse_interrupted(*region));
    HW_TRY_VOID(refuse_copy(region->path, region->header));  // Before any other has entered a pool.
  }

  // 2. The pool that all of them commit through.
  const bool first = !pool.is_attached();
  const bool replicated =
      std::any_of(present.begin(), present.end(), [](const auto* region) { return region->header.replicated; });
  if (replicated && instance_file.empty()) return make_error<MsgId::REPLINSTUNDEF>();
  if (!pool.is_attached() && !replicated && create == nullptr) pool = left_pool(present, states);
  if (pool.is_attached()) {
    if (replicated) {
      const auto identity = identity_of(instance_file);
      if (!identity.has_value()) return rename_error<MsgId::REPLINSTACC>(identity.error(), instance_file);
      if (*identity != pool.header().instance_identity)
        return make_error<MsgId::REPLINSTMISMTCH>(instance_file, present.front()->path,
                                                  pool.header().instance_file.view());
    }
  } else if (create != nullptr) {
    JournalPool::Setup setup = *create;
    HW_TRY(setup.rights, rights_for_pool(present));
    HW_TRY(pool, JournalPool::create(setup));
    made.id = pool.id();
  } else if (replicated) {
    if (!file_exists(instance_file)) {
      errno = ENOENT;
      Error error = rename_error<MsgId::REPLINSTACC>(system_error("open()", instance_file), instance_file);
      return error;
    }
    return make_error<MsgId::NOJNLPOOL>(instance_file);
  } else {
    JournalPool::Setup setup;
    HW_TRY(setup.rights, rights_for_pool(present));
    HW_TRY(pool, JournalPool::create(setup));
    made.id = pool.id();
  }
  if (pool.header().replicating != 0 && !presence.is_open()) {
    HW_TRY(presence, enter_presence(replicated ? instance_file : std::string(pool.header().instance_file.view())));
  }

  // 3. Each region's place in it.
  for (std::size_t i = 0; i < present.size(); ++i) {
    OpenRegion& region = *present[i];
    const auto place = pool.find_region(region.path);
    const bool open_already = place && states[i].pool_uid == pool.uid() && !states[i].clean;
    if (open_already) {
      region.pool_index = *place;
      continue;
    }
    HW_TRY_VOID(enter_pool(region, pool));
    ControlState state{region.header.database_id,
                       boot_id(),
                       false,
                       pool.id(),
                       pool.uid(),
                       std::string(pool.header().instance_file.view())};
    HW_TRY_VOID(region.control.write(state));
  }
  made.id = -1;
  domain = std::make_unique<Domain>(std::move(pool), present);
  {
    HW_TRY(const CommitLock settled, CommitLock::take(*domain));  // What a dead process left in the middle of a commit.
  }
  HW_TRY_VOID(domain->keep_pages());
  attached_domain.store(domain.get(), std::memory_order_release);
  for (OpenRegion* region : present) publish_for_updates(*region);
  if (background) domain->start_background(first);
  return true;
}

Result<Domain*> Database::domain() {
  if (forks.load(std::memory_order_relaxed) != parts_->forks_at_open) return make_error<MsgId::HWFORKED>();
  if (Domain* const attached = parts_->attached_domain.load(std::memory_order_acquire); attached != nullptr)
    return attached;
  std::lock_guard guard(parts_->mutex);
  if (parts_->domain) return parts_->domain.get();
  HW_TRY_VOID(attach_all(nullptr));
  return parts_->domain.get();
}

Result<Domain*> Database::create_domain(const JournalPool::Setup& setup) {
  std::lock_guard guard(parts_->mutex);
  HW_CHECK(!parts_->domain);
  HW_TRY_VOID(attach_all(&setup));
  return parts_->domain.get();
}

Status Database::attach_all(const JournalPool::Setup* create) {
  std::vector<OpenRegion*> present;
  for (std::size_t i = 0; i < parts_->regions.size(); ++i) {
    auto region = parts_->control_of(directory_, i);
    if (region.has_value()) {
      present.push_back(*region);
    } else if (region.error().os_errno != ENOENT) {
      return std::move(region).error();
    }
  }
  if (present.empty()) return parts_->control_of(directory_, 0).error();
  for (;;) {
    HW_TRY_VOID(recover_unclean(directory_));
    HW_TRY(const bool attached, parts_->attach_writers(present, instance_file_, create, options_.background));
    if (attached) return {};
  }
}

Result<OpenRegion*> Database::writable_region(std::size_t index) {
  HW_TRY(Domain* const its_domain, domain());
  auto& published = parts_->published[index].for_updates;
  if (OpenRegion* const open = published.load(std::memory_order_acquire); open != nullptr) return open;
  std::lock_guard guard(parts_->mutex);
  if (OpenRegion* const open = published.load(std::memory_order_acquire); open != nullptr) return open;
  // The file was made after this process attached the others: it joins them.
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  HW_TRY_VOID(recover_unclean(directory_));
  std::lock_guard nobody_joins(region->joining);
  AttachingLocks locks;
  OpenRegion* one[] = {region};
  HW_TRY_VOID(locks.take(one));
  bool fresh = false;
  HW_TRY(ControlState state, region->control.read(fresh));
  JournalPool other;
  if (!state.clean) {
    HW_TRY(const PoolSeen seen, region->control.find_pool(state, other));
    if (seen == PoolSeen::Unseen) return region->control.unseen();
  }
  if (other.is_attached() && other.uid() != its_domain->pool().uid()) return make_error<MsgId::HWDBBUSY>(region->path);
  if (!state.clean && !other.is_attached()) return make_error<MsgId::HWDBBUSY>(region->path);  // Died just now.
  HW_TRY(region->attached, region->control.try_shared(ControlFile::Lock::Attached));
  if (!region->attached) return make_error<MsgId::HWDBBUSY>(region->path);
  if (!region->writable) HW_TRY_VOID(region->open_environment(Environment::Mode::LiveWriter));
  HW_TRY_VOID(refuse_copy(region->path, region->header));
  const auto found = its_domain->pool().find_region(region->path);
  if (found && other.is_attached()) {
    region->pool_index = *found;
  } else {
    HW_TRY_VOID(parts_->enter_pool(*region, its_domain->pool()));
    HW_TRY_VOID(
        region->control.write({region->header.database_id, boot_id(), false, its_domain->pool().id(),
                               its_domain->pool().uid(), std::string(its_domain->header().instance_file.view())}));
  }
  its_domain->add(*region);
  parts_->publish_for_updates(*region);
  return region;
}

Status Database::close() {
  if (parts_->closed || forks.load() != parts_->forks_at_open) return {};
  std::lock_guard guard(parts_->mutex);
  parts_->closed = true;
  Status first_failure;
  const auto keep = [&](Status status) {
    if (first_failure.has_value() && !status.has_value()) first_failure = std::move(status);
  };
  if (parts_->domain) {
    Domain& domain = *parts_->domain;
    domain.stop_background();
    std::vector<OpenRegion*> mine(domain.regions().begin(), domain.regions().end());
    AttachingLocks locks;
    keep(locks.take(mine));
    for (OpenRegion* region : mine) keep(leave_region(domain, *region));
    PoolHeader& pool = domain.header();
    const int id = domain.pool().id();
    const bool removable = pool.replicating == 0;
    if (removable) {
      const auto others = SharedMemory::attached_count(id);
      if (others.has_value() && *others == 1) keep(remove_or_leave(domain.pool(), mine));
    }
    parts_->attached_domain.store(nullptr);
    parts_->domain.reset();
  }
  parts_->presence = {};
  parts_->regions.clear();
  return first_failure;
}

}  // namespace hw

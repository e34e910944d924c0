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

#include "engine/base/clock.h"
#include "engine/checkpoint.h"
#include "engine/domain.h"
#include "engine/recovery.h"
#include "engine/region_access.h"
#include "engine/write_behind.h"

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

bool pool_alive(const ControlState& state, JournalPool& pool) {
  if (state.pool_id < 0) return false;
  auto attached = JournalPool::attach(state.pool_id, state.pool_uid);
  if (!attached.has_value()) return false;
  pool = std::move(attached).value();
  return true;
}

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
  if (state.clean || !pool_alive(state, pool)) return {};
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

}  // namespace

struct Database::Parts {
  std::mutex mutex;
  std::vector<std::unique_ptr<OpenRegion>> regions;
  std::unique_ptr<Domain> domain;
  std::atomic<Domain*> attached_domain{nullptr};  ///< the same once its regions are open, for readers without the mutex
  std::uint64_t forks_at_open = 0;
  bool closed = false;

  Result<OpenRegion*> control_of(const GlobalDirectory& directory, std::size_t index);
  Status attach_reader(OpenRegion& region);
  Result<bool> attach_writers(std::vector<OpenRegion*>& present, const std::string& instance_file,
                              const JournalPool::Setup* create, bool background);
  Status enter_pool(OpenRegion& region, JournalPool& pool);
  /// OpenRegion::bring_up of this process's regions.
  Status bring_up(OpenRegion& region);
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
  count_forks();
  parts_->forks_at_open = forks.load();
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  auto directory = options.global_directory.empty() ? GlobalDirectory::load_from_environment()
                                                    : GlobalDirectory::load(options.global_directory);
  if (!directory.has_value()) return std::move(directory).error();
  return std::unique_ptr<Database>(new Database(std::move(directory).value(), options));
}

Database::~Database() { (void)close(); }

Result<OpenRegion*> Database::Parts::control_of(const GlobalDirectory& directory, std::size_t index) {
  auto& place = regions[index];
  if (place) return place.get();
  const Region& definition = directory.regions()[index];
  const std::string path = directory.database_path(definition);
  if (!file_exists(path)) {
    errno = ENOENT;
    return rename_error<MsgId::DBOPNERR>(system_error("open()", path), path);
  }
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
  if (::access(region.path.c_str(), W_OK) == 0) {
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  } else {
    region.control.live().read_only.store(1);
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveReader));
  }
  return refuse_interrupted(region);
}

Status Database::Parts::bring_up(OpenRegion& region) {
  if (!region.writable) return wait_until_up(region);
  if (Domain* const mine = attached_domain.load(std::memory_order_acquire); mine != nullptr) {
    const auto members = mine->regions();
    if (std::find(members.begin(), members.end(), &region) != members.end()) return bring_up_for_reader(*mine, region);
  }
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
  if (!pool_alive(state, pool)) {
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
  ControlLive& live = region.control.live();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (live.behind.load(std::memory_order_acquire) != 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      Error error = make_error<MsgId::HWDBBUSY>(region.path);
      return error.note("It has to be brought up to its journal, and this process may not write to it");
    }
    live.caught_up.wait_unless(live.caught_up.ticket(), deadline, [&] { return live.behind.load() == 0; });
  }
  return {};
}

Result<OpenRegion*> Database::region(std::size_t index) {
  if (forks.load(std::memory_order_relaxed) != parts_->forks_at_open) return make_error<MsgId::HWFORKED>();
  {
    auto& place = parts_->regions[index];
    if (place && place->ready.load(std::memory_order_acquire)) return place.get();
  }
  std::lock_guard guard(parts_->mutex);
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  bool fresh = false;
  HW_TRY(const ControlState state, region->control.read(fresh));
  if (JournalPool pool; !state.clean && !pool_alive(state, pool)) HW_TRY_VOID(recover_unclean(directory_));
  HW_TRY_VOID(parts_->attach_reader(*region));
  region->ready.store(true, std::memory_order_release);
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
  facts.last_tn.store(region.environment.last_tn().value);
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
  AttachingLocks locks;
  HW_TRY_VOID(locks.take(present));

  // 1. Every region's file, open for writing.
  std::vector<ControlState> states(present.size());
  JournalPool pool;
  for (std::size_t i = 0; i < present.size(); ++i) {
    OpenRegion& region = *present[i];
    bool fresh = false;
    HW_TRY(states[i], region.control.read(fresh));
    JournalPool its_pool;
    const bool alive = pool_alive(states[i], its_pool);
    if (!states[i].clean && !alive) return false;  // Before anything is attached: recovery needs it alone.
    if (alive && !pool.is_attached()) {
      pool = std::move(its_pool);
    } else if (alive && its_pool.uid() != pool.uid()) {
      return make_error<MsgId::HWDBBUSY>(region.path);
    }
  }
  for (OpenRegion* region : present) {
    HW_TRY(region->attached, region->control.try_shared(ControlFile::Lock::Attached));
    if (!region->attached) return standalone_elsewhere(*region);
    if (!region->writable) HW_TRY_VOID(region->open_environment(Environment::Mode::LiveWriter));
    HW_TRY_VOID(refuse_interrupted(*region));
  }

  // 2. The pool that all of them commit through.
  const bool first = !pool.is_attached();
  const bool replicated =
      std::any_of(present.begin(), present.end(), [](const auto* region) { return region->header.replicated; });
  if (replicated && instance_file.empty()) return make_error<MsgId::REPLINSTUNDEF>();
  if (pool.is_attached()) {
    if (replicated && pool.header().instance_file.view() != instance_file)
      return make_error<MsgId::REPLINSTMISMTCH>(instance_file, present.front()->path,
                                                pool.header().instance_file.view());
  } else if (create != nullptr) {
    HW_TRY(pool, JournalPool::create(*create));
  } else if (replicated) {
    if (!file_exists(instance_file)) {
      errno = ENOENT;
      Error error = rename_error<MsgId::REPLINSTACC>(system_error("open()", instance_file), instance_file);
      return error;
    }
    return make_error<MsgId::NOJNLPOOL>(instance_file);
  } else {
    HW_TRY(pool, JournalPool::create({}));
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
  for (OpenRegion* region : present) region->ready.store(true, std::memory_order_release);
  domain = std::make_unique<Domain>(std::move(pool), present);
  {
    HW_TRY(const CommitLock settled, CommitLock::take(*domain));  // What a dead process left in the middle of a commit.
  }
  attached_domain.store(domain.get(), std::memory_order_release);
  if (background) domain->start_background(first);
  return true;
}

Result<Domain*> Database::domain() {
  if (forks.load(std::memory_order_relaxed) != parts_->forks_at_open) return make_error<MsgId::HWFORKED>();
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
  std::lock_guard guard(parts_->mutex);
  auto& place = parts_->regions[index];
  const auto& members = its_domain->regions();
  if (place && std::find(members.begin(), members.end(), place.get()) != members.end()) return place.get();
  // The file was made after this process attached the others: it joins them.
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  HW_TRY_VOID(recover_unclean(directory_));
  AttachingLocks locks;
  OpenRegion* one[] = {region};
  HW_TRY_VOID(locks.take(one));
  bool fresh = false;
  HW_TRY(ControlState state, region->control.read(fresh));
  JournalPool other;
  if (pool_alive(state, other) && other.uid() != its_domain->pool().uid())
    return make_error<MsgId::HWDBBUSY>(region->path);
  if (!state.clean && !other.is_attached()) return make_error<MsgId::HWDBBUSY>(region->path);  // Died just now.
  HW_TRY(region->attached, region->control.try_shared(ControlFile::Lock::Attached));
  if (!region->attached) return make_error<MsgId::HWDBBUSY>(region->path);
  if (!region->writable) HW_TRY_VOID(region->open_environment(Environment::Mode::LiveWriter));
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
  region->ready.store(true, std::memory_order_release);
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
      if (others.has_value() && *others == 1) keep(SharedMemory::remove(id));
    }
    parts_->attached_domain.store(nullptr);
    parts_->domain.reset();
  }
  parts_->regions.clear();
  return first_failure;
}

}  // namespace hw

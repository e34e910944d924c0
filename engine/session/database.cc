#include "engine/session/database.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "engine/base/interrupt.h"
#include "engine/base/lock_wait.h"
#include "engine/commit/domain.h"
#include "engine/commit/pin.h"
#include "engine/commit/write_behind.h"
#include "engine/recovery/attach.h"
#include "engine/recovery/journal_end.h"
#include "engine/recovery/recovery.h"
#include "engine/recovery/region_access.h"
#include "engine/region/attaching_locks.h"
#include "engine/region/copy_mark.h"
#include "engine/region/presence.h"
#include "engine/session/attachment.h"
#include "engine/session/background.h"

namespace hw {
namespace {

std::atomic<std::uint64_t> forks{0};
/// How long an open waits for what other processes are doing to the database.
constexpr auto kPatience = std::chrono::seconds(10);

void count_forks() {
  static std::once_flag once;
  std::call_once(once, [] { ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); }); });
}

/// All processes died and left their pool: a commit half applied is finished or erased before anybody reads it.
/// Attaching lock held.
Status settle_orphan(OpenRegion& region) {
  HW_TRY(const ControlState state, region.control.read());
  JournalPool pool;
  if (state.clean) return {};
  HW_TRY(const PoolSeen seen, region.control.find_pool(state, pool));
  if (seen != PoolSeen::Alive) return {};
  const auto place = pool.find_region(region.path);
  if (!place || ::access(region.path.c_str(), W_OK) != 0) return {};
  HW_TRY(const bool alone, region.control.try_exclusive(ControlFile::Lock::Attached));
  // The others' next commit does it; but they may only read. One that is not dead comes to its end by itself.
  const auto state_of_commit = static_cast<InFlightState>(pool.header().in_flight.state.load());
  if (!alone && state_of_commit != InFlightState::Committing) return {};
  region.pool_index = *place;
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  Domain domain(std::move(pool), {&region});
  HW_TRY(const CommitLock lock, CommitLock::take(domain));
  return require_own_commits(region, domain.facts(region));
}

Error was_closed(const std::string& path) {
  return make_error<MsgId::DBOPNERR>(path).note("This program has closed its database");
}

}  // namespace

struct Database::Parts {
  /// Taken before every other lock: a commit, or a look at a map, does not wait for who attaches.
  Mutex mutex;
  std::vector<std::unique_ptr<OpenRegion>> regions HW_GUARDED_BY(mutex);
  /// The same once they are open, for readers without the mutex.
  struct Published {
    std::atomic<OpenRegion*> for_reading{nullptr};
    std::atomic<OpenRegion*> for_updates{nullptr};
  };
  std::unique_ptr<Published[]> published;
  std::unique_ptr<Domain> domain HW_GUARDED_BY(mutex);
  Background threads HW_GUARDED_BY(mutex);        ///< of the domain
  std::atomic<Domain*> attached_domain{nullptr};  ///< the same once its regions are open, for readers without the mutex
  std::uint64_t forks_at_open = 0;
  bool closed HW_GUARDED_BY(mutex) = false;
  File presence HW_GUARDED_BY(mutex);  ///< of this process in a replicating instance

  bool is_closed() {
    const MutexLock guard(mutex);
    return closed;
  }
  Result<OpenRegion*> control_of(const GlobalDirectory& directory, std::size_t index) HW_REQUIRES(mutex);
  Status attach_reader(OpenRegion& region) HW_REQUIRES(mutex);
  static void close_reader(OpenRegion& region);
  Result<bool> attach_writers(std::span<OpenRegion* const> present, const std::string& instance_file,
                              const JournalPool::Setup* create, bool background) HW_REQUIRES(mutex);
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
  {
    const MutexLock guard(parts_->mutex);
    parts_->regions.resize(directory_.regions().size());
  }
  parts_->published = std::make_unique<Parts::Published[]>(directory_.regions().size());
  count_forks();
  parts_->forks_at_open = forks.load();
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  auto directory = options.global_directory.empty() ? GlobalDirectory::load_from_environment()
                                                    : GlobalDirectory::load(options.global_directory);
  if (!directory.has_value()) return std::move(directory).error();
  if (!options.global_directory.empty()) HW_TRY_VOID(directory->refuse_one_file_twice());
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
  if (!file_exists(path)) return rename_error<MsgId::DBOPNERR>(system_error("open()", path, ENOENT), path);
  HW_TRY_VOID(check_path(path, kPathBytesMax));
  auto region = std::make_unique<OpenRegion>(definition, path, index);
  HW_TRY(region->control, ControlFile::open(path));
  region->bring_up = [this, one = region.get()] { return bring_up(*one); };
  place = std::move(region);
  return place.get();
}

Status Database::Parts::attach_reader(OpenRegion& region) {
  if (region.environment.is_open()) {
    if (domain_of(region) != nullptr) return refuse_interrupted(region);
    close_reader(region);  // Left open by an attempt to update it that was refused: why, a reader must know, too.
  }
  AttachingLocks locks;
  OpenRegion* one[] = {&region};
  HW_TRY_VOID(locks.take(one, ControlFile::Purpose::Read));
  HW_TRY(const auto copied, read_copy_mark(region.path));
  HW_TRY_VOID(settle_orphan(region));
  HW_TRY(const bool shared, region.control.try_shared(ControlFile::Lock::Attached));
  if (!shared) return standalone_elsewhere(region);
  region.attached = true;
  HW_TRY(const ControlState state, region.control.read());
  // A map that may be written costs a reader nothing and needs no second opening when it turns writer.
  if (::access(region.path.c_str(), W_OK) == 0 && region.control.is_writable() && region.control.can_take_place()) {
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
  Status behind = state.clean && !copied ? refuse_behind_journal(region) : Status();
  if (!behind.has_value()) {  // Each later call reports it again.
    close_reader(region);
    return behind;
  }
  return refuse_interrupted(region);
}

void Database::Parts::close_reader(OpenRegion& region) {
  region.environment = {};
  region.writable = false;
  // The kernel drops the lock with the file in any case.
  if (std::exchange(region.attached, false)) (void)region.control.unlock(ControlFile::Lock::Attached);
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
  // A process that only reads joins the pool for this once. No process leaves meanwhile, so the pool is removed by its
  // last.
  AttachingLocks locks;
  OpenRegion* one[] = {&region};
  HW_TRY_VOID(locks.take(one));
  HW_TRY(const ControlState state, region.control.read());
  const auto up = [&] {  // No process sets, and none begins to: the flag is a dead process's.
    region.control.live().behind.store(0);
    return Status();
  };
  if (state.clean) return up();
  JournalPool pool;
  HW_TRY(const PoolSeen seen, region.control.find_pool(state, pool));
  if (seen == PoolSeen::Unseen) return wait_until_up(region);
  if (seen == PoolSeen::Gone) {
    return make_error<MsgId::HWDBBUSY>(region.path)
        .note("All processes that updated it died; it is recovered once this process, too, has closed it");
  }
  const auto place = pool.find_region(region.path);
  if (!place) return up();
  region.pool_index = *place;
  Domain joined(std::move(pool), {&region});
  Status status = bring_up_for_reader(joined, region);
  region.journal.detach();
  return status;
}

/// The updating processes see the reader's mark: they flush what is pending, and leave nothing pending from then on.
Status Database::Parts::wait_until_up(OpenRegion& region) {
  constexpr auto kLookAgain = std::chrono::milliseconds(5);
  ControlLive& live = region.control.live();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (live.behind.load(std::memory_order_acquire) != 0) {
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      return make_error<MsgId::HWDBBUSY>(region.path)
          .note("It has to be brought up to its journal, and this process may not write to it");
    }
    if (region.control.is_writable()) {
      live.caught_up.wait_unless(live.caught_up.ticket(), std::min(deadline, now + LockWait::kPeriod),
                                 [&] { return live.behind.load() == 0; });
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
  const MutexLock guard(parts_->mutex);
  if (parts_->closed) return was_closed(directory_.database_path(directory_.regions()[index]));
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  HW_TRY(const ControlState state, region->control.read());
  if (!state.clean) {
    JournalPool pool;
    HW_TRY(const PoolSeen seen, region->control.find_pool(state, pool));
    if (seen == PoolSeen::Gone) HW_TRY_VOID(recover_unclean(directory_));
  }
  HW_TRY_VOID(parts_->attach_reader(*region));
  published.store(region, std::memory_order_release);
  return region;
}

/// False when a region has to be recovered first.
Result<bool> Database::Parts::attach_writers(std::span<OpenRegion* const> present, const std::string& instance_file,
                                             const JournalPool::Setup* create, bool background) {
  // First of all: what is committed here is on disk a second later by these threads.
  if (background) HW_TRY_VOID(threads.start());
  Attachment attachment(present, instance_file);
  HW_TRY(const bool ready, attachment.find_pool());
  if (!ready) return false;
  const bool first = !attachment.has_pool();
  HW_TRY_VOID(attachment.open_files());
  HW_TRY_VOID(attachment.choose_pool(create));
  if (attachment.pool().header().replicating != 0 && !presence.is_open()) {
    HW_TRY(presence, enter_presence(attachment.instance_file()));
  }
  HW_TRY(JournalPool pool, attachment.enter());
  domain = std::make_unique<Domain>(std::move(pool), std::vector<OpenRegion*>(present.begin(), present.end()));
  {
    HW_TRY(const CommitLock settled, CommitLock::take(*domain));  // What a dead process left in the middle of a commit.
    for (OpenRegion* region : present) HW_TRY_VOID(require_own_commits(*region, domain->facts(*region)));
  }
  HW_TRY_VOID(domain->keep_pages());
  attached_domain.store(domain.get(), std::memory_order_release);
  for (OpenRegion* region : present) publish_for_updates(*region);
  if (background) threads.serve(*domain, first);
  return true;
}

Result<Domain*> Database::domain() {
  if (forks.load(std::memory_order_relaxed) != parts_->forks_at_open) return make_error<MsgId::HWFORKED>();
  if (Domain* const attached = parts_->attached_domain.load(std::memory_order_acquire); attached != nullptr)
    return attached;
  const MutexLock guard(parts_->mutex);
  if (parts_->closed) return was_closed(directory_.database_path(directory_.regions().front()));
  if (parts_->domain) return parts_->domain.get();
  HW_TRY_VOID(attach_all(nullptr));
  return parts_->domain.get();
}

Result<Domain*> Database::create_domain(const JournalPool::Setup& setup) {
  const MutexLock guard(parts_->mutex);
  HW_CHECK(!parts_->domain);
  HW_TRY_VOID(attach_all(&setup));
  return parts_->domain.get();
}

Status Database::attach_all(const JournalPool::Setup* create) HW_REQUIRES(parts_->mutex) {
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
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    HW_TRY_VOID(recover_unclean(directory_));
    HW_TRY(const bool attached, parts_->attach_writers(present, instance_file_, create, options_.background));
    if (attached) return {};
    // Others die, or begin, between the two: again. Not for ever: what one calls clean the other may call unclean.
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    if (std::chrono::steady_clock::now() >= deadline) {
      return make_error<MsgId::HWDBBUSY>(present.front()->path)
          .note("Its processes died, and it could not be recovered beside those that read it; stop them first");
    }
  }
}

Result<OpenRegion*> Database::writable_region(std::size_t index) {
  HW_TRY(Domain* const its_domain, domain());
  auto& published = parts_->published[index].for_updates;
  if (OpenRegion* const open = published.load(std::memory_order_acquire); open != nullptr) return open;
  const MutexLock guard(parts_->mutex);
  if (OpenRegion* const open = published.load(std::memory_order_acquire); open != nullptr) return open;
  // The file was made after this process attached the others: it joins them.
  HW_TRY(OpenRegion* const region, parts_->control_of(directory_, index));
  HW_TRY_VOID(recover_unclean(directory_));
  OpenRegion* one[] = {region};
  Attachment attachment(one, instance_file_);
  HW_TRY(const bool ready, attachment.find_pool());
  // Its processes have died just now, or it commits through another pool.
  if (!ready || (attachment.has_pool() && attachment.pool().uid() != its_domain->pool().uid()))
    return make_error<MsgId::HWDBBUSY>(region->path);
  HW_TRY_VOID(attachment.open_files());
  HW_TRY_VOID(attachment.enter(its_domain->pool()));
  its_domain->add(*region);
  parts_->publish_for_updates(*region);
  return region;
}

Status Database::close() {
  if (forks.load() != parts_->forks_at_open || parts_->is_closed()) return {};
  sessions_->close_all();
  const MutexLock guard(parts_->mutex);
  parts_->closed = true;
  Status first_failure;
  const auto keep = [&](Status status) {
    if (first_failure.has_value() && !status.has_value()) first_failure = std::move(status);
  };
  parts_->threads.stop();
  if (parts_->domain) {
    Domain& domain = *parts_->domain;
    domain.give_pages_back();
    keep(domain.watch_journals(
        Domain::Watched::Held));  // The last that has a journal open is the last that can give it its name.
    std::vector<OpenRegion*> mine(domain.regions().begin(), domain.regions().end());
    AttachingLocks locks;
    keep(locks.take(mine));
    for (OpenRegion* region : mine) keep(leave_region(domain, *region));
    PoolHeader& pool = domain.header();
    const bool removable = pool.replicating == 0;
    if (removable) {
      const auto others = domain.pool().is_used_by_others();
      // One that was not closed, because another process had the pool open just then, needs it. Where closing failed
      // the pool is of no more use.
      const bool unused = std::ranges::none_of(pool.regions, [](const auto& it) { return it.in_use.load() != 0; });
      const bool needed = !unused && first_failure.has_value();
      if (others.has_value() && !*others && !needed) keep(remove_or_leave(domain.pool(), mine));
    }
    parts_->attached_domain.store(nullptr);
    parts_->domain.reset();
  }
  parts_->presence = {};
  for (std::size_t i = 0; i < parts_->regions.size(); ++i) {
    parts_->published[i].for_reading.store(nullptr);
    parts_->published[i].for_updates.store(nullptr);
  }
  for (auto& region : parts_->regions) region.reset();
  return first_failure;
}

}  // namespace hw

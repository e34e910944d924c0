#include "replic/control/fence.h"

#include <unistd.h>

#include <ctime>

#include "engine/base/boot.h"
#include "engine/commit/deadline.h"
#include "engine/region/presence.h"
#include "replic/history/epoch.h"
#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/receive_pool.h"

namespace hw {
namespace {

/// The pool of an instance that may be down.
Result<std::optional<JournalPool>> pool_if_any(Result<JournalPool> found) {
  if (found.has_value()) return std::optional(std::move(*found));
  if (found.error().id == MsgId::NOJNLPOOL || found.error().id == MsgId::REPLREQROLLBACK)
    return std::optional<JournalPool>();
  return std::move(found).error();
}

FenceInPool look_at(const PoolHeader& pool) {
  return {.uid = pool.uid,
          .epoch = pool.fence.epoch.load(),
          .deadline_ns = pool.fence.deadline_ns.load(),
          .stopped = pool.fence.stopped.load() != 0,
          .updates_enabled = pool.updates_enabled.load() != 0,
          .next_seqno = Seqno{pool.next_seqno.load()}};
}

/// What comes from a primary would go on under the seqnos of a reign of this instance's own. Admin lock held: no
/// receiver server starts meanwhile.
Status refuse_receiver(const JournalPool& pool, const std::string& instance_path) {
  const auto received = ReceivePool::find(pool);
  if (!received.has_value()) return received.error().id == MsgId::HWUNSEEN ? Status(received.error()) : Status();
  const ReceivePoolHeader& header = received->header();
  for (const PoolProcess* process : {&header.receiver, &header.update})
    if (process_lives(*process, instance_path))
      return make_error<MsgId::HWINUSE>(fmt::format("Instance {}", pool.header().instance_name),
                                        fmt::format("receiver server or update process {}", process->pid.load()));
  return {};
}

}  // namespace

Result<FenceState> read_fence(const std::string& instance_path) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  HW_TRY(const auto pool, pool_if_any(look_at_pool(instance_path)));
  // Memory that all have left, or died in, is not an instance that is up.
  HW_TRY(const bool present, is_present(instance_path));
  FenceState state{.instance = file.header().name,
                   .required = file.header().fence_required,
                   .known_epoch = file.header().fencing_epoch,
                   .root_primary = file.header().root_primary,
                   .next_seqno = file.header().seqno,
                   .pool = std::nullopt};
  if (!pool || !present) return state;
  state.pool = look_at(pool->header());
  state.next_seqno = state.pool->next_seqno;
  return state;
}

Status require_fence(const std::string& instance_path) {
  HW_TRY(InstanceFile file, InstanceFile::open(instance_path));
  if (file.is_dual_site())
    return make_error<MsgId::HWREFUSED>("Fencing", "an instance of the dual-site version has no epochs");
  HW_TRY(const auto pool, pool_if_any(find_pool(instance_path)));
  if (pool && pool->header().takes_updates() && pool->header().fence.epoch.load() == 0)
    return make_error<MsgId::HWINUSE>(fmt::format("Instance {}", file.header().name), "updates without a lease");
  HW_TRY_VOID(file.update_header([](InstanceHeader& header) { header.fence_required = true; }));
  if (pool) pool->header().fence.set_required(true);
  return {};
}

Status fence_off(const std::string& instance_path) {
  HW_TRY(InstanceFile file, InstanceFile::open(instance_path));
  const auto in_use = [&](const std::string& by) {
    return make_error<MsgId::HWINUSE>(fmt::format("Instance {}", file.header().name), by);
  };
  HW_TRY(const bool present, is_present(instance_path));
  if (present) return in_use("its processes");
  HW_TRY(const auto pool, pool_if_any(look_at_pool(instance_path)));
  if (pool) return in_use(fmt::format("shared memory {}, which mupip rundown removes", pool->id()));
  return file.update_header([](InstanceHeader& header) { header.fence_required = false; });
}

Status learn_epoch(const std::string& instance_path, std::uint64_t epoch) {
  HW_TRY(InstanceFile file, InstanceFile::open(instance_path));
  HW_TRY_VOID(file.learn_epoch(epoch));
  HW_TRY(const auto pool, pool_if_any(find_pool(instance_path)));
  if (pool) pool->header().fence.raise_known_epoch(epoch);
  return {};
}

struct Fence::Parts {
  std::string path;
  Domain domain;  // Regions are opened when a dead process's commit has to be finished.
};

Fence::Fence(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Fence::Fence(Fence&&) noexcept = default;
Fence& Fence::operator=(Fence&&) noexcept = default;
Fence::~Fence() = default;

Result<Fence> Fence::open(const std::string& instance_path) {
  HW_TRY(JournalPool pool, find_pool(instance_path));
  return Fence(std::unique_ptr<Parts>(new Parts{instance_path, Domain(std::move(pool), {})}));
}

PoolHeader& Fence::pool() const { return parts_->domain.header(); }
SharedEvent& Fence::event() const { return pool().fence.changed; }
FenceInPool Fence::state() const { return look_at(pool()); }

Result<bool> Fence::is_current() const {
  HW_TRY(const InstanceFile file, InstanceFile::open(parts_->path, /*writable=*/false));
  // While this process is attached nobody gets another segment of the same number.
  return file.header().jnlpool_shmid == static_cast<std::uint32_t>(parts_->domain.pool().id());
}

// ---- the agent ----

void Fence::set_deadline(std::uint64_t boottime_ns) {
  pool().fence.set_deadline(boottime_ns);
  if (boottime_ns == 0) event().signal();
}

void Fence::set_epoch(std::uint64_t epoch) { pool().fence.epoch.store(epoch); }

Result<Seqno> Fence::stop_updates(Clock::time_point until) { return set_stop_flag(parts_->domain, true, until); }

Status Fence::allow_updates(Clock::time_point until) {
  HW_TRY([[maybe_unused]] const Seqno next, set_stop_flag(parts_->domain, false, until));
  return {};
}

Status Fence::promote(std::uint64_t epoch) {
  HW_CHECK(epoch != 0);
  PoolFence& fence = pool().fence;
  HW_TRY(InstanceFile file, InstanceFile::open(parts_->path));
  HW_TRY(const RobustLock admin, RobustLock::take(pool().admin_lock));
  HW_TRY_VOID(file.refresh());
  const std::string& name = file.header().name;
  if (fence.required.load() == 0)
    return make_error<MsgId::HWREFUSED>("A reign with an epoch", "Fence Required is not set");
  if (pool().takes_updates()) return make_error<MsgId::HWINUSE>(fmt::format("Instance {}", name), "updates");
  HW_TRY_VOID(refuse_receiver(parts_->domain.pool(), parts_->path));
  if (const std::uint64_t known = file.header().fencing_epoch; epoch < known)
    return make_error<MsgId::HWEPOCHOLD>(name, epoch, known);
  if (const auto root = root_of_epoch(file.history(), epoch); root && *root != name)
    return make_error<MsgId::HWEPOCHCLASH>(*root, name, epoch);
  HW_TRY_VOID(file.begin_reign(Seqno{pool().next_seqno.load()}, static_cast<std::uint32_t>(::getpid()),
                               static_cast<std::uint64_t>(std::time(nullptr)), epoch));
  HW_TRY_VOID(publish_mark(pool(), file));
  fence.raise_known_epoch(epoch);
  fence.epoch.store(epoch);
  fence.reigns.fetch_add(1);  // Before updates are on: source servers read the history again.
  return {};
}

Status Fence::updates_on(Clock::time_point until) {
  {
    HW_TRY(const InstanceFile file, InstanceFile::open(parts_->path, /*writable=*/false));
    HW_TRY(const RobustLock admin, RobustLock::take(pool().admin_lock));
    HW_TRY_VOID(refuse_receiver(parts_->domain.pool(), parts_->path));
    const std::uint64_t epoch = pool().fence.epoch.load();
    const History& history = file.history();
    if (epoch == 0 || history.empty() || history.last().root_name != file.header().name ||
        history.last().fence != epoch)
      return make_error<MsgId::HWFENCED>(file.header().name);
  }
  return set_updates(parts_->domain, true, until);
}

Status Fence::updates_off(Clock::time_point until) { return set_updates(parts_->domain, false, until); }

// ---- gateways ----

bool Fence::takes_updates() const { return pool().takes_updates(); }
std::uint32_t Fence::ticket() const { return pool().fence.changed.ticket(); }
void Fence::wait(std::uint32_t ticket, Clock::time_point until) const { pool().fence.changed.wait(ticket, until); }

}  // namespace hw

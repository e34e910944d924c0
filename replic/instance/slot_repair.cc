#include "replic/instance/slot_repair.h"

#include <cstring>

#include "engine/base/liveness.h"
#include "engine/base/operator_log.h"
#include "replic/instance/instance.h"

namespace hw {
namespace {

constexpr std::uint32_t kStopped = 2;  // PoolSlot::shutdown: it has ended, cleanly or with an error.

std::string_view name_of(const PoolSlot& slot) { return {slot.name, ::strnlen(slot.name, sizeof slot.name)}; }

/// What `slot` holds, without a lock, against `entry`, the instance file's slot of that index.
bool consistent(const PoolSlot& slot, const InstanceSlot& entry) {
  const auto in_use = slot.in_use.load();
  const auto pid = slot.pid.load();
  const auto mode = slot.mode.load();
  const auto state = slot.state.load();
  if (in_use == 0) return pid == 0 && mode == 0;
  if (in_use != 1 || !entry.used() || entry.name != name_of(slot)) return false;
  if (mode > static_cast<std::uint32_t>(ServerMode::PassiveRequested)) return false;
  if (state > static_cast<std::uint32_t>(LinkState::WaitingForXon)) return false;
  if (pid == 0) return mode == 0 && state == 0;
  return slot.shutdown.load() == kStopped || (mode != 0 && state != 0);
}

void repair(PoolSlot& slot, const InstanceSlot& entry, const std::string& instance_path) {
  const bool known = entry.used();
  const bool alive = liveness_of(slot, instance_path) != Liveness::Gone && slot.pid_start.load() != 0;
  set_text(slot.name, known ? entry.name : std::string_view{});
  slot.in_use.store(known ? 1 : 0);
  if (known && alive) {
    const bool passive = slot.host[0] == 0;
    if (slot.mode.load() == 0 || slot.mode.load() > static_cast<std::uint32_t>(ServerMode::PassiveRequested))
      slot.mode.store(static_cast<std::uint32_t>(passive ? ServerMode::Passive : ServerMode::Active));
    if (slot.state.load() == 0 || slot.state.load() > static_cast<std::uint32_t>(LinkState::WaitingForXon))
      slot.state.store(static_cast<std::uint32_t>(LinkState::Start));
    return;
  }
  slot.pid.store(0);
  slot.mode.store(static_cast<std::uint32_t>(ServerMode::None));
  slot.state.store(static_cast<std::uint32_t>(LinkState::None));
  slot.connected.store(0);
  slot.shutdown.store(0);
}

}  // namespace

Result<std::vector<Error>> repair_slots(PoolHeader& pool, const InstanceFile& file) {
  std::vector<Error> found;
  bool suspicion = false;
  for (std::size_t i = 0; i < pool.slots.size(); ++i) suspicion |= !consistent(pool.slots[i], file.slots()[i]);
  if (!suspicion) return found;
  // Whoever changes a slot does so under this lock: what is inconsistent now stays so.
  HW_TRY(const RobustLock admin, RobustLock::take(pool.admin_lock));
  HW_TRY(const InstanceFile newest, InstanceFile::open(file.path(), /*writable=*/false));
  for (std::size_t i = 0; i < pool.slots.size(); ++i) {
    PoolSlot& slot = pool.slots[i];
    const InstanceSlot& entry = newest.slots()[i];
    if (consistent(slot, entry)) continue;
    const std::string name(entry.used() ? std::string_view(entry.name) : name_of(slot));
    found.push_back(make_error<MsgId::JNLPOOLBADSLOT>(name, slot.pid.load(), slot.state.load(), i));
    to_operator_log({"MUPIP", newest.header().name}, found.back());
    repair(slot, entry, file.path());
  }
  return found;
}

}  // namespace hw

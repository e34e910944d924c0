#include "replic/source/source_start.h"

#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"

namespace hw {

Status check_source_start(const SourceStartOptions& options, const std::string& instance_path) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  const std::string_view name = options.secondary_name.view();
  const bool root = options.role == InstanceRole::Root;
  const bool active = options.secondary.has_value();
  if (file.is_dual_site() && active && !root)
    return value_error("An instance of the dual-site version sends only as root primary");
  if (file.is_dual_site() && options.refresh_port)
    return value_error("An instance of the dual-site version cannot be copied over REFRESHPORT");
  if (name == file.header().name) return make_error<MsgId::REPLINSTNMSAME>(name);
  auto pool = find_pool(instance_path);
  if (!pool.has_value()) {
    if (pool.error().id == MsgId::NOJNLPOOL) return {};
    return std::move(pool).error();
  }
  const PoolHeader& header = pool->header();
  std::size_t alive = 0;
  const PoolSlot* dual_site = nullptr;
  for (const PoolSlot& slot : header.slots) {
    if (!server_lives(slot, instance_path)) continue;
    ++alive;
    if (slot.connected.load() != 0 && slot.remote_level.load() == kLevelDualSite) dual_site = &slot;
    if (slot.name == name) return make_error<MsgId::SRCSRVEXISTS>(name, slot.pid.load());
  }
  const bool enabled = header.updates_enabled.load() != 0;
  if (root && !enabled && header.fence.required.load() == 0)
    return make_error<MsgId::PRIMARYNOTROOT>(file.header().name);
  if (!root && enabled) return make_error<MsgId::PRIMARYISROOT>(file.header().name);
  const std::size_t slots = slots_of(file.header().level);
  if (alive >= slots) return make_error<MsgId::SRCSRVTOOMANY>(slots, instance_path);
  if (dual_site != nullptr) return make_error<MsgId::REPLUPGRADESEC>(dual_site->name);
  if (active && !file.is_dual_site() && fed_by_dual_site(*pool, instance_path))
    return make_error<MsgId::REPLUPGRADEPRI>("unknown");
  return {};
}

}  // namespace hw

#include "replic/source_start.h"

#include "replic/instance.h"
#include "replic/instance_file.h"

namespace hw {

Status check_source_start(const SourceStartOptions& options, const std::string& instance_path) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  const std::string_view name = options.secondary_name.view();
  if (name == file.header().name) return make_error<MsgId::REPLINSTNMSAME>(name);
  auto pool = find_pool(instance_path);
  if (!pool.has_value()) {
    if (pool.error().id == MsgId::NOJNLPOOL) return {};
    return std::move(pool).error();
  }
  const PoolHeader& header = pool->header();
  std::size_t alive = 0;
  for (const PoolSlot& slot : header.slots) {
    if (!server_lives(slot)) continue;
    ++alive;
    if (slot.name == name) return make_error<MsgId::SRCSRVEXISTS>(name, slot.pid.load());
  }
  const bool root = options.role == InstanceRole::Root;
  const bool enabled = header.updates_enabled.load() != 0;
  if (root && !enabled) return make_error<MsgId::PRIMARYNOTROOT>(file.header().name);
  if (!root && enabled) return make_error<MsgId::PRIMARYISROOT>(file.header().name);
  if (alive >= kSlotsMax) return make_error<MsgId::SRCSRVTOOMANY>(kSlotsMax, instance_path);
  return {};
}

}  // namespace hw

#include "mupip/database/pool_rundown.h"

#include <ostream>

#include "replic/instance/instance.h"

namespace hw::mupip {

Result<bool> run_down_pool(Console& console) {
  const auto path = instance_path_from_environment();
  if (!path.has_value() || !file_exists(*path)) return true;
  auto pool = find_pool(*path);
  if (!pool.has_value()) {
    if (pool.error().id == MsgId::NOJNLPOOL || pool.error().id == MsgId::REPLREQROLLBACK) return true;
    if (pool.error().id == MsgId::HWUNSEEN) return pool.error();
    console.err << pool.error().render();
    return false;
  }
  const int id = pool->id();
  const auto outcome = remove_unused_pool(std::move(*pool), *path);
  if (outcome.has_value() && outcome->removed) {
    console.err << make_line<MsgId::MUJPOOLRNDWNSUC>(id, *path) << '\n';
    return true;
  }
  if (!outcome.has_value()) {
    console.err << outcome.error().render();
  } else {
    console.err << fmt::format(
        "Replpool semaphore (id = {}) for replication instance {} is in use by another process.\n", id, *path);
  }
  console.err << make_line<MsgId::MUJPOOLRNDWNFL>(id, *path) << '\n';
  return false;
}

}  // namespace hw::mupip

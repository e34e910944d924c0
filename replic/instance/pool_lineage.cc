#include "replic/instance/pool_lineage.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "engine/base/liveness.h"
#include "engine/region/presence.h"

namespace hw {

namespace {

Lineage known_lineage(const PoolHeader& pool) {
  const PoolLineage& known = pool.lineage;
  Lineage out;
  const std::string instance_file(pool.instance_file.view());
  if (liveness_in(instance_file, known.writer_pid, known.writer_start, known.writer_space) == Liveness::Gone)
    return out;
  // A process can damage what it shares: the count is not taken on trust.
  for (const auto& name : std::span(known.names).first(std::min<std::size_t>(known.count, std::size(known.names))))
    out.emplace_back(name, ::strnlen(name, InstanceName::kBytesMax));
  return out;
}

}  // namespace

Result<Lineage> read_lineage(PoolHeader& pool) {
  HW_TRY(const RobustLock admin, RobustLock::take(pool.admin_lock));
  return known_lineage(pool);
}

Lineage look_at_lineage(const PoolHeader& pool) { return known_lineage(pool); }

Status write_lineage(PoolHeader& pool, const Lineage& lineage) {
  HW_CHECK(lineage.size() <= kLineageNamesMax);
  HW_TRY(const RobustLock admin, RobustLock::take(pool.admin_lock));
  PoolLineage& known = pool.lineage;
  known.writer_pid = 0;  // No one's word, should this process die before it is whole.
  std::memset(known.names, 0, sizeof known.names);
  for (std::size_t i = 0; i < lineage.size(); ++i)
    std::memcpy(known.names[i], lineage[i].data(), std::min(lineage[i].size(), InstanceName::kBytesMax));
  known.count = static_cast<std::uint32_t>(lineage.size());
  known.writer_space = own_pid_space();
  known.writer_start = process_start(static_cast<std::uint32_t>(::getpid()));
  known.writer_pid = static_cast<std::uint32_t>(::getpid());
  return {};
}

}  // namespace hw

#include "replic/source/source_slot.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "engine/base/clock.h"
#include "engine/base/liveness.h"
#include "replic/instance/instance.h"
#include "replic/instance/slot_repair.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kWritePeriod = 5s;  // How far the instance file may lag behind the pool's slot.

std::uint64_t now_s() { return static_cast<std::uint64_t>(std::time(nullptr)); }

void fill(const PoolHeader& pool, PoolSlot& live, const InstanceSlot& entry, const SourceStartOptions& options) {
  live.in_use.store(0);
  // The pool knows exactly what a killed server had sent; the file may lag.
  const bool same = live.name == options.secondary_name.view();
  const std::uint64_t send_next = std::max(entry.send_next.value, same ? live.read_seqno.load() : 0);
  // The same secondary has talked to this instance before; another one has not.
  if (!same) live.talked_us.store(0);
  set_text(live.name, options.secondary_name.view());
  set_text(live.host, options.secondary ? options.secondary->host : "");
  live.port = options.secondary ? options.secondary->port : 0;
  live.log_interval = options.log_interval_transactions;
  live.log_level.store(static_cast<std::uint32_t>(options.log_level));
  live.connect = options.connect;
  live.log.set(absolute_path(options.log_path));
  live.log_change.store(0);
  live.stats_log.store(0);
  live.state.store(static_cast<std::uint32_t>(LinkState::Start));
  live.remote_level.store(0);
  live.compression_level = options.compression_level;
  live.lost_tn_due.store(pool.lost_tn_complete.load() != 0 ? 1 : 0);
  live.rate_us.store(0);
  live.sent_per_1000_s.store(0);
  live.wire_bytes_per_s.store(0);
  live.filter.store(static_cast<std::uint32_t>(options.filter_command ? FilterState::Active : FilterState::None));
  set_text(live.filter_command, options.filter_command.value_or(""));
  live.shutdown.store(0);
  live.connected.store(0);
  live.reading_files.store(0);
  live.read_seqno.store(send_next);
  live.applied_seqno.store(entry.acked_next.value == 0 ? 0 : entry.acked_next.value - 1);
  live.started_us.store(wall_clock_us());
  live.sent_bytes.store(0);
  live.compressed_bytes.store(0);
  live.mode.store(static_cast<std::uint32_t>(options.secondary ? ServerMode::Active : ServerMode::Passive));
  live.pid_start.store(process_start(static_cast<std::uint32_t>(::getpid())));
  live.pid_space.store(own_pid_space());
  live.pid.store(static_cast<std::uint32_t>(::getpid()));
  live.in_use.store(1);
}

}  // namespace

Result<SourceSlot> SourceSlot::take(PoolHeader& pool, InstanceFile& file, const SourceStartOptions& options) {
  HW_TRY_VOID(repair_slots(pool, file));  // Told to the operator log.
  HW_TRY(const RobustLock admin, RobustLock::take(pool.admin_lock));
  HW_TRY_VOID(file.refresh());
  HW_TRY(const std::size_t index, file.assign_slot(options.secondary_name, static_cast<std::uint32_t>(::getpid()),
                                                   now_s(), [&](std::size_t at, const InstanceSlot& entry) {
                                                     const PoolSlot& live = pool.slots[at];
                                                     return entry.name == live.name && server_lives(live, file.path());
                                                   }));
  fill(pool, pool.slots[index], file.slots()[index], options);
  return SourceSlot(pool, file, index);
}

Status SourceSlot::write() {
  written_ = steady_clock::now();
  const PoolSlot& now = live();
  return file_->update_slot(index_, [&](InstanceSlot& entry) {
    entry.send_next = Seqno{now.read_seqno.load()};
    if (now.applied_seqno.load() != 0) entry.acked_next = Seqno{now.applied_seqno.load() + 1};
  });
}

Status SourceSlot::write_now_and_then() {
  if (steady_clock::now() - written_ < kWritePeriod) return {};
  return write();
}

Status SourceSlot::write_connection(const FileId& secondary_file) {
  live().connected_since_us.store(wall_clock_us());
  live().talked_us.store(wall_clock_us());
  const Seqno own{pool_->next_seqno.load()};
  return file_->update_slot(index_, [&](InstanceSlot& entry) {
    entry.connect_seqno = own;
    entry.connect_s = now_s();
    entry.file_id = secondary_file;
  });
}

}  // namespace hw

#include "cluster/site/instance_look.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstring>

#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/base/liveness.h"
#include "engine/region/control_file.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kRateFresh_us = 10'000'000;

std::string file_of(const std::string& folder) { return folder + "/gtm.repl"; }

std::uint64_t last_before(std::uint64_t next) { return next == 0 ? 0 : next - 1; }

/// Room of the file system with the least.
std::uint64_t bytes_free(const std::string& folder, const JournalPool* pool) {
  const auto free_at = [](const std::string& path, std::uint64_t otherwise) {
    struct statvfs about {};
    if (::statvfs(path.c_str(), &about) != 0) return otherwise;
    return std::uint64_t{about.f_bavail} * about.f_frsize;
  };
  std::uint64_t least = free_at(folder, 0);
  if (pool == nullptr) return least;
  for (const PoolRegion& region : pool->header().regions)
    if (region.in_use.load() != 0) least = std::min(least, free_at(std::string(region.database.view()), least));
  return least;
}

/// Whether an operator has frozen one of its databases (mupip freeze).
bool is_frozen(const JournalPool& pool) {
  for (const PoolRegion& region : pool.header().regions) {
    const std::string path(region.database.view());
    if (region.in_use.load() == 0 || !file_exists(path + "-ctl")) continue;  // To look must not make one.
    const auto control = ControlFile::open(path);
    if (control.has_value() && control->is_frozen()) return true;
  }
  return false;
}

void take_file(const InstanceFile& file, Position& position) {
  const InstanceHeader& header = file.header();
  position.clean = !header.crash;
  position.fence_required = header.fence_required;
  position.known_epoch = header.fencing_epoch;
  position.next_seqno = header.seqno.value;
  position.received_seqno = last_before(position.next_seqno);
  position.has_history = !file.history().empty();
  if (!position.has_history) return;
  position.last_root = file.history().last().root_name;
  position.last_epoch = file.history().last().fence;
}

SourceSeen seen(const PoolSlot& slot, const std::string& path) {
  SourceSeen out;
  out.to = std::string(slot.name, ::strnlen(slot.name, sizeof slot.name));
  out.pid = slot.pid.load();
  out.pid_start = slot.pid_start.load();
  out.alive = server_lives(slot, path);
  const auto mode = static_cast<ServerMode>(slot.mode.load());
  out.passive = mode == ServerMode::Passive || mode == ServerMode::PassiveRequested;
  out.connected = out.alive && slot.connected.load() != 0;
  out.talked = slot.talked_us.load() != 0;
  out.sent_seqno = last_before(slot.read_seqno.load());
  out.applied_seqno = slot.applied_seqno.load();
  out.started_us = slot.started_us.load();
  out.sent_bytes = slot.sent_bytes.load();
  if (slot.rate_us.load() + kRateFresh_us >= wall_clock_us()) out.wire_bytes_per_s = slot.wire_bytes_per_s.load();
  return out;
}

Status take_receiver(const JournalPool& pool, const std::string& path, InstanceLook& look) {
  const auto received = ReceivePool::find(pool);
  if (!received.has_value())  // This pool has none, or that cannot be told.
    return received.error().id == MsgId::HWUNSEEN ? Status(received.error()) : Status();
  const ReceivePoolHeader& header = received->header();
  ReceiverSeen out;
  out.pid = header.receiver.pid.load();
  out.pid_start = header.receiver.pid_start.load();
  out.alive = process_lives(header.receiver, path);
  const bool connected = has_state(header.receiver, ReceiverServerState::Connected);
  out.listens = out.alive && (connected || has_state(header.receiver, ReceiverServerState::Listening));
  out.applies = process_lives(header.update, path) && has_state(header.update, UpdateState::Running);
  out.update_pid = header.update.pid.load();
  out.update_died =
      out.update_pid != 0 && !process_lives(header.update, path) && !has_state(header.update, UpdateState::Stopped);
  const PoolHeader& shared = pool.header();
  if (out.alive && connected)
    out.fed_by = std::string(shared.primary_name, ::strnlen(shared.primary_name, sizeof shared.primary_name));
  look.position.received_seqno = std::max(look.position.received_seqno, last_before(header.next_received.load()));
  look.receiver = std::move(out);
  return {};
}

Status take_pool(const JournalPool& pool, const std::string& path, bool present, InstanceLook& look) {
  const PoolHeader& shared = pool.header();
  Position& position = look.position;
  look.memory = pool.id();
  position.next_seqno = shared.next_seqno.load();
  position.received_seqno = last_before(position.next_seqno);
  for (const PoolSlot& slot : shared.slots)
    if (slot.in_use.load() != 0) look.sources.push_back(seen(slot, path));
  HW_TRY_VOID(take_receiver(pool, path, look));
  if (!present) return {};
  position.up = true;
  position.clean = false;
  const bool root = shared.updates_enabled.load() != 0;
  position.role = root ? BoardRole::Root : BoardRole::Secondary;
  position.accepting = shared.takes_updates();
  position.frozen = is_frozen(pool);
  position.pool_epoch = shared.fence.epoch.load();
  position.known_epoch = std::max(position.known_epoch, shared.fence.known_epoch.load());
  if (position.next_seqno != shared.start_seqno) position.last_commit_us = shared.last_time_us;
  return {};
}

}  // namespace

Result<InstanceLook> look_at_files(const std::string& folder) {
  HW_TRY(const InstanceFile file, InstanceFile::open(file_of(folder), /*writable=*/false));
  InstanceLook look;
  take_file(file, look.position);
  look.was_root = file.header().root_primary;
  look.position.bytes_free = bytes_free(folder, nullptr);
  return look;
}

Result<InstanceLook> look_at_instance(const std::string& folder) {
  const std::string path = file_of(folder);
  HW_TRY(InstanceLook look, look_at_files(folder));
  const auto pool = look_at_pool(path);
  if (!pool.has_value()) {
    const MsgId why = pool.error().id;
    if (why == MsgId::NOJNLPOOL || why == MsgId::REPLREQROLLBACK) return look;
    return pool.error();
  }
  // Processes that use it are seen from everywhere; memory that all have left, or died in, is no instance that is up.
  HW_TRY(const bool present, is_present(path));
  HW_TRY_VOID(take_pool(*pool, path, present, look));
  look.position.bytes_free = bytes_free(folder, &*pool);
  return look;
}

}  // namespace hw::cluster

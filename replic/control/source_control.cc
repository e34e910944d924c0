#include "replic/control/source_control.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "engine/base/liveness.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/slot_repair.h"

namespace hw {
namespace {

constexpr auto kPassive = static_cast<std::uint32_t>(ServerMode::Passive);
constexpr auto kPassiveRequested = static_cast<std::uint32_t>(ServerMode::PassiveRequested);

}  // namespace

bool SourceView::passive() const { return live != nullptr && live->mode.load() == kPassive; }

Result<SourceControl> SourceControl::open(const std::optional<InstanceName>& secondary, ControlUse for_what) {
  HW_TRY(std::string path, instance_path_from_environment());
  HW_TRY(InstanceFile file, InstanceFile::open(path, /*writable=*/false));
  if (secondary && secondary->view() == file.header().name) return make_error<MsgId::REPLINSTNMSAME>(secondary->view());
  HW_TRY(JournalPool pool, for_what == ControlUse::Look ? look_at_pool(path) : find_pool(path));
  const bool writable = pool.is_writable();
  SourceControl control(std::move(path), std::move(file), std::move(pool));
  if (writable) {
    HW_TRY(control.repaired_, repair_slots(control.pool(), control.file_));
  }
  HW_TRY_VOID(control.file_.refresh());
  if (for_what == ControlUse::Look) {
    HW_TRY(const bool left, control.is_left());
    if (left) return make_error<MsgId::NOJNLPOOL>(control.path());
  }
  return control;
}

/// The number of a server that died stays in its slot: there is still something to say of that one.
Result<bool> SourceControl::is_left() const {
  if (std::ranges::any_of(pool().slots, [](const PoolSlot& slot) { return slot.pid.load() != 0; })) return false;
  HW_TRY(const bool present, is_present(path_));
  return !present;
}

SourceView SourceControl::view_of(const InstanceSlot& entry) const {
  SourceView out{entry.name, nullptr, &entry, false};
  for (PoolSlot& slot : pool().slots)
    if (slot.in_use.load() != 0 && slot.name == entry.name) out.live = &slot;
  out.alive = out.live != nullptr && server_lives(*out.live, path_);
  out.unseen = out.live != nullptr && out.live->in_use.load() != 0 && liveness_of(*out.live, path_) == Liveness::Unseen;
  return out;
}

Result<std::vector<SourceView>> SourceControl::servers(const std::optional<InstanceName>& name) const {
  std::vector<SourceView> out;
  for (const InstanceSlot& entry : file_.slots()) {
    if (!entry.used() || (name && entry.name != name->view())) continue;
    SourceView server = view_of(entry);
    if (name || server.pid() != 0) out.push_back(std::move(server));
  }
  if (name && out.empty()) return make_error<MsgId::REPLINSTSECNONE>(name->view(), path_);
  return out;
}

Result<SourceView> SourceControl::live_server(const InstanceName& name) const {
  HW_TRY(auto found, servers(name));
  if (!found.front().alive) return make_error<MsgId::SRCSRVNOTEXIST>(name.view());
  return std::move(found.front());
}

std::size_t SourceControl::alive_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(pool().slots, [&](const PoolSlot& slot) { return server_lives(slot, path_); }));
}

Backlog SourceControl::backlog(const SourceView& server) const {
  Backlog out{Seqno{pool().next_seqno.load()}, server.entry->send_next, server.entry->acked_next};
  if (server.live == nullptr) return out;
  out.send_next = Seqno{server.live->read_seqno.load()};
  const std::uint64_t applied = server.live->applied_seqno.load();
  out.acked_next = Seqno{applied == 0 ? 0 : applied + 1};
  return out;
}

// ---- roles ----

Status SourceControl::check_activate(InstanceRole role) const {
  if (role == InstanceRole::Propagating && updates_enabled())
    return make_error<MsgId::PRIMARYISROOT>(file_.header().name);
  if (role == InstanceRole::Propagating && file_.is_dual_site())
    return value_error("An instance of the dual-site version sends only as root primary");
  if (role == InstanceRole::Propagating && fed_by_dual_site(pool_, path_))
    return make_error<MsgId::REPLUPGRADEPRI>("unknown");
  return {};
}

Status SourceControl::check_deactivate(InstanceRole role) const {
  if (role == InstanceRole::Root && !updates_enabled()) return make_error<MsgId::PRIMARYNOTROOT>(file_.header().name);
  if (role == InstanceRole::Propagating && updates_enabled())
    return make_error<MsgId::PRIMARYISROOT>(file_.header().name);
  return {};
}

Status SourceControl::become_root(const InstanceName& secondary) {
  // Attached are: the caller and that server.
  HW_TRY(const std::uint64_t attached, SharedMemory::attached_count(pool_.id()));
  if (attached > 2) return make_error<MsgId::ACTIVATEFAIL>(secondary.view());
  HW_TRY(InstanceFile file, InstanceFile::open(path_));
  HW_TRY(const RobustLock admin, RobustLock::take(pool().admin_lock));
  HW_TRY_VOID(file.begin_reign(Seqno{pool().next_seqno.load()}, static_cast<std::uint32_t>(::getpid()),
                               static_cast<std::uint64_t>(std::time(nullptr))));
  pool().fence.raise_known_epoch(file.header().fencing_epoch);
  HW_TRY_VOID(publish_mark(pool(), file));
  // Without a history this is what says how much the other side can share.
  if (file.is_dual_site())
    for (PoolSlot& slot : pool().slots) slot.read_seqno.store(pool().next_seqno.load());
  pool().updates_enabled.store(1, std::memory_order_release);
  return {};
}

Result<LogRequest> SourceControl::activate(const SourceView& server, const SourceActivateOptions& options) {
  PoolSlot& slot = *server.live;
  LogRequest said;
  if (options.log.path && absolute_path(*options.log.path) != slot.log.view()) {
    said.lines.push_back(
        fmt::format("Signaling change in log file from {} to {}", slot.log.view(), absolute_path(*options.log.path)));
    HW_TRY_VOID(set_log(server, absolute_path(*options.log.path)));
  }
  if (const auto interval = options.log.interval_transactions; interval && *interval != slot.log_interval.load()) {
    said.lines.push_back(
        fmt::format("Signaling change in log interval from {} to {}", slot.log_interval.load(), *interval));
    slot.log_interval.store(*interval);
  }
  if (const auto level = options.log.level) {
    const LogLevel now = log_level_numbered(slot.log_level.exchange(static_cast<std::uint32_t>(*level)));
    if (now != *level)
      said.lines.push_back(fmt::format("Signaling change in log level from {} to {}", name_of(now), name_of(*level)));
  }
  // After all that can fail.
  set_text(slot.host, options.secondary.host);
  slot.port = options.secondary.port;
  if (options.connect) slot.connect = *options.connect;
  slot.mode.store(static_cast<std::uint32_t>(ServerMode::ActiveRequested));
  return said;
}

void SourceControl::deactivate(const SourceView& server) { server.live->mode.store(kPassiveRequested); }

// ---- logs ----

Status SourceControl::set_log(const SourceView& server, const std::string& path) {
  HW_TRY(const RobustLock admin, RobustLock::take(pool().admin_lock));
  server.live->log.set(path);
  server.live->log_change.fetch_add(1);
  return {};
}

Result<LogRequest> SourceControl::change_log(const SourceView& server, const LogChange& change) {
  PoolSlot& slot = *server.live;
  LogRequest said;
  if (change.path) {
    if (const auto other = other_log(*change.path, slot.log.view(), said)) HW_TRY_VOID(set_log(server, *other));
  }
  if (const auto interval = change.interval_transactions) {
    if (slot.log_interval.exchange(*interval) == *interval) {
      said.lines.push_back(fmt::format("Log interval is already {}. Not initiating change in log interval", *interval));
    } else {
      said.changed = true;
      said.lines.push_back(make_line<MsgId::CHANGELOGINTERVAL>("Source", slot.log.view(), *interval));
    }
  }
  if (change.level) request_level(*change.level, slot.log_level, said);
  if (!said.changed) said.lines.emplace_back("No change to log file or log interval");
  return said;
}

// ---- the end ----

Status SourceControl::ask_to_stop(const SourceView& server) {
  PoolSlot& slot = *server.live;
  const std::uint32_t pid = slot.pid.load();
  const Liveness liveness = liveness_of(slot, path_);
  if (liveness == Liveness::Unseen)
    return make_error<MsgId::HWUNSEEN>(
        path_, fmt::format("source server {} runs in another PID name space, or cannot be looked at", pid));
  if (liveness == Liveness::Gone) {
    HW_TRY(const RobustLock admin, RobustLock::take(pool().admin_lock));
    if (slot.pid.load() != pid) return {};  // A new one has taken its place meanwhile.
    slot.pid.store(0);
    slot.mode.store(static_cast<std::uint32_t>(ServerMode::None));
    slot.state.store(static_cast<std::uint32_t>(LinkState::None));
    slot.connected.store(0);
    return {};
  }
  slot.shutdown.store(1);
  // Another user's server finds the request by itself.
  if (::kill(static_cast<pid_t>(pid), SIGTERM) != 0 && errno != ESRCH && errno != EPERM)
    return system_error("kill()", fmt::format("process {}", pid));
  return {};
}

}  // namespace hw

#include "replic/control/instance_status.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/clock.h"
#include "engine/base/liveness.h"
#include "engine/region/presence.h"
#include "engine/session/database.h"
#include "engine/tls/certificate.h"
#include "journal/transaction_frame.h"
#include "replic/control/backlog.h"
#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/own_identity.h"
#include "replic/instance/pool_lineage.h"
#include "replic/instance/receive_pool.h"
#include "replic/process/log_level.h"
#include "replic/source/transaction_source.h"

namespace hw {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::uint64_t kRateFresh_us = 10 * kMicros;  // An older rate is of a server that has nothing to send.

/// ISO 8601, UTC, microseconds; null for 0.
Json time_of(std::uint64_t us) {
  if (us == 0) return nullptr;
  const auto seconds = static_cast<std::time_t>(us / kMicros);
  struct tm parts {};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", 1900 + parts.tm_year, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, us % kMicros);
}
Json time_of_s(std::uint64_t seconds) { return time_of(seconds * kMicros); }

/// Names are bytes, JSON is UTF-8: invalid UTF-8 is shown as U+FFFD (see dump() below).
Json text(std::string_view bytes) { return std::string(bytes); }
template <std::size_t N>
Json text(const char (&bytes)[N]) {
  return std::string(bytes, ::strnlen(bytes, N));
}
Json pid_or_null(std::uint32_t pid) { return pid == 0 ? Json(nullptr) : Json(pid); }
Json number_or_null(std::uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); }

std::string_view mode_name(std::uint32_t mode) {
  switch (static_cast<ServerMode>(mode)) {
    case ServerMode::None:
      return "none";
    case ServerMode::Passive:
      return "passive";
    case ServerMode::Active:
      return "active";
    case ServerMode::ActiveRequested:
      return "active_requested";
    case ServerMode::PassiveRequested:
      return "passive_requested";
  }
  return "unknown";
}

std::string_view state_name(std::uint32_t state) {
  switch (static_cast<LinkState>(state)) {
    case LinkState::None:
      return "none";
    case LinkState::Start:
      return "start";
    case LinkState::WaitingForConnection:
      return "waiting_for_connection";
    case LinkState::WaitingForRestart:
      return "waiting_for_restart";
    case LinkState::SearchingForRestart:
      return "searching_for_restart";
    case LinkState::SendingRecords:
      return "sending";
    case LinkState::WaitingForXon:
      return "waiting_for_xon";
  }
  return "unknown";
}

std::string_view receiver_state_name(std::uint32_t state) {
  switch (static_cast<ReceiverServerState>(state)) {
    case ReceiverServerState::None:
      return "none";
    case ReceiverServerState::Starting:
      return "starting";
    case ReceiverServerState::Listening:
      return "listening";
    case ReceiverServerState::Connected:
      return "connected";
    case ReceiverServerState::Failed:
      return "failed";
  }
  return "unknown";
}

std::string_view update_state_name(std::uint32_t state) {
  switch (static_cast<UpdateState>(state)) {
    case UpdateState::None:
      return "none";
    case UpdateState::Starting:
      return "starting";
    case UpdateState::Running:
      return "running";
    case UpdateState::BadTransaction:
      return "bad_transaction";
    case UpdateState::Stopped:
      return "stopped";
    case UpdateState::Failed:
      return "failed";
  }
  return "unknown";
}

/// When transactions were committed: from the journal pool's ring, else from the journal files.
class CommitTimes {
 public:
  CommitTimes(const JournalPool& pool, const std::string& instance_path) : pool_(pool), path_(instance_path) {}

  /// In microseconds since 1970. Errors: those of Database::domain and TransactionSource::peek.
  Result<std::uint64_t> of(Seqno seqno) {
    if (const auto position = pool_.ring_find(seqno)) {
      std::string frame;
      std::uint64_t at = *position;
      if (pool_.ring_read(at, 1, frame) == JournalPool::ReadOutcome::Copied) return time_in(frame);
    }
    return from_files(seqno);
  }

 private:
  Result<std::uint64_t> from_files(Seqno seqno) {
    if (!database_) {
      DatabaseOptions options;
      options.instance_file = path_;
      options.background = false;
      HW_TRY(database_, Database::open(options));
    }
    HW_TRY(Domain* const domain, database_->domain());
    TransactionSource source(*domain, /*journal_files_only=*/false);
    source.seek(seqno, domain->header().rollbacks.load());
    HW_TRY(const auto frame, source.peek(1));
    if (!frame) return make_error<MsgId::HWSEQNOGAP>(seqno.value, seqno.value, "not committed");
    return time_in(*frame);
  }

  Result<std::uint64_t> time_in(std::string_view frame) const {
    HW_TRY(const FrameView view, FrameView::parse(std::as_bytes(std::span(frame)), path_));
    return view.time_us();
  }

  const JournalPool& pool_;
  const std::string& path_;
  std::unique_ptr<Database> database_;
};

/// What a slot's secondary lacks. `seconds` is the age of the oldest transaction that it has not acknowledged.
Json lag_of(const Backlog& backlog, CommitTimes* times) {
  Json lag;
  lag["unsent_transactions"] = backlog.unsent();
  lag["unacknowledged_transactions"] = backlog.unacknowledged();
  if (backlog.unacknowledged() == 0) {
    lag["seconds"] = 0.0;
  } else if (times == nullptr) {
    lag["seconds"] = nullptr;
  } else if (const auto committed = times->of(Seqno{backlog.acknowledged() + 1}); committed.has_value()) {
    lag["seconds"] = static_cast<double>(wall_clock_us() - std::min(wall_clock_us(), *committed)) / kMicros;
  } else {
    lag["seconds"] = nullptr;
    lag["seconds_unknown"] = text(committed.error().text);
  }
  return lag;
}

Json rates_of(const PoolSlot& live) {
  Json rates;
  const bool fresh = live.rate_us.load() + kRateFresh_us >= wall_clock_us();
  rates["transactions_per_second"] = fresh ? static_cast<double>(live.sent_per_1000_s.load()) / 1000 : 0.0;
  rates["bytes_per_second"] = fresh ? live.wire_bytes_per_s.load() : 0;
  rates["taken"] = time_of(live.rate_us.load());
  return rates;
}

/// Null when it cannot be told.
Json alive_of(Liveness liveness) {
  return liveness == Liveness::Unseen ? Json(nullptr) : Json(liveness == Liveness::Lives);
}

/// Of a server without -tlsid: null.
Json encryption_of(const PoolEncryption& link) {
  const auto state = static_cast<EncryptionState>(link.state.load());
  if (state == EncryptionState::Off) return nullptr;
  const std::uint64_t end_us = link.certificate_us.load();
  Json out;
  out["connection"] = state == EncryptionState::NotConnected ? Json(nullptr)
                      : state == EncryptionState::Encrypted  ? Json("encrypted")
                                                             : Json("plain");
  out["certificate_ends"] = time_of(end_us);
  out["certificate_days_left"] =
      days_until(static_cast<std::int64_t>(end_us / kMicros), static_cast<std::int64_t>(wall_clock_us() / kMicros));
  out["refused_connections"] = link.refused.load();
  return out;
}

Json server_of(const PoolSlot& live, const std::string& path) {
  const bool alive = server_lives(live, path);
  Json server;
  server["alive"] = live.in_use.load() == 0 ? Json(false) : alive_of(liveness_of(live, path));
  server["pid"] = pid_or_null(live.pid.load());
  server["mode"] = mode_name(live.mode.load());
  server["state"] = state_name(live.state.load());
  server["started"] = time_of(live.started_us.load());
  server["host"] = live.host[0] == 0 ? Json(nullptr) : text(live.host);
  server["port"] = live.port == 0 ? Json(nullptr) : Json(live.port);
  const bool connected = alive && live.connected.load() != 0;
  server["connected"] = connected;
  server["connected_since"] = connected ? time_of(live.connected_since_us.load()) : Json(nullptr);
  server["link_level"] = connected ? Json(live.remote_level.load()) : Json(nullptr);
  server["reading_from"] = live.reading_files.load() != 0 ? "files" : "pool";
  server["compression_level"] = live.compression_level;
  server["sent_bytes"] = live.sent_bytes.load();
  server["sent_bytes_compressed"] = live.compressed_bytes.load();
  server["log"] = text(live.log.view());
  server["log_interval"] = live.log_interval.load();
  server["log_level"] = name_of(log_level_numbered(live.log_level.load()));
  server["statistics"] = live.stats_log.load() != 0;
  server["tls"] = encryption_of(live.encryption);
  return server;
}

Json slot_of(std::size_t index, const InstanceFile& file, const JournalPool* pool, Seqno next_seqno,
             CommitTimes* times) {
  const InstanceSlot& entry = file.slots()[index];
  const PoolSlot* live = nullptr;
  if (pool != nullptr) {
    const PoolSlot& candidate = pool->header().slots[index];
    if (candidate.in_use.load() == 1 && entry.name == candidate.name) live = &candidate;
  }
  Backlog backlog{next_seqno, entry.send_next, entry.acked_next};
  if (live != nullptr) {
    backlog.send_next = Seqno{live->read_seqno.load()};
    const std::uint64_t applied = live->applied_seqno.load();
    backlog.acked_next = Seqno{applied == 0 ? 0 : applied + 1};
  }
  Json slot;
  slot["index"] = index;
  slot["secondary"] = text(entry.name);
  slot["sent_seqno"] = backlog.sent();
  slot["acknowledged_seqno"] = backlog.acknowledged();
  slot["lag"] = lag_of(backlog, times);
  slot["rates"] = live == nullptr ? Json(nullptr) : rates_of(*live);
  slot["needs_restart"] = live == nullptr || live->talked_us.load() == 0;
  slot["lost_transactions_complete_due"] = live != nullptr && live->lost_tn_due.load() != 0;
  slot["last_start"] = time_of_s(entry.start_s);
  slot["last_connection"] = time_of_s(entry.connect_s);
  slot["server"] = live == nullptr ? Json(nullptr) : server_of(*live, file.path());
  return slot;
}

Json history_of(const History& history) {
  Json records = Json::array();
  for (const HistoryRecord& record : history.records()) {
    Json one;
    one["number"] = record.number;
    one["root"] = text(record.root_name);
    one["start_seqno"] = record.start.value;
    one["cycle"] = record.cycle;
    one["created"] = time_of_s(record.created_s);
    one["creator_pid"] = record.creator_pid;
    one["epoch"] = number_or_null(record.fence);
    records.push_back(std::move(one));
  }
  return records;
}

Json process_of(const PoolProcess& process, std::string_view state, const std::string& path) {
  Json out;
  out["alive"] = alive_of(liveness_of(process, path));
  out["pid"] = pid_or_null(process.pid.load());
  out["state"] = state;
  out["log_interval"] = process.interval.load();
  return out;
}

Json receiver_of(const JournalPool& journal_pool, const std::string& path) {
  const auto pool = ReceivePool::find(journal_pool);
  if (!pool.has_value()) return nullptr;
  const ReceivePoolHeader& header = pool->header();
  const PoolHeader& instance = journal_pool.header();
  const std::uint64_t applied = instance.next_seqno.load();
  const std::uint64_t received = std::max(header.next_received.load(), applied);
  Json out = process_of(header.receiver, receiver_state_name(header.receiver.state.load()), path);
  out["primary"] = instance.primary_name[0] == 0 ? Json(nullptr) : text(instance.primary_name);
  out["link_level"] = instance.primary_level.load() == 0 ? Json(nullptr) : Json(instance.primary_level.load());
  out["lineage"] = Json::array();
  Lineage lineage = look_at_lineage(journal_pool.header());
  if (journal_pool.is_writable()) {
    if (auto whole = read_lineage(journal_pool.header()); whole.has_value()) lineage = std::move(*whole);
  }
  for (const std::string& name : lineage) out["lineage"].push_back(text(name));
  out["received_seqno"] = received - 1;
  out["applied_seqno"] = applied - 1;
  out["backlog_transactions"] = received - applied;
  out["pool_bytes"] = header.ring_bytes;
  out["pool_used_bytes"] = pool->used_bytes();
  out["log"] = text(header.log.view());
  out["log_level"] = name_of(log_level_numbered(header.log_level.load()));
  out["statistics"] = header.stats_log.load() != 0;
  out["tls"] = encryption_of(header.encryption);
  out["update_process"] = process_of(header.update, update_state_name(header.update.state.load()), path);
  return out;
}

Json regions_of(const PoolHeader& pool) {
  Json regions = Json::array();
  for (const PoolRegion& region : pool.regions) {
    if (region.in_use.load() == 0) continue;
    Json one;
    one["name"] = text(region.name);
    one["database"] = text(region.database.view());
    one["journal"] = region.journaled != 0 ? text(region.journal.view()) : Json(nullptr);
    one["journal_replaced"] = region.journal_replaced.load() != 0;
    one["replicated"] = region.replicated != 0;
    one["next_seqno"] = region.reg_seqno.load();
    one["transactions"] = region.last_tn.load();
    one["last_checkpoint"] = time_of(region.last_checkpoint_us.load());
    regions.push_back(std::move(one));
  }
  return regions;
}

/// Who waits for the commit lock for longer than a second, and for whom; null when no process does.
Json commit_wait_of(const LockNote& note, const std::string& path) {
  const std::uint32_t waiter = note.waiter.load();
  if (liveness_in(path, waiter, note.waiter_start.load(), note.waiter_space.load()) == Liveness::Gone) return nullptr;
  const std::uint32_t holder = note.holder.load();
  Json out;
  out["waiter"] = waiter;
  out["since"] = time_of(note.since_us.load());
  out["holder"] = pid_or_null(holder);
  // The number is of the waiter's name space.
  const bool here = holder != 0 && note.waiter_space.load() == own_pid_space();
  const char state = here ? process_state(holder) : '\0';
  out["holder_stopped"] = here ? Json(state == 'T' || state == 't') : Json(nullptr);
  return out;
}

Json pool_of(const JournalPool& pool, const std::string& path) {
  const PoolHeader& header = pool.header();
  Json out;
  out["shared_memory_id"] = pool.id();
  out["created"] = time_of(header.created_us);
  out["first_seqno"] = header.start_seqno;
  out["ring_bytes"] = header.ring_bytes;
  out["commit_wait"] = commit_wait_of(header.commit_wait, path);
  return out;
}

/// `pool` is null when the instance is down.
Json fence_of(const InstanceHeader& header, const PoolHeader* pool) {
  Json out;
  out["required"] = header.fence_required;
  out["known_epoch"] = number_or_null(header.fencing_epoch);
  const PoolFence* const fence = pool == nullptr ? nullptr : &pool->fence;
  out["epoch"] = fence == nullptr ? Json(nullptr) : number_or_null(fence->epoch.load());
  out["stopped"] = fence == nullptr ? Json(nullptr) : Json(fence->stopped.load() != 0);
  out["seconds_left"] = nullptr;
  if (fence == nullptr || fence->deadline_counts.load() == 0) return out;
  const std::uint64_t now_ns = boot_clock_ns();
  const std::uint64_t left_ns = std::max(fence->deadline_ns.load(), now_ns) - now_ns;
  out["seconds_left"] = std::floor(static_cast<double>(left_ns) / 1e6) / 1e3;
  return out;
}

/// HWUNSEEN when a server's state, null above, could not be told.
std::optional<Error> unseen_process(const JournalPool& pool, const std::string& path) {
  const auto error = [&](std::uint32_t pid) {
    return make_error<MsgId::HWUNSEEN>(
        path, fmt::format("process {} runs in another PID name space, or cannot be looked at", pid));
  };
  for (const PoolSlot& slot : pool.header().slots)
    if (slot.in_use.load() != 0 && liveness_of(slot, path) == Liveness::Unseen) return error(slot.pid.load());
  const auto receiver = ReceivePool::find(pool);
  if (!receiver.has_value())
    return receiver.error().id == MsgId::HWUNSEEN ? std::optional(receiver.error()) : std::nullopt;
  for (const PoolProcess* process : {&receiver->header().receiver, &receiver->header().update})
    if (liveness_of(*process, path) == Liveness::Unseen) return error(process->pid.load());
  return std::nullopt;
}

}  // namespace

Result<InstanceStatus> instance_status(const std::string& path) {
  HW_TRY(const InstanceFile file, InstanceFile::open(path, /*writable=*/false));
  const InstanceHeader& header = file.header();
  InstanceStatus status;
  auto found = look_at_pool(path);
  if (!found.has_value()) {
    const MsgId why = found.error().id;
    if (why == MsgId::HWUNSEEN) status.unseen = found.error();
    if (why != MsgId::HWUNSEEN && why != MsgId::NOJNLPOOL && why != MsgId::REPLREQROLLBACK)
      return std::move(found).error();
  }
  const JournalPool* const pool = found.has_value() ? &*found : nullptr;
  const bool unseen = status.unseen.has_value();
  // Processes that use it are seen from everywhere. Memory that all have left, or died in, is not an instance that is
  // up.
  HW_TRY(const bool present, is_present(path));
  const bool up = present && (pool != nullptr || unseen);
  const Seqno next{pool == nullptr ? header.seqno.value : pool->header().next_seqno.load()};
  std::optional<CommitTimes> times;
  if (pool != nullptr) times.emplace(*pool, path);

  Json out;
  out["format"] = kFormat;
  out["product"] = own_software();
  out["time"] = time_of(wall_clock_us());
  out["instance"] = text(header.name);
  out["instance_file"] = absolute_path(path);
  // Without processes, and with memory that cannot be examined, nothing is known.
  out["up"] = unseen && !up ? Json(nullptr) : Json(up);
  out["rollback_needed"] = unseen ? Json(nullptr) : Json(pool == nullptr && header.crash);
  out["unseen"] = unseen ? text(status.unseen->text) : Json(nullptr);
  out["role"] = header.root_primary ? "root" : "propagating";
  out["updates_enabled"] = unseen ? Json(nullptr) : Json(up && pool->header().takes_updates());
  out["fence"] = fence_of(header, up && pool != nullptr ? &pool->header() : nullptr);
  out["lost_transactions_unfinished"] = header.lost_transactions;
  out["next_seqno"] = next.value;
  out["last_commit"] = pool == nullptr || next.value == pool->header().start_seqno
                           ? Json(nullptr)
                           : time_of(pool->header().last_time_us);
  out["journal_pool"] = pool == nullptr ? Json(nullptr) : pool_of(*pool, path);
  Json slots = Json::array();
  for (std::size_t i = 0; i < file.slots().size(); ++i)
    if (file.slots()[i].used()) slots.push_back(slot_of(i, file, pool, next, times ? &*times : nullptr));
  out["slots"] = std::move(slots);
  out["receiver"] = pool == nullptr ? Json(nullptr) : receiver_of(*pool, path);
  out["regions"] = pool == nullptr ? Json::array() : regions_of(pool->header());
  out["history"] = history_of(file.history());
  if (pool != nullptr && !unseen) status.unseen = unseen_process(*pool, path);
  status.json = out.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  return status;
}

}  // namespace hw

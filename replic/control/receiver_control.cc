#include "replic/control/receiver_control.h"

#include <algorithm>

#include "engine/base/liveness.h"
#include "replic/instance/instance.h"
#include "replic/receiver/receiver_requests.h"

namespace hw {
namespace {

constexpr auto kStartMax = std::chrono::seconds(120);
constexpr auto kStopMax = std::chrono::seconds(180);
constexpr auto kLookAgain = std::chrono::seconds(1);

}  // namespace

Result<ReceiverControl> ReceiverControl::open(ControlUse for_what) {
  HW_TRY(std::string path, instance_path_from_environment());
  HW_TRY(JournalPool journal_pool, for_what == ControlUse::Look ? look_at_pool(path) : find_pool(path));
  HW_TRY(ReceivePool pool, ReceivePool::find(journal_pool));
  return ReceiverControl(std::move(path), std::move(journal_pool), std::move(pool));
}

bool ReceiverControl::wait_until(Clock::time_point deadline, const std::function<bool()>& done) const {
  for (;;) {
    SharedEvent& progressed = header().progressed;
    const std::uint32_t ticket = progressed.ticket();
    if (done()) return true;
    const auto now = Clock::now();
    if (now >= deadline) return false;
    // A process that dies announces nothing: look again every second.
    progressed.wait(ticket, std::min(deadline, now + kLookAgain));
  }
}

// ---- start ----

Status ReceiverControl::need_receiver() const {
  if (receiver_lives()) return {};
  return make_error<MsgId::RECVPOOLSETUP>().note("Receiver server does not exist. Start it first");
}

Status ReceiverControl::start_update_process() const {
  HW_TRY_VOID(need_receiver());
  if (update_lives()) {
    return make_error<MsgId::UPDPROC>().note("Update Process exists already. New process not started");
  }
  header().update_start.store(1);
  header().progressed.signal();
  const auto deadline = Clock::now() + kStartMax;
  Error error = make_error<MsgId::RECVPOOLSETUP>();
  const bool answered = wait_until(deadline, [&] { return header().update_start.load() != 1 || !receiver_lives(); });
  std::uint32_t unanswered = 1;  // Or it would be started later, after this has said that it was not.
  header().update_start.compare_exchange_strong(unanswered, 0);
  if (!answered || header().update_start.load() != 2)
    return error.note("The receiver server could not start the update process; its log says why");
  // Without /proc it is known to live only once it has entered the pool; that it has ended the receiver server tells.
  const bool running =
      wait_until(deadline, [&] { return update_state() != UpdateState::Starting || !receiver_lives(); });
  if (!running || !update_lives()) return error.note("The update process ended at once; its log says why");
  return {};
}

// ---- logs ----

Status ReceiverControl::check_live() const {
  if (receiver_lives()) return {};
  return make_error<MsgId::NORECVPOOL>(path_).note("Receiver server is not alive");
}

Result<LogRequest> ReceiverControl::change_log(const std::optional<std::string>& path,
                                               const ReceiverLogIntervals& intervals,
                                               const std::optional<LogLevel>& level) const {
  HW_TRY_VOID(check_live());
  LogRequest said;
  if (path) {
    HW_TRY(const RobustLock admin, RobustLock::take(journal_pool().admin_lock));
    if (const auto other = other_log(*path, header().log.view(), said)) request_log(header(), *other);
  }
  const auto change = [&](PoolProcess& process, std::uint32_t interval, std::string_view whose) {
    if (process.interval.exchange(interval) != interval) {
      said.changed = true;
      return true;
    }
    said.lines.push_back(
        fmt::format("{} log interval is already {}. Not initiating change in log interval", whose, interval));
    return false;
  };
  if (intervals.receiver && change(header().receiver, *intervals.receiver, "Receiver"))
    said.lines.push_back(make_line<MsgId::CHANGELOGINTERVAL>("Receiver", header().log.view(), *intervals.receiver));
  if (intervals.update_process && change(header().update, *intervals.update_process, "Update Process"))
    said.lines.push_back(
        fmt::format("Change initiated with update process log interval {}", *intervals.update_process));
  if (level) request_level(*level, header().log_level, said);
  if (!said.changed) said.lines.emplace_back("No change to log file or log interval");
  header().progressed.signal();
  header().stored.signal();
  return said;
}

Result<bool> ReceiverControl::set_statistics(bool on) const {
  HW_TRY_VOID(check_live());
  const std::uint32_t wanted = on ? 1 : 0;
  if (header().stats_log.exchange(wanted) == wanted) return false;
  header().progressed.signal();
  return true;
}

// ---- the end ----

Status ReceiverControl::stop(PoolProcess& process, std::string_view who) const {
  if (liveness_of(process, path_) == Liveness::Unseen)
    return make_error<MsgId::HWUNSEEN>(
        path_, fmt::format("{} {} runs in another PID name space, or cannot be looked at", who, process.pid.load()));
  if (!process_lives(process, path_)) return {};
  process.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Asked));
  header().stored.signal();
  header().progressed.signal();
  HW_TRY(const bool ended, wait_for_exit(process.pid.load(), process.pid_start.load(), Clock::now() + kStopMax));
  if (ended) return {};
  return make_error<MsgId::RECVPOOLSETUP>().note(
      fmt::format("{} {} does not end; its log says what it does", who, process.pid.load()));
}

Status ReceiverControl::check_removable() const {
  HW_TRY(const bool may, SharedMemory::may_remove(pool_.id()));
  if (may) return {};
  return make_error<MsgId::HWRIGHTS>("Removing the receive pool of " + path_,
                                     "the owner of the databases, the user who started the receiver server, or root");
}

Status ReceiverControl::remove_pool() const {
  journal_pool().receive_pool_id.store(-1);
  journal_pool().receiver_pid.store(0);
  journal_pool().update_pid.store(0);
  return SharedMemory::remove(pool_.id());
}

}  // namespace hw

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <ostream>

#include "engine/base/liveness.h"
#include "mupip/commands.h"
#include "replic/instance.h"
#include "replic/receive_pool.h"
#include "replic/receiver_options.h"
#include "replic/receiver_process.h"
#include "replic/server_log.h"
#include "replic/update_server.h"

namespace hw::mupip {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kStartMax = std::chrono::seconds(120);
constexpr auto kStopMax = std::chrono::seconds(180);
constexpr auto kLookAgain = std::chrono::seconds(1);

/// Exit status bits of -checkhealth.
constexpr int kReceiverDead = 1;
constexpr int kUpdateDead = 4;

struct Pools {
  std::string instance_path;
  JournalPool journal;
};

Result<Pools> find_pools() {
  HW_TRY(std::string path, instance_path_from_environment());
  HW_TRY(JournalPool pool, find_pool(path));
  return Pools{std::move(path), std::move(pool)};
}

/// Waits for a change that the pool's `progressed` event announces. False at the deadline.
bool wait_until(const ReceivePool& pool, Clock::time_point deadline, const std::function<bool()>& done) {
  for (;;) {
    SharedEvent& progressed = pool.header().progressed;
    const std::uint32_t ticket = progressed.ticket();
    if (done()) return true;
    const auto now = Clock::now();
    if (now >= deadline) return false;
    // A process that dies announces nothing: look again every second.
    progressed.wait(ticket, std::min(deadline, now + kLookAgain));
  }
}

UpdateState update_state(const ReceivePool& pool) {
  return static_cast<UpdateState>(pool.header().update.state.load());
}

// ---- -start ----

Result<int> start_update_process(Console& console) {
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, ReceivePool::find(pools.journal));
  ReceivePoolHeader& header = pool.header();
  Error error = make_error<MsgId::RECVPOOLSETUP>();
  if (!process_lives(header.receiver))
    return error.note("Receiver server does not exist. Start it first: it starts the update process too");
  if (process_lives(header.update)) return error.note("Update Process already exists. Not starting it");
  header.update_start.store(1);
  header.progressed.signal();
  const auto deadline = Clock::now() + kStartMax;
  const bool answered =
      wait_until(pool, deadline, [&] { return header.update_start.load() != 1 || !process_lives(header.receiver); });
  if (!answered || header.update_start.load() != 2)
    return error.note("The receiver server could not start the update process; its log says why");
  const bool running = wait_until(
      pool, deadline, [&] { return update_state(pool) != UpdateState::Starting || !process_lives(header.update); });
  if (!running || !process_lives(header.update))
    return error.note("The update process ended at once; its log says why");
  console.err << make_line<MsgId::REPLINFO>("Update Process started successfully") << '\n';
  return 0;
}

Result<int> start(const ParsedCommand& command, Console& console) {
  HW_TRY(ReceiverStartOptions options, parse_receiver_start(command));
  if (options.filter_command) return value_error("FILTER is not supported by the receiver server");
  if (options.autorollback != Autorollback::No)
    return value_error("AUTOROLLBACK is not supported; run mupip journal -rollback -fetchresync before the start");
  if (options.helpers)
    console.err << make_line<MsgId::REPLINFO>("Helper processes are not needed; none is started") << '\n';
  if (options.update_process_only) return start_update_process(console);
  if (!options.listen_port) return 0;
  ReceiverServerConfig config;
  HW_TRY(config.instance_path, instance_path_from_environment());
  config.options = std::move(options);
  config.command_line = "mupip " + command.line();
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  config.update_command = {failed ? "/proc/self/exe" : program.string(), "replicate", "-updateproc"};
  HW_TRY_VOID(check_receiver_start(config));
  HW_TRY(const DaemonStart daemon,
         run_as_daemon([&config](StartReport& report) { return run_receiver_server(config, report); }));
  if (daemon.started) return 0;
  console.err << daemon.text;
  return daemon.status;
}

// ---- -checkhealth, -showbacklog ----

Result<int> check_health(Console& console) {
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, ReceivePool::find(pools.journal));
  const ReceivePoolHeader& header = pool.header();
  int status = 0;
  const auto say = [&](const PoolProcess& process, std::string_view who, int bit) {
    const bool alive = process_lives(process);
    if (!alive) status |= bit;
    console.err << fmt::format("PID {} {} is {}\n", process.pid.load(), who, alive ? "alive" : "NOT alive");
    return alive;
  };
  say(header.receiver, "Receiver server", kReceiverDead);
  if (!say(header.update, "Update process", kUpdateDead) && header.update.pid.load() == 0)
    console.err << "Update Process crashed during initialization\n";
  return status;
}

Result<int> show_backlog(Console& console) {
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, ReceivePool::find(pools.journal));
  const std::uint64_t applied = pools.journal.header().next_seqno.load();
  const std::uint64_t received = std::max(pool.header().next_received.load(), applied);
  console.err << fmt::format(
      "{} : number of backlog transactions received by receiver server and yet to be processed by update process\n"
      "{} : sequence number of last transaction received from Source Server and written to receive pool\n"
      "{} : sequence number of last transaction processed by update process\n",
      received - applied, received - 1, applied - 1);
  return 0;
}

// ---- -shutdown ----

/// Both ends of a shutdown in one place: what was asked, and what was found.
class Shutdown {
 public:
  Shutdown(const JournalPool& journal_pool, const ReceivePool& pool, Console& console)
      : journal_pool_(journal_pool), pool_(pool), console_(console) {}

  /// Waits for what has been received to be applied, so that nothing of it has to come again.
  void drain(std::uint32_t timeout_s) {
    wait_until(pool_, Clock::now() + std::chrono::seconds(timeout_s),
               [this] { return pool_.used_bytes() == 0 || !process_lives(pool_.header().update); });
  }

  Result<int> update_process() {
    const bool lived = process_lives(pool_.header().update);
    say("Initiating shut down of Update Process");
    HW_TRY_VOID(stop(pool_.header().update, "Update process"));
    say("Update Process exited");
    return lived || update_state(pool_) == UpdateState::Stopped ? 0 : abnormal_update_process();
  }

  Result<int> all() {
    ReceivePoolHeader& header = pool_.header();
    say("Initiating shut down");
    int status = 0;
    const bool receiver_lived = process_lives(header.receiver);
    const bool update_lived = process_lives(header.update);
    HW_TRY_VOID(stop(header.receiver, "Receiver server"));  // Which stops the update process.
    if (!receiver_lived) {
      say("Initiating shut down of Update Process");
      console_.err << "Receiver Server exited abnormally\n";
      status = 1;
    }
    HW_TRY_VOID(stop(header.update, "Update process"));
    if (!receiver_lived) say("Update Process exited");
    if (!update_lived && update_state(pool_) != UpdateState::Stopped) status = abnormal_update_process();
    journal_pool_.header().receive_pool_id.store(-1);
    journal_pool_.header().receiver_pid.store(0);
    journal_pool_.header().update_pid.store(0);
    HW_TRY_VOID(SharedMemory::remove(pool_.id()));
    say("Receive pool shared memory removed");
    say("Receive pool semaphore removed");
    return status;
  }

 private:
  void say(std::string_view text) { console_.out << timed(text) << std::endl; }

  int abnormal_update_process() {
    console_.err << timed("Update Process exited abnormally, INTEGRITY CHECK might be warranted") << '\n';
    return 1;
  }

  /// Errors: RECVPOOLSETUP when it does not end; nothing is removed then.
  Status stop(PoolProcess& process, std::string_view who) {
    if (!process_lives(process)) return {};
    process.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Asked));
    pool_.header().stored.signal();
    pool_.header().progressed.signal();
    HW_TRY(const bool ended, wait_for_exit(process.pid.load(), process.pid_start.load(), Clock::now() + kStopMax));
    if (ended) return {};
    Error error = make_error<MsgId::RECVPOOLSETUP>();
    return error.note(fmt::format("{} {} does not end; its log says what it does", who, process.pid.load()));
  }

  const JournalPool& journal_pool_;
  const ReceivePool& pool_;
  Console& console_;
};

Result<int> shut_down(const ParsedCommand& command, Console& console) {
  const auto options = parse_receiver_shutdown(command);
  HW_TRY(const Pools pools, find_pools());
  console.out << timed(options.timeout_s == 0
                           ? "Forcing immediate shutdown"
                           : fmt::format("Waiting for {} second(s) before forcing shutdown", options.timeout_s))
              << std::endl;
  HW_TRY(const ReceivePool pool, ReceivePool::find(pools.journal));
  if (options.part == ReceiverPart::Helpers) {
    console.out << timed("Initiating shut down of Helpers") << '\n';
    return 0;
  }
  Shutdown shutdown(pools.journal, pool, console);
  shutdown.drain(options.timeout_s);
  return options.part == ReceiverPart::UpdateProcess ? shutdown.update_process() : shutdown.all();
}

// ---- -changelog, -statslog, -stopreceiverfilter ----

Result<ReceivePool> pool_of_live_receiver(const Pools& pools) {
  HW_TRY(ReceivePool pool, ReceivePool::find(pools.journal));
  if (process_lives(pool.header().receiver)) return pool;
  Error error = make_error<MsgId::NORECVPOOL>(pools.instance_path);
  return error.note("Receiver server is not alive");
}

Result<int> change_log(const ParsedCommand& command, Console& console) {
  HW_TRY(const auto intervals, parse_receiver_log_intervals(command));
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, pool_of_live_receiver(pools));
  ReceivePoolHeader& header = pool.header();
  if (const auto path = command.text("LOG")) {
    header.log.set(absolute_path(*path));
    header.log_change.fetch_add(1);
    console.err << fmt::format("Change log initiated with file {}\n", *path);
  }
  if (intervals.receiver) {
    header.receiver.interval.store(*intervals.receiver);
    console.err << fmt::format("Receiver Server is now logging to {} every {} transactions\n", header.log.view(),
                               *intervals.receiver);
  }
  if (intervals.update_process) {
    header.update.interval.store(*intervals.update_process);
    console.err << fmt::format("Change initiated with update process log interval {}\n", *intervals.update_process);
  }
  header.progressed.signal();
  header.stored.signal();
  return 0;
}

Result<int> stats_log(const ParsedCommand& command, Console& console) {
  std::string wanted(command.value("STATSLOG"));
  std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return std::tolower(c); });
  if (wanted != "on" && wanted != "off") return value_error("Invalid value for STATSLOG qualifier, should be on/off");
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, pool_of_live_receiver(pools));
  pool.header().stats_log.store(wanted == "on" ? 1 : 0);
  console.err << (wanted == "on" ? "Stats log turned on\n" : "STATSLOG turned OFF\n");
  return 0;
}

Result<int> stop_filter(Console& console) {
  HW_TRY(const Pools pools, find_pools());
  HW_TRY(const ReceivePool pool, ReceivePool::find(pools.journal));
  console.err << timed(fmt::format("Initiating STOPRECEIVERFILTER operation on receiver server pid [{}]",
                                   pool.header().receiver.pid.load()))
              << "\nNo filter currently active\n";
  return 1;
}

}  // namespace

Result<int> run_receiver(const ParsedCommand& command, Console& console) {
  if (command.has("START")) return start(command, console);
  if (command.has("SHUTDOWN")) return shut_down(command, console);
  if (command.has("CHECKHEALTH")) return check_health(console);
  if (command.has("SHOWBACKLOG")) return show_backlog(console);
  if (command.has("CHANGELOG")) return change_log(command, console);
  if (command.has("STATSLOG")) return stats_log(command, console);
  return stop_filter(console);
}

Result<int> run_update_process_command(const ParsedCommand&, Console&) {
  HW_TRY(const std::string path, instance_path_from_environment());
  return run_update_process(path);
}

}  // namespace hw::mupip

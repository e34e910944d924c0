#include "replic/receiver_server.h"

#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/base/liveness.h"
#include "replic/frame_io.h"
#include "replic/instance.h"
#include "replic/receiver_machine.h"
#include "replic/server_log.h"
#include "replic/update_process.h"

extern char** environ;

namespace hw {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kWaitMax = std::chrono::seconds(1);
constexpr auto kAckPeriod = std::chrono::milliseconds(100);
constexpr auto kWriteMax = std::chrono::seconds(30);
/// A peer that connects and says nothing gives the port back after this time.
constexpr auto kFirstMessageMax = std::chrono::seconds(60);
constexpr auto kUpdateStopMax = std::chrono::seconds(60);

std::string number(Seqno seqno) { return fmt::format("{0} [{0:#x}]", seqno.value); }
std::string number(std::uint64_t n) { return fmt::format("{0} [{0:#x}]", n); }

template <typename State>
void set_state(PoolProcess& process, State state) {
  process.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}
template <typename State>
bool has_state(const PoolProcess& process, State state) {
  return process.state.load(std::memory_order_acquire) == static_cast<std::uint32_t>(state);
}
bool shutdown_asked(const PoolProcess& process) {
  return process.shutdown.load() == static_cast<std::uint32_t>(ShutdownState::Asked);
}

void enroll(PoolProcess& process) {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  process.pid_start.store(process_start(pid));
  process.shutdown.store(static_cast<std::uint32_t>(ShutdownState::None));
  process.pid.store(pid);
}

/// A descriptor that becomes readable when the process ends; it need not be a child.
class ProcessWatch {
 public:
  ProcessWatch() = default;
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
  ~ProcessWatch() { close(); }
  /// False when there is no such process any more.
  bool open(std::uint32_t pid) {
    close();
    fd_ = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    return fd_ >= 0;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }
  bool ended() const {
    struct pollfd watch {
      fd_, POLLIN, 0
    };
    return ::poll(&watch, 1, 0) > 0;
  }

 private:
  int fd_ = -1;
};

/// Turns an event in shared memory into a readable descriptor. While the server is busy events fall together.
class EventWatch {
 public:
  EventWatch(SharedEvent& event, const WakeUp& wake) : event_(event), wake_(wake), thread_([this] { watch(); }) {}
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;
  ~EventWatch() {
    {
      std::lock_guard guard(mutex_);
      stop_ = true;
    }
    seen_changed_.notify_all();
    event_.signal();
    thread_.join();
  }
  /// The server has taken notice and will look at the shared state from now on.
  void seen() {
    {
      std::lock_guard guard(mutex_);
      seen_ = true;
    }
    seen_changed_.notify_all();
  }

 private:
  void watch() {
    for (;;) {
      const std::uint32_t ticket = event_.ticket();
      wake_.wake();
      {
        std::unique_lock guard(mutex_);
        seen_changed_.wait(guard, [this] { return seen_ || stop_; });
        if (stop_) return;
        seen_ = false;
      }
      event_.wait(ticket, Clock::now() + kWaitMax);
    }
  }

  SharedEvent& event_;
  const WakeUp& wake_;
  std::mutex mutex_;
  std::condition_variable seen_changed_;
  bool seen_ = false;
  bool stop_ = false;
  std::thread thread_;  ///< last: it uses the others
};

Error pool_taken() {
  Error error = make_error<MsgId::RECVPOOLSETUP>();
  return error.note("Receiver Server already exists");
}

Error port_taken(Error cause, std::uint16_t port) {
  Error error = make_error<MsgId::REPLCOMM>();
  error.os_errno = cause.os_errno;
  return error.note(fmt::format("Could not bind local address. Local Port : {}", port));
}

// ---- the server ----

class ReceiverServer {
 public:
  ReceiverServer(const ReceiverServerConfig& config, JournalPool journal_pool, ReceivePool pool, InstanceFile instance,
                 FrameListener listener, ServerLog& log, StopSignal& stop_signal)
      : config_(config),
        journal_pool_(std::move(journal_pool)),
        pool_(std::move(pool)),
        instance_(std::move(instance)),
        listener_(std::move(listener)),
        log_(log),
        stop_signal_(stop_signal),
        machine_({.self = identity(),
                  .instance_path = config.instance_path,
                  .pool_bytes = pool_.header().ring_bytes,
                  .update_resync = config.options.update_resync}) {}
  ~ReceiverServer() {
    if (epoll_fd_ >= 0) ::close(epoll_fd_);
  }

  Status prepare();
  int run();

 private:
  Identity identity() const;
  ReceivePoolHeader& header() const { return pool_.header(); }
  Seqno applied_next() const { return Seqno{journal_pool_.header().next_seqno.load(std::memory_order_acquire)}; }
  Seqno next_seqno() const { return std::max(next_, applied_next()); }

  // update process
  Status start_update_process();
  void adopt_update_process();
  void watch_update_process(std::uint32_t pid);
  void update_process_ended();
  void check_update_process();
  void stop_update_process();

  // connection
  void serve(FrameConnection connection);
  void read_one(std::chrono::steady_clock::time_point connected_at);
  void lose(const Error& error);
  void housekeeping();
  void acknowledge();
  void wait_for_wake(Clock::time_point deadline) const;
  bool store_pending();
  void reload_history();
  void log_progress(bool force);

  // machine
  void handle(const ReceiverEvent& event);
  ReceiverMachine::Local local() const;
  void perform(const action::Log& a) { log_.line(a.text); }
  void perform(const action::Report& a) { log_.report(a.error); }
  void perform(const action::Send& a);
  void perform(const action::Disconnect&) { disconnect_ = true; }
  void perform(const action::StopServer& a);
  void perform(const action::Identified&) {}
  void perform(const action::ControlReceived& a);
  void perform(const action::StreamStarts& a);
  void perform(const action::Store& a);
  void perform(const action::StoreHistory& a);
  void perform(const action::ResetPool& a);
  void perform(const action::ClearLostTransactions&);
  void perform(const action::RunRollback&) {}  // -autorollback is refused at the start.
  void perform(const action::ResyncFound&) {}  // Of a rollback's machine only.
  void stop_lines();

  const ReceiverServerConfig& config_;
  JournalPool journal_pool_;
  ReceivePool pool_;
  InstanceFile instance_;
  FrameListener listener_;
  ServerLog& log_;
  StopSignal& stop_signal_;
  WakeUp wake_;
  int epoll_fd_ = -1;
  std::unique_ptr<EventWatch> event_watch_;
  ReceiverMachine machine_;

  ProcessWatch update_watch_;
  bool update_runs_ = false;

  std::optional<FrameConnection> connection_;
  bool disconnect_ = false;
  bool any_message_ = false;
  bool stopping_ = false;
  int status_ = 0;

  Seqno next_{1};  ///< next one not in the receive pool
  History history_;

  /// What came and is not in the pool yet: one message's transactions, or one history record.
  struct Pending {
    std::string body;
    std::vector<Bytes> frames;
    Seqno first{0};
    std::size_t done = 0;
    std::optional<action::StoreHistory> history;
  };
  std::deque<Pending> pending_;
  ReceivedFrame* at_hand_ = nullptr;                  ///< of the step under way
  const wire::Transactions* transactions_ = nullptr;  ///< of the step under way

  Seqno acknowledged_{0};
  Clock::time_point acknowledged_at_{};
  Seqno next_log_{0};
  std::uint64_t journal_bytes_ = 0;
  std::uint64_t message_bytes_ = 0;
  std::uint32_t log_changes_ = 0;
};

Identity ReceiverServer::identity() const {
  Identity self;
  self.role = InstanceRole::Propagating;
  self.name = instance_.header().name;
  self.file_id = instance_.header().file_id;
  self.pid = static_cast<std::uint32_t>(::getpid());
  self.log_path = config_.options.log_path.substr(0, kPathBytesMax);
  self.software = "Headwater " HW_VERSION;
  return self;
}

Status ReceiverServer::prepare() {
  HW_TRY_VOID(wake_.open());
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) return system_error("epoll_create1()", "receiver server");
  for (const int fd : {wake_.fd(), stop_signal_.fd()}) {
    struct epoll_event event {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return system_error("epoll_ctl()", "receiver server");
  }
  log_changes_ = header().log_change.load();
  reload_history();
  next_ = pool_.content().next_seqno.value_or(applied_next());
  adopt_update_process();
  if (!update_runs_) HW_TRY_VOID(start_update_process());
  return {};
}

// ---- update process ----

void ReceiverServer::watch_update_process(std::uint32_t pid) {
  // Gone already: the first look at it says so, as for one that ends later.
  update_runs_ = true;
  if (!update_watch_.open(pid)) return update_process_ended();
  struct epoll_event event {};
  event.events = EPOLLIN;
  event.data.fd = update_watch_.fd();
  HW_CHECK(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, update_watch_.fd(), &event) == 0);
}

/// One that another receiver server has started, before it died.
void ReceiverServer::adopt_update_process() {
  if (!process_lives(header().update)) return;
  watch_update_process(header().update.pid.load());
  if (update_runs_) log_.line(fmt::format("Update Process is running. PID {}", header().update.pid.load()));
}

Status ReceiverServer::start_update_process() {
  std::vector<char*> arguments;
  for (const auto& word : config_.update_command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  set_state(header().update, UpdateState::Starting);
  header().update.shutdown.store(static_cast<std::uint32_t>(ShutdownState::None));
  // The streams may still be those of the command that waits for the server's start.
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_adddup2(&streams, log_.fd(), fd);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, arguments[0], &streams, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  if (rc != 0) {
    set_state(header().update, UpdateState::Failed);
    errno = rc;
    return system_error("posix_spawn()", config_.update_command[0]);
  }
  header().update.pid_start.store(process_start(static_cast<std::uint32_t>(pid)));
  header().update.pid.store(static_cast<std::uint32_t>(pid));
  journal_pool_.header().update_pid.store(static_cast<std::uint32_t>(pid));
  log_.line(fmt::format("Update Process started. PID {0} [0x{0:X}]", pid));
  watch_update_process(static_cast<std::uint32_t>(pid));
  return {};
}

void ReceiverServer::update_process_ended() {
  update_runs_ = false;
  update_watch_.close();  // Which takes it out of the epoll set.
  const auto pid = static_cast<pid_t>(header().update.pid.load());
  int wait_status = 0;
  while (::waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {  // ECHILD: another receiver server's child.
  }
  if (has_state(header().update, UpdateState::Stopped)) {
    log_.line("INFO : Update process not running due to user initiated shutdown");
  } else {
    set_state(header().update, UpdateState::Failed);
    log_.line(fmt::format("Update process with PID {} was found dead; its log says why, unless it was killed", pid));
  }
  header().progressed.signal();
  handle(event::UpdateProcessStopped{});
}

void ReceiverServer::check_update_process() {
  if (update_runs_ && update_watch_.ended()) update_process_ended();
  const ReceiverState state = machine_.state();
  if (update_runs_ && has_state(header().update, UpdateState::BadTransaction)) {
    if (state == ReceiverState::Streaming)
      handle(event::ApplyFailed{Seqno{header().bad_seqno.load()}});
    else if (state == ReceiverState::Listening || state == ReceiverState::WaitUpdate)
      perform(action::ResetPool{applied_next()});
  }
  // The stream has begun while the update process died.
  if (!update_runs_ && state == ReceiverState::Streaming) handle(event::UpdateProcessStopped{});
  if (header().update_start.load() == 1 && state != ReceiverState::Draining) {
    if (update_runs_) {
      header().update_start.store(3);
    } else if (auto started = start_update_process(); started.has_value()) {
      header().update_start.store(2);
      handle(event::UpdateProcessStarted{});
    } else {
      log_.report(started.error());
      header().update_start.store(3);
    }
    header().progressed.signal();
  }
}

void ReceiverServer::stop_update_process() {
  if (!update_runs_) return;
  const auto pid = header().update.pid.load();
  log_.line("Initiating shut down of Update Process");
  header().update.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Asked));
  header().stored.signal();
  const auto ended = wait_for_exit(pid, header().update.pid_start.load(), Clock::now() + kUpdateStopMax);
  if (!ended.has_value()) {
    log_.report(ended.error());
  } else if (*ended) {
    ::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG);
    log_.line("Update Process exited");
  } else {
    log_.line(fmt::format("Update Process {} still has a commit under way", pid));
  }
  update_runs_ = false;
}

// ---- machine ----

ReceiverMachine::Local ReceiverServer::local() const {
  bool active_source = false;
  for (const PoolSlot& slot : journal_pool_.header().slots)
    active_source |= slot.in_use.load() != 0 && slot.mode.load() == static_cast<std::uint32_t>(ServerMode::Active) &&
                     server_lives(slot);
  return {.next_seqno = next_seqno(),
          .applied_next = applied_next(),
          .history = history_,
          .was_root = instance_.header().lost_transactions,
          .dual_site_allowed = !active_source,
          .update_process_runs = update_runs_};
}

void ReceiverServer::handle(const ReceiverEvent& event) {
  for (const ReceiverAction& wanted : machine_.step(event, local()))
    std::visit([this](const auto& a) { perform(a); }, wanted);
}

void ReceiverServer::perform(const action::Send& a) {
  if (!connection_ || disconnect_) return;
  const Status sent = connection_->write(a.level, a.message, Clock::now() + kWriteMax);
  if (!sent.has_value()) {
    log_.line(fmt::format("Sending {} failed. {}", name_of(a.message), connection_end(sent.error())));
    disconnect_ = true;
  }
}

void ReceiverServer::perform(const action::StopServer& a) {
  log_.report(a.error);
  status_ = a.error.status();
  stopping_ = true;
}

void ReceiverServer::perform(const action::ControlReceived& a) {
  log_.line(fmt::format("Control message of kind {} is not known here", a.kind));
}

void ReceiverServer::perform(const action::StreamStarts& a) {
  next_ = a.seqno;
  next_log_ = a.seqno;
  acknowledged_ = Seqno{0};
  set_state(header().receiver, ReceiverServerState::Connected);
  header().progressed.signal();
}

void ReceiverServer::perform(const action::Store& a) {
  HW_CHECK(transactions_ != nullptr && transactions_->first == a.first && transactions_->last == a.last);
  Pending& pending = pending_.emplace_back();
  pending.first = a.first;
  pending.frames = transactions_->frames;
  pending.body = std::move(at_hand_->body);  // More than a small string: the frames' bytes stay where they are.
}

void ReceiverServer::perform(const action::StoreHistory& a) { pending_.emplace_back().history = a; }

/// The update process is dead, or waits with a bad transaction: nothing of the pool is being applied.
void ReceiverServer::perform(const action::ResetPool& a) {
  pool_.discard_all();
  next_ = a.from;
  header().next_received.store(a.from.value);
  pending_.clear();
  reload_history();
  auto bad = static_cast<std::uint32_t>(UpdateState::BadTransaction);
  header().update.state.compare_exchange_strong(bad, static_cast<std::uint32_t>(UpdateState::Running));
  header().stored.signal();
}

void ReceiverServer::perform(const action::ClearLostTransactions&) {
  header().lost_tn_complete.store(1);
  header().stored.signal();
}

/// The instance file's history, continued by what waits in the pool.
void ReceiverServer::reload_history() {
  if (const Status read = instance_.refresh(); !read.has_value()) log_.report(read.error());
  history_ = instance_.history();
  for (auto& [record, first_kind] : pool_.content().history) {
    if (!history_.empty() && same_reign(history_.last(), record)) continue;
    if (history_.empty()) record.kind = first_kind;
    history_.append(record);
  }
}

// ---- connection ----

void ReceiverServer::wait_for_wake(Clock::time_point deadline) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  struct pollfd watch {
    epoll_fd_, POLLIN, 0
  };
  (void)::poll(&watch, 1,
               static_cast<int>(std::max<std::int64_t>(left, 0)) + 1);  // The caller looks again in any case.
}

/// Puts what came into the pool. False while there is no room for all of it.
bool ReceiverServer::store_pending() {
  while (!pending_.empty()) {
    Pending& pending = pending_.front();
    if (pending.history) {
      if (pool_.put_history(pending.history->record, pending.history->first_kind) == ReceivePool::PutOutcome::Full)
        return false;
      pending_.pop_front();
      reload_history();
      continue;
    }
    const auto done = pool_.put_transactions(Seqno{pending.first.value + pending.done},
                                             std::span(pending.frames).subspan(pending.done));
    if (!done.has_value()) {
      next_ = pool_.content().next_seqno.value_or(applied_next());
      const Error error = done.error();
      pending_.clear();
      if (error.id == MsgId::HWRECVPOOLSMALL) {
        perform(action::StopServer{error});
        disconnect_ = true;
      } else {
        handle(event::Refused{error});
      }
      return true;
    }
    for (std::size_t i = 0; i < *done; ++i) {
      const std::size_t bytes = pending.frames[pending.done + i].size();
      journal_bytes_ += bytes;
      if (header().stats_log.load() != 0)
        log_.raw(fmt::format("Tr : {}  Size : {}  Write : {}  Total : {}", pending.first.value + pending.done + i,
                             bytes, header().written.load() % header().ring_bytes, journal_bytes_));
    }
    pending.done += *done;
    next_ = Seqno{pending.first.value + pending.done};
    if (pending.done < pending.frames.size()) return false;
    pending_.pop_front();
    log_progress(false);
  }
  return true;
}

void ReceiverServer::log_progress(bool force) {
  const Seqno last{next_.value - 1};
  if (!force && last < next_log_) return;
  next_log_ = Seqno{last.value + std::max<std::uint32_t>(header().receiver.interval.load(), 1)};
  log_.line(fmt::format("REPL INFO - Seqno : {}  Jnl Total : {}  Msg Total : {}  Current backlog : {}", number(last),
                        number(journal_bytes_), number(message_bytes_),
                        number(next_.value - std::min(applied_next().value, next_.value))));
}

void ReceiverServer::acknowledge() {
  if (machine_.state() != ReceiverState::Streaming || machine_.level() < kLevelMultiSite) return;
  const Seqno applied = applied_next();
  const auto now = Clock::now();
  if (applied == acknowledged_ || now < acknowledged_at_ + kAckPeriod) return;
  acknowledged_ = applied;
  acknowledged_at_ = now;
  perform(action::Send{wire::HeartbeatAck{applied, 0}, machine_.level()});
}

void ReceiverServer::housekeeping() {
  wake_.clear();
  event_watch_->seen();
  if (stop_signal_.requested() || shutdown_asked(header().receiver)) {
    stopping_ = true;
    return;
  }
  if (const auto changes = header().log_change.load(); changes != log_changes_) {
    log_changes_ = changes;
    log_.change_to(std::string(header().log.view()));
  }
  check_update_process();
  if (connection_) {
    handle(event::PoolFill{pool_.used_bytes()});
    acknowledge();
  }
}

void ReceiverServer::lose(const Error& error) {
  if (error.id == MsgId::HWREPLPROTO)
    handle(event::Refused{error});
  else
    handle(event::ConnectionLost{connection_end(error)});
  disconnect_ = true;
}

void ReceiverServer::read_one(Clock::time_point connected_at) {
  ReceivedFrame frame;
  auto deadline = Clock::now() + kWaitMax;
  if (acknowledged_ != applied_next()) deadline = std::min(deadline, acknowledged_at_ + kAckPeriod);
  const auto outcome = connection_->read(frame, deadline, epoll_fd_);
  if (!outcome.has_value()) return lose(outcome.error());
  switch (*outcome) {
    case FrameRead::Frame: {
      any_message_ = true;
      message_bytes_ += frame.wire_bytes;
      if (header().stats_log.load() != 0)
        log_.raw(fmt::format("Recvd : {}  Total : {}", frame.wire_bytes, message_bytes_));
      at_hand_ = &frame;
      event::Received received{std::move(frame.message), frame.level};
      const bool in_stream = machine_.state() == ReceiverState::Streaming;
      if (!in_stream) reload_history();
      const ReceiverEvent event = std::move(received);
      transactions_ = std::get_if<wire::Transactions>(&std::get<event::Received>(event).message);
      handle(event);
      at_hand_ = nullptr;
      transactions_ = nullptr;
      return;
    }
    case FrameRead::NotInflated:
      return handle(event::InflateFailed{});
    case FrameRead::TimedOut:
    case FrameRead::Woken:
      if (!any_message_ && machine_.state() == ReceiverState::WaitAnswer &&
          Clock::now() > connected_at + kFirstMessageMax) {
        handle(event::ConnectionLost{"The other side says nothing"});
        disconnect_ = true;
      }
      return;
  }
}

void ReceiverServer::serve(FrameConnection connection) {
  connection_.emplace(std::move(connection));
  disconnect_ = false;
  any_message_ = false;
  const auto connected_at = Clock::now();
  log_.line("SO_KEEPALIVE is ON. TCP_KEEPCNT is 5, TCP_KEEPIDLE is 5, TCP_KEEPINTVL is 5.");
  log_.line(fmt::format("Connection established, using TCP send buffer size {} receive buffer size {}",
                        connection_->send_buffer_bytes(), connection_->receive_buffer_bytes()));
  log_.line(fmt::format("Connection information:: Local: {} Remote: {}", connection_->local(), connection_->remote()));
  check_update_process();
  reload_history();
  handle(event::Accepted{});
  while (!disconnect_ && !stopping_) {
    housekeeping();
    if (disconnect_ || stopping_) break;
    if (!store_pending()) {
      wait_for_wake(Clock::now() + kAckPeriod);
    } else if (!disconnect_) {
      if (machine_.state() == ReceiverState::Streaming && pending_.empty()) handle(event::PoolFill{pool_.used_bytes()});
      read_one(connected_at);
    }
  }
  if (stopping_ && status_ == 0 && !disconnect_ && machine_.state() != ReceiverState::Listening)
    perform(action::Send{wire::Bye{wire::Bye::Reason::Shutdown, "receiver server shut down"}, machine_.level()});
  if (machine_.state() != ReceiverState::Listening) handle(event::ConnectionLost{"Closed by this side"});
  pending_.clear();
  connection_.reset();
  set_state(header().receiver, ReceiverServerState::Listening);
}

int ReceiverServer::run() {
  event_watch_ = std::make_unique<EventWatch>(header().progressed, wake_);
  bool said = false;
  while (!stopping_) {
    housekeeping();
    if (stopping_) break;
    if (!said) log_.line("Waiting for a connection...");
    said = true;
    auto connection = listener_.accept(Clock::now() + kWaitMax, epoll_fd_);
    if (!connection.has_value()) {
      log_.report(connection.error());
      wait_for_wake(Clock::now() + kWaitMax);  // No descriptors left, or the like: not a reason to end.
    } else if (*connection) {
      serve(std::move(**connection));
      said = false;
    }
  }
  if (shutdown_asked(header().receiver) || stop_signal_.requested()) log_.line("Shutdown signalled");
  if (status_ == 0) stop_update_process();
  stop_lines();
  event_watch_.reset();
  return status_;
}

void ReceiverServer::stop_lines() {
  log_.line(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", applied_next().value));
  log_.line(fmt::format("REPL INFO - Current Update process Read Seqno : {}", applied_next().value));
  log_.line(fmt::format("REPL INFO - Current Receive Pool Seqno : {}", next_seqno().value));
  log_.line(fmt::format("REPL INFO - Last Recvd Seqno : {}  Jnl Total : {}  Msg Total : {}", next_seqno().value - 1,
                        number(journal_bytes_), number(message_bytes_)));
  log_.line(fmt::format("REPL INFO - Last Seqno processed by update process : {}", applied_next().value - 1));
  log_.line("Receiver server exiting...\n");
}

/// The pool of the journal pool, or a new one.
Result<ReceivePool> enter_receive_pool(const JournalPool& journal_pool, std::uint64_t bytes, bool& created) {
  auto found = ReceivePool::find(journal_pool);
  created = false;
  if (found.has_value()) {
    if (process_lives(found->header().receiver)) return pool_taken();
    return found;
  }
  if (found.error().id != MsgId::NORECVPOOL) return found;
  HW_TRY(auto pool, ReceivePool::create(bytes, journal_pool.uid()));
  journal_pool.header().receive_pool_id.store(pool.id());
  created = true;
  return pool;
}

Status check_start(const ReceiverServerConfig& config, const JournalPool& pool, const InstanceFile& instance) {
  if (pool.header().updates_enabled.load() != 0) return make_error<MsgId::PRIMARYISROOT>(instance.header().name);
  if (config.options.update_resync && !instance.history().empty()) return make_error<MsgId::UPDSYNC2MTINS>();
  auto found = ReceivePool::find(pool);
  if (found.has_value() && process_lives(found->header().receiver)) return pool_taken();
  return {};
}

Result<int> serve_receiver(const ReceiverServerConfig& config, StartReport& report, ServerLog& log) {
  StopSignal stop_signal;
  HW_TRY_VOID(stop_signal.open());
  HW_TRY_VOID(log.open(config.options.log_path));
  log.line(config.command_line);
  HW_TRY(JournalPool journal_pool, find_pool(config.instance_path));
  HW_TRY(InstanceFile instance, InstanceFile::open(config.instance_path));
  log.line(make_line<MsgId::REPLINFO>(
      fmt::format("GTM Replication Receiver Server with Pid [{}] started on replication instance [{}]", ::getpid(),
                  instance.header().name)));
  log.line(fmt::format("Attached to existing jnlpool with shmid = [{}]", journal_pool.id()));
  PoolHeader& journal_header = journal_pool.header();
  auto listener = FrameListener::listen(*config.options.listen_port);
  if (!listener.has_value()) return port_taken(listener.error(), *config.options.listen_port);
  bool created = false;
  ReceivePool pool;
  {
    // Two receiver servers that start at once meet here.
    const RobustLock lock(journal_header.admin_lock);
    HW_TRY_VOID(check_start(config, journal_pool, instance));
    HW_TRY(pool, enter_receive_pool(journal_pool, config.options.pool_bytes, created));
    enroll(pool.header().receiver);
    set_state(pool.header().receiver, ReceiverServerState::Listening);
  }
  journal_header.receiver_pid.store(static_cast<std::uint32_t>(::getpid()));
  pool.header().log.set(absolute_path(config.options.log_path));
  pool.header().receiver.interval.store(config.options.receiver_log_interval_transactions);
  pool.header().update.interval.store(config.options.update_log_interval_transactions);
  log.line(fmt::format("{} recvpool with shmid = [{}]", created ? "Created" : "Attached to existing", pool.id()));
  ReceivePoolHeader& header = pool.header();
  ReceiverServer server(config, std::move(journal_pool), std::move(pool), std::move(instance),
                        std::move(listener).value(), log, stop_signal);
  if (auto prepared = server.prepare(); !prepared.has_value()) {
    set_state(header.receiver, ReceiverServerState::Failed);
    return std::move(prepared).error();
  }
  report.started(log.fd());
  const int status = server.run();
  if (status == 0) header.receiver.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Done));
  if (status != 0) set_state(header.receiver, ReceiverServerState::Failed);
  header.progressed.signal();
  return status;
}

Status update_process(const std::string& instance_path, ServerLog& log) {
  StopSignal stop_signal;
  HW_TRY_VOID(stop_signal.open());
  ReceivePool pool;
  {
    HW_TRY(const JournalPool journal_pool, find_pool(instance_path));
    HW_TRY(pool, ReceivePool::find(journal_pool));
    HW_TRY_VOID(log.open(std::string(pool.header().log.view()) + ".updproc"));
    log.line(fmt::format("Attached to existing jnlpool with shmid = [{}]", journal_pool.id()));
  }
  log.line(fmt::format("Attached to existing recvpool with shmid = [{}]", pool.id()));
  PoolProcess& self = pool.header().update;
  self.pid_start.store(process_start(static_cast<std::uint32_t>(::getpid())));
  self.pid.store(static_cast<std::uint32_t>(::getpid()));
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  HW_TRY(const auto database, Database::open({.global_directory = {}, .instance_file = instance_path}));
  {
    UpdateProcess work(*database, pool, instance,
                       {.log = [&log](const std::string& text) { log.line(text); },
                        .report = [&log](const Error& error) { log.report(error); },
                        .stop_asked = [&stop_signal] { return stop_signal.requested(); }});
    HW_TRY_VOID(work.open());
    HW_TRY_VOID(work.run());
  }
  HW_TRY_VOID(database->close());
  set_state(self, UpdateState::Stopped);
  pool.header().progressed.signal();
  return {};
}

}  // namespace

bool process_lives(const PoolProcess& process) { return process_lives(process.pid.load(), process.pid_start.load()); }

Status check_receiver_start(const ReceiverServerConfig& config) {
  HW_TRY(const JournalPool pool, find_pool(config.instance_path));
  HW_TRY(const InstanceFile instance, InstanceFile::open(config.instance_path, /*writable=*/false));
  return check_start(config, pool, instance);
}

int run_receiver_server(const ReceiverServerConfig& config, StartReport& report) {
  ServerLog log;
  auto result = serve_receiver(config, report, log);
  if (result.has_value()) return *result;
  report.failed(result.error());
  if (log.fd() >= 0) {
    log.report(result.error());
    log.line("Receiver server exiting...\n");
  }
  return result.error().status();
}

int run_update_process(const std::string& instance_path) {
  ServerLog log;
  const Status status = update_process(instance_path, log);
  if (status.has_value()) {
    log.line("Update process exiting...\n");
    return 0;
  }
  log.report(status.error());
  log.line("Update process exiting...\n");
  return status.error().status();
}

}  // namespace hw

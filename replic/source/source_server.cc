#include "replic/source/source_server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <random>

#include "engine/base/mutex.h"
#include "replic/instance/instance.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/own_identity.h"
#include "replic/instance/pool_lineage.h"
#include "replic/link/frame_io.h"
#include "replic/link/link_trace.h"
#include "replic/process/server_log.h"
#include "replic/refresh/refresh_port.h"
#include "replic/source/slot_requests.h"
#include "replic/source/source_machine.h"
#include "replic/source/source_sender.h"
#include "replic/source/source_slot.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLongestWait = 1s;   // Requests left in the slot by commands are seen after at most this.
constexpr auto kConnectTime = 10s;  // GT.M leaves it to the kernel; an operator's stop need not wait.

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count());
}

LinkState link_state(SourceState state) {
  switch (state) {
    case SourceState::Waiting:
    case SourceState::Connecting:
      return LinkState::WaitingForConnection;
    case SourceState::WaitStart:
      return LinkState::WaitingForRestart;
    case SourceState::WaitHelloReply:
    case SourceState::WaitFirstHistory:
    case SourceState::WaitHistory:
      return LinkState::SearchingForRestart;
    case SourceState::Streaming:
      return LinkState::SendingRecords;
    case SourceState::Stalled:
    case SourceState::Drained:
      return LinkState::WaitingForXon;
    case SourceState::Stopped:
      return LinkState::Start;
  }
  return LinkState::Start;
}

class SourceServer : public SourceSender::Protocol {
 public:
  explicit SourceServer(const SourceServerConfig& config) : config_(config) {}
  int run(StartReport& report);

 private:
  Status prepare();
  int refused(const Error& error, StartReport& report);
  void finish();
  void serve();
  Status take_requests();
  void serve_passive();
  void begin_active();
  void connect();
  void end_connection();
  void read_once();
  void wait_for_stop(steady_clock::time_point until) const;
  bool stopping() const { return stop_.requested() || live().shutdown.load() == 1 || stopped_; }
  steady_clock::time_point next_wake() const;

  // For the sending thread, mutex held.
  void before_sending(Seqno next) override HW_REQUIRES(mutex_);
  void look() override HW_REQUIRES(mutex_);
  Result<Seqno> send_limit(Seqno next) override HW_REQUIRES(mutex_);
  std::uint16_t level() const override { return machine_->level(); }
  void sent(Seqno next) override { machine_->sent(next); }
  void give_up(Error error) override;

  /// Of the sending thread.
  std::string loss();
  SourceSender::Totals totals();
  SourceMachine::Local local() HW_REQUIRES(mutex_);
  Status refresh_history() HW_REQUIRES(mutex_);
  /// A reign may have begun since the history was read.
  bool history_is_old() const HW_REQUIRES(mutex_) { return pool().fence.reigns.load() != reigns_; }
  void step(const SourceEvent& event);
  void tell_change(SourceState before, const SourceEvent& event) HW_REQUIRES(mutex_);
  void perform(std::vector<SourceAction>& actions) HW_REQUIRES(mutex_);
  void perform_one(action::Log& what) { what.timed ? log_.line(what.text) : log_.raw(what.text); }
  void perform_one(action::Report& what) { log_.report(what.error); }
  void perform_one(action::Send& what) HW_REQUIRES(mutex_);
  void perform_one(action::Disconnect&) { sender_->close(); }
  void perform_one(action::StopServer& what);
  void perform_one(action::Identified& what);
  void perform_one(action::ControlReceived& what);
  void perform_one(action::Connect&) { connect_wanted_ = true; }
  void perform_one(action::StartStream& what) HW_REQUIRES(mutex_);
  void perform_one(action::PauseStream&) HW_REQUIRES(mutex_) {
    sender_->mutex_is_held();
    sender_->pause();
  }
  void perform_one(action::ResumeStream&) HW_REQUIRES(mutex_) {
    sender_->mutex_is_held();
    sender_->resume();
  }
  void perform_one(action::StopCompression&) HW_REQUIRES(mutex_) {
    sender_->mutex_is_held();
    sender_->stop_compression();
  }
  void perform_one(action::StopFilter&) HW_REQUIRES(mutex_);
  void perform_one(action::Acknowledged& what);
  void perform_one(action::ResyncFixed& what);

  PoolHeader& pool() const { return instance_.domain->header(); }
  PoolSlot& live() const { return slot_->live(); }
  std::atomic<std::uint64_t>& apply_wanted() const {
    return pool().fence.apply_wanted[static_cast<std::size_t>(&live() - pool().slots.data())];
  }

  const SourceServerConfig& config_;
  ServerLog log_;
  StopSignal stop_;
  std::shared_ptr<Filter> filter_;
  std::optional<RefreshPort> refresh_port_;
  EnteredInstance instance_;
  int exit_status_ = 0;
  LinkTls tls_;
  std::optional<FrameConnection> connection_;
  std::optional<SlotRequests> requests_;
  std::optional<SlotRates> rates_;

  /// Guards the machine and all below while the sending thread runs. What is made, replaced and looked up by the main
  /// thread alone it may look at without.
  Mutex mutex_;
  std::optional<InstanceFile> file_;
  std::optional<SourceSlot> slot_;
  std::unique_ptr<SourceMachine> machine_;
  bool connect_wanted_ = false;
  bool awaits_reign_ = false;                       ///< since it was started as a root's, without a current lease
  std::uint32_t reigns_ HW_GUARDED_BY(mutex_) = 0;  ///< of the pool, when the history was read
  Lineage lineage_ HW_GUARDED_BY(mutex_);           ///< of this instance, as last looked up
  std::atomic<bool> stopped_{false};
  std::optional<SourceSender> sender_;  ///< last: it uses the others
};

// ---- start and end ----

Status SourceServer::prepare() {
  HW_TRY_VOID(stop_.open());
  if (const auto& command = config_.options.filter_command) {
    HW_TRY(filter_, Filter::from_environment(*command, Filter::Stop{.stop_fd = stop_.fd()}, log_));
  }
  HW_TRY(tls_, LinkTls::load(config_.options.tls, "Source server", "receiver server",
                             [this](const Error& error) { log_.report(error); }));
  if (const auto port = config_.options.refresh_port) {
    refresh_port_.emplace(config_.refresh_command, tls_.is_on(), log_);
    HW_TRY_VOID(refresh_port_->listen(*port));
  }
  HW_TRY(instance_, enter_instance({config_.instance_path, config_.options.role, config_.options.pool_bytes}));
  log_.belongs_to({"SRCSRVR", instance_.domain->header().instance_name});
  HW_TRY(file_, InstanceFile::open(config_.instance_path));
  if (refresh_port_) HW_TRY_VOID(refresh_port_->serve());
  HW_TRY(slot_, SourceSlot::take(pool(), *file_, config_.options));
  tls_.show_in(live().encryption);
  return {};
}

int SourceServer::run(StartReport& report) {
  if (Status opened = log_.open(config_.options.log_path); !opened.has_value()) {
    report.failed(2, opened.error().render() + timed("Source server exiting...") + "\n\n");
    return 2;
  }
  log_.show(config_.options.log_level);
  log_.line(config_.command_line);
  log_.line(
      make_line<MsgId::REPLINFO>(fmt::format("GTM Replication Source Server with Pid [{}] started for Secondary "
                                             "Instance [{}]",
                                             ::getpid(), config_.options.secondary_name.view())));
  if (const Status prepared = prepare(); !prepared.has_value()) return refused(prepared.error(), report);
  log_.line(fmt::format("{} jnlpool with shmid = [{}]", instance_.created ? "Created" : "Attached to existing",
                        instance_.domain->pool().id()));
  sender_.emplace(*instance_.domain, live(), log_, mutex_, *this,
                  SourceSender::Options{.compression_level = config_.options.compression_level,
                                        .journal_files_only = config_.options.journal_files_only,
                                        .stop_fd = stop_.fd(),
                                        .filter = filter_});
  requests_.emplace(pool(), live(), log_);
  rates_.emplace(live());
  std::string warning;
  awaits_reign_ = instance_.fenced;
  if (instance_.fenced) {
    const Error fenced = make_error<MsgId::HWFENCED>(std::string_view(pool().instance_name));
    log_.report(fenced);
    warning = fenced.render();
  }
  report.started(log_.fd(), warning);
  serve();
  finish();
  return exit_status_;
}

int SourceServer::refused(const Error& error, StartReport& report) {
  log_.report(error);
  refresh_port_.reset();  // Its processes may be attached to the pool.
  if (instance_.domain != nullptr) {
    if (auto left = leave_instance(instance_, config_.instance_path); !left.has_value()) log_.report(left.error());
  }
  log_.line("Source server exiting...\n");
  report.failed(error);
  return error.status();
}

void SourceServer::finish() {
  refresh_port_.reset();  // Its processes may be attached to the pool.
  PoolSlot& mine = live();
  const std::uint64_t next_seqno = pool().next_seqno.load();
  const std::uint64_t sent = mine.read_seqno.load() == 0 ? 0 : mine.read_seqno.load() - 1;
  const bool passive = mine.mode.load() == static_cast<std::uint32_t>(ServerMode::Passive);
  if (const std::string by = stop_.take(); !by.empty()) log_.line(by + ": shutting down in order");
  if (exit_status_ == 0) {
    log_.line(passive ? make_line<MsgId::REPLINFO>("GTM Replication Source Server Shutdown signalled")
                      : std::string("Shutdown signalled"));
    log_.line(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", next_seqno));
    log_.line(
        fmt::format("REPL INFO - Last Seqno written in jnlpool : {}  Last Seqno sent : {}  Number of unsent Seqno : {}",
                    next_seqno - 1, sent, next_seqno - 1 > sent ? next_seqno - 1 - sent : 0));
    const SourceSender::Totals sums = totals();
    log_.line(fmt::format("REPL INFO - Jnl Total : {}  Msg Total : {}  CmpMsg Total : {}", sums.journal, sums.plain,
                          sums.wire));
  }
  if (Status written = slot_->write(); !written.has_value()) log_.report(written.error());
  // For who looks whether slots are consistent: repair_slots().
  if (const auto admin = RobustLock::take(pool().admin_lock); !admin.has_value()) {
    log_.report(admin.error());
    exit_status_ = admin.error().status();
  } else {
    mine.connected.store(0);
    mine.shutdown.store(2);
    mine.mode.store(static_cast<std::uint32_t>(ServerMode::None));
    mine.state.store(static_cast<std::uint32_t>(LinkState::None));
    // A server that ended by itself keeps its number there: the shutdown command tells that it ended abnormally.
    if (exit_status_ == 0) mine.pid.store(0);
  }
  sender_.reset();
  filter_.reset();
  rates_.reset();
  requests_.reset();
  slot_.reset();
  file_.reset();
  auto left = leave_instance(instance_, config_.instance_path);
  if (!left.has_value()) {
    log_.report(left.error());
    exit_status_ = left.error().status();
  } else if (left->removed) {
    log_.line("Journal pool shared memory removed");
  } else if (exit_status_ != 0) {
    log_.line(fmt::format("Not deleting jnlpool ipcs. {} processes still attached to jnlpool", left->others));
  }
  log_.line("Source server exiting...\n");
}

// ---- the main thread ----

void SourceServer::wait_for_stop(steady_clock::time_point until) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
  struct pollfd watch {
    stop_.fd(), POLLIN, 0
  };
  if (left > 0) (void)::poll(&watch, 1, static_cast<int>(left));
}

steady_clock::time_point SourceServer::next_wake() const {
  const auto longest = steady_clock::now() + kLongestWait;
  const std::uint64_t wake = machine_->wake_ms();
  if (wake == 0) return longest;
  return std::min(longest, steady_clock::time_point(std::chrono::milliseconds(wake)));
}

void SourceServer::serve() {
  while (!stopping()) {
    if (!take_requests().has_value()) continue;  // It is asked to end, which stopping() says.
    const auto mode = static_cast<ServerMode>(live().mode.load());
    if (mode == ServerMode::Passive || mode == ServerMode::PassiveRequested) {
      serve_passive();
      continue;
    }
    if (!machine_ || mode == ServerMode::ActiveRequested) begin_active();
    step(event::Tick{now_ms()});
    if (connect_wanted_) {
      connect();
    } else if (connection_) {
      read_once();
    } else {
      wait_for_stop(next_wake());
    }
  }
  end_connection();
}

Status SourceServer::take_requests() {
  HW_TRY_VOID(requests_->take());
  tls_.look();
  HW_TRY(Lineage lineage, read_lineage(pool()));
  {
    const MutexLock guard(mutex_);
    lineage_ = std::move(lineage);
  }
  if (requests_->lost_transactions_completed() && machine_) step(event::LostTransactionsDone{});
  const MutexLock guard(mutex_);
  if (live().filter.load() == static_cast<std::uint32_t>(FilterState::StopAsked)) {
    action::StopFilter stop;
    perform_one(stop);
  }
  sender_->mutex_is_held();
  rates_->observe(sender_->totals().transactions, sender_->totals().wire);
  return {};
}

void SourceServer::serve_passive() {
  if (machine_) {
    end_connection();
    machine_.reset();
    log_.line("Changing mode from ACTIVE to PASSIVE");
  }
  awaits_reign_ = false;
  live().state.store(static_cast<std::uint32_t>(LinkState::Start));
  // Not over a request that has come meanwhile.
  auto asked = static_cast<std::uint32_t>(ServerMode::PassiveRequested);
  live().mode.compare_exchange_strong(asked, static_cast<std::uint32_t>(ServerMode::Passive));
  wait_for_stop(steady_clock::now() + kLongestWait);
}

void SourceServer::begin_active() {
  PoolSlot& mine = live();
  end_connection();
  auto asked = static_cast<std::uint32_t>(ServerMode::ActiveRequested);
  mine.mode.compare_exchange_strong(asked, static_cast<std::uint32_t>(ServerMode::Active));
  log_.line(make_line<MsgId::REPLINFO>(
      fmt::format("GTM Replication Source Server now in ACTIVE mode using port {}", mine.port)));
  SourceMachine::Config machine;
  machine.self = own_identity(file_->header(), absolute_path(log_.path()));
  machine.secondary = config_.options.secondary_name.view();
  machine.instance_path = config_.instance_path;
  machine.connect = mine.connect;
  machine.jitter_seed = std::random_device{}() | 1U;
  machine_ = std::make_unique<SourceMachine>(std::move(machine));
}

void SourceServer::connect() {
  connect_wanted_ = false;
  auto connection = FrameConnection::connect(tls_, live().host, static_cast<std::uint16_t>(live().port),
                                             steady_clock::now() + kConnectTime, stop_.fd());
  if (!connection.has_value()) {
    const Error& error = connection.error();
    if (error.os_errno == ECANCELED) return;
    if (error.id != MsgId::REPLCOMM) return step(event::ConnectFailed{connection_end(error)});
    for (const auto& line : error.extra) log_.raw(line);
    const std::string reason =
        error.os_errno != 0 ? std::strerror(error.os_errno) : "Error with source server connection initiation";
    return step(event::ConnectFailed{reason});
  }
  connection_ = std::move(*connection);
  log_.line(fmt::format("Connected to secondary, using TCP send buffer size {} receive buffer size {}",
                        connection_->send_buffer_bytes(), connection_->receive_buffer_bytes()));
  log_.line(fmt::format("Connection information:: Local: {} Remote: {}", connection_->local(), connection_->remote()));
  if (tls_.is_on()) log_.line(encryption_line(connection_->encryption()));
  tls_.show(connection_->encryption());
  sender_->begin(*connection_);
  step(event::Connected{});
  const Status running = sender_->run();
  if (running.has_value()) return;
  log_.report(running.error());
  step(event::ConnectionLost{"No thread to send with"});
  end_connection();
}

void SourceServer::end_connection() {
  if (!connection_) return;
  sender_->end();
  connection_.reset();
  tls_.show(std::nullopt);
  live().connected.store(0);
  live().remote_level.store(0);
}

void SourceServer::read_once() {
  ReceivedFrame frame;
  auto outcome = connection_->read(frame, next_wake(), stop_.fd());
  if (!outcome.has_value()) {
    const Error error = std::move(outcome).error();
    std::string reason = connection_end(error);
    if (std::string why = loss(); !why.empty()) reason = std::move(why);
    if (error.id == MsgId::HWREPLPROTO) {
      step(event::Refused{error});
    } else {
      step(event::ConnectionLost{reason});
    }
    return end_connection();
  }
  if (*outcome == FrameRead::NotInflated) {
    step(event::Refused{make_error<MsgId::HWREPLPROTO>("compressed message that cannot be inflated")});
  } else if (*outcome == FrameRead::Frame) {
    if (log_.shows(LogLevel::Trace)) log_.trace(trace_of("received", frame.message, frame.wire_bytes));
    step(event::Received{std::move(frame.message), frame.level});
  }
  if (!sender_->closing()) return;
  if (std::string why = loss(); !why.empty()) step(event::ConnectionLost{std::move(why)});
  end_connection();
}

std::string SourceServer::loss() {
  const MutexLock guard(mutex_);
  sender_->mutex_is_held();
  return sender_->loss();
}

SourceSender::Totals SourceServer::totals() {
  const MutexLock guard(mutex_);
  sender_->mutex_is_held();
  return sender_->totals();
}

SourceMachine::Local SourceServer::local() {
  const bool root = pool().updates_enabled.load() != 0;
  // A receiver server makes it a secondary, as its agent does with a root that has been taken over.
  if (root || pool().receive_pool_id.load() >= 0) awaits_reign_ = false;
  const auto servers = std::ranges::count_if(
      pool().slots, [&](const PoolSlot& slot) { return server_lives(slot, config_.instance_path); });
  return {Seqno{pool().next_seqno.load(std::memory_order_acquire)},
          root ? InstanceRole::Root : InstanceRole::Propagating,
          file_->history(),
          root && servers == 1,
          pool().lost_tn_complete.load() != 0,
          Seqno{live().read_seqno.load()},
          lineage_,
          std::max(file_->header().fencing_epoch, pool().fence.known_epoch.load()),
          Seqno{apply_wanted().load()},
          Seqno{pool().zqgblmod_seqno.load()},
          awaits_reign_};
}

// The count first: what begins meanwhile is read again.
Status SourceServer::refresh_history() {
  const std::uint32_t reigns = pool().fence.reigns.load();
  HW_TRY_VOID(file_->refresh());
  reigns_ = reigns;
  return {};
}

void SourceServer::step(const SourceEvent& event) {
  const MutexLock guard(mutex_);
  sender_->mutex_is_held();
  if (!std::holds_alternative<event::Tick>(event) || machine_->state() == SourceState::WaitFirstHistory ||
      history_is_old()) {
    if (Status read = refresh_history(); !read.has_value()) log_.report(read.error());
  }
  const SourceState before = machine_->state();
  auto actions = machine_->step(event, local());
  tell_change(before, event);
  perform(actions);
  live().state.store(static_cast<std::uint32_t>(link_state(machine_->state())));
  sender_->wake_if_asked();
}

void SourceServer::tell_change(SourceState before, const SourceEvent& event) {
  const SourceState state = machine_->state();
  if (state == before || !log_.shows(LogLevel::Debug)) return;
  std::string next_try;
  if (state == SourceState::Waiting) {
    const std::uint64_t now = now_ms();
    next_try = fmt::format("; next try in {} ms", std::max(machine_->wake_ms(), now) - now);
  }
  log_.debug(fmt::format("state {} -> {}: {}{}", name_of(before), name_of(state), describe(event), next_try));
}

void SourceServer::perform(std::vector<SourceAction>& actions) {
  for (auto& one : actions) std::visit([this](auto& what) HW_REQUIRES(mutex_) { perform_one(what); }, one);
}

void SourceServer::perform_one(action::StopServer& what) {
  log_.report(what.error);
  exit_status_ = what.error.status();
  stopped_ = true;
}

void SourceServer::perform_one(action::Send& what) {
  if (std::holds_alternative<wire::LostTransactionsComplete>(what.message)) live().lost_tn_due.store(0);
  sender_->mutex_is_held();
  sender_->post(std::move(what.message), what.level);
}

void SourceServer::perform_one(action::Identified& what) {
  if (Status written = slot_->write_connection(what.peer.file_id); !written.has_value()) log_.report(written.error());
}

void SourceServer::perform_one(action::ControlReceived& what) {
  log_.line(fmt::format("Control message of kind {} is not known here", what.kind));
}

void SourceServer::perform_one(action::StartStream& what) {
  sender_->mutex_is_held();
  sender_->start_stream(what.from);
  live().read_seqno.store(what.from.value);
  live().remote_level.store(machine_->level());
  live().connected.store(1);
}

void SourceServer::perform_one(action::StopFilter&) {
  if (live().filter.exchange(static_cast<std::uint32_t>(FilterState::None)) ==
      static_cast<std::uint32_t>(FilterState::None))
    return log_.line("Filter is not active, ignoring STOP SOURCE FILTER msg");
  log_.line("Stopping filter");
  sender_->mutex_is_held();
  sender_->stop_filter();
  filter_.reset();
}

void SourceServer::perform_one(action::Acknowledged& what) {
  live().applied_seqno.store(what.next.value == 0 ? 0 : what.next.value - 1);
  pool().fence.applied.signal();
  if (Status written = slot_->write_now_and_then(); !written.has_value()) log_.report(written.error());
}

void SourceServer::perform_one(action::ResyncFixed& what) {
  if (!what.peer_was_root) return;
  const Status marked =
      mark_divergence(*instance_.domain, *file_, what.seqno, [this](std::string_view line) { log_.line(line); });
  if (marked.has_value()) return;
  log_.report(marked.error());
  if (connection_) connection_->shut_down();  // Unmarked, the answer must not go out: the rollback asks again.
}

void SourceServer::before_sending(Seqno next) {
  auto actions = machine_->before_sending(next, local());
  perform(actions);
}

void SourceServer::look() {
  if (apply_wanted().load() <= machine_->apply_asked().value) return;
  auto actions = machine_->ask_applied(local());
  perform(actions);
}

Result<Seqno> SourceServer::send_limit(Seqno next) {
  if (pool().updates_enabled.load() == 0 || history_is_old()) HW_TRY_VOID(refresh_history());
  return machine_->send_limit(next, local());
}

void SourceServer::give_up(Error error) {
  action::StopServer stop{std::move(error)};
  perform_one(stop);
}

}  // namespace

int run_source_server(const SourceServerConfig& config, StartReport& report) {
  return SourceServer(config).run(report);
}

}  // namespace hw

#include "replic/source_server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/base/liveness.h"
#include "replic/backlog.h"
#include "replic/frame_io.h"
#include "replic/instance.h"
#include "replic/server_log.h"
#include "replic/source_machine.h"
#include "replic/transaction_source.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kBatchBytes =
    1024 * 1024;                       // Half of kFrameBatchBytes: keeps a slow link's acknowledgements fresh.
constexpr auto kLongestWait = 1s;      // Requests left in the slot by commands are seen after at most this.
constexpr auto kBatchWindow = 1ms;     // The longest that batching may hold a commit back.
constexpr auto kConnectTime = 10s;     // GT.M leaves it to the kernel; an operator's stop need not wait.
constexpr auto kSlotWritePeriod = 5s;  // How far the instance file may lag behind the pool's slot.
constexpr auto kLastWords = 2s;        // For what is still to be sent when the server ends.

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count());
}
std::uint64_t now_us() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}
std::uint64_t now_s() { return static_cast<std::uint64_t>(std::time(nullptr)); }

void set_text(char* to, std::size_t room, std::string_view from) {
  std::memset(to, 0, room);
  std::memcpy(to, from.data(), std::min(from.size(), room - 1));
}

ConnectParams machine_params(const ConnectParameters& from) {
  return {from.hard_tries_count,         from.hard_tries_period_ms,      from.soft_tries_period_s * 1000,
          from.alert_period_s * 1000ULL, from.heartbeat_period_s * 1000, from.heartbeat_wait_max_s * 1000ULL};
}

class SourceServer {
 public:
  explicit SourceServer(const SourceServerConfig& config) : config_(config) {}
  int run(StartReport& report);

 private:
  struct Outgoing {
    Message message;
    std::uint16_t level;
  };

  Status prepare();
  Status take_slot();
  void fill_pool_slot(std::size_t index);
  void finish();
  void serve();
  void serve_passive();
  void begin_active();
  void connect();
  void end_connection();
  void read_once();
  void wait_for_stop(steady_clock::time_point until) const;
  bool stopping() const { return stop_.requested() || slot().shutdown.load() == 1 || stopped_; }
  steady_clock::time_point next_wake() const;

  SourceMachine::Local local();
  void step(const SourceEvent& event);
  void perform(std::vector<SourceAction>& actions);
  void perform_one(action::Log& what) { log_.line(what.text); }
  void perform_one(action::Report& what) { log_.report(what.error); }
  void perform_one(action::Send& what) { outgoing_.push_back({std::move(what.message), what.level}); }
  void perform_one(action::Disconnect&) { closing_ = true; }
  void perform_one(action::StopServer& what);
  void perform_one(action::Identified& what);
  void perform_one(action::ControlReceived& what);
  void perform_one(action::Connect&) { connect_wanted_ = true; }
  void perform_one(action::StartStream& what);
  void perform_one(action::PauseStream&) { paused_ = true; }
  void perform_one(action::ResumeStream&) { paused_ = false; }
  void perform_one(action::StopCompression&) { compress_ = false; }
  void perform_one(action::StopFilter&) { log_.line("Stopping filter"); }
  void perform_one(action::Acknowledged& what);
  void perform_one(action::ResyncTold& what);

  void send_loop();
  bool write_outgoing(std::unique_lock<std::mutex>& lock);
  Status fill_batch();
  void send_batch(std::unique_lock<std::mutex>& lock);
  void log_progress(Seqno last, std::uint64_t count);
  void lose_connection(const Error& error);
  /// The sending thread has something else to do than to wait for commits.
  void wake_sender() {
    batch_window_.notify_all();
    pool().published.signal();
  }

  PoolHeader& pool() const { return instance_.domain->header(); }
  PoolSlot& slot() const { return pool().slots[slot_index_]; }
  Status write_slot();

  const SourceServerConfig& config_;
  ServerLog log_;
  StopSignal stop_;
  EnteredInstance instance_;
  std::optional<InstanceFile> file_;  ///< under mutex_
  std::size_t slot_index_ = 0;
  bool have_slot_ = false;
  steady_clock::time_point slot_written_{};
  std::optional<FrameConnection> connection_;
  std::thread sender_;
  int exit_status_ = 0;

  std::mutex mutex_;  ///< guards the machine and all below
  std::unique_ptr<SourceMachine> machine_;
  std::deque<Outgoing> outgoing_;
  std::atomic<bool> closing_{false};
  bool connect_wanted_ = false;
  bool streaming_ = false;
  bool paused_ = false;
  bool compress_ = true;
  bool stopped_ = false;
  std::optional<Seqno> restart_;
  std::string lost_;  ///< the sending thread's reason

  std::condition_variable batch_window_;

  // The sending thread's.
  steady_clock::time_point last_batch_{};
  std::size_t last_batch_bytes_ = 0;
  std::unique_ptr<TransactionSource> source_;
  TransactionBatch batch_;
  bool was_reading_files_ = false;
  bool source_named_ = false;
  std::uint64_t journal_bytes_ = 0;
  std::uint64_t plain_before_ = 0;
  std::uint64_t wire_before_ = 0;
  std::uint64_t since_log_ = 0;
  bool logged_once_ = false;
};

// ---- start and end ----

Status SourceServer::prepare() {
  HW_TRY_VOID(stop_.open());
  HW_TRY(instance_, enter_instance({config_.instance_path, config_.options.role, config_.options.pool_bytes}));
  HW_TRY(file_, InstanceFile::open(config_.instance_path));
  return take_slot();
}

Status SourceServer::take_slot() {
  const RobustLock admin(pool().admin_lock);
  HW_TRY_VOID(file_->refresh());
  HW_TRY(slot_index_, file_->assign_slot(config_.options.secondary_name, static_cast<std::uint32_t>(::getpid()),
                                         now_s(), [&](std::size_t index, const InstanceSlot& entry) {
                                           const PoolSlot& live = pool().slots[index];
                                           return entry.name == live.name && server_lives(live);
                                         }));
  have_slot_ = true;
  fill_pool_slot(slot_index_);
  return {};
}

void SourceServer::fill_pool_slot(std::size_t index) {
  const SourceStartOptions& options = config_.options;
  const InstanceSlot& entry = file_->slots()[index];
  PoolSlot& live = pool().slots[index];
  live.in_use.store(0);
  set_text(live.name, sizeof live.name, options.secondary_name.view());
  set_text(live.host, sizeof live.host, options.secondary ? options.secondary->host : "");
  live.port = options.secondary ? options.secondary->port : 0;
  live.log_interval = options.log_interval_transactions;
  const ConnectParameters& c = options.connect;
  const std::uint32_t params[] = {c.hard_tries_count, c.hard_tries_period_ms, c.soft_tries_period_s,
                                  c.alert_period_s,   c.heartbeat_period_s,   c.heartbeat_wait_max_s};
  std::copy(std::begin(params), std::end(params), std::begin(live.connect_params));
  live.log.set(options.log_path);
  live.shutdown.store(0);
  live.connected.store(0);
  live.reading_files.store(0);
  live.read_seqno.store(entry.send_next.value);
  live.applied_seqno.store(entry.acked_next.value == 0 ? 0 : entry.acked_next.value - 1);
  live.started_us.store(now_us());
  live.sent_bytes.store(0);
  live.compressed_bytes.store(0);
  live.mode.store(static_cast<std::uint32_t>(options.secondary ? ServerMode::Active : ServerMode::Passive));
  live.pid_start.store(process_start(static_cast<std::uint32_t>(::getpid())));
  live.pid.store(static_cast<std::uint32_t>(::getpid()));
  live.in_use.store(1);
}

int SourceServer::run(StartReport& report) {
  if (Status opened = log_.open(config_.options.log_path); !opened.has_value()) {
    report.failed(2, opened.error().render() + timed("Source server exiting...") + "\n\n");
    return 2;
  }
  log_.line(config_.command_line);
  log_.line(
      make_line<MsgId::REPLINFO>(fmt::format("GTM Replication Source Server with Pid [{}] started for Secondary "
                                             "Instance [{}]",
                                             ::getpid(), config_.options.secondary_name.view())));
  if (Status prepared = prepare(); !prepared.has_value()) {
    const Error error = std::move(prepared).error();
    log_.report(error);
    if (instance_.domain != nullptr) {
      if (auto left = leave_instance(instance_, config_.instance_path); !left.has_value()) log_.report(left.error());
    }
    log_.line("Source server exiting...\n");
    report.failed(error);
    return error.status();
  }
  log_.line(fmt::format("{} jnlpool with shmid = [{}]", instance_.created ? "Created" : "Attached to existing",
                        instance_.domain->pool().id()));
  source_ = std::make_unique<TransactionSource>(*instance_.domain, config_.options.journal_files_only);
  report.started(log_.fd());
  serve();
  finish();
  return exit_status_;
}

void SourceServer::finish() {
  PoolSlot& mine = slot();
  const std::uint64_t next_seqno = pool().next_seqno.load();
  const std::uint64_t sent = mine.read_seqno.load() == 0 ? 0 : mine.read_seqno.load() - 1;
  const bool passive = mine.mode.load() == static_cast<std::uint32_t>(ServerMode::Passive);
  if (exit_status_ == 0) {
    log_.line(passive ? make_line<MsgId::REPLINFO>("GTM Replication Source Server Shutdown signalled")
                      : std::string("Shutdown signalled"));
    log_.line(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", next_seqno));
    log_.line(
        fmt::format("REPL INFO - Last Seqno written in jnlpool : {}  Last Seqno sent : {}  Number of unsent Seqno : {}",
                    next_seqno - 1, sent, next_seqno - 1 > sent ? next_seqno - 1 - sent : 0));
    log_.line(fmt::format("REPL INFO - Jnl Total : {}  Msg Total : {}  CmpMsg Total : {}", journal_bytes_,
                          plain_before_, wire_before_));
  }
  if (Status written = write_slot(); !written.has_value()) log_.report(written.error());
  mine.connected.store(0);
  mine.mode.store(static_cast<std::uint32_t>(ServerMode::None));
  mine.shutdown.store(2);
  // A server that ended by itself keeps its number there: the shutdown command tells that it ended abnormally.
  if (exit_status_ == 0) mine.pid.store(0);
  source_.reset();
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

Status SourceServer::write_slot() {
  slot_written_ = steady_clock::now();
  const PoolSlot& live = slot();
  return file_->update_slot(slot_index_, [&](InstanceSlot& entry) {
    entry.send_next = Seqno{live.read_seqno.load()};
    if (live.applied_seqno.load() != 0) entry.acked_next = Seqno{live.applied_seqno.load() + 1};
  });
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
    const auto mode = static_cast<ServerMode>(slot().mode.load());
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

void SourceServer::serve_passive() {
  if (machine_) {
    end_connection();
    machine_.reset();
    log_.line(make_line<MsgId::REPLINFO>("GTM Replication Source Server now in PASSIVE mode"));
  }
  slot().mode.store(static_cast<std::uint32_t>(ServerMode::Passive));
  wait_for_stop(steady_clock::now() + kLongestWait);
}

void SourceServer::begin_active() {
  PoolSlot& mine = slot();
  end_connection();
  mine.mode.store(static_cast<std::uint32_t>(ServerMode::Active));
  log_.line(make_line<MsgId::REPLINFO>(
      fmt::format("GTM Replication Source Server now in ACTIVE mode using port {}", mine.port)));
  SourceMachine::Config machine;
  Identity& self = machine.self;
  self.name = file_->header().name;
  self.file_id = file_->header().file_id;
  self.was_root = file_->header().lost_transactions;
  self.pid = static_cast<std::uint32_t>(::getpid());
  self.log_path = absolute_path(log_.path()).substr(0, kPathBytesMax);
  self.software = "Headwater " HW_VERSION;
  machine.secondary = config_.options.secondary_name.view();
  machine.instance_path = config_.instance_path;
  const auto* c = mine.connect_params;
  machine.connect = machine_params({c[0], c[1], c[2], c[3], c[4], c[5]});
  machine_ = std::make_unique<SourceMachine>(std::move(machine));
}

void SourceServer::connect() {
  connect_wanted_ = false;
  auto connection = FrameConnection::connect(slot().host, static_cast<std::uint16_t>(slot().port),
                                             steady_clock::now() + kConnectTime, stop_.fd());
  if (!connection.has_value()) {
    const Error& error = connection.error();
    if (error.os_errno == ECANCELED) return;
    for (const auto& line : error.extra) log_.raw(line);
    const std::string reason =
        error.os_errno != 0 ? std::strerror(error.os_errno) : "Error with source server connection initiation";
    return step(event::ConnectFailed{reason});
  }
  connection_ = std::move(*connection);
  log_.line(fmt::format("Connected to secondary, using TCP send buffer size {} receive buffer size {}",
                        connection_->send_buffer_bytes(), connection_->receive_buffer_bytes()));
  log_.line(fmt::format("Connection information:: Local: {} Remote: {}", connection_->local(), connection_->remote()));
  outgoing_.clear();
  closing_ = false;
  streaming_ = paused_ = false;
  compress_ = true;
  restart_.reset();
  lost_.clear();
  source_named_ = false;
  step(event::Connected{});
  sender_ = std::thread([this] { send_loop(); });
}

void SourceServer::end_connection() {
  if (!connection_) return;
  {
    std::lock_guard guard(mutex_);
    closing_ = true;
  }
  wake_sender();
  if (sender_.joinable()) sender_.join();
  connection_.reset();
  streaming_ = false;
  slot().connected.store(0);
}

void SourceServer::read_once() {
  ReceivedFrame frame;
  auto outcome = connection_->read(frame, next_wake(), stop_.fd());
  if (!outcome.has_value()) {
    const Error error = std::move(outcome).error();
    std::string reason = connection_end(error);
    {
      std::lock_guard guard(mutex_);
      if (!lost_.empty()) reason = lost_;
    }
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
    step(event::Received{std::move(frame.message), frame.level});
  }
  if (closing_) end_connection();
}

SourceMachine::Local SourceServer::local() {
  const bool root = pool().updates_enabled.load() != 0;
  const auto servers = std::count_if(pool().slots.begin(), pool().slots.end(), server_lives);
  return {Seqno{pool().next_seqno.load(std::memory_order_acquire)},
          root ? InstanceRole::Root : InstanceRole::Propagating,
          file_->history(),
          root && servers == 1,
          false,
          Seqno{slot().read_seqno.load()}};
}

void SourceServer::step(const SourceEvent& event) {
  std::lock_guard guard(mutex_);
  if (!std::holds_alternative<event::Tick>(event) || machine_->state() == SourceState::WaitFirstHistory) {
    if (Status read = file_->refresh(); !read.has_value()) log_.report(read.error());
  }
  auto actions = machine_->step(event, local());
  perform(actions);
  if (!outgoing_.empty() || closing_ || restart_) wake_sender();
}

void SourceServer::perform(std::vector<SourceAction>& actions) {
  for (auto& one : actions) std::visit([this](auto& what) { perform_one(what); }, one);
}

void SourceServer::perform_one(action::StopServer& what) {
  log_.report(what.error);
  exit_status_ = what.error.status();
  stopped_ = true;
}

void SourceServer::perform_one(action::Identified& what) {
  slot().connected_since_us.store(now_us());
  const Seqno own{pool().next_seqno.load()};
  Status written = file_->update_slot(slot_index_, [&](InstanceSlot& entry) {
    entry.connect_seqno = own;
    entry.connect_s = now_s();
    entry.file_id = what.peer.file_id;
  });
  if (!written.has_value()) log_.report(written.error());
}

void SourceServer::perform_one(action::ControlReceived& what) {
  log_.line(fmt::format("Control message of kind {} is not known here", what.kind));
}

void SourceServer::perform_one(action::StartStream& what) {
  restart_ = what.from;
  streaming_ = true;
  paused_ = false;
  slot().read_seqno.store(what.from.value);
  slot().connected.store(1);
}

void SourceServer::perform_one(action::Acknowledged& what) {
  slot().applied_seqno.store(what.next.value == 0 ? 0 : what.next.value - 1);
  if (steady_clock::now() - slot_written_ < kSlotWritePeriod) return;
  if (Status written = write_slot(); !written.has_value()) log_.report(written.error());
}

void SourceServer::perform_one(action::ResyncTold& what) {
  log_.line(fmt::format("Sent REPL_RESYNC_SEQNO message with SEQNO {0} [{0:#x}]", what.seqno.value));
}

// ---- the sending thread ----

void SourceServer::lose_connection(const Error& error) {
  std::lock_guard guard(mutex_);
  if (lost_.empty()) lost_ = connection_end(error);
  closing_ = true;
  connection_->shut_down();
}

/// Sends what the machine wants sent; false when the connection is lost.
bool SourceServer::write_outgoing(std::unique_lock<std::mutex>& lock) {
  while (!outgoing_.empty()) {
    const Outgoing one = std::move(outgoing_.front());
    outgoing_.pop_front();
    const bool last_words = closing_;
    lock.unlock();
    const auto deadline =
        steady_clock::now() + (last_words ? std::chrono::milliseconds(kLastWords)
                                          : std::chrono::milliseconds(1000ULL * slot().connect_params[5]));
    Status written = connection_->write(one.level, one.message, deadline, last_words ? -1 : stop_.fd());
    if (!written.has_value()) lose_connection(written.error());
    lock.lock();
    if (!written.has_value()) return false;
  }
  return true;
}

void SourceServer::send_loop() {
  std::unique_lock lock(mutex_);
  connection_->set_compression(config_.options.compression_level);
  for (;;) {
    const std::uint32_t ticket = pool().published.ticket();
    if (!write_outgoing(lock)) return;
    if (closing_) break;
    if (restart_) {
      source_->seek(*restart_);
      batch_.clear();
      restart_.reset();
    }
    if (!compress_) connection_->set_compression(0);
    if (streaming_ && !paused_) {
      // Commits that follow each other closely travel together: a message for each would cost both sites more than the
      // commit itself. Only behind a small batch, so that neither a first commit nor a backlog waits.
      const auto interrupted = [this] { return closing_ || restart_ || paused_ || !outgoing_.empty(); };
      if (last_batch_bytes_ < kBatchBytes / 4 &&
          batch_window_.wait_until(lock, last_batch_ + kBatchWindow, interrupted))
        continue;
      lock.unlock();
      const Status filled = fill_batch();
      lock.lock();
      if (!filled.has_value()) {
        log_.report(filled.error());
        if (lost_.empty()) lost_ = filled.error().text;
        closing_ = true;
        connection_->shut_down();
        return;
      }
      // The machine may have stopped or moved the stream meanwhile.
      if (restart_ || paused_ || !streaming_ || closing_ || !outgoing_.empty()) continue;
      if (!batch_.empty()) {
        last_batch_bytes_ = batch_.bytes();
        send_batch(lock);
        last_batch_ = steady_clock::now();
        if (closing_ && !lost_.empty()) return;
        continue;
      }
    }
    const bool wants_commits = streaming_ && !paused_;
    lock.unlock();
    pool().published.wait_unless(ticket, steady_clock::now() + kLongestWait, [&] {
      return wants_commits && source_->next().value < pool().next_seqno.load(std::memory_order_seq_cst);
    });
    lock.lock();
  }
  // All has been written: the other end sees an orderly end behind the last message.
  connection_->shut_down();
}

/// Collects what is committed, up to where a history record begins. Without the mutex.
Status SourceServer::fill_batch() {
  if (!batch_.empty()) return {};
  const Seqno first = source_->next();
  Seqno limit{~std::uint64_t{0}};
  while (batch_.bytes() < kBatchBytes && source_->next() < limit) {
    HW_TRY(const auto frame, source_->peek(kBatchBytes));
    if (!frame) break;
    if (batch_.empty()) {
      // History is stored before the transactions it covers: read now, it is complete for all that can be peeked.
      std::lock_guard guard(mutex_);
      if (pool().updates_enabled.load() == 0) HW_TRY_VOID(file_->refresh());
      limit = machine_->send_limit(first, local());
    }
    if (!batch_.add(source_->next(), as_bytes(*frame))) break;
    source_->take();
  }
  return {};
}

void SourceServer::send_batch(std::unique_lock<std::mutex>& lock) {
  if (!source_named_ || was_reading_files_ != source_->reading_files()) {
    source_named_ = true;
    was_reading_files_ = source_->reading_files();
    slot().reading_files.store(was_reading_files_ ? 1 : 0);
    log_.line(fmt::format("Source server now reading from journal {}", was_reading_files_ ? "files" : "pool"));
  }
  auto actions = machine_->before_sending(batch_.first(), local());
  perform(actions);
  if (!write_outgoing(lock)) return;
  if (restart_ || paused_ || !streaming_ || closing_) return;  // Drained while the history went out.
  const std::uint16_t level = machine_->level();
  const Seqno last = batch_.last();
  const std::uint64_t count = batch_.count();
  journal_bytes_ += batch_.bytes();
  lock.unlock();
  const auto patience = std::chrono::milliseconds(1000ULL * slot().connect_params[5]);
  const Status written =
      connection_->write_body(level, WireType::Transactions, batch_.body(), steady_clock::now() + patience, stop_.fd());
  if (!written.has_value()) lose_connection(written.error());
  lock.lock();
  batch_.clear();
  if (!written.has_value()) return;
  if (!restart_) {
    machine_->sent(next(last));
    slot().read_seqno.store(last.value + 1);
  }
  log_progress(last, count);
}

void SourceServer::log_progress(Seqno last, std::uint64_t count) {
  PoolSlot& mine = slot();
  plain_before_ = connection_->plain_bytes_sent();
  wire_before_ = connection_->wire_bytes_sent();
  mine.sent_bytes.store(plain_before_);
  mine.compressed_bytes.store(wire_before_);
  since_log_ += count;
  if (logged_once_ && (mine.log_interval == 0 || since_log_ < mine.log_interval)) return;
  logged_once_ = true;
  since_log_ = 0;
  const std::uint64_t posted = pool().next_seqno.load() - 1;
  log_.line(fmt::format(
      "REPL INFO - Seqno : {0} [{0:#x}]  Jnl Total : {1} [{1:#x}]  Msg Total : {2} [{2:#x}]  CmpMsg "
      "Total : {3} [{3:#x}]  Current backlog : {4} [{4:#x}]",
      last.value, journal_bytes_, plain_before_, wire_before_, posted > last.value ? posted - last.value : 0));
}

}  // namespace

Status check_source_start(const SourceStartOptions& options, const std::string& instance_path) {
  HW_TRY(const InstanceFile file, InstanceFile::open(instance_path, /*writable=*/false));
  const std::string_view name = options.secondary_name.view();
  if (name == file.header().name) return make_error<MsgId::REPLINSTNMSAME>(name);
  auto pool = find_pool(instance_path);
  if (!pool.has_value()) {
    if (pool.error().id == MsgId::NOJNLPOOL) return {};
    return std::move(pool).error();
  }
  const PoolHeader& header = pool->header();
  std::size_t alive = 0;
  for (const PoolSlot& slot : header.slots) {
    if (!server_lives(slot)) continue;
    ++alive;
    if (slot.name == name) return make_error<MsgId::SRCSRVEXISTS>(name, slot.pid.load());
  }
  const bool root = options.role == InstanceRole::Root;
  const bool enabled = header.updates_enabled.load() != 0;
  if (root && !enabled) return make_error<MsgId::PRIMARYNOTROOT>(file.header().name);
  if (!root && enabled) return make_error<MsgId::PRIMARYISROOT>(file.header().name);
  if (alive >= kSlotsMax) return make_error<MsgId::SRCSRVTOOMANY>(kSlotsMax, instance_path);
  return {};
}

int run_source_server(const SourceServerConfig& config, StartReport& report) {
  return SourceServer(config).run(report);
}

}  // namespace hw

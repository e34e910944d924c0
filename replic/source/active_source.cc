#include "replic/source/active_source.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "replic/instance/lost_transactions.h"
#include "replic/instance/own_identity.h"
#include "replic/link/link_trace.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

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

}  // namespace

ActiveSource::ActiveSource(const Server& server, std::shared_ptr<Filter> filter)
    : server_(server),
      awaits_reign_(server.instance.fenced),
      sender_(*server.instance.domain, server.slot.live(), server.log, mutex_, *this,
              SourceSender::Options{.compression_level = server.config.options.compression_level,
                                    .journal_files_only = server.config.options.journal_files_only,
                                    .stop_fd = server.stop.fd(),
                                    .filter = std::move(filter)}) {}

// ---- the main thread ----

void ActiveSource::begin() {
  PoolSlot& mine = live();
  end_connection();
  auto asked = static_cast<std::uint32_t>(ServerMode::ActiveRequested);
  mine.mode.compare_exchange_strong(asked, static_cast<std::uint32_t>(ServerMode::Active));
  server_.log.line(make_line<MsgId::REPLINFO>(
      fmt::format("GTM Replication Source Server now in ACTIVE mode using port {}", mine.port)));
  SourceMachine::Config machine;
  machine.self = own_identity(server_.file.header(), absolute_path(server_.log.path()));
  machine.secondary = server_.config.options.secondary_name.view();
  machine.instance_path = server_.config.instance_path;
  machine.connect = mine.connect;
  machine.jitter_seed = std::random_device{}() | 1U;
  machine_ = std::make_unique<SourceMachine>(std::move(machine));
}

void ActiveSource::end() {
  end_connection();
  machine_.reset();
  awaits_reign_ = false;
}

void ActiveSource::serve_once() {
  HW_CHECK(machine_ != nullptr);
  step(event::Tick{now_ms()});
  if (connect_wanted_) {
    connect();
  } else if (connection_) {
    read_once();
  } else {
    server_.stop.wait_until(next_wake());
  }
}

void ActiveSource::take_requests(Lineage lineage, bool lost_transactions_completed) {
  {
    const MutexLock guard(mutex_);
    lineage_ = std::move(lineage);
  }
  if (lost_transactions_completed && machine_) step(event::LostTransactionsDone{});
  const MutexLock guard(mutex_);
  if (live().filter.load() != static_cast<std::uint32_t>(FilterState::StopAsked)) return;
  action::StopFilter stop;
  perform_one(stop);
}

steady_clock::time_point ActiveSource::next_wake() const {
  const auto longest = steady_clock::now() + kLongestServerWait;
  const std::uint64_t wake = machine_->wake_ms();
  if (wake == 0) return longest;
  return std::min(longest, steady_clock::time_point(std::chrono::milliseconds(wake)));
}

void ActiveSource::connect() {
  HW_CHECK(!connection_);  // Its sending thread would go on with what is no more.
  connect_wanted_ = false;
  auto connection = FrameConnection::connect(server_.tls, live().host, static_cast<std::uint16_t>(live().port),
                                             steady_clock::now() + kConnectTime, server_.stop.fd());
  if (!connection.has_value()) {
    const Error& error = connection.error();
    if (error.os_errno == ECANCELED) return;
    if (error.id != MsgId::REPLCOMM) return step(event::ConnectFailed{connection_end(error)});
    for (const auto& line : error.extra) server_.log.raw(line);
    const std::string reason =
        error.os_errno != 0 ? std::strerror(error.os_errno) : "Error with source server connection initiation";
    return step(event::ConnectFailed{reason});
  }
  connection_ = std::move(*connection);
  server_.log.line(fmt::format("Connected to secondary, using TCP send buffer size {} receive buffer size {}",
                               connection_->send_buffer_bytes(), connection_->receive_buffer_bytes()));
  server_.log.line(
      fmt::format("Connection information:: Local: {} Remote: {}", connection_->local(), connection_->remote()));
  if (server_.tls.is_on()) server_.log.line(encryption_line(connection_->encryption()));
  server_.tls.show(connection_->encryption());
  sender_.begin(*connection_);
  step(event::Connected{});
  const Status running = sender_.run();
  if (running.has_value()) return;
  server_.log.report(running.error());
  step(event::ConnectionLost{"No thread to send with"});
  end_connection();
}

void ActiveSource::end_connection() {
  if (!connection_) return;
  sender_.end();
  connection_.reset();
  server_.tls.show(std::nullopt);
  live().connected.store(0);
  live().remote_level.store(0);
}

void ActiveSource::read_once() {
  ReceivedFrame frame;
  auto outcome = connection_->read(frame, next_wake(), server_.stop.fd());
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
    if (server_.log.shows(LogLevel::Trace)) server_.log.trace(trace_of("received", frame.message, frame.wire_bytes));
    step(event::Received{std::move(frame.message), frame.level});
  }
  if (!sender_.closing()) return;
  if (std::string why = loss(); !why.empty()) step(event::ConnectionLost{std::move(why)});
  end_connection();
}

std::string ActiveSource::loss() {
  const MutexLock guard(mutex_);
  sender_.mutex_is_held();
  return sender_.loss();
}

SourceSender::Totals ActiveSource::totals() {
  const MutexLock guard(mutex_);
  sender_.mutex_is_held();
  return sender_.totals();
}

SourceMachine::Local ActiveSource::local() {
  const bool root = pool().updates_enabled.load() != 0;
  // A receiver server makes it a secondary, as its agent does with a root that has been taken over.
  if (root || pool().receive_pool_id.load() >= 0) awaits_reign_ = false;
  const auto servers = std::ranges::count_if(
      pool().slots, [&](const PoolSlot& slot) { return server_lives(slot, server_.config.instance_path); });
  return {Seqno{pool().next_seqno.load(std::memory_order_acquire)},
          root ? InstanceRole::Root : InstanceRole::Propagating,
          server_.file.history(),
          root && servers == 1,
          pool().lost_tn_complete.load() != 0,
          Seqno{live().read_seqno.load()},
          lineage_,
          std::max(server_.file.header().fencing_epoch, pool().fence.known_epoch.load()),
          Seqno{apply_wanted().load()},
          Seqno{pool().zqgblmod_seqno.load()},
          awaits_reign_};
}

// The count first: what begins meanwhile is read again.
Status ActiveSource::refresh_history() {
  const std::uint32_t reigns = pool().fence.reigns.load();
  HW_TRY_VOID(server_.file.refresh());
  reigns_ = reigns;
  return {};
}

void ActiveSource::step(const SourceEvent& event) {
  const MutexLock guard(mutex_);
  sender_.mutex_is_held();
  if (!std::holds_alternative<event::Tick>(event) || machine_->state() == SourceState::WaitFirstHistory ||
      history_is_old()) {
    if (Status read = refresh_history(); !read.has_value()) server_.log.report(read.error());
  }
  const SourceState before = machine_->state();
  auto actions = machine_->step(event, local());
  tell_change(before, event);
  perform(actions);
  live().state.store(static_cast<std::uint32_t>(link_state(machine_->state())));
  sender_.wake_if_asked();
}

void ActiveSource::tell_change(SourceState before, const SourceEvent& event) {
  const SourceState state = machine_->state();
  if (state == before || !server_.log.shows(LogLevel::Debug)) return;
  std::string next_try;
  if (state == SourceState::Waiting) {
    const std::uint64_t now = now_ms();
    next_try = fmt::format("; next try in {} ms", std::max(machine_->wake_ms(), now) - now);
  }
  server_.log.debug(fmt::format("state {} -> {}: {}{}", name_of(before), name_of(state), describe(event), next_try));
}

void ActiveSource::perform(std::vector<SourceAction>& actions) {
  for (auto& one : actions) std::visit([this](auto& what) HW_REQUIRES(mutex_) { perform_one(what); }, one);
}

void ActiveSource::perform_one(action::StopServer& what) {
  server_.log.report(what.error);
  exit_status_ = what.error.status();
  stopped_ = true;
}

void ActiveSource::perform_one(action::Send& what) {
  if (std::holds_alternative<wire::LostTransactionsComplete>(what.message)) live().lost_tn_due.store(0);
  sender_.mutex_is_held();
  sender_.post(std::move(what.message), what.level);
}

void ActiveSource::perform_one(action::Identified& what) {
  if (Status written = server_.slot.write_connection(what.peer.file_id); !written.has_value())
    server_.log.report(written.error());
}

void ActiveSource::perform_one(action::ControlReceived& what) {
  server_.log.line(fmt::format("Control message of kind {} is not known here", what.kind));
}

void ActiveSource::perform_one(action::StartStream& what) {
  HW_CHECK(what.from.value != 0);  // 0 in the slot is none.
  sender_.mutex_is_held();
  sender_.start_stream(what.from);
  live().read_seqno.store(what.from.value);
  live().remote_level.store(machine_->level());
  live().connected.store(1);
}

void ActiveSource::perform_one(action::StopFilter&) {
  if (live().filter.exchange(static_cast<std::uint32_t>(FilterState::None)) ==
      static_cast<std::uint32_t>(FilterState::None))
    return server_.log.line("Filter is not active, ignoring STOP SOURCE FILTER msg");
  server_.log.line("Stopping filter");
  sender_.mutex_is_held();
  sender_.stop_filter();
}

void ActiveSource::perform_one(action::Acknowledged& what) {
  live().applied_seqno.store(what.next.value == 0 ? 0 : what.next.value - 1);
  pool().fence.applied.signal();
  if (Status written = server_.slot.write_now_and_then(); !written.has_value()) server_.log.report(written.error());
}

void ActiveSource::perform_one(action::ResyncFixed& what) {
  if (!what.peer_was_root) return;
  const Status marked = mark_divergence(*server_.instance.domain, server_.file, what.seqno,
                                        [this](std::string_view line) { server_.log.line(line); });
  if (marked.has_value()) return;
  server_.log.report(marked.error());
  if (connection_) connection_->shut_down();  // Unmarked, the answer must not go out: the rollback asks again.
}

void ActiveSource::before_sending(Seqno next) {
  auto actions = machine_->before_sending(next, local());
  perform(actions);
}

void ActiveSource::look() {
  if (apply_wanted().load() <= machine_->apply_asked().value) return;
  auto actions = machine_->ask_applied(local());
  perform(actions);
}

Result<Seqno> ActiveSource::send_limit(Seqno next) {
  if (pool().updates_enabled.load() == 0 || history_is_old()) HW_TRY_VOID(refresh_history());
  return machine_->send_limit(next, local());
}

void ActiveSource::give_up(Error error) {
  action::StopServer stop{std::move(error)};
  perform_one(stop);
}

}  // namespace hw

#include "replic/receiver/receiver_server.h"

#include <poll.h>
#include <sys/epoll.h>

#include "replic/instance/instance.h"
#include "replic/instance/lost_transactions.h"
#include "replic/link/link_trace.h"
#include "replic/receiver/auto_rollback.h"

namespace hw {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kWaitMax = std::chrono::seconds(1);
constexpr auto kAckPeriod = std::chrono::milliseconds(100);
constexpr auto kWriteMax = std::chrono::seconds(30);
/// A peer that connects and says nothing gives the port back after this time.
constexpr auto kFirstMessageMax = std::chrono::seconds(60);

bool shutdown_asked(const PoolProcess& process) {
  return process.shutdown.load() == static_cast<std::uint32_t>(ShutdownState::Asked);
}

}  // namespace

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
  event_watch_ = std::make_unique<EventWatch>(header().progressed, wake_);
  HW_TRY_VOID(event_watch_->start());
  requests_.emplace(header(), header().receiver, "", log_);
  tls_.show_in(header().encryption);
  if (const auto& command = config_.options.filter_command) {
    Filter::Stop stop{stop_signal_.fd(), wake_.fd(), [this] { return look_while_filtering(); }};
    HW_TRY(filter_, Filter::from_environment(*command, std::move(stop), log_));
  }
  header().filter.store(static_cast<std::uint32_t>(filter_ ? FilterState::Active : FilterState::None));
  rollbacks_ = journal_pool_.header().rollbacks.load();
  epoch_ = known_epoch();
  update_.emplace(journal_pool_, pool_, config_.update_command, epoll_fd_, log_);
  update_->adopt(config_.instance_path);
  if (!update_->runs()) HW_TRY_VOID(update_->start());
  return {};
}

// ---- update process ----

void ReceiverServer::check_update_process() {
  if (update_->has_ended()) handle(event::UpdateProcessStopped{});
  const ReceiverState state = machine_.state();
  if (update_->runs() && has_state(header().update, UpdateState::BadTransaction)) {
    if (state == ReceiverState::Streaming || state == ReceiverState::Draining)
      handle(event::ApplyFailed{Seqno{header().bad_seqno.load()}});
    else if (state == ReceiverState::Listening || state == ReceiverState::WaitUpdate)
      filler_.reset(filler_.applied_next());
  }
  // The stream has begun while the update process died.
  if (!update_->runs() && state == ReceiverState::Streaming) handle(event::UpdateProcessStopped{});
  if (header().update_start.load() == 1 && state != ReceiverState::Draining) answer_update_start();
}

/// The instance was rolled back while it is up: what is in the receive pool continues a past that is no more.
void ReceiverServer::check_rollback() {
  const std::uint32_t rollbacks = journal_pool_.header().rollbacks.load(std::memory_order_acquire);
  if (rollbacks == rollbacks_) return;
  rollbacks_ = rollbacks;
  log_.line(fmt::format("---> ONLINE ROLLBACK. Current Jnlpool Seqno : {}", filler_.applied_next().value));
  if (connection_) {
    log_.line("Closing connection due to ONLINE ROLLBACK");
    disconnect_ = true;
  }
  filler_.reset(filler_.applied_next());
}

/// As the pool says, which others tell of what they have heard; the file read last may be older.
std::uint64_t ReceiverServer::known_epoch() const {
  return std::max(instance_.header().fencing_epoch, journal_pool_.header().fence.known_epoch.load());
}

void ReceiverServer::check_epoch() {
  const std::uint64_t known = known_epoch();
  if (known == epoch_) return;
  epoch_ = known;
  handle(event::EpochHeard{});
}

/// -autorollback. The update process ends meanwhile, so that nothing of the past that goes is applied any more, and the
/// rollback listens on this server's port.
void ReceiverServer::roll_back() {
  rollback_wanted_ = false;
  update_->stop();
  filler_.reset(filler_.applied_next());
  const std::uint16_t port = listener_->port();
  listener_.reset();
  std::vector<std::string> command = {
      config_.update_command.front(),      "journal", "-online", "-rollback", "-backward", "*",
      fmt::format("-fetchresync={}", port)};
  if (config_.options.autorollback == Autorollback::Verbose) command.emplace_back("-verbose");
  if (config_.options.tls.id) {
    command.push_back("-tlsid=" + *config_.options.tls.id);
    if (config_.options.tls.plaintext_fallback) command.emplace_back("-plaintextfallback");
  }
  log_.line(fmt::format("Executing mupip journal -online -rollback -backward \"*\" -fetchresync={}{}", port,
                        text_of(config_.options.tls)));
  const auto stop_asked = [this] { return stop_signal_.requested() || shutdown_asked(header().receiver); };
  const auto status = run_auto_rollback(command, log_.fd(), stop_signal_.fd(), stop_asked);
  const auto give_up = [this](int why) {
    status_ = why;
    stopping_ = true;
  };
  if (stop_asked()) {
    stopping_ = true;
    return;
  }
  if (!status.has_value()) {
    log_.report(status.error());
    return give_up(status.error().status());
  }
  if (*status != 0) {
    log_.line(fmt::format("ONLINE FETCHRESYNC ROLLBACK failed with status {}", *status));
    return give_up(*status);
  }
  log_.line("ONLINE FETCHRESYNC ROLLBACK completed successfully");
  check_rollback();
  Status again = update_->start();
  if (again.has_value()) {
    auto listener = FrameListener::listen(port);
    if (listener.has_value())
      listener_.emplace(std::move(*listener));
    else
      again = std::move(listener).error();
  }
  if (again.has_value()) return;
  log_.report(again.error());
  give_up(again.error().status());
}

void ReceiverServer::answer_update_start() {
  std::uint32_t answer = 3;
  if (!update_->runs()) {
    if (const Status started = update_->start(); started.has_value())
      answer = 2;
    else
      log_.report(started.error());
  }
  header().update_start.store(answer);
  if (answer == 2) handle(event::UpdateProcessStarted{});
  header().progressed.signal();
}

// ---- machine ----

ReceiverMachine::Local ReceiverServer::local() const {
  bool active_source = false;
  for (const PoolSlot& slot : journal_pool_.header().slots)
    active_source |= slot.in_use.load() != 0 && slot.mode.load() == static_cast<std::uint32_t>(ServerMode::Active) &&
                     server_lives(slot, config_.instance_path);
  return {.next_seqno = filler_.next_seqno(),
          .applied_next = filler_.applied_next(),
          .history = filler_.history(),
          .was_root = instance_.header().lost_transactions,
          .dual_site_allowed = !active_source,
          .update_process_runs = update_->runs(),
          .known_epoch = known_epoch()};
}

void ReceiverServer::handle(const ReceiverEvent& event) {
  const ReceiverState before = machine_.state();
  const auto actions = machine_.step(event, local());
  tell_change(before, event);
  for (const ReceiverAction& wanted : actions) std::visit([this](const auto& a) { perform(a); }, wanted);
}

void ReceiverServer::tell_change(ReceiverState before, const ReceiverEvent& event) {
  if (machine_.state() == before || !log_.shows(LogLevel::Debug)) return;
  log_.debug(fmt::format("state {} -> {}: {}", name_of(before), name_of(machine_.state()), describe(event)));
}

void ReceiverServer::perform(const action::Send& a) {
  if (!connection_ || disconnect_) return;
  const std::uint64_t before = connection_->wire_bytes_sent();
  const Status sent = connection_->write(a.level, a.message, Clock::now() + kWriteMax);
  if (sent.has_value() && log_.shows(LogLevel::Trace))
    log_.trace(trace_of("sent", a.message, connection_->wire_bytes_sent() - before));
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

void ReceiverServer::perform(const action::Identified& a) {
  PoolHeader& instance = journal_pool_.header();
  const auto admin = RobustLock::take(instance.admin_lock);
  if (!admin.has_value()) return log_.report(admin.error());  // It is asked to end, and the loop sees it.
  set_text(instance.primary_name, a.peer.name);
}

/// Durable (fdatasync of the instance file) before anything that came after it is stored.
void ReceiverServer::perform(const action::LearnEpoch& a) {
  if (Status learned = instance_.learn_epoch(a.epoch); !learned.has_value()) {
    log_.report(learned.error());
    disconnect_ = true;
    return;
  }
  journal_pool_.header().fence.raise_known_epoch(a.epoch);
}

/// Durable (fdatasync of the instance file) before anything that came after it is stored.
void ReceiverServer::perform(const action::LearnMark& a) {
  header().settled_below.store(a.settled_below.value);
  if (a.mark.value == 0) return;
  Status learned = instance_.mark(a.mark);
  if (learned.has_value()) learned = publish_mark(journal_pool_.header(), instance_);
  if (learned.has_value()) return;
  log_.report(learned.error());
  disconnect_ = true;
}

void ReceiverServer::perform(const action::StreamStarts& a) {
  filler_.begin(a.seqno);
  journal_pool_.header().primary_level.store(machine_.level());
  acknowledged_ = Seqno{0};
  set_state(header().receiver, ReceiverServerState::Connected);
  header().progressed.signal();
}

void ReceiverServer::perform(const action::Store& a) {
  HW_CHECK(transactions_ != nullptr && transactions_->first == a.first && transactions_->last == a.last);
  if (filter_ == nullptr || !pass_filter(*transactions_)) filler_.take(*transactions_, std::move(at_hand_->body));
}

// ---- filter ----

bool ReceiverServer::look_while_filtering() {
  wake_.clear();
  event_watch_->seen();
  return shutdown_asked(header().receiver) ||
         header().filter.load() == static_cast<std::uint32_t>(FilterState::StopAsked);
}

void ReceiverServer::stop_filter() {
  log_.line("Stopping filter");
  filter_.reset();
  header().filter.store(static_cast<std::uint32_t>(FilterState::None));
}

/// False when there is no filter any more: the transactions are to be taken as they came.
bool ReceiverServer::pass_filter(const wire::Transactions& transactions) {
  std::vector<std::string> answers;
  if (const Status passed = filter_->pass(transactions.frames, answers); !passed.has_value()) {
    if (passed.error().os_errno == ECANCELED &&
        header().filter.load() == static_cast<std::uint32_t>(FilterState::StopAsked)) {
      stop_filter();
      return false;
    }
    // What has come with this message is not taken; the next receiver server asks for it again.
    if (passed.error().os_errno == ECANCELED)
      stopping_ = true;
    else if (passed.error().id == MsgId::HWPOOLDAMAGED)
      handle(event::Refused{make_error<MsgId::HWREPLPROTO>(passed.error().text)});
    else
      perform(action::StopServer{passed.error()});
    disconnect_ = true;
    return true;
  }
  std::string body;
  for (const std::string& answer : answers) body += answer;
  wire::Transactions filtered{transactions.first, transactions.last, {}};
  std::size_t at = 0;
  for (const std::string& answer : answers) {
    filtered.frames.push_back(as_bytes(std::string_view(body).substr(at, answer.size())));
    at += answer.size();
  }
  filler_.take(filtered, std::move(body));
  return true;
}

void ReceiverServer::perform(const action::ClearLostTransactions& a) {
  header().settled_below.store(std::max(header().settled_below.load(), a.settled_below.value));
  header().lost_tn_complete.store(1);
  header().stored.signal();
}

// ---- connection ----

void ReceiverServer::wait_for_wake(Deadline deadline) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  struct pollfd watch {
    epoll_fd_, POLLIN, 0
  };
  (void)::poll(&watch, 1,
               static_cast<int>(std::max<std::int64_t>(left, 0)) + 1);  // The caller looks again in any case.
}

/// False while the pool has no room for all that is pending.
bool ReceiverServer::store_pending() {
  const auto stored = filler_.store();
  if (stored.has_value()) return *stored;
  if (stored.error().id == MsgId::HWRECVPOOLSMALL) {
    perform(action::StopServer{stored.error()});
    disconnect_ = true;
  } else {
    handle(event::Refused{stored.error()});
  }
  return true;
}

bool ReceiverServer::owes_acknowledgement() const {
  return machine_.state() == ReceiverState::Streaming && machine_.level() >= kLevelMultiSite &&
         acknowledged_ != filler_.applied_next();
}

void ReceiverServer::acknowledge() {
  const auto now = Clock::now();
  if (!owes_acknowledgement() || now < acknowledged_at_ + kAckPeriod) return;
  const Seqno applied = filler_.applied_next();
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
  requests_->take();
  tls_.look();
  if (header().filter.load() == static_cast<std::uint32_t>(FilterState::StopAsked)) stop_filter();
  check_rollback();
  check_epoch();
  if (disconnect_ && connection_) return;
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

void ReceiverServer::read_one(Deadline connected_at) {
  ReceivedFrame frame;
  auto deadline = Clock::now() + kWaitMax;
  if (owes_acknowledgement()) deadline = std::min(deadline, acknowledged_at_ + kAckPeriod);
  const auto outcome = connection_->read(frame, deadline, epoll_fd_);
  if (!outcome.has_value()) return lose(outcome.error());
  switch (*outcome) {
    case FrameRead::Frame:
      return take_frame(frame);
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

void ReceiverServer::take_frame(ReceivedFrame& frame) {
  any_message_ = true;
  if (log_.shows(LogLevel::Trace)) log_.trace(trace_of("received", frame.message, frame.wire_bytes));
  filler_.count_message(frame.wire_bytes);
  if (machine_.state() != ReceiverState::Streaming) filler_.reload_history();
  const ReceiverEvent event = event::Received{std::move(frame.message), frame.level};
  at_hand_ = &frame;
  transactions_ = std::get_if<wire::Transactions>(&std::get<event::Received>(event).message);
  handle(event);
  at_hand_ = nullptr;
  transactions_ = nullptr;
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
  if (tls_.is_on()) log_.line(encryption_line(connection_->encryption()));
  tls_.show(connection_->encryption());
  check_update_process();
  filler_.reload_history();
  header().settled_below.store(0);  // What an earlier primary said of its own history.
  handle(event::Accepted{});
  while (!disconnect_ && !stopping_) {
    housekeeping();
    if (disconnect_ || stopping_) break;
    if (!store_pending()) {
      wait_for_wake(Clock::now() + kAckPeriod);
    } else if (!disconnect_) {
      if (machine_.state() == ReceiverState::Streaming && filler_.nothing_pending())
        handle(event::PoolFill{pool_.used_bytes()});
      read_one(connected_at);
    }
  }
  if (stopping_ && status_ == 0 && !disconnect_ && machine_.state() != ReceiverState::Listening)
    perform(action::Send{wire::Bye{wire::Bye::Reason::Shutdown, "receiver server shut down"}, machine_.level()});
  if (machine_.state() != ReceiverState::Listening) handle(event::ConnectionLost{"Closed by this side"});
  filler_.drop_pending();
  connection_.reset();
  tls_.show(std::nullopt);
  journal_pool_.header().primary_level.store(0);
  if (Status told = write_lineage(journal_pool_.header(), {}); !told.has_value()) log_.report(told.error());
  set_state(header().receiver, ReceiverServerState::Listening);
}

int ReceiverServer::run() {
  bool said = false;
  while (!stopping_) {
    housekeeping();
    if (stopping_) break;
    if (!said) log_.line("Waiting for a connection...");
    said = true;
    auto connection = listener_->accept(tls_, Clock::now() + kWaitMax, epoll_fd_);
    if (!connection.has_value()) {
      log_.report(connection.error());
      wait_for_wake(Clock::now() + kWaitMax);  // No descriptors left, or the like: not a reason to end.
    } else if (*connection) {
      serve(std::move(**connection));
      said = false;
      if (rollback_wanted_ && !stopping_) roll_back();
    }
  }
  if (const std::string by = stop_signal_.take(); !by.empty())
    log_.line(by + ": shutting down in order");
  else if (shutdown_asked(header().receiver))
    log_.line("Shutdown signalled");
  if (status_ == 0) update_->stop();
  filler_.log_totals();
  log_.line("Receiver server exiting...\n");
  event_watch_.reset();
  return status_;
}

}  // namespace hw

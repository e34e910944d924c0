#include "replic/source/source_server.h"

#include <unistd.h>

#include <chrono>

#include "replic/instance/instance.h"
#include "replic/instance/pool_lineage.h"
#include "replic/process/server_log.h"
#include "replic/refresh/refresh_port.h"
#include "replic/source/active_source.h"
#include "replic/source/slot_requests.h"
#include "replic/source/source_slot.h"

namespace hw {
namespace {

using std::chrono::steady_clock;

class SourceServer {
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
  bool stopping() const { return stop_.requested() || live().shutdown.load() == 1 || active_->stopped(); }

  PoolHeader& pool() const { return instance_.domain->header(); }
  PoolSlot& live() const { return slot_->live(); }

  const SourceServerConfig& config_;
  ServerLog log_;
  StopSignal stop_;
  std::shared_ptr<Filter> filter_;  ///< until active_ has it
  std::optional<RefreshPort> refresh_port_;
  EnteredInstance instance_;
  int exit_status_ = 0;
  LinkTls tls_;
  std::optional<SlotRequests> requests_;
  std::optional<SlotRates> rates_;
  std::optional<InstanceFile> file_;
  std::optional<SourceSlot> slot_;
  std::optional<ActiveSource> active_;  ///< last: it uses the others
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
  active_.emplace(ActiveSource::Server{config_, log_, stop_, instance_, tls_, *file_, *slot_}, std::move(filter_));
  requests_.emplace(pool(), live(), log_);
  rates_.emplace(live());
  std::string warning;
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
    const SourceSender::Totals sums = active_->totals();
    log_.line(fmt::format("REPL INFO - Jnl Total : {}  Msg Total : {}  CmpMsg Total : {}", sums.journal, sums.plain,
                          sums.wire));
  }
  if (Status written = slot_->write(); !written.has_value()) log_.report(written.error());
  // For processes that check whether slots are consistent: repair_slots().
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
  active_.reset();
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

void SourceServer::serve() {
  while (!stopping()) {
    if (!take_requests().has_value()) continue;  // It is asked to end, which stopping() says.
    const auto mode = static_cast<ServerMode>(live().mode.load());
    if (mode == ServerMode::Passive || mode == ServerMode::PassiveRequested) {
      serve_passive();
      continue;
    }
    if (!active_->is_active() || mode == ServerMode::ActiveRequested) active_->begin();
    active_->serve_once();
  }
  active_->end_connection();
  if (active_->stopped()) exit_status_ = active_->exit_status();
}

Status SourceServer::take_requests() {
  HW_TRY_VOID(requests_->take());
  tls_.look();
  HW_TRY(Lineage lineage, read_lineage(pool()));
  active_->take_requests(std::move(lineage), requests_->lost_transactions_completed());
  const SourceSender::Totals sums = active_->totals();
  rates_->observe(sums.transactions, sums.wire);
  return {};
}

void SourceServer::serve_passive() {
  if (active_->is_active()) log_.line("Changing mode from ACTIVE to PASSIVE");
  active_->end();
  live().state.store(static_cast<std::uint32_t>(LinkState::Start));
  // Not over a request that has come meanwhile.
  auto asked = static_cast<std::uint32_t>(ServerMode::PassiveRequested);
  live().mode.compare_exchange_strong(asked, static_cast<std::uint32_t>(ServerMode::Passive));
  stop_.wait_until(steady_clock::now() + kLongestServerWait);
}

}  // namespace

int run_source_server(const SourceServerConfig& config, StartReport& report) {
  return SourceServer(config).run(report);
}

}  // namespace hw

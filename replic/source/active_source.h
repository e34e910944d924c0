/// replic/source/active_source.h -- a source server in active mode: the machine at work, and its connection.
///
/// Two threads while there is a connection. The main thread reads the socket and owns time; the sending thread
/// (replic/source/source_sender.h) does all writing, so that a secondary that does not read never keeps its own Xon
/// from being read. The machine is under one mutex, never held over a socket call.
///
/// Thread: all public functions are the main thread's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/mutex.h"
#include "replic/instance/instance.h"
#include "replic/link/frame_io.h"
#include "replic/process/daemon.h"
#include "replic/process/server_log.h"
#include "replic/source/source_machine.h"
#include "replic/source/source_sender.h"
#include "replic/source/source_server.h"
#include "replic/source/source_slot.h"

namespace hw {

/// Requests left in the slot by commands are seen after at most this.
inline constexpr std::chrono::seconds kLongestServerWait{1};

class ActiveSource : private SourceSender::Protocol {
 public:
  /// What is the server's; it must outlive this.
  struct Server {
    const SourceServerConfig& config;
    ServerLog& log;
    const StopSignal& stop;
    EnteredInstance& instance;
    LinkTls& tls;
    InstanceFile& file;
    SourceSlot& slot;
  };

  /// Passive at first. `filter`: none, or what the transactions go through.
  ActiveSource(const Server& server, std::shared_ptr<Filter> filter);

  /// Becomes active, or active to where the slot says now: a new machine, no connection.
  void begin();
  /// Becomes passive.
  void end();
  bool is_active() const { return machine_ != nullptr; }
  /// Does what is due and waits for what comes next, at most kLongestServerWait. Active only (checked).
  void serve_once();
  void end_connection();
  /// What commands and others have left for the server since the last call.
  void take_requests(Lineage lineage, bool lost_transactions_completed);

  /// The machine, or the sending thread, has ended the server.
  bool stopped() const { return stopped_; }
  int exit_status() const { return exit_status_; }  ///< once stopped, and without a connection
  SourceSender::Totals totals();

 private:
  void connect();
  void read_once();
  std::chrono::steady_clock::time_point next_wake() const;

  // For the sending thread, mutex held.
  void before_sending(Seqno next) override HW_REQUIRES(mutex_);
  void look() override HW_REQUIRES(mutex_);
  Result<Seqno> send_limit(Seqno next) override HW_REQUIRES(mutex_);
  std::uint16_t level() const override { return machine_->level(); }
  void sent(Seqno next) override { machine_->sent(next); }
  void give_up(Error error) override;

  /// Of the sending thread.
  std::string loss();
  SourceMachine::Local local() HW_REQUIRES(mutex_);
  Status refresh_history() HW_REQUIRES(mutex_);
  /// A reign may have begun since the history was read.
  bool history_is_old() const HW_REQUIRES(mutex_) { return pool().fence.reigns.load() != reigns_; }
  void step(const SourceEvent& event);
  void tell_change(SourceState before, const SourceEvent& event) HW_REQUIRES(mutex_);
  void perform(std::vector<SourceAction>& actions) HW_REQUIRES(mutex_);
  void perform_one(action::Log& what) { what.timed ? server_.log.line(what.text) : server_.log.raw(what.text); }
  void perform_one(action::Report& what) { server_.log.report(what.error); }
  void perform_one(action::Send& what) HW_REQUIRES(mutex_);
  void perform_one(action::Disconnect&) { sender_.close(); }
  void perform_one(action::StopServer& what);
  void perform_one(action::Identified& what);
  void perform_one(action::ControlReceived& what);
  void perform_one(action::Connect&) { connect_wanted_ = true; }
  void perform_one(action::StartStream& what) HW_REQUIRES(mutex_);
  void perform_one(action::PauseStream&) HW_REQUIRES(mutex_) {
    sender_.mutex_is_held();
    sender_.pause();
  }
  void perform_one(action::ResumeStream&) HW_REQUIRES(mutex_) {
    sender_.mutex_is_held();
    sender_.resume();
  }
  void perform_one(action::StopCompression&) HW_REQUIRES(mutex_) {
    sender_.mutex_is_held();
    sender_.stop_compression();
  }
  void perform_one(action::StopFilter&) HW_REQUIRES(mutex_);
  void perform_one(action::Acknowledged& what);
  void perform_one(action::ResyncFixed& what);

  PoolHeader& pool() const { return server_.instance.domain->header(); }
  PoolSlot& live() const { return server_.slot.live(); }
  std::atomic<std::uint64_t>& apply_wanted() const {
    return pool().fence.apply_wanted[static_cast<std::size_t>(&live() - pool().slots.data())];
  }

  const Server server_;
  std::optional<FrameConnection> connection_;

  /// Guards the machine and all below, the server's instance file and slot too, while the sending thread runs. What is
  /// made, replaced and looked up by the main thread alone it may look at without.
  Mutex mutex_;
  std::unique_ptr<SourceMachine> machine_;
  bool connect_wanted_ = false;
  bool awaits_reign_;                               ///< since it was started as a root's, without a current lease
  std::uint32_t reigns_ HW_GUARDED_BY(mutex_) = 0;  ///< of the pool, when the history was read
  Lineage lineage_ HW_GUARDED_BY(mutex_);           ///< of this instance, as last looked up
  std::atomic<bool> stopped_{false};
  int exit_status_ = 0;
  SourceSender sender_;  ///< last: it uses the others
};

}  // namespace hw

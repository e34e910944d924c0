/// replic/receiver/receiver_server.h -- the receiver server: the process that listens and fills the receive pool.
///
/// Started by `replicate -receiver -start`, in the background. It attaches to the instance's journal pool (which a
/// source server has made), makes the receive pool or takes over the one that a dead receiver server left, starts the
/// update process unless one lives, and listens. One source server is connected at a time; ReceiverMachine says what to
/// answer it, and this shell moves bytes: transactions into the receive pool, acknowledgements of what is applied back
/// to the source.
///
/// It ends at SIGTERM or SIGINT, when -shutdown asks for it through the pool, and with an error where an operator must
/// act (replic/receiver/receiver_machine.h says which). Not a reason to end: garbage on the port, another instance, a
/// peer that says nothing, a lost connection, a dead update process. It leaves the receive pool in place, so that
/// another one goes on; -shutdown removes it.
///
/// While the receive pool is full nothing is read from the connection; the source is told to stop long before
/// (replic/link/flow_control.h).
#pragma once

#include <unistd.h>

#include <memory>
#include <optional>

#include "replic/filter/filter.h"
#include "replic/instance/own_identity.h"
#include "replic/instance/pool_lineage.h"
#include "replic/link/frame_io.h"
#include "replic/process/daemon.h"
#include "replic/process/event_watch.h"
#include "replic/receiver/pool_filler.h"
#include "replic/receiver/receiver_machine.h"
#include "replic/receiver/receiver_process.h"
#include "replic/receiver/receiver_requests.h"
#include "replic/receiver/update_supervisor.h"

namespace hw {

/// Thread: one.
class ReceiverServer {
 public:
  ReceiverServer(const ReceiverServerConfig& config, std::optional<History> resync_history, JournalPool journal_pool,
                 ReceivePool pool, InstanceFile instance, FrameListener listener, LinkTls tls, ServerLog& log,
                 StopSignal& stop_signal)
      : config_(config),
        journal_pool_(std::move(journal_pool)),
        pool_(std::move(pool)),
        instance_(std::move(instance)),
        tls_(std::move(tls)),
        listener_(std::move(listener)),
        log_(log),
        stop_signal_(stop_signal),
        filler_(journal_pool_, pool_, instance_, log_),
        machine_({.self = own_identity(instance_.header(), config.options.log_path),
                  .instance_path = config.instance_path,
                  .pool_bytes = pool_.header().ring_bytes,
                  .update_resync = config.options.update_resync,
                  .resync_history = std::move(resync_history),
                  .resync_path = config.options.update_resync_instance_file.value_or(""),
                  .auto_rollback = config.options.autorollback != Autorollback::No,
                  .stop_source_filter = config.options.stop_source_filter,
                  .plain = config.options.compression_level == 0}) {}
  ~ReceiverServer() {
    if (epoll_fd_ >= 0) ::close(epoll_fd_);
  }

  Status prepare();
  int run();

 private:
  ReceivePoolHeader& header() const { return pool_.header(); }

  void check_update_process();
  void check_rollback();
  void check_epoch();
  std::uint64_t known_epoch() const;
  void roll_back();
  void answer_update_start();

  // connection
  void serve(FrameConnection connection);
  void read_one(Deadline connected_at);
  void take_frame(ReceivedFrame& frame);
  void lose(const Error& error);
  void housekeeping();
  /// The other side is to be told what has been applied since the last time.
  bool owes_acknowledgement() const;
  void acknowledge();
  void wait_for_wake(Deadline deadline) const;
  bool store_pending();
  bool look_while_filtering();
  bool pass_filter(const wire::Transactions& transactions);
  void stop_filter();

  // machine
  void handle(const ReceiverEvent& event);
  void tell_change(ReceiverState before, const ReceiverEvent& event);
  ReceiverMachine::Local local() const;
  void perform(const action::Log& a) { log_.line(a.text); }
  void perform(const action::Report& a) { log_.report(a.error); }
  void perform(const action::Send& a);
  void perform(const action::Disconnect&) { disconnect_ = true; }
  void perform(const action::StopServer& a);
  void perform(const action::Identified& a);
  void perform(const action::ControlReceived& a);
  void perform(const action::LineageTold& a) {
    if (Status told = write_lineage(journal_pool_.header(), a.lineage); !told.has_value()) log_.report(told.error());
  }
  void perform(const action::LearnEpoch& a);
  void perform(const action::LearnMark& a);
  void perform(const action::StreamStarts& a);
  void perform(const action::Store& a);
  void perform(const action::StoreHistory& a) { filler_.take(a.record, a.first_kind); }
  void perform(const action::ResetPool& a) { filler_.reset(a.from); }
  void perform(const action::DropUnstored&) { filler_.drop_pending(); }
  void perform(const action::ClearLostTransactions& a);
  void perform(const action::RunRollback&) { rollback_wanted_ = true; }
  void perform(const action::ResyncFound&) {}  // Of a rollback's machine only.

  const ReceiverServerConfig& config_;
  JournalPool journal_pool_;
  ReceivePool pool_;
  InstanceFile instance_;
  LinkTls tls_;
  std::optional<FrameListener> listener_;  ///< none while a rollback uses the port
  ServerLog& log_;
  StopSignal& stop_signal_;
  WakeUp wake_;
  int epoll_fd_ = -1;
  std::unique_ptr<EventWatch> event_watch_;
  PoolFiller filler_;
  ReceiverMachine machine_;
  std::optional<UpdateSupervisor> update_;
  std::unique_ptr<Filter> filter_;

  std::optional<FrameConnection> connection_;
  bool disconnect_ = false;
  bool any_message_ = false;
  bool rollback_wanted_ = false;
  bool stopping_ = false;
  int status_ = 0;

  ReceivedFrame* at_hand_ = nullptr;                  ///< of the step under way
  const wire::Transactions* transactions_ = nullptr;  ///< of the step under way

  Seqno acknowledged_{0};
  Deadline acknowledged_at_{};
  std::optional<ReceiverRequests> requests_;
  std::uint32_t rollbacks_ = 0;  ///< of the journal pool, as last seen
  std::uint64_t epoch_ = 0;      ///< the highest known, likewise
};

}  // namespace hw

/// replic/control/receiver_control.h -- an instance's receiver server and update process as operators' commands see and
/// change them.
///
/// Source: docs/conformance.md 3.*; texts: GT.M V7.0-005.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "journal/pool.h"
#include "replic/control/log_request.h"
#include "replic/instance/instance.h"
#include "replic/instance/receive_pool.h"
#include "replic/receiver/receiver_options.h"

namespace hw {

/// Thread: one at a time.
class ReceiverControl {
 public:
  using Clock = std::chrono::steady_clock;

  /// For the instance of the environment. Errors: REPLINSTUNDEF, those of find_pool; NORECVPOOL.
  static Result<ReceiverControl> open(ControlUse for_what = ControlUse::Change);

  const std::string& path() const { return path_; }
  PoolHeader& journal_pool() const { return journal_pool_.header(); }
  const ReceivePool& pool() const { return pool_; }
  ReceivePoolHeader& header() const { return pool_.header(); }
  bool receiver_lives() const { return process_lives(header().receiver, path_); }
  bool update_lives() const { return process_lives(header().update, path_); }
  UpdateState update_state() const { return static_cast<UpdateState>(header().update.state.load()); }

  /// Waits for a change that the pool's `progressed` event announces. False at the deadline.
  bool wait_until(Clock::time_point deadline, const std::function<bool()>& done) const;

  /// Has the receiver server start an update process. Blocks until that runs, at most two minutes.
  /// Errors: RECVPOOLSETUP when there is no receiver server, or it cannot; UPDPROC when an update process runs.
  Status start_update_process() const;
  /// Errors: RECVPOOLSETUP when there is none.
  Status need_receiver() const;

  /// Leaves word for both processes to go on in another log, at other intervals, at another level.
  /// Errors: NORECVPOOL when the receiver server does not live.
  Result<LogRequest> change_log(const std::optional<std::string>& path, const ReceiverLogIntervals& intervals,
                                const std::optional<LogLevel>& level) const;
  /// False when it is on, or off, already. Errors: as change_log.
  Result<bool> set_statistics(bool on) const;

  /// Asks a process to end and waits until it has. Errors: RECVPOOLSETUP when it does not.
  Status stop(PoolProcess& process, std::string_view who) const;
  /// Errors: HWRIGHTS when this user may not remove the receive pool.
  Status check_removable() const;
  /// Removes the receive pool, whose processes have ended. Errors: those of SharedMemory::remove.
  Status remove_pool() const;

 private:
  ReceiverControl(std::string path, JournalPool journal_pool, ReceivePool pool)
      : path_(std::move(path)), journal_pool_(std::move(journal_pool)), pool_(std::move(pool)) {}
  Status check_live() const;

  std::string path_;
  JournalPool journal_pool_;
  ReceivePool pool_;
};

}  // namespace hw

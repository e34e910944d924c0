/// replic/control/source_control.h -- an instance's source servers as operators' commands see and change them.
///
/// A command attaches to the journal pool, reads the instance file, puts right what a dead process left wrong in a
/// slot, and then looks at the servers or leaves a request in their slots (replic/source/slot_requests.h takes it up
/// there). It takes no slot, and it changes nothing of the instance but what it was asked to.
///
/// Source: docs/conformance.md 3.*; texts: GT.M V7.0-005.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "journal/pool.h"
#include "replic/control/backlog.h"
#include "replic/control/log_request.h"
#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "replic/source/source_options.h"

namespace hw {

/// One source server; `live` is null when its secondary has a slot in the instance file and none in the pool, because
/// no server was started for it since the pool was made.
struct SourceView {
  std::string name;  ///< of the secondary
  PoolSlot* live = nullptr;
  const InstanceSlot* entry = nullptr;
  bool alive = false;   ///< or not to be seen
  bool unseen = false;  ///< it runs, or ran, in another PID name space
  /// 0 when no server runs or died; the number of a dead one stays until its place is taken or it is shut down.
  std::uint32_t pid() const { return live == nullptr ? 0 : live->pid.load(); }
  bool passive() const;
  bool active() const { return live != nullptr && !passive(); }
};

/// Thread: one at a time. Views are valid as long as their SourceControl.
class SourceControl {
 public:
  /// For the instance of the environment. `secondary`, when given, must not be the instance itself.
  /// Errors: REPLINSTUNDEF, those of InstanceFile::open and find_pool; REPLINSTNMSAME, before the pool is looked for.
  /// To look also NOJNLPOOL when all who used the pool have left in order: its memory is only not removed yet.
  static Result<SourceControl> open(const std::optional<InstanceName>& secondary,
                                    ControlUse for_what = ControlUse::Change);

  const std::string& path() const { return path_; }
  PoolHeader& pool() const { return pool_.header(); }
  const InstanceFile& file() const { return file_; }
  bool updates_enabled() const { return pool().updates_enabled.load() != 0; }
  /// Only an agent makes it root (replic/control/fence.h).
  bool is_fenced() const { return pool().fence.required.load() != 0; }
  /// The inconsistent slots that open() repaired.
  const std::vector<Error>& repaired() const { return repaired_; }

  /// Of that name, or all whose servers are alive or died without a word.
  /// Errors: REPLINSTSECNONE when no slot has the name.
  Result<std::vector<SourceView>> servers(const std::optional<InstanceName>& name) const;
  /// The one live server of a name. Errors: REPLINSTSECNONE, SRCSRVNOTEXIST.
  Result<SourceView> live_server(const InstanceName& name) const;
  std::size_t alive_count() const;

  Backlog backlog(const SourceView& server) const;
  /// Whether the secondary has yet to talk to this instance, its receiver or a rollback, since the pool was made. What
  /// it has said to others does not count.
  bool needs_restart(const SourceView& server) const { return server.live == nullptr || server.live->talked_us == 0; }

  /// Whether the role asked for fits the pool. Errors: PRIMARYISROOT; for -deactivate PRIMARYNOTROOT; for -activate
  /// REPLUPGRADEPRI below a dual-site primary, MUPCLIERR for a dual-site instance that would propagate.
  Status check_activate(InstanceRole role) const;
  Status check_deactivate(InstanceRole role) const;
  /// Makes a propagating instance root: its next reign is in the instance file (fdatasync) before updates are enabled.
  /// Errors: ACTIVATEFAIL unless only one source server and the caller are attached to the pool; those of
  /// InstanceFile::begin_reign.
  Status become_root(const InstanceName& secondary);
  /// Leaves word for a passive server to turn active, with the address and whatever else is given. Errors: FORCEDHALT
  /// when this process is asked to end while it waits for the pool's admin lock.
  Result<LogRequest> activate(const SourceView& server, const SourceActivateOptions& options);
  /// Leaves word for an active server to turn passive.
  void deactivate(const SourceView& server);

  /// Leaves word for a server to go on in another log file, at another interval or level. The file is opened for a try.
  /// Errors: those of activate. A file that cannot be opened is no error: the lines say so, and the server keeps its
  /// log.
  Result<LogRequest> change_log(const SourceView& server, const LogChange& change);

  /// Asks a server to end, or, when it is dead, makes its slot that of a server that has ended.
  /// Errors: SYSCALL when the process cannot be signalled; HWUNSEEN when it cannot be seen.
  Status ask_to_stop(const SourceView& server);

  /// Errors: HWRIGHTS when this user may not remove the pool.
  Status check_removable() const { return check_removal(pool_); }
  /// Gives up the pool, for its removal.
  JournalPool take_pool() { return std::move(pool_); }

 private:
  SourceControl(std::string path, InstanceFile file, JournalPool pool)
      : path_(std::move(path)), file_(std::move(file)), pool_(std::move(pool)) {}

  Result<bool> is_left() const;
  SourceView view_of(const InstanceSlot& entry) const;
  Status set_log(const SourceView& server, const std::string& path);

  std::string path_;
  InstanceFile file_;
  JournalPool pool_;
  std::vector<Error> repaired_;
};

}  // namespace hw

/// replic/receiver/update_supervisor.h -- the update process as its receiver server sees it: started, found running,
/// found dead, stopped.
#pragma once

#include <string>
#include <vector>

#include "replic/instance/receive_pool.h"
#include "replic/process/process_watch.h"
#include "replic/process/server_log.h"

namespace hw {

/// Thread: that of the receiver server.
class UpdateSupervisor {
 public:
  /// `command`: program and arguments that become the update process. `epoll_fd` is readable when it ends. All must
  /// outlive this object.
  UpdateSupervisor(const JournalPool& journal_pool, const ReceivePool& pool, const std::vector<std::string>& command,
                   int epoll_fd, ServerLog& log);

  bool runs() const { return runs_; }
  /// Takes over one that another receiver server of the instance has started, before it died.
  void adopt(const std::string& instance_path);
  /// Errors: SYSCALL.
  Status start();
  /// True once after it was found ended; its state in the pool and the log then say how.
  bool has_ended();
  /// Asks it to end and waits for that. Blocks: the commit under way, at most a minute.
  void stop();

 private:
  void watch(std::uint32_t pid);
  PoolProcess& process() const { return pool_.header().update; }

  const JournalPool& journal_pool_;
  const ReceivePool& pool_;
  const std::vector<std::string>& command_;
  const int epoll_fd_;
  ServerLog& log_;
  ProcessWatch watch_;
  bool runs_ = false;
};

}  // namespace hw

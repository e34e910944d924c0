/// cluster/link/dial.h -- connects a socket to an agent: looks its name up, and tries its addresses in order.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/link/link_loop.h"
#include "cluster/link/peer.h"
#include "cluster/link/socket_address.h"

namespace hw::cluster {

/// Thread: the loop's.
class Dial final : public std::enable_shared_from_this<Dial> {
 public:
  struct Connected {
    int socket = -1;  ///< the callee's
    AgentAddress to;  ///< as a number; of a path: empty
  };
  using Done = std::function<void(Result<Connected>)>;
  using Deadline = std::chrono::steady_clock::time_point;

  /// `done` is called once, from the loop, at the deadline at the latest. Errors: SYSCALL with the system's reason of
  /// the last address; errno 0 and a note for a name that cannot be looked up.
  static std::shared_ptr<Dial> address(std::shared_ptr<LinkLoop> loop, AgentAddress to, Deadline deadline, Done done);
  static std::shared_ptr<Dial> path(std::shared_ptr<LinkLoop> loop, const std::string& path, Done done);
  ~Dial();

  /// `done` comes with ECANCELED, unless it has come.
  void cancel();

 private:
  struct Waits;
  Dial(std::shared_ptr<LinkLoop> loop, AgentAddress to, Deadline deadline, Done done);
  void look_up();
  void try_next();
  void tried(int failed);
  void finish(Result<Connected> outcome);

  std::shared_ptr<LinkLoop> loop_;
  AgentAddress to_;
  Deadline deadline_;
  Done done_;
  std::unique_ptr<Waits> waits_;
  int last_failure_;
};

}  // namespace hw::cluster

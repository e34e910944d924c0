/// cluster/agent/agent.h -- the agent of a node, put together.
///
/// Who starts it: `hwd`, when it has taken the node's folder. Reads and writes: that folder; instance files and shared
/// memory of the node's instances, through its site. Ends: by SIGTERM; its servers live on, and the next agent takes
/// them over. Not a crash: another agent that is away, or says something that cannot be used; a full disk.
///
/// Threads: the loop (this one: heartbeats, processes, timers), the link's, the coordinator's commands, workers for
/// what waits. What a request changes in the loop's state is posted to the loop.
#pragma once

#include <memory>

#include "cluster/agent/agent_folder.h"
#include "cluster/agent/agent_options.h"
#include "engine/base/result.h"
#include "replic/process/daemon.h"
#include "replic/process/server_log.h"

namespace hw::cluster {

class Agent {
 public:
  /// It listens on return. The log outlives it. Errors: HWNOSTART with the reason.
  static Result<std::unique_ptr<Agent>> start(AgentOptions options, AgentFolder folder, ServerLog& log);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();

  /// Blocks: until `stop` says so, and what is under way has ended, or a short time has passed. Returns whether it has
  /// ended; if not, the process must not go on.
  bool run(const StopSignal& stop);

  struct Parts;  ///< agent_parts.h

 private:
  explicit Agent(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hw::cluster

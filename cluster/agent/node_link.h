/// cluster/agent/node_link.h -- the connection to the agent of one other node: opened when there is something to ask,
/// and again when it has broken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/link/agent_client.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Thread: any.
class NodeLink : public std::enable_shared_from_this<NodeLink> {
 public:
  NodeLink(std::shared_ptr<LinkLoop> loop, AgentTarget target, AgentCaller caller)
      : loop_(std::move(loop)), target_(std::move(target)), caller_(std::move(caller)) {}
  NodeLink(const NodeLink&) = delete;
  NodeLink& operator=(const NodeLink&) = delete;

  const AgentTarget& target() const { return target_; }

  /// Asks; the reply is called as by AgentClient. Opening counts for the deadline, and takes at most kOpenMs of it.
  void request(const std::string& verb, const std::string& body, Deadline deadline, AgentReply reply);
  /// The connection is of no use: what is awaited ends with HWREMOTE, the next request opens another one.
  void drop();
  /// Whether there is a connection that no request has gone over yet, or none.
  bool is_new() const;

 private:
  struct Asked {
    std::string verb;
    std::string body;
    Deadline deadline;
    AgentReply reply;
  };
  void opened(Result<AgentClient> result);
  /// What has waited for the connection; `client`: nullptr when there is none.
  std::vector<Asked> end_opening(const std::shared_ptr<AgentClient>& client);

  const std::shared_ptr<LinkLoop> loop_;
  const AgentTarget target_;
  const AgentCaller caller_;
  mutable Mutex mutex_;
  std::shared_ptr<AgentClient> client_ HW_GUARDED_BY(mutex_);
  bool opening_ HW_GUARDED_BY(mutex_) = false;
  std::vector<Asked> waiting_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster

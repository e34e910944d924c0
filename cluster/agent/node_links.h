/// cluster/agent/node_links.h -- the other nodes of the domain, and how each is asked.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/agent/node_link.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any.
class NodeLinks {
 public:
  explicit NodeLinks(std::shared_ptr<LinkLoop> loop) : loop_(std::move(loop)) {}

  /// From now on these are the others, and this is who asks. Connections to those that stay as they were stay.
  void set(const std::vector<AgentTarget>& targets, AgentCaller caller);
  /// Names, in the order of set().
  std::vector<std::string> nodes() const;
  /// Null: there is no such node.
  std::shared_ptr<NodeLink> find(const std::string& node) const;

  /// Asks; the reply's on_end is called once, at once when there is no such node. Errors: HWREMOTE.
  void request(const std::string& node, const std::string& verb, const std::string& body, Deadline deadline,
               AgentReply reply) const;
  /// Asks and waits for the last piece. Not in the link's thread. Errors: HWREMOTE. Blocks: until the deadline.
  Result<std::string> ask(const std::string& node, const std::string& verb, const std::string& body,
                          Deadline deadline) const;
  /// The same of several at once; the answers in their order.
  std::vector<Result<std::string>> ask_each(const std::vector<std::string>& nodes, const std::string& verb,
                                            const std::string& body, Deadline deadline) const;
  /// The same of one that need not be of the domain, by a connection of its own.
  Result<std::string> ask_at(const AgentTarget& target, const std::string& verb, const std::string& body,
                             Deadline deadline) const;

 private:
  std::future<Result<std::string>> begin(const std::string& node, const std::string& verb, const std::string& body,
                                         Deadline deadline) const;

  const std::shared_ptr<LinkLoop> loop_;
  mutable Mutex mutex_;
  AgentCaller caller_ HW_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<NodeLink>> links_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster

#include "cluster/agent/node_links.h"

#include <algorithm>
#include <utility>

namespace hw::cluster {
namespace {

bool same_target(const AgentTarget& one, const AgentTarget& other) {
  return one.node == other.node && one.socket_path == other.socket_path && one.address == other.address;
}

bool same_caller(const AgentCaller& one, const AgentCaller& other) {
  return one.name == other.name && one.release == other.release && one.credentials == other.credentials;
}

}  // namespace

void NodeLinks::set(const std::vector<AgentTarget>& targets, AgentCaller caller) {
  std::vector<std::shared_ptr<NodeLink>> links;
  const MutexLock guard(mutex_);
  const bool keeps = same_caller(caller, caller_);
  for (const AgentTarget& target : targets) {
    const auto found =
        std::ranges::find_if(links_, [&](const auto& link) { return same_target(link->target(), target); });
    links.push_back(keeps && found != links_.end() ? *found : std::make_shared<NodeLink>(loop_, target, caller));
  }
  links_ = std::move(links);
  caller_ = std::move(caller);
}

std::vector<std::string> NodeLinks::nodes() const {
  const MutexLock guard(mutex_);
  std::vector<std::string> names;
  names.reserve(links_.size());
  for (const auto& link : links_) names.push_back(link->target().node);
  return names;
}

std::shared_ptr<NodeLink> NodeLinks::find(const std::string& node) const {
  const MutexLock guard(mutex_);
  const auto found = std::ranges::find_if(links_, [&](const auto& link) { return link->target().node == node; });
  return found == links_.end() ? nullptr : *found;
}

void NodeLinks::request(const std::string& node, const std::string& verb, const std::string& body, Deadline deadline,
                        AgentReply reply) const {
  if (const auto link = find(node); link != nullptr) return link->request(verb, body, deadline, std::move(reply));
  if (reply.on_end) reply.on_end(make_error<MsgId::HWREMOTE>(node, "not a node of the running configuration"));
}

std::future<Result<std::string>> NodeLinks::begin(const std::string& node, const std::string& verb,
                                                  const std::string& body, Deadline deadline) const {
  const auto ended = std::make_shared<std::promise<Result<std::string>>>();
  AgentReply reply;
  reply.on_end = [ended](Result<std::string> result) { ended->set_value(std::move(result)); };
  auto waited = ended->get_future();
  request(node, verb, body, deadline, std::move(reply));
  return waited;
}

Result<std::string> NodeLinks::ask(const std::string& node, const std::string& verb, const std::string& body,
                                   Deadline deadline) const {
  return begin(node, verb, body, deadline).get();
}

std::vector<Result<std::string>> NodeLinks::ask_each(const std::vector<std::string>& nodes, const std::string& verb,
                                                     const std::string& body, Deadline deadline) const {
  std::vector<std::future<Result<std::string>>> begun;
  begun.reserve(nodes.size());
  for (const std::string& node : nodes) begun.push_back(begin(node, verb, body, deadline));
  std::vector<Result<std::string>> answers;
  answers.reserve(nodes.size());
  for (auto& each : begun) answers.push_back(each.get());
  return answers;
}

Result<std::string> NodeLinks::ask_at(const AgentTarget& target, const std::string& verb, const std::string& body,
                                      Deadline deadline) const {
  AgentCaller caller;
  {
    const MutexLock guard(mutex_);
    caller = caller_;
  }
  HW_TRY(AgentClient client, AgentClient::connect(loop_, target, std::move(caller), deadline));
  return client.call(verb, body, deadline);
}

}  // namespace hw::cluster

#include "cluster/agent/node_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hw::cluster {
namespace {

constexpr std::chrono::milliseconds kOpen{2000};  // A node that takes longer is on its way to be silent.

}  // namespace

void NodeLink::request(const std::string& verb, const std::string& body, Deadline deadline, AgentReply reply) {
  MutexLock lock(mutex_);
  if (client_ != nullptr && client_->is_open()) {
    const auto client = client_;
    lock.unlock();
    client->request(verb, body, deadline, reply);
    return;
  }
  waiting_.push_back({verb, body, deadline, std::move(reply)});
  if (std::exchange(opening_, true)) return;
  client_.reset();
  lock.unlock();
  const Deadline until = std::min(deadline, std::chrono::steady_clock::now() + kOpen);
  AgentClient::open(loop_, target_, caller_, until,
                    [link = shared_from_this()](Result<AgentClient> result) { link->opened(std::move(result)); });
}

std::vector<NodeLink::Asked> NodeLink::end_opening(const std::shared_ptr<AgentClient>& client) {
  const MutexLock guard(mutex_);
  opening_ = false;
  client_ = client;
  return std::exchange(waiting_, {});
}

void NodeLink::opened(Result<AgentClient> result) {
  if (!result.has_value()) {
    for (const Asked& each : end_opening(nullptr))
      if (each.reply.on_end) each.reply.on_end(result.error());
    return;
  }
  const auto client = std::make_shared<AgentClient>(*std::move(result));
  for (const Asked& each : end_opening(client)) client->request(each.verb, each.body, each.deadline, each.reply);
}

void NodeLink::drop() {
  std::shared_ptr<AgentClient> client;
  const MutexLock guard(mutex_);
  client.swap(client_);
}

bool NodeLink::is_new() const {
  const MutexLock guard(mutex_);
  return client_ == nullptr || !client_->is_open();
}

}  // namespace hw::cluster

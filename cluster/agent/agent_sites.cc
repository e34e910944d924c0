#include "cluster/agent/agent_sites.h"

#include "cluster/agent/heartbeat.h"
#include "cluster/config/finding.h"
#include "cluster/site/remote_site.h"

namespace hw::cluster {

Result<Site*> AgentSites::at(std::string_view node) {
  if (node == own_.node()) return &own_;
  const Board board = board_.board();
  if (board.node(node) == nullptr) return bad_key(fmt::format("node.{}", node), "no such node");
  if (!is_heard(board, node))
    return make_error<MsgId::HWREMOTE>(node, fmt::format("no answer in {} s", kSilence.count()));
  const MutexLock guard(mutex_);
  std::unique_ptr<Site>& site = remote_[std::string(node)];
  if (site == nullptr) {
    const std::string name(node);
    site = std::make_unique<RemoteSite>(
        name, [this, name](const std::string& verb, const std::string& body, Deadline deadline) {
          return links_.ask(name, verb, body, deadline);
        });
  }
  return site.get();
}

}  // namespace hw::cluster

#include "cluster/agent/listening.h"

namespace hw::cluster {
namespace {

LinkSecurity configured(const SecurityKeys& keys) {
  if (keys.mode == SecurityMode::Tls) return LinkSecurity::with_tls(keys.ca, keys.cert, keys.key);
  return keys.key_file.empty() ? LinkSecurity() : LinkSecurity::with_key(keys.key_file);
}

}  // namespace

std::string agent_release() { return "Headwater " HW_VERSION; }

LinkSecurity link_security(const AgentOptions& options, const Domain* domain) {
  LinkSecurity out = options.security;
  if (domain == nullptr) return out;
  if (out.mode == LinkSecurity::Mode::None) out = configured(domain->security);
  out.allow_plain = domain->security.allow_plain;
  return out;
}

AgentServerSettings listening_of(const AgentOptions& options, const std::string& socket_path, const Domain* domain) {
  AgentServerSettings out;
  out.node = options.node;
  out.release = agent_release();
  out.socket_path = socket_path;
  out.security = link_security(options, domain);
  const Node* const own = domain == nullptr ? nullptr : domain->node(options.node);
  if (out.security.mode != LinkSecurity::Mode::None) {
    AgentAddress address{options.address, options.port.value_or(0)};
    if (own != nullptr) address = {own->address, options.port.value_or(own->agent.port)};
    if (address.port != 0) out.addresses.push_back(std::move(address));
  }
  if (domain == nullptr) return out;
  for (const Node& node : domain->nodes) out.nodes.push_back(node.name);
  out.operators = domain->security.operators;
  return out;
}

AgentTarget target_of(const Node& node) {
  AgentTarget target;
  target.node = node.name;
  target.address = {node.address, node.agent.port};
  return target;
}

std::vector<AgentTarget> other_nodes(const Domain& domain, const std::string& own_node) {
  std::vector<AgentTarget> out;
  for (const Node& node : domain.nodes)
    if (node.name != own_node) out.push_back(target_of(node));
  return out;
}

}  // namespace hw::cluster

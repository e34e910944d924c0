#include <map>
#include <utility>
#include <vector>

#include "cluster/config/checks.h"

namespace hw::cluster {
namespace {

struct Listener {
  std::string who;
  std::string key;   ///< of its port
  std::string host;  ///< the machine, as the address of its node tells it
  Endpoint at;
};

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// Two nodes with one address are on one machine. Of two machines nothing is known when both listen at 127.0.0.1: with
/// that address they are one.
bool clash(const Listener& a, const Listener& b) {
  return a.host == b.host && (a.at.host == b.at.host || is_any(a.at.host) || is_any(b.at.host));
}

class Listeners {
 public:
  explicit Listeners(const Checking& checking) : checking_(checking) {
    const Domain& domain = checking.domain;
    for (const Node& node : domain.nodes) {
      const std::string key = "node." + node.name + ".port";
      if (checking.places.wrote(key) || !checking.findings.has_error_in("agent.port"))
        add(node.name, key, node, node.endpoint());
    }
    for (const Instance& instance : domain.instances) {
      const Node* const node = domain.node(instance.node);
      if (node == nullptr) continue;
      const std::string who = "instance " + instance.name, prefix = "instance." + instance.name;
      add(who, prefix + ".listen", *node, {node->address, instance.listen});
      add(who, prefix + ".refresh_port", *node, {node->address, instance.refresh_port});
    }
    for (const Gateway& gateway : domain.gateways) {
      const Instance* const instance = domain.instance(gateway.instance);
      const Node* const node = instance == nullptr ? nullptr : domain.node(instance->node);
      if (node != nullptr) add("gateway " + gateway.name, "gateway." + gateway.name + ".listen", *node, gateway.listen);
    }
  }

  const std::map<std::uint16_t, std::vector<Listener>>& by_port() const { return by_port_; }

 private:
  void add(std::string who, std::string key, const Node& node, const Endpoint& at) {
    const Findings& findings = checking_.findings;
    if (at.port == 0 || findings.has_error_in(key) || findings.has_error_in("node." + node.name + ".address")) return;
    by_port_[at.port].push_back(
        {std::move(who), std::move(key), normal_host(node.address), {normal_host(at.host), at.port}});
  }

  const Checking& checking_;
  std::map<std::uint16_t, std::vector<Listener>> by_port_;
};

}  // namespace

void check_ports(const Checking& checking) {
  const Listeners listeners(checking);
  for (const auto& [port, all] : listeners.by_port())
    for (std::size_t i = 1; i < all.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        if (!clash(all[j], all[i])) continue;
        checking.add(all[i].key, make_error<MsgId::HWPORTDUP>(port, shown(all[j].who), shown(all[i].who)));
        break;
      }
}

}  // namespace hw::cluster

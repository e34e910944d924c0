/// cluster/agent/config_nodes.h -- the nodes that a configuration names, as `config apply` asks them: this one itself,
/// the others by their agents.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cluster/agent/config_calls.h"
#include "cluster/agent/config_service.h"
#include "cluster/config/domain.h"
#include "cluster/link/agent_client.h"

namespace hw::cluster {

/// Asks a node that is of the domain, or will be, and waits. Errors: HWREMOTE.
using AskNode = std::function<Result<std::string>(const Node&, const std::string& verb, const std::string& body,
                                                  Deadline deadline)>;

/// Each call waits for the node's answer, at most kConfigAnswer_s. Errors: those of ConfigService, of another node as
/// HWREMOTE with its name. Thread: one at a time.
class ConfigNodes {
 public:
  ConfigNodes(std::string own_node, ConfigService& own, std::function<std::string()> coordinator, AskNode ask)
      : own_node_(std::move(own_node)), own_(own), coordinator_(std::move(coordinator)), ask_(std::move(ask)) {}

  const std::string& own_node() const { return own_node_; }
  Result<NodeGenerations> state(const Node& node);
  Status put(const Node& node, const Generation& generation);
  Status make_current(const Node& node, const NumberedGeneration& number);
  Status drop(const Node& node, std::uint64_t number);
  Status put_named(const Node& node, const NamedText& named);

 private:
  Result<std::string> ask(const Node& node, std::string_view verb, const std::string& arguments);
  Status command(const Node& node, std::string_view verb, const std::string& arguments);

  const std::string own_node_;
  ConfigService& own_;
  const std::function<std::string()> coordinator_;
  const AskNode ask_;
};

/// How long a node may take for its part.
inline constexpr int kConfigAnswer_s = 10;

/// A command's last piece of another agent: nothing, or HWREMOTE with the node and what it said.
Status status_of_answer(const std::string& node, const Result<std::string>& body);

}  // namespace hw::cluster

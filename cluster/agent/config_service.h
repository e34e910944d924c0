/// cluster/agent/config_service.h -- a node takes what the coordinator gives it of the configuration.
///
/// Source: operations, section 2.
#pragma once

#include <functional>
#include <string>

#include "cluster/agent/config_calls.h"
#include "cluster/agent/node_config.h"
#include "cluster/board/command_result.h"

namespace hw::cluster {

/// Thread: any. Blocks: reads and writes files.
class ConfigService {
 public:
  /// `changed` is called when another generation has become current. What is referred to outlives it.
  ConfigService(std::string node, std::string home, NodeConfig& config, std::function<void()> changed)
      : node_(std::move(node)), home_(std::move(home)), config_(config), changed_(std::move(changed)) {}

  /// Checks it for this node, its folders, programs and scripts, and stores it. Errors: the first finding; those of
  /// NodeConfig::put.
  Status put(const Generation& generation);
  /// Errors: HWCFGBAD: it is not stored here, or is another text; SYSCALL.
  Status make_current(const NumberedGeneration& number);
  Status drop(std::uint64_t number);
  Status put_named(const NamedText& named);
  /// `coordinator`: whom this node obeys.
  Result<NodeGenerations> state(const std::string& coordinator) const;

 private:
  const std::string node_;
  const std::string home_;
  NodeConfig& config_;
  const std::function<void()> changed_;
};

}  // namespace hw::cluster

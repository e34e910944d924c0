/// cluster/admin/agents.h -- the agent that answers for a domain.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cluster/config/domain.h"
#include "engine/base/result.h"

namespace hw::cluster::hwadm {

/// A connection to one agent. Thread: one at a time.
class AgentLine {
 public:
  virtual ~AgentLine() = default;
  /// How messages call it.
  virtual const std::string& name() const = 0;
  /// Asks and waits; `on_piece` is called meanwhile, by a thread of the link. `timeout_s` below 0: without a limit.
  /// Errors: HWREMOTE: no answer in time, or the connection is lost.
  virtual Result<std::string> call(const std::string& verb, const std::string& body, double timeout_s,
                                   std::function<void(std::string)> on_piece) = 0;
};

/// Finds it. Thread: one at a time.
class Agents {
 public:
  virtual ~Agents() = default;
  /// The first that answers; the connection stays for the next call. `domain`: whose agents; null: that of the folder.
  /// When none answers, `tried` is told why, of each but the last one.
  /// Errors: HWREMOTE: none answers; CLIERR: it is not known which domain. Blocks: some seconds for each.
  virtual Result<AgentLine*> connect(const Domain* domain, const std::function<void(const Error&)>& tried) = 0;
};

}  // namespace hw::cluster::hwadm

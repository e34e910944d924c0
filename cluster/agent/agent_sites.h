/// cluster/agent/agent_sites.h -- the nodes as a job reaches them: this one itself, the others by their agents.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/node_links.h"
#include "cluster/jobs/site.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// For one job. Thread: any.
class AgentSites final : public Sites {
 public:
  /// What is referred to outlives it.
  AgentSites(Site& own, const NodeLinks& links, const BoardKeeper& board) : own_(own), links_(links), board_(board) {}

  Result<Site*> at(std::string_view node) override;

 private:
  Site& own_;
  const NodeLinks& links_;
  const BoardKeeper& board_;
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Site>, std::less<>> remote_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster

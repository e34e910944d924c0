/// cluster/agent/read_service.h -- the verbs that only read: board, history, configuration.
///
/// They are answered by whichever agent is asked, from its copies, with a coordinator or without. Formats:
/// cluster/plan/reads.h. Source: operations, sections 2, 5 and 6.
#pragma once

#include <functional>
#include <string>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/node_config.h"
#include "cluster/agent/node_links.h"

namespace hw::cluster {

/// Asked of other agents: the entries of their own.
inline constexpr std::string_view kOwnHistory = "agent.history";

/// Thread: any that may wait.
class ReadService {
 public:
  /// What is referred to outlives it.
  ReadService(const BoardKeeper& board, const HistoryLog& history, const NodeConfig& config, const NodeLinks& links,
              std::function<void()> look_now)
      : board_(board), history_(history), config_(config), links_(links), look_now_(std::move(look_now)) {}

  void board(const Asked& asked) const;
  void history(const Asked& asked) const;
  void own_history(const Asked& asked) const;
  void show_config(const Asked& asked) const;
  void list_configs(const Asked& asked) const;

 private:
  std::vector<std::vector<HistoryEntry>> other_histories(const Asked& asked) const;

  const BoardKeeper& board_;
  const HistoryLog& history_;
  const NodeConfig& config_;
  const NodeLinks& links_;
  const std::function<void()> look_now_;  ///< the board is as of now after it, as far as the nodes answer soon
};

}  // namespace hw::cluster

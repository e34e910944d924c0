/// cluster/agent/command_carrier.h -- the coordinator does a command: what the job needs to know is put together,
/// history and operator log are told before and after.
///
/// Source: operations, sections 1 and 2.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "cluster/agent/command_record.h"
#include "cluster/agent/config_nodes.h"
#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/node_config.h"
#include "cluster/agent/node_links.h"
#include "cluster/agent/order_book.h"
#include "cluster/jobs/job.h"

namespace hw::cluster {

/// Thread: any that may wait; one command that changes something at a time.
class CommandCarrier {
 public:
  struct Parts {
    std::string home;  ///< what a node has that names none
    NodeConfig& config;
    BoardKeeper& board;
    CoordinatorSeat& coordinator;
    Site& site;  ///< of this node
    const NodeLinks& links;
    BoardOrders& orders;
    HistoryLog& history;
    ConfigNodes& config_nodes;
    std::function<void()> look_now;  ///< the board is as of now after it, as far as the nodes answer; may wait
    const std::atomic<bool>& cancelled;
  };
  explicit CommandCarrier(const Parts& parts) : parts_(parts) {}

  /// `deadline`: of the caller; boot and down end by it, everything else goes on to its end.
  JobEnd carry(const Asked& asked, std::optional<Deadline> deadline, Say& say);
  /// Reads and plans among the jobs: changes nothing, and is in no history.
  JobEnd look(const Asked& asked, Say& say);

 private:
  JobEnd run(const Asked& asked, std::optional<Deadline> deadline, Say& say, CommandRecord* record);
  JobEnd run_config(const Asked& asked, Say& say);
  Result<NamedDomain> domain_of_jobs() const;

  const Parts parts_;
};

}  // namespace hw::cluster

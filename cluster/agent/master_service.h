/// cluster/agent/master_service.h -- `master [NODE]`: another node becomes coordinator.
///
/// The node that becomes it does the work. The old one, when it answers, first ends the step that is under way, then
/// hands over its orders; when it is silent an operator says twice that it must not run. Source: operations, section 6.
#pragma once

#include <functional>
#include <string>

#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/job_runner.h"
#include "cluster/agent/node_links.h"
#include "cluster/agent/pass_on.h"

namespace hw::cluster {

/// Asked of the old coordinator: ends its step, begins no other one, and answers with its heartbeat.
inline constexpr std::string_view kHandOver = "agent.hand_over";

/// Thread: any that may wait.
class MasterService {
 public:
  struct Parts {
    BoardKeeper& board;
    NodeConfig& config;
    NodeLinks& links;
    CoordinatorSeat& coordinator;
    JobRunner& runner;
    HistoryLog& history;
    std::function<CommandDeadline(const Asked&)> deadline_of;  ///< of a command that is asked now
    std::function<std::string()> own_message;                  ///< this agent's whole heartbeat
    std::function<Status(const std::string&)> take_in;         ///< another one's
    /// Calls later, when the new coordinator has had the time to tell.
    std::function<void(std::function<void()>)> after_a_while;
  };
  explicit MasterService(Parts parts) : parts_(std::move(parts)) {}

  void master(const Asked& asked);
  void hand_over(const Asked& asked);
  /// Of its own accord: prefer_first_s is over. Errors: HWREMOTE; those of CoordinatorSeat::take.
  Status take_back();

 private:
  JobEnd become(const Asked& asked, Say& say);
  Status check(const std::string& node) const;
  void forward(const Asked& asked, const std::string& node);
  /// What the old one knew, or that it refuses. Errors: HWREMOTE: it does not answer.
  Result<std::string> ask_to_hand_over(const std::string& old) const;
  Status take_with(const std::string& old, const std::string& handed_over);

  Parts parts_;
};

}  // namespace hw::cluster

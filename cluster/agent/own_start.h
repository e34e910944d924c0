/// cluster/agent/own_start.h -- what an agent starts after its own start: the servers of its node that the board wants
/// and that do not run, because the node was booted, or the agent had died and they with it.
///
/// What the board does not want here any more, and has run on while there was no agent, ends first.
///
/// In boot's order, by the groups' places as the board has them now: an instance that was root and is none any more
/// rejoins, which the coordinator does. A root comes up with its updates off, until former_root.h says that they may go
/// on; what is to be where the root is waits for that. Source: operations, sections 3, 4 and 9.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/board/board.h"
#include "cluster/config/domain.h"
#include "cluster/jobs/site.h"

namespace hw::cluster {

struct OwnStartPlan {
  struct OwnInstance {
    std::string name;
    bool is_root = false;
    std::vector<StartRequest> servers;  ///< source servers, receiver
  };
  struct OwnServer {
    StartRequest request;
    bool after_root = false;  ///< when `instance` accepts updates
  };
  std::vector<ServerRef> unwanted;  ///< they run: in down's order
  std::vector<std::string> closed;  ///< instances of which nothing is wanted, when those have ended
  std::vector<OwnInstance> instances;
  std::vector<OwnServer> others;  ///< gateways, application servers, resources
  std::vector<Error> faults;      ///< groups that have no place
  bool empty() const { return unwanted.empty() && instances.empty() && others.empty(); }
};
/// `running`: servers of this node that an earlier agent has left. Pure.
OwnStartPlan plan_own_start(const Domain& domain, const Board& board, const std::string& node,
                            const std::vector<ServerRef>& running);

/// How it is done. Thread: one that may wait.
struct OwnStartDoing {
  Site& site;
  std::function<void(const Error&)> say;                          ///< what could not be done
  std::function<void(const std::string&)> line;                   ///< what was
  std::function<Status(const std::string& instance)> ask_rejoin;  ///< of the coordinator
  std::function<bool(const std::string& instance)> accepts;       ///< updates, now
  std::function<bool(const ServerRef&)> wanted;                   ///< here, now: a down may have come meanwhile
  std::chrono::milliseconds step{60'000};                         ///< that one step may take
};
/// Ends what is not wanted.
void end_unwanted(const OwnStartPlan& plan, const OwnStartDoing& doing);
/// Does the rest but what comes after a root that does not accept yet; returns that.
std::vector<OwnStartPlan::OwnServer> do_own_start(const OwnStartPlan& plan, const OwnStartDoing& doing);
/// Whether that server is wanted at this node: by itself, an instance's with any of the instance's.
bool is_wanted_here(const Board& board, const std::string& node, const ServerRef& server);
/// Of `waiting` those whose root accepts by now; returns the rest, but for what is not wanted any more.
std::vector<OwnStartPlan::OwnServer> start_after_root(const std::vector<OwnStartPlan::OwnServer>& waiting,
                                                      const OwnStartDoing& doing);

}  // namespace hw::cluster

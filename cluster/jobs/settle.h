/// cluster/jobs/settle.h -- what is left to do once a group has another root: S7 and S8 of a switchover, F4 of a
/// failover, and what an earlier change that did not end has left.
///
/// The record names the root, servers of place = root are with it, everybody is fed from it, former roots are its
/// secondaries. Each fault is said and the rest goes on: the root reigns, and the same command again does what is
/// missing. Source: operations, section 10.
#pragma once

#include <string>

#include "cluster/jobs/group_look.h"

namespace hw::cluster {

struct SettleWishes {
  bool rejoin = true;                 ///< former roots come back; else they wait for `rejoin`
  std::string gave_up = {};           ///< instance that did, in this job, when the new root had all
  bool start_place_servers = true;    ///< else `boot -g` does it
  GroupState state = GroupState::Up;  ///< of the group, when it is done
};

/// `root` takes updates. Returns whether all is done.
bool settle_group(JobContext& context, const Group& group, const std::string& root, const SettleWishes& wishes = {});

/// Whether an earlier change of root did not end: the orders say that it goes on, or name another root than reigns.
bool is_unsettled(const GroupLook& look);

/// `B is root of acct, epoch 42`.
std::string root_line(const GroupLook& look, const std::string& root, std::uint64_t epoch);

}  // namespace hw::cluster

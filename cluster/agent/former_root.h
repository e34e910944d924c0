/// cluster/agent/former_root.h -- roots that were away, with dcs manual: one whose journal pool was rebuilt, after a
/// crash or a boot of its node, has its updates off: may they go on? One whose agent has died goes on: may it?
///
/// The first may when nobody else can have become root: the agent of each other instance that could (priority above 0,
/// not taken off by pclean) has answered, and none of them knows of a later reign. Pure. Source: operations, section 9
/// "manual".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/agent/instance_facts.h"
#include "cluster/board/board.h"
#include "cluster/config/domain.h"
#include "cluster/plan/reign.h"

namespace hw::cluster {

struct FormerRoot {
  std::string instance;
  std::string group;
  std::uint64_t epoch = 0;  ///< of the reign that goes on
  MayGoOn may;
};

/// Of this node's instances, those that the record names as root and that wait. `facts`: of the last probe.
std::vector<FormerRoot> former_roots(const Domain& domain, const Board& board, const std::string& node,
                                     const std::vector<InstanceFacts>& facts);

/// The instances that have a say in it.
std::vector<std::string> who_must_answer(const Domain& domain, const Board& board, const FormerRoot& former);

/// A root of this node whose reign is over: the record names another one, of a later reign. It stops updates at once,
/// and rejoins. One that is down and wanted rejoins, too.
struct Overtaken {
  std::string instance;
  std::string group;
  std::uint64_t epoch = 0;  ///< of the record
  bool is_up = true;
  bool rejoins = false;  ///< auto_rejoin, and no pause
};
std::vector<Overtaken> overtaken_roots(const Domain& domain, const Board& board, const std::string& node,
                                       const std::vector<InstanceFacts>& facts);

/// What status says of it: HWNEEDCONF with those who have not answered; HWEPOCHOLD when another reign is known.
Error problem_of(const FormerRoot& former);

}  // namespace hw::cluster

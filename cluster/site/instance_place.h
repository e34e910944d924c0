/// cluster/site/instance_place.h -- one instance at this node: what the configuration says of it, and with which
/// environment its commands run. Pure, but for the look whose folder it is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/keeper/environment.h"
#include "cluster/keeper/launch.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct InstancePlace {
  std::shared_ptr<const Domain> domain;  ///< that the next three are part of
  const Node* node = nullptr;
  const Group* group = nullptr;
  const Instance* instance = nullptr;
  std::string home;  ///< programs are in home/bin
  std::string dir;   ///< the node's folder
  mode_t umask = 0027;

  std::string program(std::string_view name) const { return home + "/bin/" + std::string(name); }
  std::string instance_file() const { return instance->dir + "/gtm.repl"; }
  std::string global_directory() const { return instance->dir + "/gtm.gld"; }
};

/// Where things are at a node.
struct NodeFolders {
  std::string node;
  std::string home;
  std::string dir;
  std::string umask;  ///< octal digits; empty: as the configuration says
};

/// Errors: HWCFGBAD when the configuration has no such node or instance, or the instance is another node's.
Result<InstancePlace> place_of(const std::shared_ptr<const Domain>& domain, const NodeFolders& folders,
                               std::string_view instance);

/// What its commands and servers have in their environment beside the agent's. Source: operations, section 3.
Variables variables_of(const InstancePlace& place);

/// A program with the environment, folder and umask of the instance, as the one who owns its folder where the agent is
/// root. Errors: those of user_of_server. Blocks: as the lists of users do.
Result<ProgramSpec> program_at(const InstancePlace& place, std::string_view name, std::vector<std::string> arguments);

}  // namespace hw::cluster

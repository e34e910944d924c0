/// cluster/agent/config_job.h -- `config apply` and `config add`, at the coordinator; the first of all at any agent.
///
///   1  the text is checked; what it changes must not be in use (add: must be additions alone)
///   2  each node checks it and stores it as the next generation; one that cannot: all drop it, nothing has changed
///   3  it becomes current here, and with the next change of the orders for all: a node that misses the call below
///   hears
///      of it by the heartbeat, and takes it from this one
///   4  each node is told
///
/// A node that pclean took off the board is left out, and takes the generation when it is back. Source: operations,
/// section 2.
#pragma once

#include <functional>
#include <string>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/config_nodes.h"
#include "cluster/agent/node_config.h"
#include "cluster/jobs/job.h"

namespace hw::cluster {

class ConfigJob {
 public:
  struct Context {
    std::string home;  ///< what a node has that names none
    NodeConfig& config;
    BoardKeeper& board;
    ConfigNodes& nodes;
    /// Every node obeys the new generation from now on. Not set: there is no coordinator yet.
    std::function<Status(const Domain&, const BoardGeneration&)> publish;
    Say& say;
    std::string by;  ///< `user@host`
  };
  explicit ConfigJob(Context context) : context_(std::move(context)) {}

  JobEnd apply(const ApplyArguments& arguments) { return run(arguments, false); }
  JobEnd add(const ApplyArguments& arguments) { return run(arguments, true); }

 private:
  JobEnd run(const ApplyArguments& arguments, bool add);
  Status check_change(const Domain& domain, bool add) const;
  Result<Generation> next_generation(const Domain& domain, const std::string& text, bool add);
  Status put_everywhere(const std::vector<const Node*>& nodes, const Generation& generation);
  Result<std::size_t> make_current_everywhere(const std::vector<const Node*>& nodes, const Domain& domain,
                                              const Generation& generation);
  JobEnd store_named(const ApplyArguments& arguments, const Domain& domain);
  JobEnd done(std::uint64_t number, std::size_t nodes);
  std::vector<const Node*> nodes_of(const Domain& domain) const;

  Context context_;
};

}  // namespace hw::cluster

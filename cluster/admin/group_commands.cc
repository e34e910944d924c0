// Groups and agents of the cluster manager: section 8. They come with the resource agents; until then each says so.
#include "cluster/admin/command_line.h"

namespace hw::cluster::hwadm {
namespace {

Result<Demand> refused(const CommandLine& line) {
  return make_error<MsgId::HWREFUSED>(line.text(), "comes with resource agents");
}

// Both orders: `group add`, `add group`.
constexpr std::string_view kGroupNames[] = {"group del",    "group modify", "group start", "group stop",
                                            "group check",  "group show",   "add group",   "del group",
                                            "modify group", "start group",  "stop group",  "check group"};
constexpr std::string_view kAgentNames[] = {"agent del",   "agent modify", "agent start", "agent stop", "agent check",
                                            "agent show",  "agent script", "add agent",   "del agent",  "modify agent",
                                            "start agent", "stop agent",   "check agent"};

constexpr Command kGroupCommands[] = {
    {.name = "group add",
     .parameters = "[REST…]",
     .summary = "Groups of resource agents; comes with them.",
     .aliases = kGroupNames,
     .demand = refused},
    {.name = "agent add",
     .parameters = "[REST…]",
     .summary = "Resource agents; comes with them.",
     .aliases = kAgentNames,
     .demand = refused},
};

}  // namespace

std::span<const Command> group_commands() { return kGroupCommands; }

}  // namespace hw::cluster::hwadm

/// cluster/plan/selection.h -- which servers the letters of a boot or down mean: -A -T -g -n -l -s -S -q -B -e.
///
/// Pure. Source: operations, section 4, both tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/plan/commands.h"
#include "cluster/plan/domain_servers.h"

namespace hw::cluster {

/// Names that are in the configuration, and letters that go together. `engine_kind`: -e; empty: not given.
/// Errors: CLIERR for a group or node that does not exist, for -A with -T, a kind of -e that is none;
/// HWREFUSED for kinds of other products, of which there is no process here.
Status check_selection(const Domain& domain, const Selection& selection, std::string_view engine_kind);

/// Whether single servers are named, by -s or -S, and not whole groups or nodes.
inline bool names_servers(const Selection& selection) {
  return !selection.servers.empty() || !selection.all_of.empty();
}
/// Whether instances go up or down as a whole, not single servers of theirs.
inline bool is_of_instances(const Selection& selection, std::string_view engine_kind) {
  return !names_servers(selection) && !selection.applications_only && selection.gateway_of.empty() &&
         engine_kind.empty();
}

/// Whether -A -T -g -n -q -B -e leave a server in. Of -g, a group's; of -n, those at one of the nodes.
bool is_selected(const Selection& selection, std::string_view engine_kind, const DomainServer& server);

/// Whether -s or -S name it. Neither is given: yes.
bool is_named(const Selection& selection, std::string_view name);

/// How many more of it -s asks for; a name that is given more than once counts each time. None: -s does not.
std::optional<std::uint32_t> count_of(const Selection& selection, std::string_view name);

}  // namespace hw::cluster

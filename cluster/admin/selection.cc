#include "cluster/admin/selection.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace hw::cluster::hwadm {
namespace {

constexpr std::string_view kAll = "all";

/// Whether -k is a process number of down: section 16, `-k N -i`.
bool is_process_number(const CommandLine& line) {
  return line.command()->name == "down" && line.has("-i") && !line.has("-s");
}

/// Each -k is about the -s before it.
Result<std::vector<ServerCount>> counted_servers(const CommandLine& line) {
  std::vector<ServerCount> servers;
  bool may_count = false;
  for (const GivenOption& one : line.given()) {
    if (one.option->name == "-s") {
      servers.push_back({one.value, 1});
      may_count = true;
    }
    if (one.option->name != "-k" || one.value == kAll) continue;
    if (is_process_number(line)) continue;
    if (!may_count) return usage_error(line, "-k: behind a -s, one to each");
    const auto count = whole_number(one.value).value_or(0);
    if (count == 0 || count > static_cast<std::uint64_t>(kServersOfNameMax))
      return usage_error(line, fmt::format("-k: not a number from 1 to {}", kServersOfNameMax));
    servers.back().count = static_cast<std::uint32_t>(count);
    may_count = false;
  }
  return servers;
}

}  // namespace

Result<Selection> selection_of(const CommandLine& line) {
  Selection selection;
  selection.applications_only = line.has("-A");
  selection.engine_only = line.has("-T");
  selection.group = line.value("-g");
  for (const GivenOption& one : line.given())
    if (one.option->name == "-n" || one.option->name == "-l") selection.nodes.push_back(one.value);
  HW_TRY(selection.servers, counted_servers(line));
  selection.all_of = line.values("-S");
  selection.gateway_of = line.value("-q");
  selection.relays_of = line.value("-B");
  return selection;
}

bool is_all(const CommandLine& line) {
  return std::ranges::any_of(line.values("-k"), [](const std::string& value) { return value == kAll; });
}

}  // namespace hw::cluster::hwadm

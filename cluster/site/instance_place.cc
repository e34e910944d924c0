#include "cluster/site/instance_place.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "cluster/keeper/run_as.h"

namespace hw::cluster {
namespace {

mode_t umask_of(const std::string& octal) {
  unsigned bits = 0;
  std::from_chars(octal.data(), octal.data() + octal.size(), bits, 8);  // The configuration has checked it.
  return bits & 0777;
}

/// Kind files: its files may be brought to each of the group's nodes.
bool is_at(const InstancePlace& place) {
  if (place.group->kind == GroupKind::Role) return place.instance->node == place.node->name;
  return std::ranges::find(place.group->nodes, place.node->name) != place.group->nodes.end();
}

}  // namespace

Result<InstancePlace> place_of(const std::shared_ptr<const Domain>& domain, const NodeFolders& folders,
                               std::string_view instance) {
  if (!domain) return make_error<MsgId::HWCFGBAD>(folders.node, "no configuration is known here yet");
  InstancePlace place{.domain = domain, .home = folders.home, .dir = folders.dir};
  place.node = domain->node(folders.node);
  place.instance = domain->instance(instance);
  place.group = domain->group_of_instance(instance);
  if (place.node == nullptr) return make_error<MsgId::HWCFGBAD>(folders.node, "no such node");
  if (place.instance == nullptr || place.group == nullptr)
    return make_error<MsgId::HWCFGBAD>(instance, "no such instance");
  if (!is_at(place)) return make_error<MsgId::HWCFGBAD>(instance, fmt::format("not at {}", folders.node));
  place.umask = umask_of(folders.umask.empty() ? place.node->agent.umask : folders.umask);
  return place;
}

Variables variables_of(const InstancePlace& place) {
  return {{"HW_HOME", place.home},
          {"HW_DIR", place.dir},
          {"HW_NODE", place.node->name},
          {"HW_GROUP", place.group->name},
          {"HW_INSTANCE", place.instance->name},
          {"gtmgbldir", place.global_directory()},
          {"gtm_repl_instance", place.instance_file()}};
}

Result<ProgramSpec> program_at(const InstancePlace& place, std::string_view name, std::vector<std::string> arguments) {
  ProgramSpec spec;
  spec.program = place.program(name);
  spec.arguments = std::move(arguments);
  spec.variables = variables_of(place);
  spec.folder = place.instance->dir;
  spec.umask = place.umask;
  HW_TRY(spec.user, user_of_server(name, place.instance->dir, {}));
  return spec;
}

}  // namespace hw::cluster

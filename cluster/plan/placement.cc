#include "cluster/plan/placement.h"

#include <algorithm>

namespace hw::cluster {
namespace {

Result<std::string> root_of_group(const Domain& domain, const Board& board, const Group& group) {
  if (group.kind == GroupKind::Files) return group.instance;
  const BoardGroup* const on_board = board.group(group.name);
  std::string holder = on_board == nullptr ? "" : on_board->holder;
  if (const BoardInstance* const root = root_of(board, group.name); holder.empty() && root != nullptr)
    holder = root->name;
  if (!holder.empty()) {
    if (std::ranges::find(group.instances, holder) != group.instances.end()) return holder;
    return make_error<MsgId::HWNOCAND>(fmt::format("{} holds {} and is not in the configuration", holder, group.name));
  }
  for (const std::string& name : group.instances)
    if (const Instance* const instance = domain.instance(name); instance != nullptr && instance->priority > 0)
      return name;
  return make_error<MsgId::HWNOCAND>(fmt::format("no instance of {} has a priority above 0", group.name));
}

/// Whether the feeders lead from each instance to the root.
bool is_tree(const Placement& placement) {
  for (const Feeding& feeding : placement.feeding) {
    std::string at = feeding.feeder;
    for (std::size_t steps = 0; at != placement.root; ++steps) {
      if (at.empty() || steps > placement.feeding.size()) return false;
      at = placement.feeder_of(at);
    }
  }
  return true;
}

/// As `feed_tree` has it, then one by one as the board has it, while that leaves a tree.
std::vector<Feeding> feeding_of(const Domain& domain, const Board& board, Placement placement) {
  placement.feeding = feed_tree(domain, *placement.group, placement.root);
  for (std::size_t i = 0; i < placement.feeding.size(); ++i) {
    const Instance* const instance = domain.instance(placement.feeding[i].instance);
    const BoardInstance* const on_board = board.instance(placement.feeding[i].instance);
    if (instance == nullptr || on_board == nullptr || on_board->upstream.empty()) continue;
    // A candidate must be near the root.
    if (instance->priority > 0 && on_board->upstream != placement.root) continue;
    if (std::ranges::find(instance->upstreams, on_board->upstream) == instance->upstreams.end()) continue;
    Placement other = placement;
    other.feeding[i].feeder = on_board->upstream;
    if (is_tree(other)) placement = std::move(other);
  }
  return placement.feeding;
}

}  // namespace

std::string Placement::feeder_of(std::string_view instance) const {
  const auto found = std::ranges::find(feeding, instance, &Feeding::instance);
  return found == feeding.end() ? "" : found->feeder;
}

std::vector<std::string> Placement::fed_by(std::string_view instance) const {
  std::vector<std::string> fed;
  for (const Feeding& one : feeding)
    if (one.feeder == instance) fed.push_back(one.instance);
  return fed;
}

Result<Placement> place_group(const Domain& domain, const Board& board, const Group& group) {
  Placement placement;
  placement.group = &group;
  HW_TRY(placement.root, root_of_group(domain, board, group));
  const Instance* const root = domain.instance(placement.root);
  const BoardGroup* const on_board = board.group(group.name);
  if (group.kind == GroupKind::Role || on_board == nullptr || on_board->place.empty()) {
    placement.place = root == nullptr ? "" : root->node;
  } else {
    placement.place = on_board->place;
  }
  if (group.kind == GroupKind::Role) placement.feeding = feeding_of(domain, board, placement);
  return placement;
}

Result<std::vector<Placement>> place_groups(const Domain& domain, const Board& board) {
  std::vector<Placement> placements;
  for (const Group& group : domain.groups) {
    HW_TRY(Placement placement, place_group(domain, board, group));
    placements.push_back(std::move(placement));
  }
  return placements;
}

const Placement* placement_of(const std::vector<Placement>& placements, std::string_view group) {
  const auto found =
      std::ranges::find_if(placements, [&](const Placement& placement) { return placement.group->name == group; });
  return found == placements.end() ? nullptr : &*found;
}

}  // namespace hw::cluster

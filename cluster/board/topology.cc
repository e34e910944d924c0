#include "cluster/board/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "cluster/board/lag_text.h"

namespace hw::cluster {
namespace {

/// Walks a group's instances from feeder to fed, each once whatever they say of one another.
class TreeWalk {
 public:
  TreeWalk(const Board& board, const BoardGroup& group) : root_(root_of(board, group.name)) {
    for (const BoardInstance& instance : board.instances)
      if (instance.group == group.name) left_.push_back(&instance);
  }

  std::vector<TreePlace> walk() {
    if (root_ != nullptr) visit_all_below({root_, nullptr, 0});
    // Then what hangs on nothing; then, of those that feed one another in a ring, the first in the file.
    while (!left_.empty()) {
      const auto hangs =
          std::ranges::find_if(left_, [&](const BoardInstance* one) { return feeder_of(*one) == nullptr; });
      visit_all_below({hangs == left_.end() ? left_.front() : *hangs, nullptr, 0});
    }
    return std::move(places_);
  }

 private:
  /// Null when it has been visited, or is not of the group.
  const BoardInstance* feeder_of(const BoardInstance& instance) const {
    const std::string& name = instance.fed_by.empty() ? instance.upstream : instance.fed_by;
    const auto found = std::ranges::find_if(left_, [&](const BoardInstance* one) { return one->name == name; });
    return found == left_.end() ? nullptr : *found;
  }

  void visit_all_below(TreePlace first) {
    std::vector<TreePlace> open{first};
    std::erase(left_, first.instance);
    while (!open.empty()) {
      const TreePlace place = open.back();
      open.pop_back();
      places_.push_back(place);
      std::vector<TreePlace> below;
      for (const BoardInstance* const one : left_)
        if ((one->fed_by.empty() ? one->upstream : one->fed_by) == place.instance->name)
          below.push_back({one, place.instance, place.depth + 1});
      for (const TreePlace& one : below) std::erase(left_, one.instance);
      open.insert(open.end(), below.rbegin(), below.rend());
    }
  }

  const BoardInstance* root_;
  std::vector<const BoardInstance*> left_;
  std::vector<TreePlace> places_;
};

/// Behind its feeder; not known where there is none.
Lag behind_feeder(const TreePlace& place) {
  return place.feeder == nullptr ? Lag() : lag_between(*place.feeder, *place.instance);
}

std::string line_of(const TreePlace& place) {
  const BoardInstance& instance = *place.instance;
  std::string line(2 * place.depth, ' ');
  line +=
      fmt::format("{}  {}  next {}", instance.name, word_of(instance.role), text_of(unless_zero(instance.next_seqno)));
  if (instance.role != BoardRole::Root || place.depth > 0)
    line += fmt::format("  root {}  feeder {}", lag_text(instance.lag), lag_text(behind_feeder(place)));
  if (!instance.needs.empty()) line += fmt::format("  needs {}", instance.needs);
  return on_one_line(line) + '\n';
}

}  // namespace

std::vector<TreePlace> tree_of(const Board& board, const BoardGroup& group) { return TreeWalk(board, group).walk(); }

std::string topology_text(const Board& board) {
  std::string text;
  for (const BoardGroup& group : board.groups) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}  epoch {}\n", on_one_line(group.name), text_of(unless_zero(group.epoch)));
    for (const TreePlace& place : tree_of(board, group)) text += line_of(place);
  }
  return text;
}

Table topology_table(const Board& board) {
  Table table;
  table.columns = {{"Group"},          {"Epoch"}, {"Instance"},          {"Role"},         {"Next"},
                   {"Feeder"},         {"Depth"}, {"Root transactions"}, {"Root seconds"}, {"Feeder transactions"},
                   {"Feeder seconds"}, {"Needs"}};
  for (const BoardGroup& group : board.groups) {
    for (const TreePlace& place : tree_of(board, group)) {
      const BoardInstance& instance = *place.instance;
      const Lag feeder = behind_feeder(place);
      table.rows.push_back(
          {group.name, unless_zero(group.epoch), instance.name,
           instance.role == BoardRole::Unseen ? Cell() : cell_of(word_of(instance.role)),
           unless_zero(instance.next_seqno), place.feeder == nullptr ? Cell() : Cell(place.feeder->name),
           Cell(std::uint64_t{place.depth}), cell_of(instance.lag.transactions), cell_of(instance.lag.seconds),
           cell_of(feeder.transactions), cell_of(feeder.seconds), instance.needs});
    }
  }
  return table;
}

}  // namespace hw::cluster

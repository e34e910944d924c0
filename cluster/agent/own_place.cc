#include "cluster/agent/own_place.h"

#include <algorithm>
#include <filesystem>

namespace hw::cluster {
namespace {

bool same_folder(const std::string& one, const std::string& other) {
  std::error_code fault;
  const bool same = std::filesystem::path(one).lexically_normal() == std::filesystem::path(other).lexically_normal();
  return same || std::filesystem::equivalent(one, other, fault);
}

}  // namespace

Status check_own_place(const Domain& domain, const std::string& node, const std::string& dir) {
  const Node* const own = domain.node(node);
  if (own != nullptr && same_folder(own->dir, dir)) return {};
  const auto owner = std::ranges::find_if(domain.nodes, [&](const Node& one) { return same_folder(one.dir, dir); });
  if (owner != domain.nodes.end())
    return make_error<MsgId::HWNOSTART>(
        fmt::format("{} is the folder of node {}, not of {}; set HW_NODE={}", dir, owner->name, node, owner->name));
  if (own != nullptr) return {};  // It is looked for where its agent is told to be.
  std::vector<std::string> names;
  for (const Node& one : domain.nodes) names.push_back(one.name);
  return make_error<MsgId::HWNOSTART>(fmt::format("domain {}, whose configuration {} has, has no node {}; HW_NODE: {}",
                                                  domain.domain.name, dir, node, fmt::join(names, ", ")));
}

std::string named_elsewhere(const Domain& domain, const std::string& node, const std::string& dir) {
  const Node* const own = domain.node(node);
  return own == nullptr || same_folder(own->dir, dir) ? std::string() : own->dir;
}

}  // namespace hw::cluster

#include "cluster/agent/access.h"

#include <algorithm>
#include <array>

namespace hw::cluster {
namespace {

constexpr std::array<std::string_view, 6> kWatch{"board",       "history",     "config.show",
                                                 "config.list", "losttn.list", "plan"};
/// losttn.show and losttn.diff print what is in databases.
constexpr std::array<std::string_view, 17> kOperate{
    "boot",  "down",   "switchover",  "failover",    "rejoin", "reparent", "refresh", "migg",  "migm",
    "pause", "losttn", "losttn.show", "losttn.diff", "resume", "drill",    "master",  "pclean"};

template <std::size_t Count>
bool has(const std::array<std::string_view, Count>& verbs, std::string_view verb) {
  return std::ranges::find(verbs, verb) != verbs.end();
}

}  // namespace

Rights rights_for(std::string_view verb) {
  if (has(kWatch, verb)) return Rights::Watch;
  if (has(kOperate, verb)) return Rights::Operate;
  return Rights::All;
}

}  // namespace hw::cluster

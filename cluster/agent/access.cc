#include "cluster/agent/access.h"

#include <algorithm>
#include <array>

namespace hw::cluster {
namespace {

constexpr std::array<std::string_view, 8> kWatch{"board",       "history",     "config.show", "config.list",
                                                 "losttn.list", "losttn.show", "losttn.diff", "plan"};
constexpr std::array<std::string_view, 15> kOperate{"boot",     "down",    "switchover", "failover", "rejoin",
                                                    "reparent", "refresh", "migg",       "migm",     "losttn",
                                                    "pause",    "resume",  "drill",      "master",   "pclean"};

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

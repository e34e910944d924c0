#include "cluster/keeper/environment.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>

extern char** environ;

namespace hw::cluster {
namespace {

/// Of the agent alone: a child that used them would speak to systemd in its name.
constexpr std::string_view kNotPassedOn[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC",  "WATCHDOG_PID", "LISTEN_FDS",
                                             "LISTEN_PID",    "LISTEN_FDNAMES", "HW_READY_FD"};

}  // namespace

std::vector<std::string> environment_for(const RunAs& user, const Variables& added) {
  std::map<std::string, std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view text(*at);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (std::ranges::find(kNotPassedOn, name) != std::ranges::end(kNotPassedOn)) continue;
    variables.emplace(name, text.substr(equals + 1));  // Of two the first counts, as for getenv.
  }
  if (user.uid != ::geteuid()) {
    variables["HOME"] = user.home;
    variables["USER"] = user.name;
    variables["LOGNAME"] = user.name;
    variables["SHELL"] = user.shell;
  }
  for (const auto& [name, value] : added) variables[name] = value;
  std::vector<std::string> out;
  out.reserve(variables.size());
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

}  // namespace hw::cluster

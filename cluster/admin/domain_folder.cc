#include "cluster/admin/domain_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cluster/admin/command_line.h"
#include "cluster/config/read_domain.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster::hwadm {
namespace {

constexpr std::uint64_t kNumberBytesMax = 32;

/// `config/current`: N and a newline.
Result<std::uint64_t> current_number(const std::string& folder) {
  const std::string path = folder + "/config/current";
  HW_TRY(std::string text, read_file(path, kNumberBytesMax));
  if (text.ends_with('\n')) text.pop_back();
  const auto number = whole_number(text);
  if (!number) return make_error<MsgId::HWCFGBAD>(path, "no number of a generation");
  return *number;
}

}  // namespace

Result<std::string> find_folder(const FolderPlaces& places) {
  if (!places.given.empty()) return places.given;
  if (!places.environment.empty()) return places.environment;
  std::vector<std::string> folders;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(places.base, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code unknown;  // Of an entry that cannot be examined: it is no folder of ours.
    if (at->is_directory(unknown)) folders.push_back(at->path().string());
  }
  if (folders.size() == 1) return folders.front();
  if (folders.empty())
    return make_error<MsgId::HWREMOTE>(places.base, "no domain is there; --dir or HW_DIR names its folder");
  std::ranges::sort(folders);
  return make_error<MsgId::CLIERR>(
      fmt::format("hwadm: --dir or HW_DIR must say which of {}", fmt::join(folders, ", ")));
}

std::string socket_of(const std::string& folder) { return folder + "/run/hwd.sock"; }

Result<Domain> current_domain(const std::string& folder, const std::string& home) {
  HW_TRY(const std::uint64_t number, current_number(folder));
  CheckedDomain checked = read_domain_file(fmt::format("{}/config/{}.toml", folder, number), home);
  if (checked.domain) return *std::move(checked.domain);
  for (const Finding& finding : checked.findings.all())
    if (finding.error.severity == Severity::Error) return finding.error;
  return make_error<MsgId::HWCFGBAD>(folder, "no configuration");
}

std::vector<AgentTarget> targets_of(const Domain& domain) {
  std::vector<AgentTarget> targets;
  for (const Node& node : domain.nodes) targets.push_back({node.name, {}, {node.address, node.agent.port}});
  return targets;
}

LinkSecurity security_of(const Domain& domain) {
  const SecurityKeys& keys = domain.security;
  LinkSecurity security;
  if (keys.mode == SecurityMode::Tls)
    security = LinkSecurity::with_tls(keys.ca, keys.cert, keys.key);
  else if (!keys.key_file.empty())
    security = LinkSecurity::with_key(keys.key_file);
  security.allow_plain = keys.allow_plain;
  return security;
}

std::string own_home(const std::string& program) { return folder_of(folder_of(program)); }

}  // namespace hw::cluster::hwadm

/// cluster/admin/domain_folder.h -- the folder of a domain at this machine: where its agent listens, and whom else to
/// ask.
///
/// Reads what an agent keeps there (cluster/config/generation_store.h), and writes nothing.
/// Source: operations, section 1 "Its domain".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/link/agent_client.h"
#include "engine/base/result.h"

namespace hw::cluster::hwadm {

/// Where to look.
struct FolderPlaces {
  std::string given;                        ///< --dir
  std::string environment;                  ///< HW_DIR
  std::string base = "/var/lib/headwater";  ///< its only folder, when nothing is said
};
/// Errors: CLIERR: there are several; HWREMOTE: there is none.
Result<std::string> find_folder(const FolderPlaces& places);

std::string socket_of(const std::string& folder);

/// The current generation that is kept in the folder. Errors: HWCFGBAD, SYSCALL: it is not there, or cannot be used.
Result<Domain> current_domain(const std::string& folder, const std::string& home);

/// Whom to ask over TCP, in file order, and with what.
std::vector<AgentTarget> targets_of(const Domain& domain);
LinkSecurity security_of(const Domain& domain);

/// The folder above that of the programs: `node.home` when a configuration names none.
std::string own_home(const std::string& program);

}  // namespace hw::cluster::hwadm

// replicate -instance_create: a new replication instance file.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <ostream>

#include "engine/base/shared_memory.h"
#include "engine/region/presence.h"
#include "mupip/commands.h"
#include "replic/instance/instance_file.h"
#include "replic/link/protocol_level.h"

namespace hw::mupip {
namespace {

Result<std::optional<InstanceName>> wanted_name(const ParsedCommand& command) {
  HW_TRY(const std::uint16_t level, protocol_level_from_environment());
  if (level == kLevelDualSite) {
    if (command.has("NAME")) return value_error("NAME is not for an instance of the dual-site version");
    return std::optional<InstanceName>();
  }
  const char* environment = std::getenv("gtm_repl_instname");
  const auto given = command.text("NAME");
  if (!given && environment == nullptr) return make_error<MsgId::REPLINSTNMUNDEF>();
  HW_TRY(InstanceName name, InstanceName::parse(given ? std::string_view(*given) : environment));
  return std::optional<InstanceName>(std::move(name));
}

/// A file that is there and whose journal pool exists must stay. A file that is no instance file is renamed like
/// any other.
Status check_stand_alone(const std::string& path) {
  const auto file = InstanceFile::open(path, /*writable=*/false);
  // What may not be looked at may be in use.
  if (!file.has_value() && (file.error().os_errno == EACCES || file.error().os_errno == EPERM)) return file.error();
  if (!file.has_value()) return {};
  HW_TRY(const bool present, is_present(path));
  if (present) return make_error<MsgId::REPLINSTSTNDALN>(path);
  const auto& header = file->header();
  if (header.jnlpool_shmid == kNoSharedMemory || header.jnlpool_boot_id != boot_id()) return {};
  if (!SharedMemory::attached_count(static_cast<int>(header.jnlpool_shmid)).has_value()) return {};
  return make_error<MsgId::REPLINSTSTNDALN>(path);
}

std::string node_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

}  // namespace

Result<int> run_instance_create(const ParsedCommand& command, Console& console) {
  if (command.has("SUPPLEMENTARY")) return value_error("SUPPLEMENTARY instances are not supported");
  HW_TRY(const auto name, wanted_name(command));
  const char* path = std::getenv("gtm_repl_instance");
  if (path == nullptr || *path == '\0') return make_error<MsgId::REPLINSTUNDEF>();
  const bool replace = !command.has("NOREPLACE");
  if (replace) HW_TRY_VOID(check_stand_alone(path));
  HW_TRY(auto created, InstanceFile::create(name, {.path = path,
                                                   .replace = replace,
                                                   .pid = static_cast<std::uint32_t>(::getpid()),
                                                   .now_s = static_cast<std::uint64_t>(std::time(nullptr)),
                                                   .node_name = node_name()}));
  if (created.renamed_to.has_value()) console.err << make_line<MsgId::FILERENAME>(path, *created.renamed_to) << '\n';
  HW_TRY_VOID(created.file.close());
  return 0;
}

}  // namespace hw::mupip

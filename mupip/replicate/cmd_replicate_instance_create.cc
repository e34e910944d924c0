// replicate -instance_create: a new replication instance file.
#include <cstdlib>
#include <ostream>

#include "mupip/commands.h"
#include "replic/instance/create_instance.h"
#include "replic/instance/instance.h"
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

}  // namespace

Result<int> run_instance_create(const ParsedCommand& command, Console& console) {
  if (command.has("SUPPLEMENTARY")) return value_error("SUPPLEMENTARY instances are not supported");
  HW_TRY(const auto name, wanted_name(command));
  HW_TRY(const std::string path, instance_path_from_environment());
  const CreateInstanceOptions options{.path = path, .name = name, .replace = !command.has("NOREPLACE")};
  HW_TRY_VOID(create_instance(options, [&](const std::string& from, const std::string& to) {
    console.err << make_line<MsgId::FILERENAME>(from, to) << '\n';
  }));
  return 0;
}

}  // namespace hw::mupip

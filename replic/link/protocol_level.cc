#include "replic/link/protocol_level.h"

#include <cstdlib>

namespace hw {

Result<std::uint16_t> protocol_level_from_environment() {
  const char* const value = std::getenv("gtm_repl_level");
  const std::string_view level = value == nullptr ? "" : value;
  if (level.empty() || level == "2") return kLevelMultiSite;
  if (level == "1") return kLevelDualSite;
  return make_error<MsgId::HWREPLLEVEL>(level);
}

}  // namespace hw

#include "replic/instance/own_identity.h"

#include <unistd.h>

namespace hw {

std::string_view own_software() { return "Headwater " HW_VERSION; }

Identity own_identity(const InstanceHeader& header, std::string_view log_path) {
  Identity self;
  self.level_max = header.level == kLevelDualSite ? kLevelDualSite : kLevelNewest;
  self.was_root = header.lost_transactions;
  self.name = header.name;
  self.file_id = header.file_id;
  self.pid = static_cast<std::uint32_t>(::getpid());
  self.log_path = log_path.substr(0, kPathBytesMax);
  self.software = own_software();
  return self;
}

}  // namespace hw

#include "cluster/keeper/server_key.h"

#include <algorithm>

namespace hw::cluster {

std::string file_name_of(std::string_view server) {
  std::string name(server);
  std::ranges::replace(name, ':', '.');
  return name;
}

}  // namespace hw::cluster

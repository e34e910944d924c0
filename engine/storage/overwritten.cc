#include "engine/storage/overwritten.h"

#include <fmt/format.h>

namespace hw {

Error overwritten(const std::string& path, RegionTn found, RegionTn expected) {
  const std::string why = fmt::format("its last transaction is {}, that of the processes that have it open is {}",
                                      found.value, expected.value);
  return make_error<MsgId::HWDBDAMAGED>(path, why).note(
      "It was overwritten while it was open, as by cp of an earlier copy. Stop those processes; then mupip rundown, or "
      "mupip journal -rollback of an instance, makes it again from its image and journal");
}

}  // namespace hw

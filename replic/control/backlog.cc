#include "replic/control/backlog.h"

namespace hw {

std::vector<std::string> Backlog::lines(std::string_view secondary) const {
  const std::string_view state = acknowledged() == 0 ? "has not acknowledged" : "is behind by";
  return {make_line<MsgId::LASTTRANS>("posted        ", posted()),
          make_line<MsgId::LASTTRANS>("sent          ", sent()),
          make_line<MsgId::LASTTRANS>("acknowledged  ", acknowledged()),
          make_line<MsgId::SRCBACKLOGSTATUS>(secondary, state, unacknowledged())};
}

}  // namespace hw

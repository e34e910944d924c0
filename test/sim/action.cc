#include "test/sim/action.h"

namespace hw::sim {

std::vector<const Action*> all_actions() {
  std::vector<const Action*> all;
  for (const auto& kind : {server_actions(), role_actions(), update_actions(), fault_actions(), rollback_actions(),
                           file_actions(), copy_actions(), damage_actions()})
    for (const Action& action : kind) all.push_back(&action);
  return all;
}

const Action* find_action(const std::string& verb) {
  for (const Action* const action : all_actions())
    if (verb == action->verb) return action;
  return nullptr;
}

}  // namespace hw::sim

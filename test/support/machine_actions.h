/// test/support/machine_actions.h -- what a machine of the link (replic/link_actions.h) wants done, looked through.
#pragma once

#include <variant>

#include "replic/link_actions.h"

namespace hw::test {

/// The first action of this kind, or null.
template <typename T, typename Actions>
const T* find(const Actions& actions) {
  for (const auto& action : actions)
    if (const auto* found = std::get_if<T>(&action)) return found;
  return nullptr;
}

/// The first message of this kind that it sends, or null.
template <typename T, typename Actions>
const T* sent(const Actions& actions) {
  for (const auto& action : actions)
    if (const auto* send = std::get_if<action::Send>(&action))
      if (const auto* found = std::get_if<T>(&send->message)) return found;
  return nullptr;
}

}  // namespace hw::test

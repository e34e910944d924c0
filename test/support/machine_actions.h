/// test/support/machine_actions.h -- what a machine of the link (replic/link/link_actions.h) wants done, looked
/// through.
#pragma once

#include <string>
#include <variant>

#include "replic/link/link_actions.h"

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

/// All that it wants logged or reported, a line each.
template <typename Actions>
std::string logged(const Actions& actions) {
  std::string out;
  for (const auto& action : actions) {
    if (const auto* line = std::get_if<action::Log>(&action)) out += line->text + "\n";
    if (const auto* report = std::get_if<action::Report>(&action)) out += report->error.render();
  }
  return out;
}

}  // namespace hw::test

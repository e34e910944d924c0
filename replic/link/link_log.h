/// replic/link/link_log.h -- how the ends of a link write in their logs. Pure.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "replic/link/link_actions.h"

namespace hw {

/// A number as GT.M's logs have it: decimal, then hexadecimal.
inline std::string number(std::uint64_t n) { return fmt::format("{0} [{0:#x}]", n); }
inline std::string number(Seqno seqno) { return number(seqno.value); }

/// Adds a line for the log to what a machine's server has to do.
template <typename Action>
void log(std::vector<Action>& out, std::string text) {
  out.push_back(action::Log{std::move(text)});
}

}  // namespace hw

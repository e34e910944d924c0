/// engine/gde/outcome.h -- the result of a step of a command: a value, or the messages that end the command.
#pragma once

#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "engine/globals/gde_message.h"

namespace hw::gde {

using Messages = std::vector<Message>;

template <typename T>
class [[nodiscard]] Outcome : public tl::expected<T, Messages> {
 public:
  using tl::expected<T, Messages>::expected;
  Outcome(Messages messages) : tl::expected<T, Messages>(tl::unexpected<Messages>(std::move(messages))) {}
  Outcome(Message message) : Outcome(Messages{std::move(message)}) {}
};

}  // namespace hw::gde

/// cluster/site/message_text.h -- messages that other programs have printed, as errors again. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw::cluster {

/// None: no message of the catalogue has that name.
std::optional<MsgId> message_named(std::string_view name);
/// None: no severity has that letter.
std::optional<Severity> severity_of(char letter);

/// `%GTM-E-CODE, text`. None when the line is none, or its code is not known here.
std::optional<Error> error_of_line(std::string_view line);

/// The first error or fatal one in what a command printed, with all further lines as its notes. None when there is
/// none. At most so many lines, and of each so much, as a person reads.
std::optional<Error> error_of_output(std::string_view output);

}  // namespace hw::cluster

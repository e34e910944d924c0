/// engine/base/operator_log.h -- messages that an operator must find without knowing which log to read: syslog(3).
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace hw {

/// Sends all lines of the message to the system's log as one entry, `[<instance>] %GTM-…`, facility "user", with the
/// message's severity. Does nothing where no syslog runs. Blocks: as syslog(3) does. Thread: any.
void to_operator_log(std::string_view instance, const Error& error);

}  // namespace hw

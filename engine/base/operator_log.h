/// engine/base/operator_log.h -- messages that an operator must find without knowing which log to read: syslog(3).
#pragma once

#include <string>

#include "engine/base/result.h"

namespace hw {

/// The program that a line of the operator log comes from.
struct OperatorLogWriter {
  std::string program;   ///< SRCSRVR, RCVSRVR, UPDPROC, MUPIP, DSE
  std::string instance;  ///< empty: it is no replication instance's
};

/// Sends all lines of the message to the system's log as one entry, `GTM-<program>-<instance>[<pid>]: %GTM-…`, facility
/// "user", with the message's severity. Does nothing where no syslog runs. Blocks: as syslog(3) does. Thread: any.
/// Source: operator log of GT.M V7.0-005.
void to_operator_log(const OperatorLogWriter& writer, const Error& error);

}  // namespace hw

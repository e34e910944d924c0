/// replic/link/link_actions.h -- what the machines of both ends of a link ask their servers to do. Pure.
#pragma once

#include <string>

#include "replic/link/wire.h"

namespace hw::action {

/// One line for the log, to which the server adds the time.
struct Log {
  std::string text;
  bool timed = true;  ///< false: the line has no time in front, as some of GT.M's do
};
/// A message for the log and the operator log (syslog); the server goes on.
struct Report {
  Error error;
};
struct Send {
  Message message;
  std::uint16_t level;
};
/// End the connection after all that was sent before has gone out.
struct Disconnect {};
/// The server ends. `error` says why, in the log and the operator log; the exit status is its.
struct StopServer {
  Error error;
};
/// Who the other end is.
struct Identified {
  Identity peer;
};
struct ControlReceived {
  std::uint32_t kind;
  std::string payload;
};

}  // namespace hw::action

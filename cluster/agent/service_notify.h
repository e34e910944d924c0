/// cluster/agent/service_notify.h -- tells systemd that the agent is ready, lives, ends: Type=notify, WatchdogSec.
///
/// Source: sd_notify(3); operations, section 12.
#pragma once

#include <string>
#include <string_view>

namespace hw::cluster {

/// Nothing, when hwd was not started so.
class ServiceNotify {
 public:
  /// `socket_path`: $NOTIFY_SOCKET; empty: nobody is told.
  explicit ServiceNotify(std::string socket_path) : path_(std::move(socket_path)) {}
  bool is_used() const { return !path_.empty(); }
  void ready() const { send("READY=1"); }
  void lives() const { send("WATCHDOG=1"); }
  void ends() const { send("STOPPING=1"); }

 private:
  void send(std::string_view state) const;
  const std::string path_;
};

}  // namespace hw::cluster

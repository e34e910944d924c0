/// cluster/keeper/readiness.h -- finds out that a server is READY, by what it writes or by its port.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/keeper/descriptor.h"
#include "cluster/keeper/event_loop.h"

namespace hw::cluster {

/// What a server writes to $HW_READY_FD goes into a file, not into a pipe: one that was started by an agent that has
/// died writes all the same, nothing is lost when it closes the descriptor, and the next agent reads it.
class ReadyFile {
 public:
  /// A new, empty one; what is there of that name is replaced. It is for the owner of this process alone.
  /// Errors: SYSCALL.
  static Result<Descriptor> create(const std::string& path);
  /// Whether a line READY=1 is there; a file that cannot be read has none.
  static bool says_ready(const std::string& path);
};

/// Calls back once, when the server is READY. Thread: the loop's.
class ReadinessWatch {
 public:
  ReadinessWatch(EventLoop& loop, EventLoop::Callback ready) : loop_(loop), ready_(std::move(ready)) {}
  ReadinessWatch(const ReadinessWatch&) = delete;
  ReadinessWatch& operator=(const ReadinessWatch&) = delete;

  /// As soon as the file says so.
  void watch_file(const std::string& path);
  /// As soon as one of these addresses, numbers of IPv4 or IPv6, accepts a connection; tried at once and every 0.1 s.
  void watch_port(const std::vector<std::string>& addresses, std::uint16_t port);

 private:
  struct Try {
    Descriptor socket;
    EventLoop::Handle handle;
  };
  void look();
  void try_port();
  void on_answer(std::size_t index);
  void found();

  EventLoop& loop_;
  EventLoop::Callback ready_;
  std::string path_;
  Descriptor inotify_;
  EventLoop::Handle inotify_handle_, again_;
  std::vector<std::string> addresses_;
  std::uint16_t port_ = 0;
  std::vector<Try> tries_;
};

}  // namespace hw::cluster

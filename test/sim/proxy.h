/// test/sim/proxy.h -- the line to a receiver: a process that passes on what a source server sends, or does not.
///
/// A source server connects to the proxy's port, the proxy to the receiver's. What it does to the bytes is a word in
/// shared memory that the run sets: nothing, a cut of all connections, a slow line, one byte changed a while later.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace hw::sim {

enum class Line : std::uint32_t {
  Good,
  Cut,      ///< connections end, new ones are closed at once
  Slow,     ///< pieces of some hundred bytes, with pauses
  Corrupt,  ///< one byte of one piece is changed; then good again
};

class Proxy {
 public:
  /// Starts the process. Failure when the port cannot be had.
  Proxy(std::uint16_t listens, std::uint16_t leads_to);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const { return port_; }
  void set(Line line) { control_->line.store(static_cast<std::uint32_t>(line)); }
  Line line() const { return static_cast<Line>(control_->line.load()); }
  /// Which byte of those that come from now on Corrupt changes.
  void corrupt_after(std::uint32_t bytes) {
    control_->corrupt_after.store(bytes);
    set(Line::Corrupt);
  }
  /// Bytes that were changed.
  std::uint32_t corrupted() const { return control_->corrupted.load(); }

 private:
  struct Control {
    std::atomic<std::uint32_t> line{0};
    std::atomic<std::uint32_t> corrupt_after{0};
    std::atomic<std::uint32_t> corrupted{0};
  };
  [[noreturn]] static void serve(int listener, std::uint16_t leads_to, Control& control);

  std::uint16_t port_;
  Control* control_;
  pid_t pid_ = -1;
};

}  // namespace hw::sim

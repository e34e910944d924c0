/// replic/process/process_watch.h -- a descriptor that becomes readable when a process ends; it need not be a child.
#pragma once

#include <cstdint>

namespace hw {

/// Thread: one at a time.
class ProcessWatch {
 public:
  ProcessWatch() = default;
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
  ~ProcessWatch() { close(); }
  /// False when there is no such process any more.
  bool open(std::uint32_t pid);
  void close();
  int fd() const { return fd_; }
  bool ended() const;

 private:
  int fd_ = -1;
};

}  // namespace hw

/// replic/process/process_watch.h -- a descriptor that becomes readable when a process ends; it need not be a child.
#pragma once

#include <cstdint>

namespace hw {

/// Where there is no such descriptor to be had (too many files are open; a kernel or a container without them), fd() is
/// -1 and ended() has to be asked now and then. Thread: one at a time.
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
  /// True, too, when none is watched.
  bool ended() const;

 private:
  int fd_ = -1;
  std::uint32_t pid_ = 0;
  std::uint64_t start_ = 0;
};

}  // namespace hw

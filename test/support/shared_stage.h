/// test/support/shared_stage.h -- how far a test's processes are, for each other: a number in memory that they share.
#pragma once

#include <sched.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>

#include "engine/base/check.h"

namespace hw::test {

/// Made before the processes are forked.
class SharedStage {
 public:
  SharedStage()
      : stage_(new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                           0)) std::atomic<int>(0)) {}
  ~SharedStage() { ::munmap(stage_, sizeof *stage_); }
  SharedStage(const SharedStage&) = delete;
  SharedStage& operator=(const SharedStage&) = delete;

  void reach(int stage) const { stage_->store(stage); }
  bool has_reached(int stage) const { return stage_->load() >= stage; }
  /// Returns when another process has reached it; ends the program when none does within a minute.
  void wait_for(int stage) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (stage_->load() < stage) {
      HW_CHECK(std::chrono::steady_clock::now() < deadline);
      ::sched_yield();
    }
  }

 private:
  std::atomic<int>* stage_;
};

}  // namespace hw::test

/// test/support/fuzz/shared_segment.h -- a shared memory segment that is gone with this process, however it ends.
#pragma once

#include <algorithm>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/base/shared_memory.h"

namespace hw::fuzz {

class SharedSegment {
 public:
  explicit SharedSegment(std::size_t bytes) {
    auto made = SharedMemory::create(bytes);
    HW_CHECK(made.has_value());
    memory_ = std::move(made).value();
    // It lives on, and can be attached by its id, as long as this process has it.
    HW_CHECK(SharedMemory::remove(memory_.id()).has_value());
  }
  int id() const { return memory_.id(); }
  std::byte* data() const { return memory_.data(); }
  /// Bytes from `offset` on; zeros fill the rest.
  void fill(std::size_t offset, Bytes bytes) const {
    const std::size_t room = memory_.size() - offset;
    const std::size_t taken = std::min(room, bytes.size());
    std::copy_n(bytes.begin(), taken, memory_.data() + offset);
    std::memset(memory_.data() + offset + taken, 0, room - taken);
  }

 private:
  SharedMemory memory_;
};

}  // namespace hw::fuzz

/// replic/source/source_slot.h -- the place of one source server: its slot in the instance file and the live one in the
/// journal pool, which have the same index.
///
/// The pool's slot is what commands and this instance's other servers look at; the file's is what outlives the pool and
/// may lag behind it.
#pragma once

#include <chrono>
#include <optional>

#include "engine/commit/domain.h"
#include "replic/instance/instance_file.h"
#include "replic/source/source_options.h"

namespace hw {

/// Thread: one at a time.
class SourceSlot {
 public:
  /// Takes the slot of `options.secondary_name` for this process, under the pool's admin lock, and fills in the live
  /// one. `pool` and `file` must outlive the slot.
  /// Errors: those of InstanceFile::assign_slot.
  static Result<SourceSlot> take(PoolHeader& pool, InstanceFile& file, const SourceStartOptions& options);

  PoolSlot& live() const { return pool_->slots[index_]; }
  InstanceFile& file() const { return *file_; }

  /// Brings the file up to the live slot. Errors: those of InstanceFile::update_slot. Blocks: one fdatasync.
  Status write();
  /// The same, unless that was done within the last few seconds.
  Status write_now_and_then();
  /// Notes who is connected, and since when.
  Status write_connection(const FileId& secondary_file);

 private:
  SourceSlot(PoolHeader& pool, InstanceFile& file, std::size_t index) : pool_(&pool), file_(&file), index_(index) {}

  PoolHeader* pool_;
  InstanceFile* file_;
  std::size_t index_;
  std::chrono::steady_clock::time_point written_{};
};

}  // namespace hw

/// test/support/recover_back_to.h -- a backward recovery of all databases of a scratch database.
#pragma once

#include "engine/journal_tools/backward_recovery.h"
#include "test/support/scratch_database.h"

namespace hw::test {

/// To that time, microseconds since 1970. What is taken out goes to `<folder>/lost`.
inline Result<BackwardResult> recover_back_to(const ScratchDatabase& scratch, std::uint64_t time_us) {
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load(scratch.directory_path()));
  HW_TRY(const auto taken, take_all(directory));
  std::vector<RegionAccess*> all;
  for (const auto& access : taken) all.push_back(access.get());
  BackwardRequest request;
  request.before_us = time_us;
  request.lost_path = scratch.folder() + "/lost";
  return recover_backward(all, request);
}

}  // namespace hw::test

/// test/support/reign.h -- a history record.
#pragma once

#include <string>
#include <utility>

#include "replic/history/history.h"

namespace hw::test {

inline HistoryRecord reign(std::string root, std::uint32_t cycle, std::uint64_t start) {
  HistoryRecord record;
  record.root_name = std::move(root);
  record.cycle = cycle;
  record.start = Seqno{start};
  record.creator_pid = 8749;
  record.created_s = 1795312144;
  return record;
}

}  // namespace hw::test

/// engine/session/changed_nodes.h -- $ZQGBLMOD: which nodes of a region were changed since two sites parted.
///
/// The region's header holds Zqgblmod Seqno, the first seqno that the former root did not share; the journal holds
/// every change since. A commit pays nothing for the answer; who asks reads the journal once and then only what is new.
/// "Not changed" is never wrong: where the journal does not go back far enough, everything counts as changed.
/// Source: docs/conformance.md 7.* and its decisions (by node; a KILL of an ancestor counts).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "engine/commit/domain.h"

namespace hw {

/// Thread: one at a time.
class ChangedNodes {
 public:
  /// Changes made by the process `ignored_pid` do not count; 0: all count.
  ChangedNodes(Domain& domain, OpenRegion& region, std::uint32_t ignored_pid = 0)
      : domain_(domain), region_(region), ignored_pid_(ignored_pid) {}

  /// Whether the node, or with `below` it or any node below it, may have been changed. False while Zqgblmod Seqno is 0.
  /// Errors: those of the journal's readers; DBFILERR and kin. Blocks: disk reads; takes the commit lock for a moment.
  Result<bool> may_be_changed(std::string_view key, bool below);
  /// Whether Zqgblmod Seqno is other than 0. Errors: DBFILERR and kin.
  Result<bool> is_marked();

 private:
  Status catch_up();

  Domain& domain_;
  OpenRegion& region_;
  const std::uint32_t ignored_pid_;
  Seqno since_{0};  ///< Zqgblmod Seqno that the sets belong to
  Seqno read_to_{0};
  std::uint32_t rollbacks_ = 0;  ///< of the pool when they were read
  bool unknown_ = false;         ///< the journal does not go back to since_
  std::set<std::string, std::less<>> nodes_;
  std::set<std::string, std::less<>> killed_;  ///< roots of removed subtrees
};

}  // namespace hw

/// replic/control/backlog.h -- what -showbacklog says, from three numbers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"

namespace hw {

/// All three are "next" seqnos; 0 means not known yet and counts as 1.
struct Backlog {
  Seqno next_seqno;  ///< the instance's next one
  Seqno send_next;   ///< next one to send to the secondary
  Seqno acked_next;  ///< next one that the secondary has not applied

  std::uint64_t posted() const { return last(next_seqno); }
  std::uint64_t sent() const { return last(send_next); }
  std::uint64_t acknowledged() const { return last(acked_next); }
  /// Committed here and not yet sent. Source: docs/conformance.md 3.*.
  std::uint64_t unsent() const { return posted() > sent() ? posted() - sent() : 0; }
  /// Committed here and not yet applied there; what the last line of -showbacklog counts.
  std::uint64_t unacknowledged() const { return posted() > acknowledged() ? posted() - acknowledged() : 0; }

  /// The four lines of -showbacklog, without newlines. Source: GT.M.
  std::vector<std::string> lines(std::string_view secondary) const;

 private:
  static std::uint64_t last(Seqno next_one) { return next_one.value == 0 ? 0 : next_one.value - 1; }
};

}  // namespace hw

/// journal/undone.h -- how often the end of a region's past was taken out, by rollbacks and by what a loss of power
/// left.
///
/// A seqno alone does not say what a database holds: after a rollback the same numbers are given again. Backups,
/// journal files and increments that are put together carry this note, and what is not a past of the other is refused.
/// It is in each journal file (journal/file_header.h), which has the last word, in the database's header, and so in
/// its copies, and in increments. Source: docs/conformance.md 9.*, breaks.1, breaks.30.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/types.h"

namespace hw {

struct Undone {
  std::uint64_t times = 0;
  Seqno lowest{0};  ///< of all the seqnos that the region was taken back to; 0: it never was

  /// The region is taken back to where `to` is its next seqno.
  Undone and_to(Seqno to) const { return {times + 1, times == 0 ? to : std::min(lowest, to)}; }

  friend bool operator==(const Undone&, const Undone&) = default;
};

/// Whether a copy of a region, which carries `copy` and whose next seqno is `next_seqno`, holds nothing that had been
/// taken out when `later` was noted, and is not of a later time itself. May say no where yes were right, never the
/// reverse: of several rollbacks only the lowest seqno is known.
inline bool is_past_of(const Undone& copy, Seqno next_seqno, const Undone& later) {
  return copy == later || (copy.times < later.times && next_seqno <= later.lowest);
}

}  // namespace hw

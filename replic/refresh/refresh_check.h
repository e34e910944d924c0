/// replic/refresh/refresh_check.h -- what must hold before an instance is replaced by a copy of another one. Pure.
///
/// A refresh replaces what may be the only place of some transactions: those of a former root primary that the other
/// instance never got. By its history one sees which ones they are, and that is why the other's instance file comes
/// ahead of its databases. What a secondary has beyond the other came from a root primary, and is not its to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "replic/history/history.h"
#include "replic/refresh/refresh_wire.h"

namespace hw {

/// The instance that is to be replaced.
struct RefreshSelf {
  std::string name;
  std::vector<std::string> regions;  ///< of its global directory
  std::vector<std::string> created;  ///< those that have a database file

  /// Its databases have transactions, and no instance file tells which of them others have.
  bool unknown_past = false;
  // Of its instance file; as they are here when there is none, or none that can be read.
  std::string reigned_as;     ///< its name there: `name` is the one that it shall have
  bool root_primary = false;  ///< is, or was when it last ran
  bool crash = false;         ///< was not shut down: next_seqno is of some time before
  bool lost_transactions = false;
  Seqno next_seqno{1};
  History history;
};

/// Errors: REPLINSTNMSAME; HWREFRESHREGIONS naming the first region that only one of the two has.
Status check_offer(const RefreshSelf& self, const refresh::Offer& offer);
/// Whether the copies are those of the regions offered, and of all that have a file here.
/// Errors: HWREPLPROTO; HWREFRESHREGIONS.
Status check_contents(const RefreshSelf& self, const refresh::Offer& offer, const refresh::Contents& contents);

/// What only this instance may have, in words; none: it has nothing of its own. `peer` is the other's history, null
/// while it is not known: its next seqno alone tells less.
std::optional<std::string> only_here(const RefreshSelf& self, const History* peer, Seqno peer_next);

/// Room on one file system.
struct RefreshRoom {
  std::uint64_t arrives = 0;   ///< bytes of a database that comes
  std::uint64_t replaces = 0;  ///< bytes that go when it gets its name: the former database and its image
};
/// Bytes that must be free: what arrives is beside what it replaces, and then gets a checkpoint image.
std::uint64_t room_needed(std::span<const RefreshRoom> files);

}  // namespace hw

/// cluster/plan/reign.h -- who reigns over a group with dcs manual: what its record and the instances' own files say,
/// and who may be taking updates unseen.
///
/// The record is the coordinator's board, and a coordinator that an operator has rebuilt may have an old copy of it;
/// so what the instances know counts as well, and the higher epoch is right.
///
/// Pure. Source: operations, section 9 "manual".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board_parts.h"

namespace hw::cluster {

/// What an instance says of reigns.
struct ReignFact {
  std::string instance;
  std::int64_t priority = 0;
  bool cleaned = false;  ///< its node is off the board by pclean: an operator has said that it does not run
  bool heard = false;    ///< else what follows is what was heard last
  bool up = false;
  bool accepting = false;
  std::uint64_t known_epoch = 0;
  std::uint64_t pool_epoch = 0;     ///< of the reign that it has begun; 0: none since it is up
  std::uint64_t history_epoch = 0;  ///< of the reign of its own that its history ends with; 0: none, or not known

  std::uint64_t begun_epoch() const { return pool_epoch > history_epoch ? pool_epoch : history_epoch; }
};

struct Reign {
  std::string root;         ///< accepts updates, and is heard; of several that of the highest epoch. Empty: none does
  std::uint64_t epoch = 0;  ///< of that reign; without a root that of the record
  std::string holder;       ///< `root`; else who has begun a higher reign than the record's; else as the record says
  /// Whose reign was the last that began: others have of it what they have. Not the holder when that is heard and says
  /// that it never began to reign. Empty: nobody ever.
  std::string last_root;
  std::uint64_t last_epoch = 0;        ///< of that reign; 0: not known
  std::vector<std::string> accepting;  ///< all that are heard and accept updates
  /// Not heard, and nothing says that they have stopped: the holder, unless its record was released or taken back;
  /// every possible root when a higher epoch is known than that of any reign that is seen.
  std::vector<std::string> unproven;
  std::uint64_t highest_epoch = 0;  ///< known to anybody

  /// "Epoch = highest known + 1 at each take, 1 at first."
  std::uint64_t next_epoch() const { return highest_epoch + 1; }
};

/// `facts` are those of the group's instances, in its order.
Reign find_reign(const BoardRecord& record, const std::vector<ReignFact>& facts);

/// Whether a former root whose updates are off may go on unasked: every other instance of priority above 0, but those
/// that pclean took off the board, has answered and knows of no higher epoch than it does.
struct MayGoOn {
  bool yes = false;
  std::vector<std::string> waits_for;  ///< instances that have not answered
  std::string over_by;                 ///< instance that knows of a later reign; empty: none
  std::uint64_t over_epoch = 0;
};
MayGoOn may_go_on(const ReignFact& former_root, const std::vector<ReignFact>& others);

/// By name; null when there is none.
const ReignFact* fact_of(const std::vector<ReignFact>& facts, std::string_view instance);

}  // namespace hw::cluster

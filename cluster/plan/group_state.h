/// cluster/plan/group_state.h -- the states of a group, and what each command does in each: the table of section 7.
///
/// The machine knows no instance: it says what is refused, what has to be done, and which state follows when that has
/// been done. Pure. Source: operations, section 7.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board.h"
#include "engine/base/message.h"

namespace hw::cluster {

enum class GroupEvent : std::uint8_t {
  StopForMove,    ///< down -R -g
  Drained,        ///< what down -R -g waits for has come
  Migrate,        ///< migg
  Cancel,         ///< migg -cancel
  CancelRestart,  ///< migg -cancel -restart
  Boot,           ///< boot -g
  Failure
};

enum class GroupAction : std::uint8_t {
  None,
  HoldUpdates,      ///< no update begins at the root, what it has is sent on
  StopServers,      ///< those of place = root; kind files: all
  Move,             ///< role: S4 to S8; files: the files are moved
  TakeUnplanned,    ///< role: F2 to F5; files: the files are moved
  SetPlace,         ///< record and place name the alternate
  LetUpdatesGo,     ///< servers of place = root are up again, updates on
  TakeBack,         ///< record `down`, entries leave the board
  TakeBackAndBoot,  ///< the same, then boot at the same place
  StartMissing,     ///< boot
  FailOver,         ///< when the group allows it and an instance can
  NextAlternate,    ///< the next one is tried
};

struct GroupReaction {
  GroupState next = GroupState::Down;  ///< after the action; of what is refused the same state
  GroupAction action = GroupAction::None;
  GroupState next_if_fails = GroupState::Down;  ///< when the action fails
  std::vector<MsgId> refused;                   ///< these messages, in this order; nothing is done
  bool defined = true;  ///< false: an empty cell, the event does not come in that state and changes nothing

  bool is_refused() const { return !refused.empty(); }
  /// There is nothing to do: the command says so, and ends with 0.
  bool nothing_to_do() const { return defined && refused.empty() && action == GroupAction::None; }
};

/// What `event` does to a group that is shown in `state`. `place_cleaned`: the node of its place is off the board by
/// pclean; it counts with GroupState::Partitioned alone.
GroupReaction react(GroupState state, GroupEvent event, bool place_cleaned);

/// `acct: UP -> QUIESCING`.
std::string change_line(std::string_view group, GroupState from, GroupState to);

}  // namespace hw::cluster

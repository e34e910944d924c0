#include "cluster/plan/group_state.h"

#include <fmt/format.h>

namespace hw::cluster {
namespace {

using enum GroupState;
using enum GroupAction;

GroupReaction go(GroupAction action, GroupState next, GroupState next_if_fails) {
  return {next, action, next_if_fails, {}, true};
}
GroupReaction nothing(GroupState state) { return {state, None, state, {}, true}; }
GroupReaction refuse(GroupState state, std::vector<MsgId> why) { return {state, None, state, std::move(why), true}; }
GroupReaction empty_cell(GroupState state) { return {state, None, state, {}, false}; }

GroupReaction when_up(GroupEvent event) {
  switch (event) {
    case GroupEvent::StopForMove:
      return go(HoldUpdates, Quiescing, Up);
    case GroupEvent::Drained:
      return empty_cell(Up);
    case GroupEvent::Migrate:
      return refuse(Up, {MsgId::HWMIGNOTDOWN, MsgId::HWMIGNOTALL});
    case GroupEvent::Cancel:
    case GroupEvent::CancelRestart:
      return refuse(Up, {MsgId::HWNOTMIG});
    case GroupEvent::Boot:
      return nothing(Up);
    case GroupEvent::Failure:
      return go(FailOver, Up, Failed);
  }
  return empty_cell(Up);
}

GroupReaction when_quiescing(GroupEvent event) {
  switch (event) {
    case GroupEvent::StopForMove:
      return nothing(Quiescing);
    case GroupEvent::Drained:
      return go(StopServers, Migrating, Up);
    case GroupEvent::Migrate:
      return refuse(Quiescing, {MsgId::HWMIGNOTALL});
    case GroupEvent::Cancel:
    case GroupEvent::CancelRestart:
    case GroupEvent::Failure:
      return go(LetUpdatesGo, Up, Up);
    case GroupEvent::Boot:
      return refuse(Quiescing, {MsgId::HWMOVING});
  }
  return empty_cell(Quiescing);
}

GroupReaction when_migrating(GroupEvent event) {
  switch (event) {
    case GroupEvent::StopForMove:
      return nothing(Migrating);
    case GroupEvent::Drained:
      return empty_cell(Migrating);
    case GroupEvent::Migrate:
      return go(Move, Moved, Migrating);
    case GroupEvent::Cancel:
      return go(TakeBack, Down, Migrating);
    case GroupEvent::CancelRestart:
      return go(TakeBackAndBoot, Down, Migrating);
    case GroupEvent::Boot:
      return refuse(Migrating, {MsgId::HWMOVING});
    case GroupEvent::Failure:
      return nothing(Migrating);
  }
  return empty_cell(Migrating);
}

GroupReaction when_moved(GroupEvent event) {
  switch (event) {
    case GroupEvent::StopForMove:
    case GroupEvent::Migrate:
      return nothing(Moved);
    case GroupEvent::Drained:
      return empty_cell(Moved);
    case GroupEvent::Cancel:
    case GroupEvent::CancelRestart:
      return refuse(Moved, {MsgId::HWTOOLATE});
    case GroupEvent::Boot:
      return go(StartMissing, Up, Failed);
    case GroupEvent::Failure:
      return go(NextAlternate, Moved, Failed);
  }
  return empty_cell(Moved);
}

/// DOWN and FAILED.
GroupReaction when_down(GroupState state, GroupEvent event) {
  switch (event) {
    case GroupEvent::StopForMove:
    case GroupEvent::Cancel:
    case GroupEvent::CancelRestart:
      return nothing(state);
    case GroupEvent::Drained:
      return empty_cell(state);
    case GroupEvent::Migrate:
      return go(SetPlace, state, state);
    case GroupEvent::Boot:
      return go(StartMissing, Up, Failed);
    case GroupEvent::Failure:
      return nothing(Failed);
  }
  return empty_cell(state);
}

GroupReaction when_partitioned(GroupEvent event, bool place_cleaned) {
  switch (event) {
    case GroupEvent::StopForMove:
    case GroupEvent::Cancel:
    case GroupEvent::CancelRestart:
      return refuse(Partitioned, {MsgId::HWREMOTE});
    case GroupEvent::Migrate:
      if (!place_cleaned) return refuse(Partitioned, {MsgId::HWNOTCLEAN});
      return go(TakeUnplanned, Moved, Partitioned);
    case GroupEvent::Boot:
      return refuse(Partitioned, {MsgId::HWNOTCLEAN});
    case GroupEvent::Drained:
    case GroupEvent::Failure:
      break;
  }
  return empty_cell(Partitioned);
}

}  // namespace

GroupReaction react(GroupState state, GroupEvent event, bool place_cleaned) {
  switch (state) {
    case Up:
      return when_up(event);
    case Quiescing:
      return when_quiescing(event);
    case Migrating:
      return when_migrating(event);
    case Moved:
      return when_moved(event);
    case Down:
    case Failed:
      return when_down(state, event);
    case Partitioned:
      return when_partitioned(event, place_cleaned);
  }
  return empty_cell(state);
}

std::string change_line(std::string_view group, GroupState from, GroupState to) {
  return fmt::format("{}: {} -> {}", group, word_of(from), word_of(to));
}

}  // namespace hw::cluster

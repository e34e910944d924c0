#include "cluster/plan/group_state.h"

#include <gtest/gtest.h>

namespace hw::test {
namespace {

using namespace hw::cluster;
using enum GroupState;
using enum GroupEvent;
using A = GroupAction;

struct Cell {
  GroupState state;
  GroupEvent event;
  GroupState next;
  A action;
  GroupState next_if_fails;
  std::vector<MsgId> refused;
  bool defined = true;
};

Cell does(GroupState state, GroupEvent event, A action, GroupState next, GroupState next_if_fails) {
  return {state, event, next, action, next_if_fails, {}};
}
Cell says(GroupState state, GroupEvent event, std::vector<MsgId> refused) {
  return {state, event, state, A::None, state, std::move(refused)};
}
Cell idle(GroupState state, GroupEvent event) { return {state, event, state, A::None, state, {}}; }
Cell empty(GroupState state, GroupEvent event) { return {state, event, state, A::None, state, {}, false}; }

/// The table of section 7, cell by cell.
std::vector<Cell> table() {
  std::vector<Cell> cells = {
      does(Up, StopForMove, A::HoldUpdates, Quiescing, Up),
      empty(Up, Drained),
      says(Up, Migrate, {MsgId::HWMIGNOTDOWN, MsgId::HWMIGNOTALL}),
      says(Up, Cancel, {MsgId::HWNOTMIG}),
      says(Up, CancelRestart, {MsgId::HWNOTMIG}),
      idle(Up, Boot),
      does(Up, Failure, A::FailOver, Up, Failed),

      idle(Quiescing, StopForMove),
      does(Quiescing, Drained, A::StopServers, Migrating, Up),
      says(Quiescing, Migrate, {MsgId::HWMIGNOTALL}),
      does(Quiescing, Cancel, A::LetUpdatesGo, Up, Up),
      does(Quiescing, CancelRestart, A::LetUpdatesGo, Up, Up),
      says(Quiescing, Boot, {MsgId::HWMOVING}),
      does(Quiescing, Failure, A::LetUpdatesGo, Up, Up),

      idle(Migrating, StopForMove),
      empty(Migrating, Drained),
      does(Migrating, Migrate, A::Move, Moved, Migrating),
      does(Migrating, Cancel, A::TakeBack, Down, Migrating),
      does(Migrating, CancelRestart, A::TakeBackAndBoot, Down, Migrating),
      says(Migrating, Boot, {MsgId::HWMOVING}),
      idle(Migrating, Failure),

      idle(Moved, StopForMove),
      empty(Moved, Drained),
      idle(Moved, Migrate),
      says(Moved, Cancel, {MsgId::HWTOOLATE}),
      says(Moved, CancelRestart, {MsgId::HWTOOLATE}),
      does(Moved, Boot, A::StartMissing, Up, Failed),
      does(Moved, Failure, A::NextAlternate, Moved, Failed),

      says(Partitioned, StopForMove, {MsgId::HWREMOTE}),
      empty(Partitioned, Drained),
      says(Partitioned, Migrate, {MsgId::HWNOTCLEAN}),
      says(Partitioned, Cancel, {MsgId::HWREMOTE}),
      says(Partitioned, CancelRestart, {MsgId::HWREMOTE}),
      says(Partitioned, Boot, {MsgId::HWNOTCLEAN}),
      empty(Partitioned, Failure),
  };
  for (const GroupState state : {Down, Failed}) {
    cells.push_back(idle(state, StopForMove));
    cells.push_back(empty(state, Drained));
    cells.push_back(does(state, Migrate, A::SetPlace, state, state));
    cells.push_back(idle(state, Cancel));
    cells.push_back(idle(state, CancelRestart));
    cells.push_back(does(state, GroupEvent::Boot, A::StartMissing, Up, Failed));
    cells.push_back({state, GroupEvent::Failure, Failed, A::None, Failed, {}});
  }
  return cells;
}

TEST(GroupStates, EachCellOfTheTable) {
  const std::vector<Cell> cells = table();
  EXPECT_EQ(cells.size(), 7U * 7U);
  for (const Cell& cell : cells) {
    SCOPED_TRACE(std::string(word_of(cell.state)) + ", event " + std::to_string(static_cast<int>(cell.event)));
    const GroupReaction reaction = react(cell.state, cell.event, false);
    EXPECT_EQ(reaction.next, cell.next);
    EXPECT_EQ(reaction.action, cell.action);
    EXPECT_EQ(reaction.next_if_fails, cell.next_if_fails);
    EXPECT_EQ(reaction.refused, cell.refused);
    EXPECT_EQ(reaction.defined, cell.defined);
    EXPECT_EQ(reaction.nothing_to_do(), cell.defined && cell.refused.empty() && cell.action == A::None);
  }
}

TEST(GroupStates, ALostPlaceIsMovedFromOnlyWhenItIsCleaned) {
  const GroupReaction reaction = react(Partitioned, Migrate, true);
  EXPECT_FALSE(reaction.is_refused());
  EXPECT_EQ(reaction.action, A::TakeUnplanned);
  EXPECT_EQ(reaction.next, Moved);
  EXPECT_EQ(reaction.next_if_fails, Partitioned);
}

TEST(GroupStates, CleaningChangesNothingElse) {
  for (const Cell& cell : table()) {
    if (cell.state == Partitioned && cell.event == Migrate) continue;
    const GroupReaction reaction = react(cell.state, cell.event, true);
    EXPECT_EQ(reaction.next, cell.next);
    EXPECT_EQ(reaction.refused, cell.refused);
  }
}

TEST(GroupStates, AChangeIsALine) { EXPECT_EQ(change_line("acct", Up, Quiescing), "acct: UP -> QUIESCING"); }

}  // namespace
}  // namespace hw::test

#include "cluster/jobs/move_down.h"

#include <algorithm>

#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/group_look.h"
#include "cluster/jobs/group_servers.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/place_servers.h"
#include "cluster/jobs/process_lines.h"
#include "cluster/jobs/until_fed.h"
#include "cluster/plan/down_plan.h"
#include "cluster/plan/group_state.h"

namespace hw::cluster {
namespace {

/// One group: what was found, and who takes it.
struct MoveDown {
  GroupLook look;
  GroupReaction reaction;
  std::string alternate;  ///< instance
  std::optional<Error> refusal;
  bool waits = false;  ///< of a refusal: for want of a feeder alone
};

/// Of -g that one; of -l, or -R -n, all whose place is the node.
std::vector<const Group*> groups_of(const DownCommand& command, const JobContext& context) {
  std::vector<const Group*> groups;
  const Board board = context.board();
  for (const Group& group : context.domain.groups) {
    const BoardGroup* const on_board = board.group(group.name);
    const std::vector<std::string>& nodes = command.selection.nodes;
    const bool is_there = on_board != nullptr && std::ranges::find(nodes, on_board->place) != nodes.end();
    if (command.selection.group.empty() ? is_there : command.selection.group == group.name) groups.push_back(&group);
  }
  return groups;
}

ChoiceRules rules_for(const MoveDown& move) {
  ChoiceRules rules;
  rules.max_lag_s = std::chrono::duration<double>(move.look.group->max_lag).count();
  rules.release = move.look.release_of(move.look.reign.root);
  rules.root = move.look.reign.root;
  rules.without = move.look.reign.root;
  return rules;
}

MoveDown look_for_move(JobContext& context, const Group& group) {
  MoveDown move;
  if (group.kind == GroupKind::Files) {
    move.refusal = make_error<MsgId::HWREFUSED>("down -R of " + group.name, "its files are not moved by this version");
    return move;
  }
  move.look = look_at(context, group);
  move.reaction = react(move.look.shown_state(), GroupEvent::StopForMove, move.look.is_place_cleaned());
  if (move.reaction.is_refused()) {
    move.refusal = make_error<MsgId::HWREMOTE>(move.look.order.place, "not heard");
  } else if (!move.reaction.nothing_to_do()) {
    const std::vector<Standing> standings = move.look.standings(move.look.reign.root);
    const ChoiceRules rules = rules_for(move);
    const Choice choice = choose_root(standings, rules);
    move.waits = std::ranges::any_of(standings, [&](const Standing& one) { return lacks_only_feeder(one, rules); });
    if (choice.best() == nullptr) {
      move.refusal = make_error<MsgId::HWNOALT>(group.name, reasons_of(choice.others));
    } else if (move.look.reign.root.empty()) {
      move.refusal = make_error<MsgId::HWNOALT>(group.name, "it has no root that takes updates");
    } else {
      move.alternate = *choice.best();
    }
  }
  return move;
}

/// What of the group ends: application servers and resources that are where the root is, from the last on.
Result<std::vector<PlannedStop>> stops_of(const JobContext& context, const Group& group) {
  const Board board = context.board();
  HW_TRY(const std::vector<Placement> placements, place_groups(context.domain, board));
  DownCommand command;
  command.selection.applications_only = true;
  command.selection.group = group.name;
  HW_TRY(DownPlan plan, plan_down(context.domain, board, placements, command));
  std::erase_if(plan.stops, [](const PlannedStop& stop) { return !stop.server.at_place || !stop.is_up; });
  return std::move(plan.stops);
}

/// What is to run again is wanted, and not started before it may.
Status hold_order(JobContext& context, const PlannedStop& stop) {
  return context.orders.change([&](Orders& orders) {
    for (ServerOrder& order : orders.servers) {
      if (order.node != stop.server.node || order.group != stop.server.group || order.name != stop.server.name ||
          order.copy != stop.copy)
        continue;
      order.wanted = stop.server.restart ? Wanted::Up : Wanted::Down;
      order.hold = stop.server.restart;
    }
  });
}

class GroupMoveDown {
 public:
  GroupMoveDown(JobContext& context, MoveDown& move, ProcessLines& lines)
      : context_(context), move_(move), lines_(lines), group_(move.look.group->name) {}

  /// Whether the group is MIGRATING; else it is UP as before, or a step of the way back failed, which was said.
  bool stop() {
    const std::string alternate_node = move_.look.member(move_.alternate)->node();
    if (!said(edit_group(context_, group_, [&](GroupOrder& order) { order.move_to = alternate_node; }), ""))
      return false;
    if (!said(change_state(context_, group_, GroupState::Quiescing), "")) return false;
    if (!stop_servers() || !hold_updates() || !drain()) return go_back();
    return said(change_state(context_, group_, GroupState::Migrating), "");
  }

 private:
  bool said(const Status& status, const std::string& node) {
    if (!status) lines_.message(status.error(), node);
    return status.has_value();
  }

  const Member& root() const { return *move_.look.member(move_.look.reign.root); }

  bool stop_servers() {
    const Result<std::vector<PlannedStop>> stops = stops_of(context_, *move_.look.group);
    if (!stops) return said(stops.error(), "");
    for (const PlannedStop& stop : *stops) {
      const std::string& node = stop.server.node;
      if (!said(hold_order(context_, stop), node)) return false;
      const Result<Site*> site = context_.sites.at(node);
      if (!site) return said(site.error(), node);
      const Result<StopOutcome> outcome =
          (*site)->stop(ref_of(stop.server, stop.copy), StopHow::WorkFirst, step_by(context_, kServerStep));
      if (!outcome) {
        lines_.failed(node, stop.server.name, outcome.error());
        return false;
      }
      lines_.add(node, stop.server.name, outcome->pid, outcome->killed ? ProcessEnd::Killed : ProcessEnd::Stopped);
      if (!stop.server.restart) lines_.message(make_error<MsgId::HWNOTRESTART>(stop.server.name), node);
    }
    return true;
  }

  bool hold_updates() {
    const Result<std::uint64_t> next = root().site->stop_updates(root().name(), step_by(context_, kSmallStep));
    if (!next) return said(next.error(), root().node());
    next_ = *next;
    return said(edit_group(context_, group_, [&](GroupOrder& order) { order.record.seqno = next_; }), "");
  }

  bool drain() {
    const Member& alternate = *move_.look.member(move_.alternate);
    const Milliseconds limit = move_.look.group->drain;
    const Status applied = alternate.site->wait_applied(alternate.name(), next_, step_by(context_, limit));
    if (applied) return true;
    const double seconds = std::chrono::duration<double>(limit).count();
    Error back = make_error<MsgId::HWSWITCHBACK>(alternate.name(), seconds, root().name());
    back.because(applied.error());
    return said(back, alternate.node());
  }

  /// QUIESCING, failure: UP.
  bool go_back() {
    said(root().site->allow_updates(root().name(), in_any_case_by(kSmallStep)), root().node());
    start_place_servers(context_, move_.look, move_.look.order.place);
    said(edit_group(context_, group_, [](GroupOrder& order) { order.move_to.clear(); }), "");
    said(change_state(context_, group_, GroupState::Up), "");
    return false;
  }

  JobContext& context_;
  MoveDown& move_;
  ProcessLines& lines_;
  const std::string& group_;
  std::uint64_t next_ = 0;
};

std::string question_for(const std::vector<MoveDown>& moves) {
  std::string text;
  for (const MoveDown& move : moves) {
    if (move.reaction.nothing_to_do()) continue;
    text += fmt::format("{}Stops {} on {} for a move: updates wait for migg.", text.empty() ? "" : " ",
                        move.look.group->name, move.look.order.place);
  }
  return text;
}

}  // namespace

JobEnd run_move_down(const DownCommand& command, JobContext& context) {
  context.group = command.selection.group;
  if (const Status manual = check_manual(context.domain, "down -R"); !manual) return refuse(context, manual.error());
  std::vector<MoveDown> moves;
  for (const Group* const group : groups_of(command, context))
    moves.push_back(look_until_fed(
        context, [&] { return look_for_move(context, *group); },
        [](const MoveDown& found) { return found.refusal && found.waits; }));
  for (const MoveDown& move : moves)
    if (move.refusal) return refuse(context, *move.refusal);
  const std::string question = question_for(moves);
  if (!question.empty() && context.yes == 0) return ask_first(question);
  ProcessLines lines(context.say, ProcessLines::Command::Down);
  Outcome outcome = Outcome::Done;
  for (MoveDown& move : moves) {
    if (move.reaction.nothing_to_do()) {
      context.say.line(fmt::format("{} is {}", move.look.group->name, word_of(move.look.shown_state())));
    } else if (!GroupMoveDown(context, move, lines).stop()) {
      outcome = Outcome::Partly;
      break;
    }
  }
  return lines.end(outcome, moves.empty());
}

PlanSteps plan_of_moves(const DownCommand& command, JobContext& context) {
  PlanSteps steps;
  for (const Group* const group : groups_of(command, context)) {
    const MoveDown move = look_for_move(context, *group);
    if (move.refusal) steps.refusals.push_back(*move.refusal);
    if (move.refusal || move.reaction.nothing_to_do()) continue;
    if (const Result<std::vector<PlannedStop>> stops = stops_of(context, *group); stops)
      for (const PlannedStop& stop : *stops)
        steps.steps.push_back(fmt::format("{} {}", stop.server.node, stop.server.name));
    steps.steps.push_back(fmt::format("updates of {} wait, {} applies all", group->name, move.alternate));
  }
  return steps;
}

}  // namespace hw::cluster

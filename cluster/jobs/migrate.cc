// migg G, migm NODE: a group that was stopped for a move takes its root elsewhere; -cancel calls the move off.
#include <algorithm>

#include "cluster/jobs/failover.h"
#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/handover.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/place_servers.h"
#include "cluster/jobs/settle.h"
#include "cluster/jobs/take.h"
#include "cluster/plan/group_state.h"

namespace hw::cluster {
namespace {

/// One group of the command: how it is, what the table says, and who takes it.
struct GroupMigration {
  GroupLook look;
  GroupReaction reaction;
  std::string to;     ///< of Move and SetPlace
  Choice choice;      ///< the same
  FailoverPlan lost;  ///< of TakeUnplanned
  std::vector<Error> refusals;
};

GroupEvent event_of(const MigrateCommand& command) {
  if (!command.cancel) return GroupEvent::Migrate;
  return command.restart ? GroupEvent::CancelRestart : GroupEvent::Cancel;
}

/// Those that the command names. Errors: CLIERR.
Result<std::vector<const Group*>> groups_of(const MigrateCommand& command, const JobContext& context) {
  if (command.group.empty() == command.node.empty()) return make_error<MsgId::CLIERR>("a group, or a node");
  std::vector<const Group*> groups;
  if (!command.group.empty()) {
    HW_TRY(const Group* const group, role_group_of(context.domain, {}, command.group));
    groups.push_back(group);
    return groups;
  }
  if (context.domain.node(command.node) == nullptr) return unknown_name("node", command.node);
  const Board board = context.board();
  for (const Group& group : context.domain.groups)
    if (const BoardGroup* const shown = board.group(group.name); shown != nullptr && shown->place == command.node)
      groups.push_back(&group);
  return groups;
}

/// The first server of the group that is up where it is placed.
std::string first_server_up(const GroupLook& look) {
  for (const BoardServer& server : look.board.servers)
    if (server.group == look.group->name && server.node == look.order.place && server.state != BoardServerState::Down)
      return server.name;
  return look.reign.root;
}

Error error_of(const GroupLook& look, MsgId code) {
  const std::string& group = look.group->name;
  switch (code) {
    case MsgId::HWMIGNOTDOWN:
      return make_error<MsgId::HWMIGNOTDOWN>(first_server_up(look), group);
    case MsgId::HWMIGNOTALL:
      return make_error<MsgId::HWMIGNOTALL>(group);
    case MsgId::HWNOTMIG:
      return make_error<MsgId::HWNOTMIG>(group);
    case MsgId::HWTOOLATE:
      return make_error<MsgId::HWTOOLATE>(group);
    case MsgId::HWNOTCLEAN:
      return make_error<MsgId::HWNOTCLEAN>(look.order.place);
    default:
      return make_error<MsgId::HWREMOTE>(look.order.place, "not heard");
  }
}

/// Empty: the group has none there.
std::string instance_at(const GroupLook& look, const std::string& node) {
  for (const Member& member : look.members)
    if (member.node() == node) return member.name();
  return {};
}

/// The instances that have all that the record, or the last root, says there is. `may_be_down`: it is only to be named.
void choose_place(GroupMigration& migration, bool may_be_down) {
  const GroupLook& look = migration.look;
  const std::optional<std::uint64_t> below = all_below(look);
  if (!below) {
    migration.refusals.push_back(
        make_error<MsgId::HWNOCAND>(fmt::format("what {} had is not known", look.reign.last_root)));
    return;
  }
  ChoiceRules rules;
  rules.max_lag_s = std::chrono::duration<double>(look.group->max_lag).count();
  rules.release = look.release_of(look.reign.last_root);
  rules.root = look.reign.last_root;
  rules.may_be_down = may_be_down;
  rules.has_below = *below;
  // Whom it leaves; a move that broke off may have named the new place already.
  if (look.order.place != look.order.move_to) rules.without = instance_at(look, look.order.place);
  migration.choice = choose_root(look.standings(look.reign.last_root), rules);
  const std::string meant = instance_at(look, look.order.move_to);
  if (std::ranges::find(migration.choice.able, meant) != migration.choice.able.end()) migration.to = meant;
  if (migration.to.empty() && migration.choice.best() != nullptr) migration.to = *migration.choice.best();
  if (!migration.to.empty()) return;
  const std::string reasons = reasons_of(migration.choice.others);
  migration.refusals.push_back(make_error<MsgId::HWNOCAND>(reasons));
}

/// Whether a move that did not end has made a root already, though the state does not say so yet.
bool has_moved(const GroupLook& look) {
  if (look.order.state != GroupState::Migrating || look.reign.root.empty()) return false;
  const std::string& node = look.member(look.reign.root)->node();
  return node == look.order.move_to || node != look.order.place;
}

/// As the table says; but a group whose root takes updates is not MIGRATING, whatever an old copy of the orders says.
GroupReaction reaction_of(const GroupLook& look, GroupEvent event) {
  const bool cancels = event != GroupEvent::Migrate;
  if (has_moved(look)) return react(cancels ? GroupState::Moved : GroupState::Migrating, event, false);
  if (look.shown_state() != GroupState::Migrating || look.reign.root.empty())
    return react(look.shown_state(), event, look.is_place_cleaned());
  return react(cancels ? GroupState::Quiescing : GroupState::Up, event, false);
}

GroupMigration look_for_migration(JobContext& context, const Group& group, const MigrateCommand& command) {
  GroupMigration migration;
  if (group.kind == GroupKind::Files) {
    migration.refusals.push_back(
        make_error<MsgId::HWREFUSED>("moving " + group.name, "its files are not moved by this release"));
    return migration;
  }
  migration.look = look_at(context, group);
  const GroupLook& look = migration.look;
  migration.reaction = reaction_of(look, event_of(command));
  if (has_moved(look)) migration.to = look.reign.root;
  for (const MsgId code : migration.reaction.refused) migration.refusals.push_back(error_of(look, code));
  if (!migration.refusals.empty() || has_moved(look)) return migration;
  const GroupAction action = migration.reaction.action;
  // A move of which this coordinator has not heard may have ended at a node that is silent now.
  if (action != GroupAction::None && action != GroupAction::TakeUnplanned && !look.reign.unproven.empty()) {
    migration.refusals.push_back(make_error<MsgId::HWNOTCLEAN>(look.member(look.reign.unproven.front())->node()));
    return migration;
  }
  switch (action) {
    case GroupAction::Move:
      choose_place(migration, false);
      break;
    case GroupAction::SetPlace:
      if (!look.reign.root.empty()) {
        migration.refusals.push_back(make_error<MsgId::HWMIGNOTDOWN>(look.reign.root, group.name));
      } else {
        choose_place(migration, true);
      }
      break;
    case GroupAction::TakeUnplanned:
      migration.lost = plan_failover(context, group, {});
      if (migration.lost.refusal) migration.refusals.push_back(*migration.lost.refusal);
      if (!migration.lost.look.reign.unproven.empty())
        migration.refusals.push_back(
            make_error<MsgId::HWNOTCLEAN>(look.member(migration.lost.look.reign.unproven.front())->node()));
      break;
    default:
      break;
  }
  return migration;
}

class Migrating {
 public:
  Migrating(JobContext& context, const GroupMigration& migration)
      : context_(context), migration_(migration), look_(migration.look), group_(migration.look.group->name) {}

  JobEnd run() {
    if (has_moved(look_)) return settle(migration_.to, look_.reign.epoch, {});
    switch (migration_.reaction.action) {
      case GroupAction::Move:
        return move();
      case GroupAction::TakeUnplanned:
        return take_unplanned();
      case GroupAction::SetPlace:
        return set_place();
      case GroupAction::LetUpdatesGo:
        return let_updates_go();
      case GroupAction::TakeBack:
      case GroupAction::TakeBackAndBoot:
        return take_back();
      default:
        context_.say.line(fmt::format("{} is {}", group_, word_of(look_.shown_state())));
        return end_of(Outcome::Done);
    }
  }

 private:
  JobEnd fail(const Error& why, const std::string& node = {}) { return end_with(context_, Outcome::Partly, why, node); }

  JobEnd settle(const std::string& root, std::uint64_t epoch, const SettleWishes& wishes) {
    if (const Status moved = change_state(context_, group_, GroupState::Moved); !moved) return fail(moved.error());
    const bool all = settle_group(context_, *look_.group, root, wishes);
    context_.say.line(root_line(look_, root, epoch));
    return end_of(all ? Outcome::Done : Outcome::Partly);
  }

  /// S4 to S8.
  JobEnd move() {
    if (hand_over(context_, look_, migration_.to, IfInVain::Stay) != HandoverEnd::NewReigns)
      return end_of(Outcome::Partly);
    SettleWishes wishes;
    wishes.gave_up = look_.reign.last_root;
    return settle(migration_.to, context_.epoch_made, wishes);
  }

  /// F2 to F5: pclean has said that the old place does not run.
  JobEnd take_unplanned() {
    std::string root = migration_.lost.root;
    std::uint64_t epoch = migration_.lost.look.reign.epoch;
    if (!migration_.lost.already) {
      const FailoverEnd end = fail_over(context_, migration_.lost, root);
      if (end != FailoverEnd::Reigns) return end_of(Outcome::Partly);
      epoch = context_.epoch_made;
    }
    SettleWishes wishes;
    wishes.rejoin = look_.group->auto_rejoin;
    wishes.start_place_servers = false;
    wishes.state = GroupState::Moved;
    return settle(root, epoch, wishes);
  }

  JobEnd set_place() {
    const Member& member = *look_.member(migration_.to);
    const std::uint64_t below = all_below(look_).value_or(0);
    const Status set = edit_group(context_, group_, [&](GroupOrder& order) {
      order.record.holder = member.name();
      order.record.lease = BoardLease::Down;
      order.record.seqno = below;
      order.place = member.node();
      order.move_to.clear();
    });
    if (!set) return refuse(context_, set.error());
    context_.say.line(fmt::format("{} is placed at {}", group_, member.node()));
    return end_of(Outcome::Done);
  }

  JobEnd let_updates_go() {
    const Member& root = *look_.member(look_.reign.last_root);
    if (root.heard() && !root.is_up()) return call_off_without_root(root);
    const bool is_stopped = root.heard() && !root.position->accepting;
    // A command that broke off may have told others of an epoch: they would not be fed by a lower reign.
    const bool anew = is_stopped && look_.reign.highest_epoch > root.position->pool_epoch;
    Status allowed = root.heard() ? Status() : Status(*root.fault);
    if (is_stopped && !anew) allowed = root.site->allow_updates(root.name(), in_any_case_by(kSmallStep));
    if (root.heard() && (anew || !allowed)) {
      // It has given up, or its pool is a new one.
      const std::uint64_t epoch = look_.next_epoch();
      allowed = fence_others(context_, look_, root.name(), epoch);
      if (!allowed) return fail(allowed.error());
      const Take taken = take_root(context_, look_, root.name(), epoch, root.position->next_seqno);
      if (taken.end != TakeEnd::Reigns) return fail(*taken.fault, taken.node);
    }
    if (!allowed) return fail(allowed.error(), root.node());
    const bool all = start_place_servers(context_, look_, look_.order.place);
    const Status ended = edit_group(context_, group_, [](GroupOrder& order) { order.move_to.clear(); });
    if (!ended) return fail(ended.error());
    if (const Status up = change_state(context_, group_, GroupState::Up); !up) return fail(up.error());
    return end_of(all ? Outcome::Done : Outcome::Partly);
  }

  /// It has crashed meanwhile: boot, or failover, as ever.
  JobEnd call_off_without_root(const Member& root) {
    const Status ended = edit_group(context_, group_, [](GroupOrder& order) { order.move_to.clear(); });
    if (!ended) return fail(ended.error());
    if (const Status failed = change_state(context_, group_, GroupState::Failed); !failed) return fail(failed.error());
    return fail(make_error<MsgId::HWFENCED>(root.name()), root.node());
  }

  /// Nobody takes updates until a boot.
  JobEnd take_back() {
    const std::uint64_t below = all_below(look_).value_or(0);
    if (const Status fenced = fence_others(context_, look_, {}, look_.next_epoch()); !fenced)
      return fail(fenced.error());
    const Status taken = edit_group(context_, group_, [&](GroupOrder& order) {
      order.record.holder = look_.reign.last_root;
      order.record.lease = BoardLease::Down;
      order.record.epoch = std::max(order.record.epoch, look_.next_epoch());
      order.record.seqno = below;
      order.wanted = Wanted::Down;
      order.move_to.clear();
    });
    if (!taken) return fail(taken.error());
    if (const Status gone = forget_place_servers(context_, group_); !gone) return fail(gone.error());
    if (const Status down = change_state(context_, group_, GroupState::Down); !down) return fail(down.error());
    if (migration_.reaction.action == GroupAction::TakeBack) return end_of(Outcome::Done);
    BootCommand boot;
    boot.selection.group = group_;
    return cluster::run(boot, context_);
  }

  JobContext& context_;
  const GroupMigration& migration_;
  const GroupLook& look_;
  const std::string& group_;
};

/// `acct: B: silent`, of all that have nobody.
std::optional<Error> no_alternates(const std::vector<GroupMigration>& migrations) {
  std::string groups;
  std::string reasons;
  for (const GroupMigration& one : migrations) {
    if (one.refusals.empty() || one.refusals.front().id != MsgId::HWNOCAND) continue;
    groups += (groups.empty() ? "" : ", ") + one.look.group->name;
    reasons += (reasons.empty() ? "" : "; ") + reasons_of(one.choice.others);
  }
  if (groups.empty()) return std::nullopt;
  return make_error<MsgId::HWNOALT>(groups, reasons);
}

Result<std::vector<GroupMigration>> look_for_all(const MigrateCommand& command, JobContext& context) {
  HW_TRY(const std::vector<const Group*> groups, groups_of(command, context));
  std::vector<GroupMigration> migrations;
  for (const Group* const group : groups) migrations.push_back(look_for_migration(context, *group, command));
  return migrations;
}

Status check_allowed(const MigrateCommand& command, const Domain& domain) {
  HW_TRY_VOID(check_manual(domain, command.node.empty() ? "migg" : "migm"));
  if (domain.domain.migrate) return {};
  if (command.node.empty()) return make_error<MsgId::HWMIGGOFF>();
  return make_error<MsgId::HWMIGMOFF>();
}

std::vector<Error> refusals_of(const MigrateCommand& command, const std::vector<GroupMigration>& migrations) {
  std::vector<Error> refusals;
  if (!command.node.empty())
    if (std::optional<Error> none = no_alternates(migrations)) refusals.push_back(*std::move(none));
  for (const GroupMigration& one : migrations)
    for (const Error& refusal : one.refusals)
      if (command.node.empty() || refusal.id != MsgId::HWNOCAND) refusals.push_back(refusal);
  return refusals;
}

}  // namespace

JobEnd run(const MigrateCommand& command, JobContext& context) {
  context.group = command.group;
  if (const Status allowed = check_allowed(command, context.domain); !allowed) return refuse(context, allowed.error());
  const Result<std::vector<GroupMigration>> migrations = look_for_all(command, context);
  if (!migrations) return end_with(context, Outcome::Usage, migrations.error());
  const std::vector<Error> refusals = refusals_of(command, *migrations);
  for (const Error& refusal : refusals) context.say.message(refusal);
  if (!refusals.empty()) return end_of(Outcome::Refused);
  if (migrations->empty()) context.say.line(fmt::format("no group is placed at {}", command.node));
  for (const GroupMigration& migration : *migrations) {
    JobEnd end = Migrating(context, migration).run();
    if (end.result.outcome != Outcome::Done) return end;
  }
  return end_of(Outcome::Done);
}

JobEnd plan(const MigrateCommand& command, JobContext& context) {
  if (const Status allowed = check_allowed(command, context.domain); !allowed)
    return end_of_plan(context, allowed.error());
  const Result<std::vector<GroupMigration>> migrations = look_for_all(command, context);
  if (!migrations) return end_with(context, Outcome::Usage, migrations.error());
  PlanSteps steps;
  steps.refusals = refusals_of(command, *migrations);
  for (const GroupMigration& one : *migrations) {
    if (one.reaction.action == GroupAction::TakeUnplanned) {
      const PlanSteps lost = steps_of(one.lost);
      steps.chosen = lost.chosen;
      steps.not_chosen = lost.not_chosen;
      steps.resync = lost.resync;
      steps.lost = lost.lost;
      steps.steps.insert(steps.steps.end(), lost.steps.begin(), lost.steps.end());
      continue;
    }
    if (!one.to.empty()) steps.chosen = fmt::format("{}: next {}", one.to, one.look.next_seqno_of(one.to));
    for (const NotChosen& other : one.choice.others)
      steps.not_chosen.push_back(fmt::format("{}: {}", other.instance, other.why));
    if (one.reaction.action == GroupAction::Move)
      for (const ChangeStep step : {ChangeStep::S4, ChangeStep::S5, ChangeStep::S6, ChangeStep::S7, ChangeStep::S8})
        steps.steps.push_back(text_of(step, one.to, one.look.reign.last_root));
    if (one.refusals.empty() && one.reaction.next != one.look.shown_state())
      steps.steps.push_back(change_line(one.look.group->name, one.look.shown_state(), one.reaction.next));
  }
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster

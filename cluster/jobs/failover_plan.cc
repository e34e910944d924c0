#include <algorithm>

#include "cluster/jobs/failover.h"
#include "cluster/jobs/switchover.h"
#include "cluster/plan/change_steps.h"

namespace hw::cluster {
namespace {

/// With dcs manual a lease has no end.
Error lease_valid(const std::string& root) {
  Error error = make_error<MsgId::HWLEASEVALID>(root, "unlimited");
  error.note("it answers and takes updates: hwadm switchover, or failover -force");
  return error;
}

std::string names_of(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

class Planning {
 public:
  Planning(JobContext& context, const Group& group, const FailoverWish& wish) {
    plan_.wish = wish;
    plan_.look = look_at(context, group);
    plan_.from = reign().last_root;
    plan_.lost_root = plan_.from;
    plan_.lost_epoch = reign().last_epoch;
    if (reign().highest_epoch > reign().last_epoch && reign().unproven.size() == 1) {
      plan_.lost_root = reign().unproven.front();
      plan_.lost_epoch = reign().highest_epoch;
    }
  }

  FailoverPlan make() {
    if ((plan_.refusal = refusal_of_state()) || is_done()) return std::move(plan_);
    if (!reign().root.empty() && !plan_.wish.force) {
      plan_.refusal = lease_valid(reign().root);
      return std::move(plan_);
    }
    if ((plan_.refusal = choose())) return std::move(plan_);
    weigh();
    ask();
    return std::move(plan_);
  }

 private:
  const Reign& reign() const { return plan_.look.reign; }

  std::optional<Error> refusal_of_state() const {
    const std::string& group = plan_.look.group->name;
    if (plan_.look.is_being_moved()) return make_error<MsgId::HWMOVING>(group);
    if (plan_.from.empty()) return make_error<MsgId::HWNOCAND>(fmt::format("{} has never had a root; boot it", group));
    return std::nullopt;
  }

  bool is_done() {
    const std::string& root = reign().root;
    if (root.empty() || reign().accepting.size() > 1) return false;
    plan_.already = plan_.wish.to.empty() ? is_unsettled(plan_.look) : plan_.wish.to == root;
    plan_.root = plan_.already ? root : "";
    return plan_.already;
  }

  std::optional<Error> choose() {
    standings_ = plan_.look.standings(plan_.from);
    ChoiceRules rules;
    rules.kind = ChangeKind::Unplanned;
    rules.max_lag_s = static_cast<double>(plan_.look.group->max_lag.count()) / 1000;
    rules.root = plan_.from;
    // When two take updates, the one of the later reign may go on, after both have been stopped.
    if (reign().accepting.size() < 2) rules.without = reign().root;
    plan_.choice = choose_root(standings_, rules);
    plan_.order = plan_.choice.able;
    const std::string& to = plan_.wish.to;
    if (!to.empty()) {
      const auto named = std::ranges::find(plan_.order, to);
      if (named == plan_.order.end()) {
        const std::string why = objection_to(*standing_of(standings_, to), rules);
        return make_error<MsgId::HWNOCAND>(fmt::format("{}: {}", to, why));
      }
      std::rotate(plan_.order.begin(), named, named + 1);
    }
    if (plan_.order.empty()) return make_error<MsgId::HWNOCAND>(reasons_of(plan_.choice.others));
    return std::nullopt;
  }

  /// F2: what is lost.
  void weigh() {
    const Standing& chosen = *standing_of(standings_, plan_.order.front());
    plan_.loss = loss_of(known_below(), chosen.has_below());
    if (chosen.instance == plan_.lost_root) plan_.loss = loss_of(chosen.has_below(), chosen.has_below());
    const std::int64_t limit = plan_.look.group->max_loss;
    if (is_above(plan_.loss, limit) && !plan_.wish.force)
      plan_.refusal = make_error<MsgId::HWLOSSLIMIT>(chosen.instance, *plan_.loss.count, limit);
  }

  /// The last root's next seqno as far as it is known: of itself, or from who has something of its reign.
  std::uint64_t known_below() const {
    std::uint64_t below = plan_.look.next_seqno_of(plan_.from);
    for (const Standing& one : standings_)
      if (one.heard && one.follows) below = std::max(below, one.has_below());
    return below;
  }

  /// Answers are only counted, and nodes come and go while an operator thinks: that a silent instance is off is always
  /// one question more than the same command has without silence, so that no other yes is taken for this one.
  void ask() {
    plan_.questions.push_back(what_is_done());
    if (plan_.wish.force)
      plan_.questions.push_back(
          reign().root.empty()
              ? fmt::format("The old root {} must not run. Go on?", plan_.from)
              : fmt::format("{} takes updates and is stopped now. The old root must not run. Go on?", reign().root));
    // With a lease its end is known: who is not heard is fenced by then.
    const bool leased = plan_.look.domain->domain.dcs == Dcs::Etcd;
    if (!reign().unproven.empty() && !leased)
      plan_.questions.push_back(
          fmt::format("{} is not heard, and may be taking updates. The old root must not run: is it off?",
                      names_of(reign().unproven)));
  }

  std::string what_is_done() const {
    const std::string& to = plan_.order.front();
    const std::string& group = plan_.look.group->name;
    if (to == plan_.from) return fmt::format("Makes {} root of {} again.", to, group);
    const std::string lost = plan_.loss.count ? plan_.loss.text() : "not known";
    const std::string& best = *plan_.choice.best();
    const std::uint64_t own = standing_of(standings_, to)->has_below();
    const std::uint64_t most = standing_of(standings_, best)->has_below();
    return fmt::format("Makes {} root of {} in place of {}{}; transactions lost: {}.", to, group, plan_.from,
                       most > own ? fmt::format(", though {} has {} more", best, most - own) : "", lost);
  }

  FailoverPlan plan_;
  std::vector<Standing> standings_;
};

std::string yes_or_no(bool is) { return is ? "yes" : "no"; }

}  // namespace

FailoverPlan plan_failover(JobContext& context, const Group& group, const FailoverWish& wish) {
  return Planning(context, group, wish).make();
}

PlanSteps steps_of(const FailoverPlan& plan) {
  PlanSteps steps;
  if (plan.refusal) steps.refusals.push_back(*plan.refusal);
  if (plan.already) {
    steps.chosen = fmt::format("{}: is root already", plan.root);
    return steps;
  }
  const std::vector<Standing> standings = plan.look.standings(plan.from);
  for (const NotChosen& other : plan.choice.others)
    if (plan.order.empty() || other.instance != plan.order.front())
      steps.not_chosen.push_back(fmt::format("{}: {}", other.instance, other.why));
  if (plan.order.empty()) return steps;
  const std::string& to = plan.order.front();
  // Not among the others, when another one was named.
  if (const std::string& best = *plan.choice.best(); best != to)
    steps.not_chosen.push_back(fmt::format("{}: {} was named", best, to));
  const Standing& standing = *standing_of(standings, to);
  steps.chosen = fmt::format("{}: {}", to, reason_for(standing));
  steps.resync = plan.loss.resync;
  steps.lost = plan.loss.text();
  steps.pause_s = expected_pause_s({});
  const bool valid = !plan.look.reign.root.empty() || !plan.look.reign.unproven.empty();
  const bool above = is_above(plan.loss, plan.look.group->max_loss);
  steps.steps.push_back(fmt::format("F1 {}, HWLEASEVALID {}", plan.from, yes_or_no(valid)));
  steps.steps.push_back(fmt::format("F2 {}, HWLOSSLIMIT {}", to, yes_or_no(above)));
  for (const ChangeStep step : {ChangeStep::F3, ChangeStep::F4, ChangeStep::F5})
    steps.steps.push_back(text_of(step, to, plan.from));
  // What -y alone says yes to is the first.
  for (const std::string& question : plan.questions)
    steps.questions.push_back(question == plan.questions.front() ? question : question + " (with -y: -force)");
  return steps;
}

}  // namespace hw::cluster

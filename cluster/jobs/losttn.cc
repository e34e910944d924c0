// losttn: the receipts of lost transactions. apply and complete are done at the group's root, where a receipt is
// brought first if it is elsewhere.
#include <algorithm>

#include "cluster/board/board_tables.h"
#include "cluster/jobs/group_look.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/jobs.h"
#include "cluster/jobs/receipts.h"
#include "cluster/jobs/until_fed.h"
#include "cluster/plan/loss.h"

namespace hw::cluster {
namespace {

void say_lines(JobContext& context, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    context.say.line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

Error none_of(const std::string& id) {
  return make_error<MsgId::HWREFUSED>("Receipt " + id, "there is none of that id on the board");
}

/// The root of a group, which is heard and takes updates. Errors: CLIERR, HWNOCAND.
Result<Member> root_member(JobContext& context, const std::string& group_name) {
  HW_TRY(const Group* const group, role_group_of(context.domain, {}, group_name));
  const GroupLook look = look_at(context, *group);
  const Member* const root = look.member(look.reign.root);
  if (root == nullptr) return make_error<MsgId::HWNOCAND>(group_name + " has no root that takes updates");
  return *root;
}

JobEnd list(const LosttnCommand& command, JobContext& context) {
  Board board = context.board();
  std::erase_if(board.receipts,
                [&](const Receipt& receipt) { return !command.group.empty() && receipt.group != command.group; });
  JobEnd end = end_of(Outcome::Done);
  end.result.rows = receipt_table(board);
  say_lines(context, text_of(end.result.rows));
  return end;
}

JobEnd show(const Receipt& receipt, JobContext& context) {
  const Result<ReceiptFile> file = read_receipt_of(context, receipt);
  if (!file) return refuse(context, file.error(), receipt.node);
  JobEnd end = end_of(Outcome::Done);
  end.result.rows = lost_transaction_table(file->transactions);
  end.result.values = receipt_values(file->receipt);
  say_lines(context, receipt_text(*file));
  return end;
}

JobEnd diff(const Receipt& receipt, JobContext& context) {
  const Result<Site*> site = context.sites.at(receipt.node);
  if (!site) return refuse(context, site.error(), receipt.node);
  const Result<std::vector<LostNode>> nodes = (*site)->compare_lost(receipt.id, context.deadline);
  if (!nodes) return refuse(context, nodes.error(), receipt.node);
  JobEnd end = end_of(Outcome::Done);
  end.result.rows = diff_table(*nodes);
  end.result.values = receipt_values(receipt);
  say_lines(context, diff_text(receipt, *nodes));
  return end;
}

/// Where `losttn apply` is done. Errors: HWLOSTOPEN; those of root_member.
Result<Member> root_for(const Receipt& receipt, JobContext& context) {
  if (receipt.state == ReceiptState::Open) return make_error<MsgId::HWLOSTOPEN>(receipt.id);
  return root_member(context, receipt.group);
}

JobEnd apply(const Receipt& receipt, JobContext& context) {
  if (receipt.state == ReceiptState::Complete) {
    context.say.line(fmt::format("{} is complete", receipt.id));
    return end_of(Outcome::Done);
  }
  const Result<Member> root = root_for(receipt, context);
  if (!root) return refuse(context, root.error());
  if (const Status there = bring_receipt(context, receipt, root->node()); !there)
    return refuse(context, there.error(), receipt.node);
  // Just after a rejoin the instance that lost them has not talked to the root yet, and the root refuses until it has.
  const Result<Site::Applied> applied = look_until_fed(
      context, [&] { return root->site->apply_receipt(receipt.id, context.deadline); },
      [](const Result<Site::Applied>& found) { return !found && found.error().id == MsgId::HWREFUSED; });
  if (!applied) return end_with(context, Outcome::Partly, applied.error(), root->node());
  context.say.line(fmt::format("applied {}, conflicts {}", applied->applied, applied->conflicts));
  JobEnd end = end_of(Outcome::Done);
  end.result.values = {{"applied", applied->applied}, {"conflicts", applied->conflicts}};
  return end;
}

JobEnd move(const Receipt& receipt, const std::string& node, JobContext& context) {
  if (context.domain.node(node) == nullptr) return end_with(context, Outcome::Usage, unknown_name("node", node));
  if (const Status there = bring_receipt(context, receipt, node); !there)
    return refuse(context, there.error(), receipt.node);
  context.say.line(fmt::format("{} is at {}", receipt.id, node));
  return end_of(Outcome::Done);
}

std::string ids_of(const std::vector<Receipt>& receipts) {
  std::string ids;
  for (const Receipt& receipt : receipts) ids += (ids.empty() ? "" : ", ") + receipt.id;
  return ids;
}

/// Of `losttn complete`: receipts that are not complete, and why not, or what must be asked.
struct CompletePlan {
  std::vector<Receipt> receipts;
  std::optional<Error> refusal;
  std::string question;
};

CompletePlan plan_complete(const LosttnCommand& command, const JobContext& context) {
  CompletePlan plan;
  if (!command.group.empty() && context.domain.group(command.group) == nullptr) {
    plan.refusal = unknown_name("group", command.group);
    return plan;
  }
  std::vector<Receipt> given_up;
  for (const Receipt& receipt : context.board().receipts) {
    if (receipt.state == ReceiptState::Complete) continue;
    if (!command.group.empty() && receipt.group != command.group) continue;
    plan.receipts.push_back(receipt);
    if (!is_settled(receipt)) given_up.push_back(receipt);
  }
  if (!given_up.empty() && !command.force) plan.refusal = make_error<MsgId::HWLOSTOPEN>(ids_of(given_up));
  plan.question = fmt::format("Completes {}{}: nobody can tell any more what was changed since.", ids_of(plan.receipts),
                              given_up.empty() ? "" : fmt::format(", and gives up {}", ids_of(given_up)));
  return plan;
}

JobEnd complete(const LosttnCommand& command, JobContext& context) {
  const CompletePlan plan = plan_complete(command, context);
  if (plan.refusal) return refuse_or_usage(context, *plan.refusal);
  if (plan.receipts.empty()) {
    context.say.line("no receipt is open");
    return end_of(Outcome::Done);
  }
  if (context.yes < 1) return ask_first(plan.question);
  for (const Receipt& receipt : plan.receipts) {
    const Result<Member> root = root_member(context, receipt.group);
    if (!root) return end_with(context, Outcome::Partly, root.error());
    if (const Status there = bring_receipt(context, receipt, root->node()); !there)
      return end_with(context, Outcome::Partly, there.error(), receipt.node);
    const Status done = root->site->complete_receipt(receipt.id, step_by(context, std::chrono::minutes(1)));
    if (!done) return end_with(context, Outcome::Partly, done.error(), root->node());
    context.say.line(fmt::format("{} is complete{}", receipt.id, is_settled(receipt) ? "" : ", given up"));
  }
  return end_of(Outcome::Done);
}

std::string text_of_bringing(const Receipt& receipt, const std::string& node) {
  return fmt::format("{} from {} to {}", receipt.id, receipt.node, node);
}

JobEnd plan_complete_steps(const LosttnCommand& command, JobContext& context) {
  const CompletePlan plan = plan_complete(command, context);
  if (plan.refusal) return end_of_plan(context, *plan.refusal);
  PlanSteps steps;
  for (const Receipt& receipt : plan.receipts) steps.steps.push_back(receipt.id + " complete");
  if (!plan.receipts.empty()) steps.questions = {plan.question};
  return end_of_plan(context, steps);
}

JobEnd plan_apply(const Receipt& receipt, JobContext& context) {
  PlanSteps steps;
  if (receipt.state == ReceiptState::Complete) return end_of_plan(context, steps);
  const Result<Member> root = root_for(receipt, context);
  if (!root) return end_of_plan(context, root.error());
  if (receipt.node != root->node()) steps.steps.push_back(text_of_bringing(receipt, root->node()));
  steps.steps.push_back(fmt::format("{} applied at {}", receipt.id, root->name()));
  return end_of_plan(context, steps);
}

}  // namespace

JobEnd run(const LosttnCommand& command, JobContext& context) {
  context.group = command.group;
  if (command.action == "list") return list(command, context);
  if (command.action == "complete") return complete(command, context);
  const Board board = context.board();
  const Receipt* const receipt = board.receipt(command.id);
  if (receipt == nullptr) return refuse(context, none_of(command.id));
  context.group = receipt->group;
  if (command.action == "show") return show(*receipt, context);
  if (command.action == "diff") return diff(*receipt, context);
  if (command.action == "apply") return apply(*receipt, context);
  if (command.action == "move") return move(*receipt, command.node, context);
  return end_with(context, Outcome::Usage,
                  make_error<MsgId::CLIERR>(fmt::format("losttn {}: no such action", command.action)));
}

JobEnd plan(const LosttnCommand& command, JobContext& context) {
  if (command.action == "complete") return plan_complete_steps(command, context);
  const Board board = context.board();
  const Receipt* const receipt = board.receipt(command.id);
  if (receipt == nullptr) return end_of_plan(context, none_of(command.id));
  if (command.action == "apply") return plan_apply(*receipt, context);
  if (context.domain.node(command.node) == nullptr) return end_of_plan(context, unknown_name("node", command.node));
  PlanSteps steps;
  if (receipt->node != command.node) steps.steps.push_back(text_of_bringing(*receipt, command.node));
  return end_of_plan(context, steps);
}

}  // namespace hw::cluster

#include "cluster/jobs/jobs.h"

#include <algorithm>
#include <iterator>

#include "cluster/board/json.h"
#include "cluster/jobs/group_look.h"
#include "cluster/jobs/job_end.h"
#include "cluster/jobs/lease_change.h"

namespace hw::cluster {
namespace {

using Runner = JobEnd (*)(std::string_view arguments, JobContext& context);

template <class Command>
JobEnd run_decoded(std::string_view arguments, JobContext& context) {
  const Result<Command> command = command_of<Command>(arguments);
  if (!command) return end_with(context, Outcome::Usage, command.error());
  return run(*command, context);
}

template <class Command>
JobEnd plan_decoded(std::string_view arguments, JobContext& context) {
  const Result<Command> command = command_of<Command>(arguments);
  if (!command) return end_with(context, Outcome::Usage, command.error());
  return plan(*command, context);
}

/// losttn.list, losttn.show, losttn.diff: reads, whose verb is the action.
JobEnd run_losttn(std::string_view action, std::string_view arguments, JobContext& context) {
  Result<LosttnCommand> command = command_of<LosttnCommand>(arguments);
  if (!command) return end_with(context, Outcome::Usage, command.error());
  command->action = action;
  return run(*command, context);
}

/// The records of groups are made anew where a store has lost them.
JobEnd run_epoch_base(std::string_view, JobContext& context) {
  constexpr std::string_view kCommand = "config epoch-base";
  if (context.domain.domain.dcs == Dcs::Manual)
    return refuse(context, make_error<MsgId::HWREFUSED>(kCommand, "with dcs manual there is no lease store"));
  if (const Status may = check_changes(context.domain, kCommand); !may) return refuse(context, may.error());
  return make_records(context);
}

struct JobRow {
  std::string_view verb;
  Runner runner;
  Runner planner;  ///< null: cannot be planned
};

constexpr JobRow kJobs[] = {
    {"boot", run_decoded<BootCommand>, plan_decoded<BootCommand>},
    {"down", run_decoded<DownCommand>, plan_decoded<DownCommand>},
    {"pclean", run_decoded<PcleanCommand>, nullptr},
    {"switchover", run_decoded<SwitchoverCommand>, plan_decoded<SwitchoverCommand>},
    {"failover", run_decoded<FailoverCommand>, plan_decoded<FailoverCommand>},
    {"rejoin", run_decoded<RejoinCommand>, plan_decoded<RejoinCommand>},
    {"reparent", run_decoded<ReparentCommand>, plan_decoded<ReparentCommand>},
    {"refresh", run_decoded<RefreshCommand>, plan_decoded<RefreshCommand>},
    {"migg", run_decoded<MigrateCommand>, plan_decoded<MigrateCommand>},
    {"migm", run_decoded<MigrateCommand>, plan_decoded<MigrateCommand>},
    {"losttn", run_decoded<LosttnCommand>, plan_decoded<LosttnCommand>},
    {"losttn.list", [](std::string_view a, JobContext& c) { return run_losttn("list", a, c); }, nullptr},
    {"losttn.show", [](std::string_view a, JobContext& c) { return run_losttn("show", a, c); }, nullptr},
    {"losttn.diff", [](std::string_view a, JobContext& c) { return run_losttn("diff", a, c); }, nullptr},
    {"pause", run_decoded<PauseCommand>, plan_decoded<PauseCommand>},
    {"resume", run_decoded<ResumeCommand>, plan_decoded<ResumeCommand>},
    {"fence", run_decoded<FenceCommand>, nullptr},
    {"config.epoch-base", run_epoch_base, nullptr},
    {"drill", run_decoded<DrillCommand>, plan_decoded<DrillCommand>},
};

const JobRow* row_of(std::string_view verb) {
  const auto* const found = std::ranges::find(kJobs, verb, &JobRow::verb);
  return found == std::end(kJobs) ? nullptr : found;
}

/// Keeps what is said for the result.
class KeptMessages final : public Say {
 public:
  explicit KeptMessages(Say& to) : to_(to) {}
  void line(std::string_view text) override { to_.line(text); }
  void message(const Error& error, std::string_view node) override {
    said_.push_back(message_of(error, node));
    to_.message(error, node);
  }
  std::vector<ResultMessage> take() { return std::move(said_); }

 private:
  Say& to_;
  std::vector<ResultMessage> said_;
};

JobEnd no_job(std::string_view verb, std::string_view why, JobContext& context) {
  return end_with(context, Outcome::Usage, make_error<MsgId::CLIERR>(fmt::format("{}: {}", verb, why)));
}

JobEnd run_plan(std::string_view arguments, JobContext& context) {
  const Json json = parse_bounded(arguments);
  if (!json.is_object() || !json.contains("command") || !json["command"].is_string())
    return no_job("plan", "no command is named", context);
  const auto verb = json["command"].get<std::string>();
  const JobRow* const row = row_of(verb);
  if (row == nullptr || row->planner == nullptr) return no_job(verb, "cannot be planned", context);
  return row->planner(json.contains("arguments") ? dump(json["arguments"]) : "{}", context);
}

JobEnd run_any(std::string_view verb, std::string_view arguments, JobContext& context) {
  if (verb == "plan") return run_plan(arguments, context);
  const JobRow* const row = row_of(verb);
  if (row == nullptr) return no_job(verb, "no such command", context);
  return row->runner(arguments, context);
}

}  // namespace

bool is_job(std::string_view verb) { return verb == "plan" || row_of(verb) != nullptr; }

JobEnd run_job(std::string_view verb, std::string_view arguments_json, JobContext& context) {
  KeptMessages kept(context.say);
  JobContext inner{.domain = context.domain,
                   .generation = context.generation,
                   .board = context.board,
                   .sites = context.sites,
                   .orders = context.orders,
                   .say = kept,
                   .deadline = context.deadline,
                   .cancelled = context.cancelled,
                   .yes = context.yes,
                   .stored = context.stored,
                   .look_now = context.look_now};
  JobEnd end = run_any(verb, arguments_json, inner);
  context.epoch_made = inner.epoch_made;
  context.group = inner.group;
  for (ResultMessage& message : kept.take()) end.result.messages.push_back(std::move(message));
  return end;
}

}  // namespace hw::cluster

/// cluster/jobs/jobs.h -- the commands that the coordinator carries out, each by its struct, and all by their verbs.
///
/// `run` does it, `plan` says what it would do and changes nothing. Both check names and states first: what is refused
/// (Outcome::Refused, Usage) has changed nothing, and neither has what must be confirmed (JobEnd::ask).
///
/// Lines and messages go out through `context.say` as they come; `run_job` also puts the messages into the result, so
/// that a job says each of them once. A job may work at several nodes at the same time; it calls `say` from one thread
/// at a time.
///
/// Blocks: until `context.deadline` at the latest, then Outcome::Running; ends sooner, as if a step had failed, when
/// `context.cancelled` is set. Thread: one job at a time.
/// Source: operations, sections 4, 6, 7 and 10.
#pragma once

#include <string_view>

#include "cluster/jobs/job.h"
#include "cluster/plan/commands.h"

namespace hw::cluster {

JobEnd run(const BootCommand& command, JobContext& context);
JobEnd run(const DownCommand& command, JobContext& context);
JobEnd run(const PcleanCommand& command, JobContext& context);
JobEnd run(const SwitchoverCommand& command, JobContext& context);
JobEnd run(const FailoverCommand& command, JobContext& context);
JobEnd run(const RejoinCommand& command, JobContext& context);
JobEnd run(const ReparentCommand& command, JobContext& context);
JobEnd run(const RefreshCommand& command, JobContext& context);
JobEnd run(const MigrateCommand& command, JobContext& context);
JobEnd run(const LosttnCommand& command, JobContext& context);
JobEnd run(const PauseCommand& command, JobContext& context);
JobEnd run(const ResumeCommand& command, JobContext& context);
JobEnd run(const FenceCommand& command, JobContext& context);
JobEnd run(const DrillCommand& command, JobContext& context);

/// `plan COMMAND …`: its lines (cluster/plan/plan_steps.h). Never asks; exit 1 if the command would be refused.
JobEnd plan(const BootCommand& command, JobContext& context);
JobEnd plan(const DownCommand& command, JobContext& context);
JobEnd plan(const SwitchoverCommand& command, JobContext& context);
JobEnd plan(const FailoverCommand& command, JobContext& context);
JobEnd plan(const RejoinCommand& command, JobContext& context);
JobEnd plan(const ReparentCommand& command, JobContext& context);
JobEnd plan(const RefreshCommand& command, JobContext& context);
JobEnd plan(const MigrateCommand& command, JobContext& context);
JobEnd plan(const LosttnCommand& command, JobContext& context);
JobEnd plan(const PauseCommand& command, JobContext& context);
JobEnd plan(const ResumeCommand& command, JobContext& context);
JobEnd plan(const DrillCommand& command, JobContext& context);

/// Whether `run_job` knows the verb: a command above that is built (a row of jobs.cc), `migg` and `migm` for
/// MigrateCommand, or `plan`.
bool is_job(std::string_view verb);

/// Whether it starts or stops servers as long as it has time; everything else goes on to its end.
inline bool ends_by_deadline(std::string_view verb) { return verb == "boot" || verb == "down"; }

/// `arguments_json` is what json_of_command makes; of `plan` it is `{"command":VERB,"arguments":{…}}`. Arguments that
/// are not the command's, a verb that is no job's or cannot be planned: Outcome::Usage, CLIERR.
JobEnd run_job(std::string_view verb, std::string_view arguments_json, JobContext& context);

}  // namespace hw::cluster

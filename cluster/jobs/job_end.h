/// cluster/jobs/job_end.h -- the ways in which a job ends, in one line each.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cluster/jobs/job.h"
#include "cluster/plan/plan_steps.h"
#include "cluster/plan/unknown_name.h"

namespace hw::cluster {

inline JobEnd end_of(Outcome outcome) {
  JobEnd end;
  end.result.outcome = outcome;
  return end;
}

/// Says why, and ends with `outcome`. `node`: whose fault it is; empty: none's.
inline JobEnd end_with(JobContext& context, Outcome outcome, const Error& why, std::string_view node = {}) {
  context.say.message(why, node);
  return end_of(outcome);
}

/// Nothing has been changed.
inline JobEnd refuse(JobContext& context, const Error& why, std::string_view node = {}) {
  return end_with(context, Outcome::Refused, why, node);
}

/// The same, of a plan that could not be made: CLIERR is of the command line.
inline JobEnd refuse_or_usage(JobContext& context, const Error& why) {
  return end_with(context, why.id == MsgId::CLIERR ? Outcome::Usage : Outcome::Refused, why);
}

/// Nothing has been changed, and nothing will be before the caller's user has said yes to this line.
inline JobEnd ask_first(std::string text) {
  JobEnd end = end_of(Outcome::Refused);
  end.ask = std::move(text);
  return end;
}

/// `plan COMMAND`: its lines, and what --json has of it.
inline JobEnd end_of_plan(JobContext& context, const PlanSteps& plan) {
  for (const std::string& line : lines_of(plan)) context.say.line(line);
  return {result_of(plan), std::nullopt};
}

/// The command would be refused, and nothing else is known of it.
inline JobEnd end_of_plan(JobContext& context, const Error& why) {
  if (why.id == MsgId::CLIERR) return end_with(context, Outcome::Usage, why);
  PlanSteps plan;
  plan.refusals.push_back(why);
  return end_of_plan(context, plan);
}

inline bool is_over(const JobContext& context) { return std::chrono::steady_clock::now() >= context.deadline; }

}  // namespace hw::cluster

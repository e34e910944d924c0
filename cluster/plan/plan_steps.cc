#include "cluster/plan/plan_steps.h"

#include <fmt/format.h>

namespace hw::cluster {
namespace {

std::string line(std::string_view word, std::string_view text) { return fmt::format("{:<8} {}", word, text); }

/// With what is advised: the notes behind its message.
std::string text_of_refusal(const Error& error) {
  std::string text = fmt::format("{} {}", message_row(error.id).name, error.text);
  for (const std::string& note : error.extra) text += fmt::format("; {}", note.substr(note.find(", ") + 2));
  return text;
}

}  // namespace

std::vector<std::string> lines_of(const PlanSteps& plan) {
  std::vector<std::string> lines;
  if (!plan.chosen.empty()) lines.push_back(line("chosen", plan.chosen));
  for (const std::string& other : plan.not_chosen) lines.push_back(line("not", other));
  if (plan.resync) lines.push_back(line("resync", std::to_string(*plan.resync)));
  if (!plan.lost.empty()) lines.push_back(line("lost", plan.lost));
  if (plan.pause_s) lines.push_back(line("pause", fmt::format("{:.1f} s", *plan.pause_s)));
  for (const std::string& step : plan.steps) lines.push_back(line("step", step));
  for (const std::string& question : plan.questions) lines.push_back(line("asks", question));
  for (const Error& refusal : plan.refusals) lines.push_back(line("refused", text_of_refusal(refusal)));
  return lines;
}

CommandResult result_of(const PlanSteps& plan) {
  CommandResult result;
  result.outcome = plan.refusals.empty() ? Outcome::Done : Outcome::Refused;
  result.values = {{"chosen", cell_of(plan.chosen)},
                   {"resync", cell_of(plan.resync)},
                   {"lost", cell_of(plan.lost)},
                   {"pause", cell_of(plan.pause_s)}};
  std::vector<std::string> refused;
  for (const Error& refusal : plan.refusals) refused.push_back(text_of_refusal(refusal));
  result.lists = {{"not", plan.not_chosen}, {"steps", plan.steps}, {"asks", plan.questions}, {"refused", refused}};
  return result;
}

}  // namespace hw::cluster

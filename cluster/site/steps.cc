#include "cluster/site/steps.h"

#include <utility>

#include "cluster/site/message_text.h"

namespace hw::cluster {
namespace {

/// How long a step that was told to end may still take: mupip finishes or undoes what it has begun.
constexpr auto kGrace = std::chrono::hours(1);

/// Between the caller, who may have gone, and the loop.
struct Running {
  std::optional<StepRunner::Id> id;
  std::optional<StepResult> result;
};

}  // namespace

std::string step_name(std::string_view deed, std::string_view instance) { return fmt::format("{} {}", deed, instance); }

std::string instance_of_step(std::string_view name) {
  const std::size_t blank = name.rfind(' ');
  return blank == std::string_view::npos ? std::string() : std::string(name.substr(blank + 1));
}

Result<StepResult> Steps::run(const Call& call, std::string_view deed, std::string_view program,
                              std::vector<std::string> arguments) {
  StepSpec spec;
  spec.group = call.place.group->name;
  spec.name = step_name(deed, call.place.instance->name);
  spec.grace = kGrace;
  HW_TRY(spec.what, program_at(call.place, program, std::move(arguments)));
  const auto running = std::make_shared<Running>();
  loop_.post([this, running, spec, hold = call.hold] {
    const auto id = runner_.run(spec, [waits = waits_, running, hold](StepResult result) {
      waits->change([&] { running->result = std::move(result); });
    });
    waits_->change([&] { running->id = id; });
  });
  const auto ended = [&] { return running->result.has_value(); };
  const auto cancelled = [&] { return is_cancelled(call.cancelled); };
  bool has_ended = waits_->wait(call.deadline, [&] { return ended() || cancelled(); }) && waits_->look(ended);
  const bool was_cancelled = waits_->look(cancelled);
  if (!has_ended && (was_cancelled || call.at_deadline == AtDeadline::Cancel))
    loop_.post([this, running] { runner_.cancel(running->id.value_or(0)); });
  // Who breaks it off waits for its end: something else is to be done then.
  if (!has_ended && was_cancelled) has_ended = waits_->wait(call.deadline, ended);
  if (!has_ended) return make_error<MsgId::HWREMOTE>(node_, fmt::format("{} is not done yet", spec.name));
  return std::move(*running->result);
}

Result<StepResult> Steps::run_well(const Call& call, std::string_view deed, std::string_view program,
                                   std::vector<std::string> arguments) {
  HW_TRY(StepResult result, run(call, deed, program, std::move(arguments)));
  if (!result.well()) return failure(call.place, deed, result);
  return result;
}

Error Steps::failure(const InstancePlace& place, std::string_view deed, const StepResult& result) const {
  if (auto printed = error_of_output(result.err)) return *std::move(printed);
  if (auto printed = error_of_output(result.out)) return *std::move(printed);
  Error error = make_error<MsgId::HWREMOTE>(
      node_, fmt::format("{}: {}", step_name(deed, place.instance->name), result.describe()));
  if (!result.err.empty()) error.note(std::string_view(result.err).substr(0, result.err.find('\n')));
  return error;
}

void Steps::adopt(const ProcessRow& found, std::shared_ptr<InstanceHold> hold) {
  runner_.adopt(found, [hold = std::move(hold)](const StepResult&) {});
}

}  // namespace hw::cluster

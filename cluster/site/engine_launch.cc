#include "cluster/site/engine_launch.h"

#include <algorithm>
#include <chrono>

#include "cluster/site/instance_care.h"
#include "cluster/site/lost_and_found.h"
#include "cluster/site/server_launch.h"
#include "replic/control/fence.h"

namespace hw::cluster {
namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(100);

std::string secondary_of(const StartRequest& request) { return std::string(name_behind_kind(request.server.name)); }

/// The place that one of an instance's source servers has for the refresh port is taken.
bool has_other_source(const InstanceLook& look, const std::string& secondary) {
  return std::ranges::any_of(look.sources,
                             [&](const SourceSeen& source) { return source.alive && source.to != secondary; });
}

Result<std::vector<std::string>> arguments_of(const InstancePlace& place, const StartRequest& request,
                                              const InstanceLook& look) {
  EngineStart how;
  // Before its reign a root counts as a secondary. Its file says that it was root; of one that has never reigned only
  // who starts it knows.
  how.as_root = request.as_root || (look.position.up && look.was_root);
  how.passive = request.passive;
  how.update_resync = request.update_resync && !look.position.has_history;
  how.refresh_port = !has_other_source(look, secondary_of(request));
  how.options = request.options;
  if (request.server.kind == ServerKind::Receiver) return receiver_start_arguments(place, how);
  return source_start_arguments(place, secondary_of(request), how);
}

/// Waits until a look says so. False at the deadline, and when that is cancelled.
template <typename Says>
bool wait_looking(SiteParts& parts, Deadline deadline, const CancelFlag& cancelled, const Says& says) {
  for (;;) {
    if (says()) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || parts.waits->is_closed()) return false;
    // Servers announce this to nobody: it is examined ten times a second.
    const auto until = std::min(deadline, now + kLookAgain);
    if (parts.waits->wait(until, [&] { return is_cancelled(cancelled); })) return false;
  }
}

}  // namespace

std::optional<EngineSeen> find_engine(const InstanceLook& look, const StartRequest& request) {
  if (request.server.kind == ServerKind::Receiver) {
    if (!look.receiver || !look.receiver->alive) return std::nullopt;
    const ReceiverSeen& receiver = *look.receiver;
    return EngineSeen{{receiver.pid, receiver.pid_start}, false, receiver.listens && receiver.applies};
  }
  const auto source = std::ranges::find(look.sources, secondary_of(request), &SourceSeen::to);
  if (source == look.sources.end() || !source->alive) return std::nullopt;
  return EngineSeen{{source->pid, source->pid_start}, source->passive, source->passive == request.passive};
}

Result<EngineSeen> launch_engine(SiteParts& parts, const StartRequest& request, Deadline deadline,
                                 const CancelFlag& cancelled) {
  const std::string deed = "start " + request.server.name;
  HW_TRY(const InstancePlace place, parts.place(request.instance));
  HW_TRY(const auto hold, parts.holds.take(request.instance, deed, deadline, cancelled));
  HW_TRY(InstanceLook look, parts.look(place));
  if (const auto lives = find_engine(look, request)) return *lives;
  Steps::Call call{place, hold, deadline, AtDeadline::RunOn, cancelled};
  if (!look.position.up && (look.memory || !look.position.clean)) {
    HW_TRY_VOID(recover_instance(parts, call));
    HW_TRY(look, parts.look(place));
  }
  HW_TRY_VOID(require_fence(place.instance_file()));
  if (request.server.kind == ServerKind::Receiver) HW_TRY_VOID(put_lost_file_aside(place));
  HW_TRY(std::vector<std::string> arguments, arguments_of(place, request, look));
  call.at_deadline = AtDeadline::Cancel;
  HW_TRY([[maybe_unused]] const StepResult started, parts.steps.run_well(call, deed, "mupip", std::move(arguments)));
  HW_TRY(look, parts.look(place));
  if (const auto lives = find_engine(look, request)) return *lives;
  return parts.no_answer(fmt::format("{} ended as soon as it had started; its log says why", request.server.name));
}

Status activate_source(SiteParts& parts, const StartRequest& request, Deadline deadline) {
  HW_TRY(const InstancePlace place, parts.place(request.instance));
  const std::string deed = "activate " + request.server.name;
  {
    HW_TRY(const auto hold, parts.holds.take(request.instance, deed, deadline));
    HW_TRY(const InstanceLook look, parts.look(place));
    const auto seen = find_engine(look, request);
    if (seen && !seen->passive) return {};
    HW_TRY(std::vector<std::string> arguments,
           source_activate_arguments(place, secondary_of(request), look.position.role == BoardRole::Root));
    const Steps::Call call{place, hold, deadline, AtDeadline::Cancel, {}};
    HW_TRY([[maybe_unused]] const StepResult asked, parts.steps.run_well(call, deed, "mupip", std::move(arguments)));
  }
  const bool active = wait_looking(parts, deadline, {}, [&] {
    const auto look = parts.look(place);
    const auto seen = look.has_value() ? find_engine(*look, request) : std::nullopt;
    return seen && !seen->passive;
  });
  if (active) return {};
  return parts.no_answer(request.server.name + " is still passive");
}

Status start_update_process(SiteParts& parts, const std::string& instance, Deadline deadline) {
  HW_TRY(const InstancePlace place, parts.place(instance));
  const std::string deed = "start update process of " + instance;
  HW_TRY(const auto hold, parts.holds.take(instance, deed, deadline));
  HW_TRY(const InstanceLook look, parts.look(place));
  if (!look.receiver || !look.receiver->alive || !look.receiver->update_died) return {};
  const Steps::Call call{place, hold, deadline, AtDeadline::Cancel, {}};
  HW_TRY([[maybe_unused]] const StepResult started,
         parts.steps.run_well(call, deed, "mupip", {"replicate", "-receiver", "-start", "-updateonly"}));
  return {};
}

bool wait_ready(SiteParts& parts, const StartRequest& request, const ProcessIdentity& process, Deadline deadline,
                const CancelFlag& cancelled) {
  const auto place = parts.place(request.instance);
  if (!place.has_value()) return false;
  bool ready = false;
  wait_looking(parts, deadline, cancelled, [&] {
    const auto look = parts.look(*place);
    // While its memory must not be touched nothing is seen.
    if (!look.has_value() || !look->position.up) return identity_of(process.pid).value_or(ProcessIdentity{}) != process;
    const auto seen = find_engine(*look, request);
    ready = seen && seen->identity == process && seen->ready;
    return ready || !seen || seen->identity != process;
  });
  return ready;
}

}  // namespace hw::cluster

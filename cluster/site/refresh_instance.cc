#include "cluster/site/refresh_instance.h"

#include "cluster/site/instance_care.h"
#include "engine/base/file.h"
#include "replic/control/fence.h"

namespace hw::cluster {
namespace {

Result<std::string> refresh_address(const InstancePlace& place, const std::string& instance) {
  const Instance* const other = place.domain->instance(instance);
  if (other == nullptr) return make_error<MsgId::HWCFGBAD>(instance, "no such instance");
  const Node* const node = place.domain->node(other->node);
  if (node == nullptr || other->refresh_port == 0)
    return make_error<MsgId::HWCFGBAD>(instance, "it has no refresh_port");
  return Endpoint{node->address, other->refresh_port}.text();
}

/// Its file may be missing: then it is a new one.
Status refuse_when_up(const InstancePlace& place) {
  if (!file_exists(place.instance_file())) return {};
  HW_TRY(const InstanceLook look, look_at_instance(place.instance->dir));
  if (look.position.up) return make_error<MsgId::HWINUSE>(instance_text(place), "its processes");
  return {};
}

}  // namespace

Status refresh_instance(SiteParts& parts, const Steps::Call& call, const std::string& from, bool discard) {
  const InstancePlace& place = call.place;
  HW_TRY(const std::string address, refresh_address(place, from));
  std::vector<std::string> arguments = {"replicate",
                                        "-refresh",
                                        "-from=" + address,
                                        "-name=" + place.instance->name,
                                        fmt::format("-listenport={}", place.instance->listen),
                                        fmt::format("-log=receiver.{}.log", place.instance->name)};
  if (discard) arguments.emplace_back("-discard");
  {
    const MemoryGate::Shut shut(parts.gate, place.instance->name);
    HW_TRY_VOID(refuse_when_up(place));
    HW_TRY([[maybe_unused]] const StepResult copied,
           parts.steps.run_well(call, "refresh", "mupip", std::move(arguments)));
    // The command has started both servers. They end, so that they are started again as all others are.
    for (const char* const which : {"-receiver", "-source"}) {
      HW_TRY([[maybe_unused]] const StepResult ended,
             parts.steps.run_well(call, "shutdown", "mupip", {"replicate", which, "-shutdown", "-timeout=0"}));
    }
  }
  HW_TRY_VOID(close_instance(parts, call));
  return require_fence(place.instance_file());
}

}  // namespace hw::cluster

#include "cluster/site/instance_care.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "engine/base/shared_memory.h"

namespace hw::cluster {
namespace {

/// How often a command is given again that has found a look into the memory.
constexpr int kTriesMax = 10;

const std::vector<std::string> kRundown = {"rundown", "-region", "*"};
const std::vector<std::string> kRollback = {"journal", "-rollback", "-backward", "*"};

Error memory_left(int id) {
  const auto users = users_of_memory(id);
  const std::string who =
      users.empty() ? "processes of another user" : fmt::format("process {}", fmt::join(users, ", "));
  return make_error<MsgId::HWIPCLEFT>(id, who);
}

/// Nobody has it but, at most, this process, whose looks are short.
bool is_only_looked_at(int id) {
  const auto users = users_of_memory(id);
  const auto attached = SharedMemory::attached_count(id);
  const bool only_own = users == std::vector{static_cast<std::uint32_t>(::getpid())};
  return attached.has_value() && (*attached == 0 || (only_own && *attached == 1));
}

/// Whether `/proc/PID/maps` has the segment: its lines end in `INODE /SYSV00000000 (deleted)`, the inode is the id.
bool has_attached(const std::filesystem::path& process, int id) {
  std::ifstream maps(process / "maps");
  const std::string wanted = fmt::format(" {} ", id);
  for (std::string line; std::getline(maps, line);) {
    const std::size_t name = line.find("/SYSV");
    if (name != std::string::npos && (line.substr(0, name)).find(wanted) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string instance_text(const InstancePlace& place) { return "Instance " + place.instance->name; }

std::vector<std::uint32_t> users_of_memory(int id) {
  std::vector<std::uint32_t> out;
  std::error_code fault;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator at("/proc", fault); !fault && at != end; at.increment(fault)) {
    const std::string name = at->path().filename();
    std::uint32_t pid = 0;
    const auto [rest, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong != std::errc() || rest != name.data() + name.size()) continue;
    if (has_attached(at->path(), id)) out.push_back(pid);
  }
  return out;
}

Result<StepResult> run_alone(SiteParts& parts, const Steps::Call& call, std::string_view deed,
                             const std::vector<std::string>& arguments) {
  for (int tries = 1;; ++tries) {
    HW_TRY(StepResult result, parts.steps.run(call, deed, "mupip", arguments));
    const bool was_used = result.err.find(message_row(MsgId::MUJPOOLRNDWNFL).name) != std::string::npos;
    if (!was_used || tries == kTriesMax) return result;
    HW_TRY(const InstanceLook look, look_at_instance(call.place.instance->dir));
    if (look.position.up || (look.memory && !is_only_looked_at(*look.memory))) return result;
  }
}

Status recover_instance(SiteParts& parts, const Steps::Call& call) {
  const MemoryGate::Shut shut(parts.gate, call.place.instance->name);
  const std::string& folder = call.place.instance->dir;
  HW_TRY(const InstanceLook before, look_at_instance(folder));
  if (before.position.up) return make_error<MsgId::HWINUSE>(instance_text(call.place), "its processes");
  // Where the machine has stopped there is no memory to be run down, and a rollback is what brings all regions to one
  // moment.
  if (before.memory || before.position.clean) {
    HW_TRY(const StepResult result, run_alone(parts, call, "rundown", kRundown));
    HW_TRY(const InstanceLook after, look_at_files(folder));
    const bool broken_off = parts.waits->look([&] { return is_cancelled(call.cancelled); });
    if (after.position.clean && result.well()) return {};
    if (after.position.clean || broken_off) return parts.steps.failure(call.place, "rundown", result);
  }
  HW_TRY(const StepResult rolled_back, run_alone(parts, call, "rollback", kRollback));
  return rolled_back.well() ? Status() : parts.steps.failure(call.place, "rollback", rolled_back);
}

Status close_instance(SiteParts& parts, const Steps::Call& call) {
  const MemoryGate::Shut shut(parts.gate, call.place.instance->name);
  const std::string& folder = call.place.instance->dir;
  HW_TRY(const InstanceLook before, look_at_instance(folder));
  if (before.position.up && before.memory) return memory_left(*before.memory);
  HW_TRY(const StepResult result, run_alone(parts, call, "rundown", kRundown));
  HW_TRY(const InstanceLook after, look_at_instance(folder));
  if (after.memory) return memory_left(*after.memory);
  return result.well() ? Status() : parts.steps.failure(call.place, "rundown", result);
}

}  // namespace hw::cluster

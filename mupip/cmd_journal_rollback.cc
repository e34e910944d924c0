// journal -rollback -backward "*": after a crash, databases and instance file at one common seqno.
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <ostream>

#include "engine/region_access.h"
#include "mupip/commands.h"
#include "mupip/pool_rundown.h"
#include "mupip/region_list.h"
#include "replic/instance.h"

namespace hw::mupip {
namespace {

std::string time_text() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[64] = {};
  std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &local);
  return text;
}

/// Recovers and closes every replicating region; returns the next seqno that they agree on.
Result<Seqno> bring_together(const GlobalDirectory& directory) {
  HW_TRY(const auto taken, take_all(directory));
  std::vector<RegionAccess*> regions;
  for (const auto& access : taken) {
    HW_TRY_VOID(access->require_alone());
    regions.push_back(access.get());
  }
  HW_TRY_VOID(make_clean(regions));
  Seqno next{1};
  bool any = false;
  for (RegionAccess* access : regions) {
    const RegionHeader& header = access->region().header;
    if (!header.replicated) continue;
    any = true;
    next = std::max(next, header.reg_seqno);
  }
  if (!any) return make_error<MsgId::REPLSTATEOFF>(directory.database_path(directory.regions().front()));
  return next;
}

Result<Seqno> roll_back(const std::string& instance_path) {
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(const Seqno next, bring_together(directory));
  // The history first: with the crash mark still set, a rollback that is broken off here is asked for again.
  HW_TRY_VOID(instance.cut_history(next));
  HW_TRY_VOID(instance.update_header([&](InstanceHeader& header) {
    header.seqno = next;
    header.crash = false;
    header.jnlpool_shmid = header.recvpool_shmid = kNoSharedMemory;
    header.jnlpool_boot_id.clear();
    header.recvpool_boot_id.clear();
  }));
  return next;
}

Error missing_instance_file(const std::string& path) {
  errno = ENOENT;
  const Error reason = rename_error<MsgId::FTOKERR>(system_error("ftok()", path), path);
  Error error = make_error<MsgId::DBFILERR>(path);
  std::string lines = reason.render();
  lines.pop_back();
  error.extra.push_back(std::move(lines));
  return error;
}

}  // namespace

Result<int> run_journal(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string files, ask_parameter(command, 0, console.in, console.out));
  if (!command.has("ROLLBACK") || !command.has("BACKWARD") || command.has("RESYNC") || command.has("FETCHRESYNC") ||
      command.has("ONLINE"))
    return make_error<MsgId::CLIERR>("Only -ROLLBACK -BACKWARD without -RESYNC, -FETCHRESYNC and -ONLINE is available");
  if (files != "*") return value_error(make_error<MsgId::NOSTARFILE>("ROLLBACK -BACKWARD"));
  const auto path = instance_path_from_environment();
  if (!path.has_value()) return no_action(path.error());
  if (!file_exists(*path)) return no_action(missing_instance_file(*path));
  if (command.has("VERBOSE"))
    console.err << make_line<MsgId::MUJNLSTAT>("Initial processing started", time_text()) << '\n';
  if (!run_down_pool(console)) return make_error<MsgId::MUNOACTION>();
  const auto next = roll_back(*path);
  if (!next.has_value()) return no_action(next.error());
  console.err << make_line<MsgId::RLBKJNSEQ>(next->value, next->value) << '\n';
  for (const std::string_view step : {"Show", "Verify", "Rollback"})
    console.err << make_line<MsgId::JNLSUCCESS>(step) << '\n';
  if (command.has("VERBOSE")) console.err << make_line<MsgId::MUJNLSTAT>("End processing", time_text()) << '\n';
  return 0;
}

}  // namespace hw::mupip

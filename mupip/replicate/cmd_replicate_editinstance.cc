// replicate -editinstance: shows or changes a replication instance file, in use or not.
#include <algorithm>
#include <ostream>

#include "engine/base/text.h"
#include "mupip/commands.h"
#include "replic/control/instance_show.h"
#include "replic/instance/instance.h"
#include "replic/source/source_options.h"

namespace hw::mupip {
namespace {

Result<int> show(const std::string& path, bool detail, Console& console) {
  HW_TRY(const InstanceFile file, InstanceFile::open(path, /*writable=*/false));
  HW_TRY(const auto cells, file.read_cells());
  console.err << show_instance_file(cells, path, detail);
  return 0;
}

Result<int> change(const ParsedCommand& command, const std::string& path, Console& console) {
  HW_TRY(const FieldChange wanted, parse_field_change(command));
  HW_TRY(const FieldEdit done, InstanceFile::change_field(path, wanted.offset_bytes, wanted.size_bytes, wanted.value));
  console.err << edit_line(wanted.offset_bytes, wanted.size_bytes, done) << '\n';
  return 0;
}

Result<int> rename_instance(std::string_view to, const std::string& path, Console& console) {
  if (to.size() > InstanceName::kBytesMax)
    return value_error(fmt::format("Error: Instance name length can be at most {}", InstanceName::kBytesMax));
  HW_TRY(InstanceFile file, InstanceFile::open(path));
  if (!file.history().empty() || file.header().crash)
    return value_error("Error: The name is fixed once the instance has been primary or secondary");
  const std::string from = file.header().name;
  HW_TRY_VOID(file.update_header([&](InstanceHeader& header) { header.name = to; }));
  console.err << fmt::format("HDR Instance Name changing from {} to {}\n", from, to);
  return 0;
}

Result<int> clean_slots(const std::string& path, Console& console) {
  HW_TRY(InstanceFile file, InstanceFile::open(path));
  auto pool = find_pool(path);
  std::size_t cleaned = 0;
  if (pool.has_value()) {
    HW_TRY(const RobustLock admin, RobustLock::take(pool->header().admin_lock));  // No server takes a slot meanwhile.
    auto& live = pool->header().slots;
    HW_TRY(cleaned, file.clean_slots([&](std::size_t index, const InstanceSlot&) {
      if (server_lives(live[index], path)) return true;
      live[index].in_use.store(0);
      live[index].pid.store(0);
      live[index].mode.store(static_cast<std::uint32_t>(ServerMode::None));
      return false;
    }));
  } else if (pool.error().id == MsgId::NOJNLPOOL || pool.error().id == MsgId::REPLREQROLLBACK) {
    HW_TRY(cleaned, file.clean_slots([](std::size_t, const InstanceSlot&) { return false; }));
  } else {
    return pool.error();
  }
  console.err << fmt::format("Cleaned {:2} inactive source server slot(s) from instance file header\n", cleaned);
  return 0;
}

/// A region that has left the instance by intent, or is taken as it is: no start and no rollback looks for it any more.
Result<int> forget_region(std::string_view name, const std::string& path, Console& console) {
  HW_TRY(InstanceFile file, InstanceFile::open(path));
  const auto pool = find_pool(path);
  if (pool.has_value()) return make_error<MsgId::REPLINSTSTNDALN>(path);
  if (pool.error().id != MsgId::NOJNLPOOL && pool.error().id != MsgId::REPLREQROLLBACK) return pool.error();
  HW_TRY(RegionList list, file.region_list());
  const std::string wanted = upper(name);
  const auto found =
      std::ranges::find_if(list, [&](const RegionReach& region) { return upper(region.name) == wanted; });
  if (found == list.end()) return value_error(fmt::format("Error: The instance file knows no region {}", name));
  const RegionReach gone = *found;
  list.erase(found);
  HW_TRY_VOID(file.update_regions(list, [](InstanceHeader& header) {
    if (header.regions > 0) --header.regions;
  }));
  console.err << fmt::format("HDR Region {} forgotten, its next seqno was {}\n", gone.name, gone.next_seqno.value);
  return 0;
}

}  // namespace

Result<int> run_edit_instance(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string path, ask_parameter(command, 0, console.in, console.out));
  if (command.has("SHOW")) return show(path, command.has("DETAIL"), console);
  if (command.has("CHANGE")) return change(command, path, console);
  if (command.has("FORGETREGION")) return forget_region(command.value("FORGETREGION"), path, console);
  if (command.has("NAME")) {
    HW_TRY(const int status, rename_instance(command.value("NAME"), path, console));
    if (!command.has("CLEANSLOTS")) return status;
  }
  if (command.has("CLEANSLOTS")) return clean_slots(path, console);
  return value_error("QDBRUNDOWN is not supported: databases are closed by their last process in any case");
}

}  // namespace hw::mupip

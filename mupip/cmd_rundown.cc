// rundown: closes what processes that died have left open.
#include <algorithm>
#include <cerrno>
#include <ostream>

#include "engine/region_access.h"
#include "mupip/commands.h"
#include "mupip/pool_rundown.h"
#include "mupip/region_list.h"

namespace hw::mupip {
namespace {

/// Closes the regions that nobody uses. Those that need recovery are closed only together: what one of them has lost
/// may have to be cut from the others. Returns whether all that `named` chooses are closed.
bool close_regions(std::vector<std::unique_ptr<RegionAccess>>& taken, const std::vector<std::string>& named,
                   Console& console) {
  bool recoverable = true;
  std::vector<RegionAccess*> idle;
  for (const auto& access : taken) {
    if (access->needs_recovery() && !access->is_alone()) recoverable = false;
  }
  const auto is_named = [&](const RegionAccess& access) {
    return std::find(named.begin(), named.end(), access.path()) != named.end();
  };
  for (const auto& access : taken)
    if (access->is_alone() && (recoverable || (!access->needs_recovery() && is_named(*access))))
      idle.push_back(access.get());
  bool all = true;
  Status status = make_clean(idle, idle.size() == taken.size() ? RegionSet::Whole : RegionSet::Part);
  if (!status.has_value()) {
    console.err << status.error().render();
    all = false;
  }
  for (const auto& access : taken) {
    if (!is_named(*access)) continue;
    if (std::find(idle.begin(), idle.end(), access.get()) == idle.end()) {
      console.err << in_use_lines(access->path()) << '\n';
      all = false;
    } else if (access->state().clean) {
      console.err << make_line<MsgId::MUFILRNDWNSUC>(access->path()) << '\n';
    }
  }
  return all;
}

}  // namespace

Result<int> run_rundown(const ParsedCommand& command, Console& console) {
  bool all = true;
  std::vector<std::unique_ptr<RegionAccess>> taken;
  std::vector<std::string> named;
  if (command.has("FILE")) {
    HW_TRY(const std::string name, ask_parameter(command, 0, console.in, console.out));
    named.push_back(name);
    auto access = RegionAccess::take(name, nullptr);
    if (access.has_value()) {
      taken.push_back(std::move(access).value());
    } else {
      console.err << access.error().render();
      all = false;
    }
  } else {
    // Without an argument GT.M looks at every segment of the machine; here the global directory says what is ours.
    std::string list = "*";
    if (command.has("REGION")) {
      HW_TRY(list, ask_parameter(command, 0, console.in, console.out));
    }
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
    auto regions = regions_named(directory, list);
    if (!regions.has_value()) return no_action(regions.error());
    for (const Region* region : *regions) named.push_back(directory.database_path(*region));
    all = run_down_pool(console);
    HW_TRY(taken, take_all(directory));
    for (const std::string& path : named) {
      if (file_exists(path)) continue;
      errno = ENOENT;
      console.err << rename_error<MsgId::DBOPNERR>(system_error("open()", path), path).render();
      all = false;
    }
  }
  if (!close_regions(taken, named, console)) all = false;
  if (!all) return make_error<MsgId::MUNOTALLSEC>();
  return 0;
}

}  // namespace hw::mupip

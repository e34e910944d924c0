// rundown: closes what processes that died have left open.
#include <algorithm>
#include <cerrno>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/recovery/give_up_journal.h"
#include "engine/recovery/journal_end.h"
#include "engine/recovery/region_access.h"
#include "mupip/commands.h"
#include "mupip/database/pool_rundown.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {
namespace {

/// What the operator gives up by -override.
std::string price(const GivenUpJournal& given_up) {
  std::string text =
      given_up.from_image
          ? fmt::format(
                "the machine stopped while it was open, or may have, so it is as of its last checkpoint; the file "
                "as it was is {}",
                given_up.kept_aside)
          : fmt::format("updates of its processes' last moment, at most {} sets or one transaction, may be missing",
                        kSetsBehindMax);
  text += "; it is not journaled any more";
  if (given_up.was_replicated) text += ", and does not replicate";
  return text;
}

bool is_lost_journal(const Error& error) {
  if (error.id == MsgId::JNLBADLABEL || error.id == MsgId::JNLBADRECFMT) return true;
  if (error.id == MsgId::HWJNLREPLACED)
    return true;  // The processes that had the other one are dead, and it with them.
  if (error.id != MsgId::JNLFILEOPNERR && error.id != MsgId::JNLFILOPN) return false;
  constexpr int kGone[] = {0, ENOENT, ENOTDIR, EIO, ENXIO, ENODEV};
  return std::ranges::find(kGone, error.os_errno) != std::end(kGone);
}

/// Takes the region again: what failed has left neither its locks nor its memory as they were.
Result<std::unique_ptr<RegionAccess>> take_again(std::unique_ptr<RegionAccess>& access) {
  const std::string path = access->path();
  access.reset();
  return RegionAccess::take(path, nullptr);
}

Status close_without_journal(std::unique_ptr<RegionAccess>& access, Console& console) {
  HW_TRY(access, take_again(access));
  RegionAccess* const one[] = {access.get()};
  Status recovered = make_clean(one, RegionSet::Part);
  if (recovered.has_value()) return {};
  // Room, rights and the like can be had: nothing is given up for want of them.
  if (!is_lost_journal(recovered.error())) return recovered;
  HW_TRY(access, take_again(access));
  HW_TRY(const GivenUpJournal given_up, give_up_journal(*access));
  console.err << make_line<MsgId::HWJNLGIVENUP>(access->path(), given_up.journal_path, price(given_up)) << '\n';
  return {};
}

/// Closes, one by one, those of the idle ones that can be recovered, and the others without their journals. Returns
/// whether all are.
bool close_without_journals(std::vector<std::unique_ptr<RegionAccess>>& taken, const std::vector<std::string>& idle,
                            Console& console) {
  bool all = true;
  std::erase_if(taken, [&](std::unique_ptr<RegionAccess>& access) {
    if (std::ranges::find(idle, access->path()) == idle.end()) return false;
    const Status closed = close_without_journal(access, console);
    if (closed.has_value()) return false;
    console.err << closed.error().render();
    all = false;
    return access == nullptr;
  });
  return all;
}

/// Closes the regions that no process uses. Those that need recovery are closed only together: what one of them has
/// lost may have to be cut from the others. Returns whether all that `named` chooses are closed.
bool close_regions(std::vector<std::unique_ptr<RegionAccess>>& taken, const std::vector<std::string>& named,
                   bool override_journals, Console& console) {
  bool recoverable = true;
  std::vector<RegionAccess*> idle;
  std::vector<std::string> idle_paths;
  for (const auto& access : taken) {
    if (access->needs_recovery() && !access->is_alone()) recoverable = false;
  }
  const auto is_named = [&](const RegionAccess& access) {
    return std::find(named.begin(), named.end(), access.path()) != named.end();
  };
  for (const auto& access : taken)
    if (access->is_alone() && (recoverable || (!access->needs_recovery() && is_named(*access)))) {
      idle.push_back(access.get());
      idle_paths.push_back(access->path());
    }
  bool all = true;
  Status status = make_clean(idle, idle.size() == taken.size() ? RegionSet::Whole : RegionSet::Part);
  if (!status.has_value()) {
    console.err << status.error().render();
    all = override_journals && close_without_journals(taken, idle_paths, console);
  }
  for (const auto& access : taken) {
    if (!is_named(*access)) continue;
    // After an error, one that nobody could open for writing was not closed here, whatever its control file says.
    const bool opened = status.has_value() || (override_journals && all) || access->region().environment.is_open();
    if (std::ranges::find(idle_paths, access->path()) == idle_paths.end()) {
      console.err << in_use_lines(access->path()) << '\n';
      all = false;
    } else if (access->state().clean && opened) {
      const Status whole = access->was_copy() ? Status() : refuse_behind_journal(access->region());
      console.err << (whole.has_value() ? make_line<MsgId::MUFILRNDWNSUC>(access->path()) + "\n"
                                        : whole.error().render());
      all = all && whole.has_value();
    }
  }
  return all;
}

}  // namespace

Result<int> run_rundown(const ParsedCommand& command, Console& console) {
  if (!command.has("FILE") && !command.has("REGION")) {
    // Its parameter is a folder of routines; it is said to do nothing.
    if (command.has("RELINKCTL")) return 0;
    if (!command.parameters().empty())
      return value_error("MUPIP RUNDOWN only accepts a parameter when -FILE or -REGION is specified.");
  }
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
    HW_TRY(all, run_down_pool(console));
    HW_TRY(taken, take_all(directory));
    for (const std::string& path : named) {
      if (file_exists(path)) continue;
      console.err << rename_error<MsgId::DBOPNERR>(system_error("open()", path, ENOENT), path).render();
      all = false;
    }
  }
  if (!close_regions(taken, named, command.has("OVERRIDE"), console)) all = false;
  if (!all) return make_error<MsgId::MUNOTALLSEC>();
  return 0;
}

}  // namespace hw::mupip

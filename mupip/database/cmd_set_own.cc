// set -own: copies of databases, and the copy of an instance file, become a site of its own.
#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "engine/admin/region_settings.h"
#include "engine/region/presence.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"
#include "replic/instance/instance_file.h"

namespace hw::mupip {
namespace {

struct Copies {
  std::vector<std::unique_ptr<RegionAccess>> taken;
  std::vector<RegionAccess*> all;
  RegionSet set = RegionSet::Part;
};

/// Alone, in the order in which every process takes several.
Result<Copies> take_copies(const ParsedCommand& command, const std::string& named) {
  std::vector<std::pair<std::string, const Region*>> files;
  Copies copies;
  static std::optional<GlobalDirectory> directory;  // Its regions are referred to as long as the command runs.
  if (command.has("REGION")) {
    HW_TRY(directory, GlobalDirectory::load_from_environment());
    HW_TRY(const auto regions, regions_named(*directory, named));
    for (const Region* region : regions) files.emplace_back(directory->database_path(*region), region);
    if (regions.size() == directory->regions().size()) copies.set = RegionSet::Whole;
  } else {
    files.emplace_back(resolve_file_name(named, ".dat"), nullptr);
  }
  std::sort(files.begin(), files.end());
  for (const auto& [path, definition] : files) {
    HW_TRY(auto access, RegionAccess::take(path, definition));
    copies.all.push_back(access.get());
    copies.taken.push_back(std::move(access));
  }
  return copies;
}

/// The instance file of the environment, when there is one: it must be a copy that no process uses.
Result<std::optional<InstanceFile>> instance_of_environment() {
  const char* path = std::getenv("gtm_repl_instance");
  if (path == nullptr || *path == '\0' || !file_exists(path)) return std::optional<InstanceFile>();
  HW_TRY(const bool present, is_present(path));
  if (present) return make_error<MsgId::REPLINSTSTNDALN>(path);
  HW_TRY(InstanceFile file, InstanceFile::open(path));
  return std::optional(std::move(file));
}

}  // namespace

Result<int> run_set_own(const ParsedCommand& command, const std::string& named, Console& console) {
  std::optional<InstanceName> name;
  if (const auto given = command.text("OWN"); given && !given->empty()) {
    HW_TRY(name, InstanceName::parse(*given));
  }
  auto instance = instance_of_environment();
  if (!instance.has_value()) return no_action(instance.error());
  auto copies = take_copies(command, named);
  if (!copies.has_value()) return no_action(copies.error());
  if (Status ready = prepare_own(copies->all, copies->set); !ready.has_value()) return no_action(ready.error());
  SettingsRequest request;
  request.own = true;
  Seqno next{1};
  bool replicated = false;
  for (RegionAccess* access : copies->all) {
    const auto outcome = change_settings(*access, request);
    if (!outcome.has_value()) {
      console.err << outcome.error().render();
      return make_error<MsgId::MUNOFINISH>().counts(outcome.error());
    }
    if (outcome->renamed_to)
      console.err << make_line<MsgId::FILERENAME>(outcome->journal_path, *outcome->renamed_to) << '\n';
    console.err << make_line<MsgId::HWOWN>(access->path(), outcome->new_file ? outcome->journal_path : "none") << '\n';
    const RegionHeader& header = access->region().header;
    replicated = replicated || header.replicated;
    if (header.replicated) next = std::max(next, header.reg_seqno);
  }
  if (!replicated || !*instance) return 0;
  // Last: with the crash mark that a copied file may have, an instance does not start.
  HW_TRY_VOID((*instance)->become_own(name, next));
  console.err << make_line<MsgId::HWOWNINSTANCE>((*instance)->path(), (*instance)->header().name) << '\n';
  HW_TRY_VOID((*instance)->close());
  return 0;
}

}  // namespace hw::mupip

// reorg: regions rewritten, without gaps.
#include <ostream>

#include "engine/admin/compaction.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {

namespace {

/// `-region DEFAULT`, as GT.M has it, or `-region=DEFAULT`.
std::string wanted_regions(const ParsedCommand& command) {
  if (auto regions = command.text("REGION"); regions && !regions->empty()) return *regions;
  return command.parameters().empty() ? "*" : command.parameters().front();
}

}  // namespace

Result<int> run_reorg(const ParsedCommand& command, Console& console) {
  for (const std::string_view name : {"EXCLUDE", "SELECT"})
    if (command.has(name))
      return make_error<MsgId::HWREFUSED>(fmt::format("REORG -{}", name), "a region is written anew as a whole");
  if (command.text("REGION") && !command.parameters().empty()) return make_error<MsgId::CLIERR>("Too many parameters");
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  auto regions = regions_named(directory, wanted_regions(command));
  if (!regions.has_value()) return no_action(regions.error());
  bool all = true;
  Error last = make_error<MsgId::MUNOFINISH>();
  for (const Region* region : *regions) {
    const std::string path = directory.database_path(*region);
    const auto done = [&]() -> Result<Compaction> {
      HW_TRY(const auto access, RegionAccess::take(path, region));
      return compact_region(*access);
    }();
    if (!done.has_value()) {
      console.err << done.error().render();
      last.counts(done.error());
      if (done.error().id == MsgId::MUSTANDALONE)
        console.err << make_line<MsgId::TEXT>(
                           "A region in use reuses its free pages by itself; giving them back needs "
                           "standalone access")
                    << '\n';
      all = false;
    } else if (done->pages_after < done->pages_before) {
      console.err << make_line<MsgId::MUTRUNCSUCCESS>(path, done->pages_before, done->pages_after, done->tn) << '\n';
    } else {
      console.err << make_line<MsgId::MUTRUNCNOSPACE>(region->name, command.number("TRUNCATE").value_or(0)) << '\n';
    }
  }
  if (!all) return last;
  return 0;
}

}  // namespace hw::mupip

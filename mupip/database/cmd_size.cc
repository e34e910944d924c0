// size: what each global takes, counted in one snapshot.
#include <map>
#include <ostream>

#include "engine/base/interrupt.h"
#include "engine/integ/region_snapshot.h"
#include "engine/storage/long_key.h"
#include "engine/storage/structure_check.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"
#include "mupip/in_order.h"

namespace hw::mupip {
namespace {

struct GlobalSize {
  std::uint64_t nodes = 0;
  std::uint64_t bytes = 0;        ///< keys and values
  std::uint64_t large_pages = 0;  ///< of values that do not fit into a leaf
};

bool is_selected(const std::vector<std::string>& names, std::string_view global) {
  if (names.empty()) return true;
  for (std::string_view name : names) {
    if (name.starts_with('^')) name.remove_prefix(1);
    if (name.ends_with('*') ? global.starts_with(name.substr(0, name.size() - 1)) : global == name) return true;
  }
  return false;
}

Result<int> count(const ParsedCommand& command, Console& console) {
  DatabaseOptions reading;
  reading.background = false;
  HW_TRY(const auto database, Database::open(reading));
  auto regions = regions_named(database->directory(), command.text("REGION").value_or("*"));
  if (!regions.has_value()) return no_action(regions.error());
  const auto names = command.list("SELECT");
  bool any = false;
  for (const Region* region : *regions) {
    const std::size_t index[] = {static_cast<std::size_t>(region - database->directory().regions().data())};
    HW_TRY(const auto snapshots, RegionSnapshot::take(*database, index));
    const RegionLook& seen = snapshots.front()->look();
    std::map<std::string, GlobalSize, std::less<>> globals;
    auto at = globals.end();
    StructureOptions options;
    options.stop = end_requested;
    options.node = [&](std::string_view key, std::string_view value) {
      const std::string_view global = key_global(key);
      if (key == kHeaderKey || !is_selected(names, global)) return;
      if (at == globals.end() || at->first != global) at = globals.try_emplace(std::string(global)).first;
      ++at->second.nodes;
      at->second.bytes += key.size() + value.size();
      // A value stands in its leaf while two records fit into a page.
      constexpr std::size_t kInLeafBytesMax = (kPageBytes - kPageHeaderBytes) / 2 - 2;
      if (8 + stored_key_bytes(key.size()) + value.size() > kInLeafBytesMax)
        at->second.large_pages += overflow_pages_of(value.size());
    };
    const StructureReport report = check_structure(seen.file, seen.meta, options);
    if (report.stopped) return make_error<MsgId::FORCEDHALT>();
    if (report.faults != 0) return no_action(make_error<MsgId::HWDBDAMAGED>(seen.path, "run mupip integ"));
    for (const auto& [name, size] : globals) {
      any = true;
      console.err << fmt::format("\nGlobal: {} (region {})\n{:<8}{:>12}{:>16}{:>16}\n", name, region->name, "Records",
                                 "Bytes", "Large blocks", "Bytes/Record");
      console.err << fmt::format("{:<8}{:>12}{:>16}{:>16}\n", size.nodes, size.bytes, size.large_pages,
                                 size.bytes / size.nodes);
    }
    console.err << fmt::format("\nRegion: {}\n{:<5}{:>16}{:>16}{:>16}\n", region->name, "Level", "Blocks", "Records",
                               "Adjacent");
    for (std::size_t level = report.levels.size(); level-- > 0;)
      console.err << fmt::format("{:>5}{:>16}{:>16}{:>16}\n", level, report.levels[level].pages,
                                 report.levels[level].records, report.levels[level].adjacent);
  }
  HW_TRY_VOID(database->close());
  if (!any && !names.empty()) return make_error<MsgId::NOSELECT>();
  return 0;
}

}  // namespace

Result<int> run_size(const ParsedCommand& command, Console& console) {
  if (command.has("SUBSCRIPT"))
    return make_error<MsgId::HWREFUSED>("SIZE -SUBSCRIPT", "whole globals are counted; use -select");
  return in_order([&] { return count(command, console); });
}

}  // namespace hw::mupip

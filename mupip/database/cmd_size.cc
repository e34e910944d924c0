// size: what each global takes, counted in one snapshot.
#include <algorithm>
#include <iterator>
#include <map>
#include <ostream>

#include "engine/base/interrupt.h"
#include "engine/extract/extract.h"
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

/// `ranges`: sorted, without overlaps.
bool is_selected(const std::vector<KeyRange>& ranges, std::string_view key) {
  const auto after =
      std::ranges::upper_bound(ranges, key, {}, [](const KeyRange& one) -> std::string_view { return one.from; });
  return after != ranges.begin() && key < std::prev(after)->to;
}

Result<int> count(const ParsedCommand& command, Console& console) {
  const auto selection = parse_selection(command.text("SELECT").value_or("*"));
  if (!selection.has_value()) return no_action(selection.error());
  DatabaseOptions reading;
  reading.background = false;
  HW_TRY(const auto database, Database::open(reading));
  auto regions = regions_named(database->directory(), command.text("REGION").value_or("*"));
  if (!regions.has_value()) return no_action(regions.error());
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
      if (key == kHeaderKey || !is_selected(*selection, key)) return;
      if (at == globals.end() || at->first != global) at = globals.try_emplace(std::string(global)).first;
      ++at->second.nodes;
      at->second.bytes += key.size() + value.size();
      // A value is in its leaf while two records fit into a page.
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
  if (!any && command.has("SELECT")) return no_action(make_error<MsgId::NOSELECT>());
  return 0;
}

}  // namespace

Result<int> run_size(const ParsedCommand& command, Console& console) {
  if (command.has("SUBSCRIPT"))
    return make_error<MsgId::HWREFUSED>("SIZE -SUBSCRIPT", "whole globals are counted; use -select");
  return in_order([&] { return count(command, console); });
}

}  // namespace hw::mupip

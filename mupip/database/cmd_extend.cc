// extend: more reserved space for a region's file.
#include <ostream>

#include "engine/admin/freeze.h"
#include "engine/base/limits.h"
#include "engine/commit/domain.h"
#include "engine/integ/region_look.h"
#include "engine/storage/page.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {

Result<int> run_extend(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string name, ask_parameter(command, 0, console.in, console.out));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  auto regions = regions_named(directory, name);
  if (!regions.has_value()) return no_action(regions.error());
  if (regions->size() != 1) return no_action(make_error<MsgId::NOREGION>(name));
  const Region& region = *regions->front();
  const std::string path = directory.database_path(region);
  const std::uint64_t blocks = command.number("BLOCKS").value_or(directory.segment_of(region).extension_count);
  constexpr std::uint64_t kBlocksMax = (std::uint64_t{1} << 40) / kPageBytes;
  if (blocks == 0 || blocks > kBlocksMax)
    return no_action(
        make_error<MsgId::HWHEADERVALUE>("-BLOCKS", blocks, fmt::format("the range is 1 to {}", kBlocksMax)));
  std::uint64_t before = 0, total = 0;
  const auto grow = [&](OpenRegion& open) -> Status {
    HW_TRY_VOID(refuse_when_frozen(open, "it cannot be extended"));
    HW_TRY_VOID(open.adopt_size());
    before = open.environment.map_bytes() / kPageBytes;
    HW_TRY_VOID(open.grow(blocks * kPageBytes));  // At least a piece that is worth the trouble: it may be more.
    total = open.environment.map_bytes() / kPageBytes;
    return {};
  };
  HW_TRY(const auto access, RegionAccess::take(path, &region));
  Status status;
  if (access->is_live()) {
    status = visit_live_region(*access, [&](Domain& domain, OpenRegion& open) -> Status {
      HW_TRY(const CommitLock lock, CommitLock::take(domain));
      return grow(open);
    });
  } else {
    RegionAccess* one[] = {access.get()};
    status = make_clean(one, RegionSet::Part);
    if (status.has_value()) status = grow(access->region());
  }
  if (!status.has_value()) return no_action(status.error());
  console.err << fmt::format("Extension successful, file {} extended by {} blocks.  Total blocks = {}.\n", path,
                             total - before, total);
  return 0;
}

}  // namespace hw::mupip

// restore: incremental backups onto the copy of a database.
#include <algorithm>
#include <ostream>

#include "engine/global_directory.h"
#include "engine/increment.h"
#include "mupip/commands.h"
#include "replic/daemon.h"

namespace hw::mupip {
namespace {

Error aborted(const Error& cause) {
  Error error = make_error<MsgId::MUPRESTERR>();
  std::string lines = cause.render();
  lines.pop_back();
  error.before.push_back(std::move(lines));
  return error;
}

Result<RestoreOutcome> restore_one(RegionAccess& database, const std::string& path, const StopSignal& stop) {
  HW_TRY(IncrementReader increment, IncrementReader::open(path));
  return restore_increment(database, increment, path, [&](std::uint64_t, std::uint64_t) -> Status {
    if (stop.requested()) return make_error<MsgId::FORCEDHALT>();
    return {};
  });
}

}  // namespace

Result<int> run_restore(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string named, ask_parameter(command, 0, console.in, console.out));
  HW_TRY(const std::string list, ask_parameter(command, 1, console.in, console.out));
  StopSignal stop;
  HW_TRY_VOID(stop.open());
  const auto database = RegionAccess::take(resolve_file_name(named, ".dat"), nullptr);
  if (!database.has_value()) return aborted(database.error());
  for (std::string_view left = list;;) {
    const std::size_t comma = std::min(left.find(','), left.size());
    const std::string path = resolve_file_name(left.substr(0, comma), "");
    const auto done = restore_one(**database, path, stop);
    if (!done.has_value()) return done.error().id == MsgId::FORCEDHALT ? done.error() : aborted(done.error());
    console.err << make_line<MsgId::HWRESTORED>((*database)->path(), done->seqno.value, done->seqno.value,
                                                done->transactions, path)
                << '\n';
    if (comma == left.size()) break;
    left.remove_prefix(comma + 1);
  }
  console.err << make_line<MsgId::RESTORESUCCESS>() << '\n';
  return 0;
}

}  // namespace hw::mupip

// restore: incremental backups onto the copy of a database.
#include <algorithm>
#include <ostream>

#include "engine/backup/increment.h"
#include "engine/base/interrupt.h"
#include "engine/globals/global_directory.h"
#include "mupip/commands.h"
#include "mupip/in_order.h"
#include "replic/instance/site_files.h"

namespace hw::mupip {
namespace {

Error aborted(const Error& cause) {
  if (cause.id == MsgId::FORCEDHALT) return cause;
  return make_error<MsgId::MUPRESTERR>().after(cause);
}

/// Nothing is made beside a file that is no database. An image is one, and is its database's.
Result<std::unique_ptr<RegionAccess>> take_target(const std::string& path) {
  const auto kind = kind_of_file(path);
  if (kind.has_value() && *kind != FileKind::Database) return make_error<MsgId::DBNOTGDS>(path);
  const std::string owner = database_beside(resolved_link(path));
  if (owner.empty()) return RegionAccess::take(path, nullptr);
  return make_error<MsgId::DBNOTGDS>(path).note("It is the checkpoint image of " + owner);
}

Result<RestoreOutcome> restore_one(RegionAccess& database, const std::string& path) {
  HW_TRY(IncrementReader increment, IncrementReader::open(path));
  return restore_increment(database, increment, path, [](std::uint64_t, std::uint64_t) -> Status {
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    return {};
  });
}

Result<int> restore(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string named, ask_parameter(command, 0, console.in, console.out));
  HW_TRY(const std::string list, ask_parameter(command, 1, console.in, console.out));
  const auto database = take_target(resolve_file_name(named, ".dat"));
  if (!database.has_value()) return aborted(database.error());
  for (std::string_view left = list;;) {
    const std::size_t comma = std::min(left.find(','), left.size());
    const std::string path = resolve_file_name(left.substr(0, comma), "");
    const auto done = restore_one(**database, path);
    if (!done.has_value()) return aborted(done.error());
    console.err << make_line<MsgId::HWRESTORED>((*database)->path(), done->seqno.value, done->seqno.value,
                                                done->transactions, path)
                << '\n';
    if (comma == left.size()) break;
    left.remove_prefix(comma + 1);
  }
  console.err << make_line<MsgId::RESTORESUCCESS>() << '\n';
  return 0;
}

}  // namespace

Result<int> run_restore(const ParsedCommand& command, Console& console) {
  return in_order([&] { return restore(command, console); });
}

}  // namespace hw::mupip

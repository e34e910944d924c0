// all, buffer_flush and cache: what concerns memory and disk.
#include <fcntl.h>
#include <unistd.h>

#include <ostream>

#include "dse/commands.h"
#include "engine/admin/freeze.h"
#include "engine/base/file.h"
#include "engine/base/sync_point.h"

namespace hw::dse {
namespace {

/// A sync of the file covers what any process has written to its map.
Status flush(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDWR));
  return sync_at(SyncPoint::DseFlush, file);
}

Status flush_region(const GlobalDirectory& directory, const Region& region) {
  const std::string path = directory.database_path(region);
  HW_TRY(const auto access, RegionAccess::take(path, &region));
  std::string journal;
  HW_TRY_VOID(look_at_region(*access, [&](const RegionLook& seen) -> Status {
    if (!seen.header.has_value()) return seen.header.error();
    if (seen.header->journal_state == JournalState::On) journal = seen.header->journal_path;
    return {};
  }));
  // The journal first: it is what durability rests on.
  if (!journal.empty()) {
    if (Status status = flush(journal); !status.has_value())
      return rename_error<MsgId::JNLFILOPN>(std::move(status).error(), journal, path);
  }
  if (Status status = flush(path); !status.has_value())
    return rename_error<MsgId::DBFILERR>(std::move(status).error(), path);
  return {};
}

Status freeze(const GlobalDirectory& directory, const Region& region, const ParsedCommand& command, Console& console) {
  HW_TRY(const auto access, RegionAccess::take(directory.database_path(region), &region));
  const bool on = command.has("FREEZE");
  if (on)
    HW_TRY_VOID(freeze_region(*access, ::getuid()));
  else
    HW_TRY_VOID(thaw_region(*access, ::getuid(), command.has("OVERRIDE")));
  console.err << fmt::format("Region {} is now {}\n", region.name, on ? "FROZEN" : "UNFROZEN");
  return {};
}

}  // namespace

Status run_all(const ParsedCommand& command, Session& session, Console& console) {
  Status last;
  for (const Region& region : session.directory().regions()) {
    Status status;
    if (command.has("BUFFER_FLUSH")) status = flush_region(session.directory(), region);
    if (status.has_value() && (command.has("FREEZE") || command.negated("FREEZE")))
      status = freeze(session.directory(), region, command, console);
    if (status.has_value()) continue;
    if (!last.has_value()) console.err << last.error().render();
    last = std::move(status);
  }
  return last;
}

Status run_buffer_flush(const ParsedCommand&, Session& session, Console&) {
  return flush_region(session.directory(), session.region());
}

Status run_cache(const ParsedCommand& command, Session& session, Console& console) {
  const std::string& name = session.region().name;
  return session.look([&](const RegionLook& seen) -> Status {
    console.err << fmt::format("Region {} : the file is mapped into memory; pages are in the kernel's page cache\n",
                               name);
    if (!command.has("VERIFY"))
      console.err << fmt::format("Region {} : mapped = 0x{:016X} bytes : in use = 0x{:016X} bytes\n", name,
                                 seen.file.size(), (seen.meta.last_page + 1) * kPageBytes);
    return {};
  });
}

}  // namespace hw::dse

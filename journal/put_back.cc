#include "journal/put_back.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/failpoint.h"
#include "engine/base/file_rights.h"
#include "journal/current_file.h"
#include "journal/files_change.h"

namespace hw {
namespace {

Error stays_away(const CurrentJournal& current, const Error& why) {
  Error error = replaced_error(current);
  error.note("It does not get its name again, and no update of the region is accepted");
  return std::move(error.because(why));
}

Error not_ours(std::string_view why) { return make_error<MsgId::TEXT>(why); }

/// What has the name may be renamed. True when something has it.
Result<bool> may_be_replaced(const PoolRegion& region, const CurrentJournal& current, const std::string& place) {
  const auto database = identity_of(current.database);
  if (!database.has_value() || *database != region.database_file)
    return not_ours("The name of the database leads to another file, too");
  struct stat info {};
  if (::lstat(place.c_str(), &info) != 0) {
    if (errno == ENOENT) return false;
    return system_error("stat()", place);
  }
  if (!S_ISREG(info.st_mode)) return not_ours("What has the name is no regular file");
  if (info.st_dev != current.file.device) return not_ours("What has the name is in another file system");
  const auto header = read_journal_info(place);
  if (header.has_value() && header->header.database_id != current.database_id)
    return not_ours("What has the name is another database's journal: move it away");
  return true;
}

Result<UnfinishedFile> copy_of(const File& journal, const std::string& place, const PoolRegion& region) {
  HW_TRY(const FileRights rights, rights_of(journal));
  HW_TRY(UnfinishedFile copy, UnfinishedFile::create(place, rights));
  const std::uint64_t end = std::max<std::uint64_t>(region.write_offset.load(), kJournalHeaderBytes);
  HW_TRY_VOID(copy_bytes(journal, copy.file(), end, [](std::uint64_t) { return Status(); }));
  if (region.journal_bytes > end) HW_TRY_VOID(copy.file().allocate(end, region.journal_bytes - end));
  return copy;
}

/// `aside`: where what had the name goes; empty: nothing has it.
Status exchange(UnfinishedFile& copy, const std::string& place, const std::string& aside) {
  if (!aside.empty()) HW_TRY_VOID(rename_file(place, aside));
  fail_here(FailPoint::JournalPutBackNotNamed);
  Status published = copy.publish(/*replace=*/false);
  if (!published.has_value() && !aside.empty()) (void)rename_file(aside, place);  // The first failure is the reason.
  return published;
}

/// The copy is the region's journal file from here on.
void adopt_copy(PoolRegion& region) {
  region.journal_file.store(region.journal_copy.load());
  region.prepared_bytes = 0;
  // The copy was synced before it was named.
  region.synced_offset.store(region.write_offset.load());
  region.synced_generation.store(region.generation.load());
  ++region.cuts;
  region.journal_replaced.store(0);
}

void end_change(PoolRegion& region) {
  region.journal_copy.store({});
  mark_change(region, 0);  // A dead process's stores are seen in program order.
}

}  // namespace

Result<std::string> put_back(PoolRegion& region, const File& journal) {
  const CurrentJournal current = CurrentJournal::of(region);
  const std::string place = resolved_link(current.path);
  const auto taken = may_be_replaced(region, current, place);
  if (!taken.has_value()) return stays_away(current, taken.error());
  auto copy = copy_of(journal, place, region);
  if (!copy.has_value()) return stays_away(current, copy.error());
  const auto identity = identity_of(copy->file());
  if (!identity.has_value()) return stays_away(current, identity.error());

  std::string aside = *taken ? stamped_name(place) : std::string();
  region.journal_copy.store(*identity);
  mark_change(region, PoolRegion::kPutBack);
  const Status exchanged = exchange(*copy, place, aside);
  fail_here(FailPoint::JournalPutBackNotNoted);
  if (exchanged.has_value()) adopt_copy(region);
  end_change(region);
  if (!exchanged.has_value()) return stays_away(current, exchanged.error());
  return aside;
}

void finish_put_back(PoolRegion& region) {
  const auto named = identity_of(std::string(region.journal.view()));
  if (named.has_value() && *named == region.journal_copy.load()) adopt_copy(region);
  end_change(region);
}

}  // namespace hw

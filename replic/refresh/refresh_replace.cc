#include "replic/refresh/refresh_replace.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "engine/base/failpoint.h"
#include "engine/base/file_kind.h"
#include "engine/base/sync_point.h"
#include "engine/journal_tools/journal_files.h"
#include "engine/region/control_file.h"
#include "engine/storage/page.h"
#include "replic/instance/instance.h"

namespace hw {
namespace {

/// A database that no process has open, and none can open while this lives.
class KeptAlone {
 public:
  /// Errors: HWREFRESHUSE.
  static Result<KeptAlone> take(const std::string& path) {
    KeptAlone kept;
    HW_TRY(kept.control_, ControlFile::open(path));
    HW_TRY_VOID(kept.control_.wait_exclusive(ControlFile::Lock::Attaching));
    HW_TRY(const bool alone, kept.control_.try_exclusive(ControlFile::Lock::Attached));
    if (!alone) return make_error<MsgId::HWREFRESHUSE>(path);
    return kept;  // The kernel drops both locks with the file.
  }

 private:
  ControlFile control_;
};

/// Errors: HWREFRESHUSE when the instance has a journal pool.
Status refuse_pool(const std::string& instance_path) {
  const auto pool = find_pool(instance_path);
  if (pool.has_value()) return make_error<MsgId::HWREFRESHUSE>("the journal pool of " + instance_path);
  // A file that is missing, damaged, or of an instance that crashed is what a refresh is for.
  if (pool.error().id == MsgId::HWREPLLEVEL || pool.error().id == MsgId::HWUNSEEN) return pool.error();
  return {};
}

/// A device, pipe or folder makes no room. Errors: SYSCALL.
Status check_is_file(const std::string& path) {
  if (!file_exists(path)) return {};
  HW_TRY(const File file, File::open(path, O_RDONLY));
  return {};
}

/// A file without a control file beside it may be something else's. An empty one is free. Errors: DBNOTGDS.
Status check_is_database(const std::string& path) {
  HW_TRY(const File file, File::open(path, O_RDONLY));
  HW_TRY(const std::uint64_t bytes, file.size());
  std::array<std::byte, 2 * kPageBytes> begin{};
  if (bytes == 0) return {};
  if (bytes >= begin.size() && file.read_exact(0, begin).has_value() && newest_meta(begin)) return {};
  return make_error<MsgId::DBNOTGDS>(path);
}

Status set_aside_instance_file(const std::string& instance_path) {
  if (!file_exists(instance_path)) return {};
  HW_TRY_VOID(check_left_over(replaced_instance_path(instance_path)));
  HW_TRY_VOID(rename_file(instance_path, replaced_instance_path(instance_path)));
  return sync_folder_at(SyncPoint::RefreshAsideName, instance_path);
}

}  // namespace

std::string replaced_instance_path(const std::string& instance_path) { return instance_path + "-replaced"; }

bool read_refresh_self(const std::string& instance_path, RefreshSelf& self) {
  auto file = InstanceFile::open(instance_path, /*writable=*/false);
  if (!file.has_value()) file = InstanceFile::open(replaced_instance_path(instance_path), /*writable=*/false);
  if (!file.has_value()) return false;
  const InstanceHeader& header = file->header();
  self.name = self.reigned_as = header.name;
  self.root_primary = header.root_primary;
  self.crash = header.crash;
  self.lost_transactions = header.lost_transactions;
  self.next_seqno = header.seqno;
  self.history = file->history();
  return true;
}

bool have_transactions(const GlobalDirectory& directory) {
  return std::ranges::any_of(directory.regions(), [&](const Region& region) {
    const std::string path = directory.database_path(region);
    if (!file_exists(path)) return false;
    const auto header = peek_region_header(path);
    return !header.has_value() || header->reg_seqno > Seqno{1};
  });
}

Status check_refreshable(const GlobalDirectory& directory, const std::string& instance_path) {
  HW_TRY_VOID(refuse_pool(instance_path));
  HW_TRY_VOID(check_is_file(instance_path));
  HW_TRY_VOID(check_left_over(peer_instance_path(instance_path)));
  // Without an instance file it is what a run that was broken off set aside, damaged or not.
  if (file_exists(instance_path)) HW_TRY_VOID(check_left_over(replaced_instance_path(instance_path)));
  for (const Region& region : directory.regions()) {
    const std::string path = directory.database_path(region);
    HW_TRY_VOID(check_is_file(path));
    HW_TRY_VOID(check_is_file(directory.journal_path(region)));
    if (!file_exists(path)) continue;
    if (!file_exists(path + "-ctl")) {
      HW_TRY_VOID(check_is_database(path));
      continue;
    }
    HW_TRY_VOID(KeptAlone::take(path));
  }
  return {};
}

Status replace_instance(RefreshArrival& arrival, const GlobalDirectory& directory, const std::string& instance_path,
                        const std::function<void(const std::string& from, const std::string& to)>& on_renamed) {
  std::vector<std::string> paths;  // In the order in which every process takes several.
  for (const auto& region : arrival.contents.regions)
    paths.push_back(directory.database_path(*directory.find_region(region.name)));
  std::sort(paths.begin(), paths.end());
  std::vector<KeptAlone> kept;
  for (const std::string& path : paths) {
    HW_TRY(KeptAlone one, KeptAlone::take(path));
    kept.push_back(std::move(one));
  }
  // An instance that was started meanwhile has its databases open; one that starts now waits for their locks.
  HW_TRY_VOID(refuse_pool(instance_path));
  fail_here(FailPoint::RefreshReceived);
  HW_TRY_VOID(set_aside_instance_file(instance_path));
  fail_here(FailPoint::RefreshInstanceAside);
  for (std::size_t i = 0; i < arrival.contents.regions.size(); ++i) {
    const Region& region = *directory.find_region(arrival.contents.regions[i].name);
    const std::string path = directory.database_path(region);
    HW_TRY_VOID(arrival.files[i + 1].publish(/*replace=*/true));
    // The copy's own mark has the control file and the image replaced by whoever opens it first.
    HW_TRY_VOID(remove_file(path + "-bkup"));
    fail_here(FailPoint::RefreshReplaced);
    const std::string journal = directory.journal_path(region);
    if (!file_exists(journal)) continue;
    const std::string stamped = stamped_name(journal);
    HW_TRY_VOID(rename_file(journal, stamped));
    on_renamed(journal, stamped);
  }
  return {};
}

}  // namespace hw

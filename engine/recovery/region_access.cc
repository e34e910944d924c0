#include "engine/recovery/region_access.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/base/boot.h"
#include "engine/commit/domain.h"
#include "engine/recovery/attach.h"
#include "engine/recovery/recovery.h"
#include "engine/region/copy_check.h"
#include "engine/region/copy_mark.h"

namespace hw {
namespace {

/// Whether a region has to be recovered: not closed, and its pool is gone.
Result<bool> is_left_open(const std::string& path) {
  HW_TRY(const ControlFile control, ControlFile::open(path));
  HW_TRY(const ControlState state, control.read());
  if (state.clean) return false;
  JournalPool pool;
  HW_TRY(const PoolSeen seen, control.find_pool(state, pool));
  return seen == PoolSeen::Gone;
}

}  // namespace

RegionAccess::RegionAccess(const Region* definition) {
  if (definition != nullptr) own_definition_ = *definition;
}

Result<std::unique_ptr<RegionAccess>> RegionAccess::take(const std::string& given, const Region* definition,
                                                         ControlFile::Purpose purpose) {
  const std::string path = resolved_link(given);
  if (!file_exists(path)) return rename_error<MsgId::DBOPNERR>(system_error("open()", path, ENOENT), path);
  HW_TRY_VOID(check_path(path, kPathBytesMax));
  std::unique_ptr<RegionAccess> access(new RegionAccess(definition));
  access->region_ = std::make_unique<OpenRegion>(access->own_definition_, path, 0);
  ControlFile& control = access->region_->control;
  HW_TRY(control, ControlFile::open(path));
  HW_TRY_VOID(control.wait_exclusive(ControlFile::Lock::Attaching));
  HW_TRY(const auto mark, read_copy_mark(path));
  access->was_copy_ = mark.has_value();
  HW_TRY_VOID(control.adopt_copy(purpose));
  HW_TRY(access->state_, control.read());
  HW_TRY(access->alone_, control.try_exclusive(ControlFile::Lock::Attached));
  if (!access->state_.clean) {
    HW_TRY(access->seen_, control.find_pool(access->state_, access->pool_));
  }
  return access;
}

RegionAccess::~RegionAccess() {
  if (!region_) return;
  region_->environment = {};
  // The kernel drops the locks with the file in any case; a failure here has no caller to go to.
  if (alone_) (void)region_->control.unlock(ControlFile::Lock::Attached);
  (void)region_->control.unlock(ControlFile::Lock::Attaching);
}

std::string in_use_lines(const std::string& path) {
  return path + " -> File already open by another process (2).\nResource temporarily unavailable";
}

Status RegionAccess::require_alone() const {
  if (alone_) return {};
  if (is_unseen()) return region_->control.unseen();
  if (!region_->control.is_writable()) HW_TRY_VOID(require_update_right());  // Then it could not even try.
  return make_error<MsgId::MUSTANDALONE>(region_->path).after(in_use_lines(region_->path));
}

Status RegionAccess::require_update_right() const {
  const std::string& path = region_->path;
  if (::access(path.c_str(), W_OK) == 0) return {};
  return rename_error<MsgId::DBOPNERR>(system_error("access()", path), path);
}

Status RegionAccess::write_state(ControlState state) {
  HW_TRY_VOID(require_update_right());
  HW_TRY_VOID(region_->control.write(state));
  state_ = std::move(state);
  return {};
}

Status refuse_interrupted(const OpenRegion& region) {
  if (!region.header.recovering) return {};
  return make_error<MsgId::MUPJNLINTERRUPT>(region.path);
}

namespace {

/// In place of a boot's id: the live file is not what its processes have written.
constexpr std::string_view kOverwritten = "overwritten";

/// A region that is made again in another way. The last one lets the pool go.
Status leave_pool(const JournalPool& pool, const std::string& path) {
  auto& places = pool.header().regions;
  if (const auto place = pool.find_region(path)) places[*place].in_use.store(0);
  if (std::any_of(std::begin(places), std::end(places), [](const auto& it) { return it.in_use.load() != 0; }))
    return {};
  return drop_pool_if_last(pool);
}

}  // namespace

/// All its processes died, their shared memory did not: what it says is exact, so nothing has to be recovered.
Status RegionAccess::close_orphan() {
  const auto place = pool_.find_region(region_->path);
  if (!place) {
    pool_.detach();
    return {};
  }
  region_->pool_index = *place;
  HW_TRY_VOID(require_named_journal(pool_.header(), pool_.header().regions[*place], alone_));
  HW_TRY_VOID(region_->open_environment(Environment::Mode::LiveWriter));
  const PoolRegion& facts = pool_.header().regions[*place];
  if (facts.journaled != 0 && !require_own_commits(*region_, facts).has_value()) {
    // Image and journal have all of it. Whoever comes after this process, should it die now, must not trust the file.
    region_->environment = {};
    state_.boot = kOverwritten;
    HW_TRY_VOID(region_->control.write(state_));
    return leave_pool(std::exchange(pool_, {}), region_->path);
  }
  Domain domain(std::move(pool_), {region_.get()});
  Status status = leave_region(domain, *region_);
  alone_ = false;
  HW_TRY_VOID(std::move(status));
  HW_TRY(alone_, region_->control.try_exclusive(ControlFile::Lock::Attached));
  HW_CHECK(alone_);  // The Attaching lock keeps everybody else out.
  HW_TRY(state_, region_->control.read());
  return drop_pool_if_last(domain.pool());
}

/// It was recovered without the memory that its dead processes left. The last region that is lets that go.
Status RegionAccess::drop_left_pool() {
  if (state_.clean || state_.pool_id < 0 || !may_be_this_boot(state_.boot)) return {};
  const auto left = JournalPool::attach(state_.pool_id, state_.pool_uid);
  if (!left.has_value()) return {};  // As after another boot; or another user's, whose own next process does it.
  return leave_pool(*left, region_->path);
}

Status make_clean(std::span<RegionAccess* const> regions, RegionSet set, const BeforeCut& before_cut, Seqno asked) {
  for (RegionAccess* access : regions) {
    HW_TRY_VOID(access->require_alone());
    HW_TRY_VOID(refuse_copy_in_use(access->path(), access->state_));
    if (!access->state_.clean && access->pool_.is_attached()) HW_TRY_VOID(access->close_orphan());
  }
  bool rollback_decided = false;
  for (RegionAccess* access : regions) {
    if (access->state_.clean) continue;
    HW_TRY(const RegionHeader header, header_before_recovery(*access->region_, is_this_boot(access->state_.boot)));
    if (header.recovering) return make_error<MsgId::MUPJNLINTERRUPT>(access->path());
    HW_TRY_VOID(refuse_copy(access->path(), header));
    rollback_decided = rollback_decided || header.rollback_decided;
    // It was clean when its settings were being changed, and may now number its transactions in another way.
    if (access->state_.boot == kChangeInProgress) set = RegionSet::Part;
  }
  std::vector<OpenRegion*> recovered;
  std::vector<RegionRecovery> recoveries;
  for (RegionAccess* access : regions) {
    if (access->state_.clean) {
      HW_TRY_VOID(access->region_->open_environment(Environment::Mode::LiveWriter));
      HW_TRY_VOID(refuse_interrupted(*access->region_));
      continue;
    }
    HW_TRY(const RegionRecovery recovery,
           recover_region(*access->region_, is_this_boot(access->state_.boot), rollback_decided));
    recovered.push_back(access->region_.get());
    recoveries.push_back(recovery);
  }
  if (recovered.empty()) return {};
  // Those that are clean tell which transactions are whole, and may have to give up one that is not.
  const std::size_t unclean = recovered.size();
  for (RegionAccess* access : regions) {
    OpenRegion& region = *access->region_;
    if (!access->state_.clean || region.header.journal_state != JournalState::On) continue;
    recovered.push_back(&region);
    recoveries.push_back(state_of_clean_region(region));
  }
  // A part does not tell which transactions are whole: to cut what the others may hold would lose commits.
  if (set == RegionSet::Whole) HW_TRY_VOID(make_consistent(recovered, recoveries, before_cut, asked));
  for (std::size_t i = 0; i < recovered.size(); ++i) {
    if (i >= unclean && recoveries[i] == state_of_clean_region(*recovered[i])) continue;
    HW_TRY_VOID(settle_recovered_region(*recovered[i], recoveries[i]));
    HW_TRY_VOID(close_recovered_region(*recovered[i], recoveries[i]));
  }
  for (RegionAccess* access : regions) {
    HW_TRY_VOID(access->drop_left_pool());
    HW_TRY(access->state_, access->region_->control.read());
  }
  return {};
}

Result<bool> has_database(const std::string& given) {
  const std::string path = resolved_link(given);
  if (file_exists(path)) return true;
  if (!file_exists(path + "-ctl")) return false;
  return rename_error<MsgId::DBOPNERR>(system_error("open()", path, ENOENT), path)
      .note(path + "-ctl is there: the database was here, and is missed");
}

Result<std::vector<std::unique_ptr<RegionAccess>>> take_all(const GlobalDirectory& directory) {
  std::vector<std::pair<std::string, const Region*>> files;
  for (const Region& region : directory.regions()) files.emplace_back(directory.database_path(region), &region);
  std::sort(files.begin(), files.end());
  std::vector<std::unique_ptr<RegionAccess>> taken;
  for (const auto& [path, definition] : files) {
    HW_TRY(const bool there, has_database(path));
    if (!there) continue;
    HW_TRY(auto access, RegionAccess::take(path, definition));
    taken.push_back(std::move(access));
  }
  return taken;
}

Status recover_unclean(const GlobalDirectory& directory) {
  bool any = false;
  for (const Region& region : directory.regions()) {
    const std::string path = directory.database_path(region);
    if (any || !file_exists(path)) continue;
    HW_TRY(any, is_left_open(path));
  }
  if (!any) return {};
  HW_TRY(const auto taken, take_all(directory));
  std::vector<RegionAccess*> together;  // Clean ones too: they tell which transactions are whole.
  for (const auto& access : taken) {
    HW_TRY_VOID(refuse_copy_in_use(access->path(), access->state()));
    if (access->is_alone()) {
      together.push_back(access.get());
    } else if (access->needs_recovery()) {
      Error error = make_error<MsgId::HWDBBUSY>(access->region().path);
      return error.note(access->region().control.is_writable()
                            ? "It has to be recovered, but processes are reading it; stop them first"
                            : "It has to be recovered, which this process may not do");
    }
  }
  return make_clean(together, together.size() == taken.size() ? RegionSet::Whole : RegionSet::Part);
}

Status drop_pool_if_last(const JournalPool& pool) {
  if (!pool.is_attached() || pool.header().replicating != 0) return {};
  const auto others = pool.is_used_by_others();
  if (!others.has_value() || *others) return {};
  HW_TRY(const bool may, SharedMemory::may_remove(pool.id()));
  return may ? SharedMemory::remove(pool.id()) : Status();  // Its owner's next process does.
}

}  // namespace hw

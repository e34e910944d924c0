#include "engine/session/attachment.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/boot.h"
#include "engine/base/clock.h"
#include "engine/base/file_rights.h"
#include "engine/commit/redo_file.h"
#include "engine/recovery/attach.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/journal_end.h"
#include "engine/recovery/region_access.h"
#include "engine/recovery/seqno_gap.h"
#include "engine/region/copy_check.h"
#include "journal/backward_reader.h"
#include "journal/current_file.h"
#include "journal/files_change.h"
#include "journal/reader.h"

namespace hw {
namespace {

/// The users for whom the pool of these databases is made: those who may use all of them.
Result<FileRights> rights_for_pool(std::span<OpenRegion* const> regions) {
  std::vector<FileRights> models;
  for (const OpenRegion* region : regions) {
    HW_TRY(const FileRights rights, rights_of(region->path));
    models.push_back(rights);
  }
  return common_rights(models);
}

/// A pool that remove_or_leave left, when no process has taken it meanwhile. Attaching locks held.
JournalPool left_pool(std::span<OpenRegion* const> regions, std::span<const ControlState> states) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (!states[i].clean || states[i].pool_id < 0 || !may_be_this_boot(states[i].boot)) continue;
    auto pool = JournalPool::attach(states[i].pool_id, states[i].pool_uid);
    if (!pool.has_value() || pool->header().replicating != 0) continue;
    const auto others = pool->is_used_by_others();
    const auto& places = pool->header().regions;
    const bool unused =
        std::none_of(places.begin(), places.end(), [](const auto& it) { return it.in_use.load() != 0; });
    if (others.has_value() && !*others && unused) return std::move(pool).value();
  }
  return {};
}

/// The region is clean: its header is exact.
Status enter_pool(OpenRegion& region, JournalPool& pool) {
  PoolHeader& header = pool.header();
  HW_TRY(region.pool_index, pool.add_region(region.path));
  PoolRegion& facts = header.regions[region.pool_index];
  const RegionHeader& own = region.header;
  set_text(facts.name, own.name);
  std::memcpy(facts.database_id, own.database_id.data(), own.database_id.size());
  facts.replicated = own.replicated ? 1 : 0;
  facts.journaled = own.journal_state == JournalState::On ? 1 : 0;
  facts.journal.set(own.journal_path);
  facts.autoswitch_bytes = own.journal_autoswitch;
  facts.allocation_bytes = own.journal_allocation;
  facts.extension_bytes = own.journal_extension;
  mark_change(facts, 0);
  facts.database_prepared_bytes = 0;
  facts.last_tn.store(region.last_tn().value);
  facts.reg_seqno.store(own.reg_seqno.value);
  facts.last_record_bytes = 0;
  facts.last_time_us = 0;
  if (facts.journaled != 0) {
    auto file = File::open(own.journal_path, O_RDWR);
    if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(file).error(), own.journal_path);
    HW_TRY(const JournalFileInfo info, read_journal_info(*file));
    if (info.header.database_id != own.database_id)
      return make_error<MsgId::JNLBADLABEL>(own.journal_path, "a journal of " + region.path,
                                            "another database's journal");
    facts.generation = info.header.generation;
    if (own.generation != info.header.generation) {
      return make_error<MsgId::JNLFILOPN>(own.journal_path, region.path)
          .note(fmt::format("The database expects generation {}, the file is generation {}", own.generation,
                            info.header.generation));
    }
    HW_TRY_VOID(require_end_of_journal(region));
    facts.last_record_bytes = own.last_record_bytes;
    HW_TRY(facts.last_time_us, journal_time_at(own.journal_path, own.offset, own.last_record_bytes));
    HW_TRY(facts.journal_bytes, file->size());
    HW_TRY(const FileIdentity identity, identity_for_pool(*file));
    facts.journal_file.store(identity);
    facts.journal_replaced.store(0);
    facts.set_end(own.offset);
    facts.synced_generation.store(facts.generation);
    facts.synced_offset.store(own.offset);
    HW_TRY_VOID(publish_image_place(region, facts));
    // The period counts from now: the start of an instance does not wait for a checkpoint.
    facts.last_checkpoint_us.store(wall_clock_us());
  } else {
    // An image of the time when the region was journaled would bring that time back after a power loss.
    HW_TRY_VOID(remove_file(image_path(region.path)));
    HW_TRY_VOID(remove_redo_file(region));
  }
  header.last_time_us = std::max(header.last_time_us, facts.last_time_us);
  if (header.replicating == 0) header.next_seqno.store(std::max(header.next_seqno.load(), facts.reg_seqno.load()));
  facts.in_use.store(1, std::memory_order_release);
  return {};
}

}  // namespace

Error standalone_elsewhere(const OpenRegion& region) {
  return make_error<MsgId::HWDBBUSY>(region.path).note("Another process has standalone access");
}

/// Removes a pool that no other process is attached to. Of another user's, the databases' control files note that it is
/// there to be used again. Attaching locks held.
Status remove_or_leave(const JournalPool& pool, std::span<OpenRegion* const> regions) {
  HW_TRY(const bool may, SharedMemory::may_remove(pool.id()));
  if (may) return SharedMemory::remove(pool.id());
  for (OpenRegion* region : regions) {
    HW_TRY(ControlState state, region->control.read());
    if (!state.clean) continue;
    state.pool_id = pool.id();
    state.pool_uid = pool.uid();
    HW_TRY_VOID(region->control.write(state));
  }
  return {};
}

Attachment::Attachment(std::span<OpenRegion* const> regions, const std::string& instance_file)
    : regions_(regions), instance_file_(instance_file) {}

Attachment::~Attachment() {
  if (made_ >= 0) (void)SharedMemory::remove(made_);  // What refused a database is the error to report.
}

Result<bool> Attachment::find_pool() {
  for (OpenRegion* region : regions_) nobody_joins_.emplace_back(region->joining);
  HW_TRY_VOID(locks_.take(regions_));
  states_.resize(regions_.size());
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    OpenRegion& region = *regions_[i];
    HW_TRY(states_[i], region.control.read());
    if (states_[i].clean) continue;
    JournalPool its_pool;
    HW_TRY(const PoolSeen seen, region.control.find_pool(states_[i], its_pool));
    if (seen == PoolSeen::Unseen) return region.control.unseen();
    if (seen == PoolSeen::Gone) return false;
    if (!pool_.is_attached()) {
      pool_ = std::move(its_pool);
    } else if (its_pool.uid() != pool_.uid()) {
      return make_error<MsgId::HWDBBUSY>(region.path);
    }
  }
  return true;
}

/// Before the commit lock: what a dead process left must not be finished in another journal.
Status Attachment::require_journal_in_pool(const OpenRegion& region) const {
  if (!pool_.is_attached()) return {};
  const auto place = pool_.find_region(region.path);
  if (!place) return {};
  // One that is open here for reading does not ask whether it is alone: it would lose its own lock.
  bool alone = false;
  if (!region.attached) {
    HW_TRY(alone, region.control.try_exclusive(ControlFile::Lock::Attached));
  }
  Status named = require_named_journal(pool_.header(), pool_.header().regions[*place], alone);
  if (alone) HW_TRY_VOID(region.control.unlock(ControlFile::Lock::Attached));
  return named;
}

Status Attachment::open_files() {
  for (OpenRegion* region : regions_) {
    HW_TRY_VOID(require_journal_in_pool(*region));
    HW_TRY(region->attached, region->control.try_shared(ControlFile::Lock::Attached));
    if (!region->attached) return standalone_elsewhere(*region);
    if (!region->writable) HW_TRY_VOID(region->open_environment(Environment::Mode::LiveWriter));
    HW_TRY_VOID(region->control.note_lock_file());  // One that was open for reading keeps it.
    HW_TRY_VOID(refuse_interrupted(*region));
    HW_TRY_VOID(refuse_copy(region->path, region->header));  // Before any other has entered a pool.
  }
  return {};
}

bool Attachment::any_replicated() const {
  return std::any_of(regions_.begin(), regions_.end(), [](const auto* region) { return region->header.replicated; });
}

std::string Attachment::instance_file() const {
  return any_replicated() ? instance_file_ : std::string(pool_.header().instance_file.view());
}

Status Attachment::choose_pool(const JournalPool::Setup* create) {
  const bool replicated = any_replicated();
  if (replicated && instance_file_.empty()) return make_error<MsgId::REPLINSTUNDEF>();
  if (!has_pool() && !replicated && create == nullptr) pool_ = left_pool(regions_, states_);
  if (has_pool()) return replicated ? require_same_instance() : Status();
  if (create != nullptr) return make_pool(*create);
  if (!replicated) return make_pool({});
  if (file_exists(instance_file_)) return make_error<MsgId::NOJNLPOOL>(instance_file_);
  return rename_error<MsgId::REPLINSTACC>(system_error("open()", instance_file_, ENOENT), instance_file_);
}

Status Attachment::require_same_instance() const {
  const auto identity = identity_of(instance_file_);
  if (!identity.has_value()) return rename_error<MsgId::REPLINSTACC>(identity.error(), instance_file_);
  const PoolHeader& header = pool_.header();
  if (*identity == header.instance_identity) return {};
  return make_error<MsgId::REPLINSTMISMTCH>(instance_file_, regions_.front()->path, header.instance_file.view());
}

Status Attachment::make_pool(JournalPool::Setup setup) {
  HW_TRY(setup.rights, rights_for_pool(regions_));
  HW_TRY(pool_, JournalPool::create(setup));
  made_ = pool_.id();
  return {};
}

Status Attachment::enter(JournalPool& pool) {
  HW_CHECK(pool.is_attached());
  HW_CHECK_EQ(states_.size(), regions_.size());  // find_pool has come first: the attaching locks are held.
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    OpenRegion& region = *regions_[i];
    const auto place = pool.find_region(region.path);
    if (place && states_[i].pool_uid == pool.uid() && !states_[i].clean) {
      region.pool_index = *place;
      continue;
    }
    HW_TRY_VOID(enter_pool(region, pool));
    HW_TRY_VOID(region.control.write({region.header.database_id, boot_id(), false, pool.id(), pool.uid(),
                                      std::string(pool.header().instance_file.view())}));
  }
  return {};
}

Result<JournalPool> Attachment::enter() {
  HW_TRY_VOID(enter(pool_));
  made_ = -1;
  return std::move(pool_);
}

}  // namespace hw

#include "engine/integ/region_look.h"

#include <fcntl.h>

#include "engine/base/file.h"
#include "engine/base/lock_wait.h"
#include "engine/base/sync_point.h"
#include "engine/commit/domain.h"
#include "engine/recovery/attach.h"
#include "engine/recovery/checkpoint.h"
#include "engine/storage/page_tree.h"

namespace hw {
namespace {

Result<RegionHeader> header_in(Bytes file, const MetaPage& meta, const std::string& path) {
  HW_TRY(const TreePath found, find_in_tree(file, meta.data, kHeaderKey, path));
  if (!found.there) {
    return make_error<MsgId::DBNOTGDS>(path).note("The database has no region header");
  }
  HW_TRY(const std::string_view bytes, value_of_record(file, *found.at, path));
  auto header = decode_region_header(bytes, path);
  if (!header.has_value())
    return header.error().note(
        fmt::format("The region header, {} bytes in page {}, is damaged", bytes.size(), found.steps.back().page));
  return header;
}

Status look_at_file(const std::string& path, const PoolRegion* facts,
                    const std::function<Status(const RegionLook&)>& look) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::DBOPNERR>(std::move(error), path); };
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return refuse(std::move(file).error());
  const auto size = file->size();
  if (!size.has_value()) return refuse(size.error());
  if (*size < 2 * kPageBytes) return make_error<MsgId::DBNOTGDS>(path);
  auto map = Mapping::map(*file, *size, false);
  if (!map.has_value()) return refuse(std::move(map).error());
  HW_TRY(const RegionLook seen, look_at_bytes(path, Bytes(map->data(), map->size()), facts));
  return look(seen);
}

Status change_live(RegionAccess& access, const std::function<Status(RegionHeader&)>& edit) {
  return visit_live_region(access, [&](Domain& domain, OpenRegion& region) -> Status {
    HW_TRY(const CheckpointLock images, CheckpointLock::take(domain.header()));
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    HW_TRY_VOID(region.refresh_header());
    HW_TRY_VOID(edit(region.header));
    return store_live_header(region);
  });
}

}  // namespace

Result<RegionLook> look_at_bytes(const std::string& path, Bytes file, const PoolRegion* facts) {
  const auto meta = newest_meta(file);
  if (!meta) {
    Error error = make_error<MsgId::DBNOTGDS>(path);
    for (std::uint64_t number : {0, 1}) {
      std::string why = "it is past the end of the file";
      if (const auto page = page_at(file, number)) (void)decode_meta(*page, number, why);  // Only the reason is wanted.
      error.note(fmt::format("Page {} is no meta page: {}", number, why));
    }
    return error;
  }
  RegionLook seen{.path = path, .file = file, .meta = *meta, .header = header_in(file, *meta, path)};
  if (seen.header.has_value()) {
    seen.reg_seqno = seen.header->reg_seqno;
    seen.tn = meta->tn + seen.header->tn_base;
    seen.generation = seen.header->generation;
    seen.journal_offset = seen.header->offset;
    seen.last_record_bytes = seen.header->last_record_bytes;
  }
  if (facts != nullptr) {
    seen.reg_seqno = Seqno{facts->reg_seqno.load()};
    seen.generation = facts->generation;
    seen.journal_offset = facts->write_offset.load();
    seen.last_record_bytes = facts->last_record_bytes;
    if (facts->journaled != 0) seen.journal_in_use = CurrentJournal::of(*facts);
  }
  return seen;
}

Result<CheckpointLock> CheckpointLock::take(PoolHeader& pool) {
  // A dead holder left an image at its last good place.
  HW_TRY([[maybe_unused]] const auto acquired, lock_watched(pool.checkpoint_lock, lock_name(pool)));
  return CheckpointLock(pool.checkpoint_lock);
}

Status visit_live_region(RegionAccess& access, const std::function<Status(Domain&, OpenRegion&)>& work) {
  OpenRegion& region = access.region();
  const auto place = access.pool().find_region(region.path);
  if (!place) return make_error<MsgId::HWDBBUSY>(region.path);
  region.pool_index = *place;
  HW_TRY(region.attached, region.control.try_shared(ControlFile::Lock::Attached));
  HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
  Domain domain(std::move(access.pool()), {&region});
  Status status = work(domain, region);
  Status left = leave_region(domain, region);
  if (left.has_value()) left = drop_pool_if_last(domain.pool());
  HW_TRY_VOID(std::move(status));
  return left;
}

Status look_at_region(RegionAccess& access, const std::function<Status(const RegionLook&)>& look) {
  // Without the pool's facts a database that is being updated would look damaged.
  const bool orphan = !access.is_live() && access.pool().is_attached();  // All its processes have died.
  const bool unseen = !orphan && !access.is_live() && !access.state().clean && !access.needs_recovery();
  if (unseen) return access.region().control.unseen();
  if (!access.is_live()) return look_at_file(access.path(), nullptr, look);
  return visit_live_region(access, [&](Domain& domain, OpenRegion& region) -> Status {
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    return look_at_file(region.path, &domain.facts(region), look);
  });
}

Status store_live_header(OpenRegion& region) {
  HW_TRY_VOID(region.write_header());
  if (region.header.journal_state != JournalState::On || !file_exists(image_path(region.path))) return {};
  return write_image_settings(region.path, region.header);
}

Status store_closed_header(OpenRegion& region) {
  const DatabaseId id = region.header.database_id;
  HW_TRY_VOID(region.control.write(ControlState::open_alone(id)));
  // Stored or not, whole is what it is: it is closed again also when there was no room.
  Status stored = store_live_header(region);
  HW_TRY_VOID(sync_at(SyncPoint::StoredHeader, region.environment));
  HW_TRY_VOID(region.control.write(ControlState::closed(id)));
  return stored;
}

Status change_header(RegionAccess& access, bool live_is_safe, const std::function<Status(RegionHeader&)>& edit) {
  if (live_is_safe && access.is_live()) return change_live(access, edit);
  HW_TRY_VOID(access.require_alone());
  RegionAccess* one[] = {&access};
  OpenRegion& region = access.region();
  if (!access.state().clean || !region.environment.is_open()) HW_TRY_VOID(make_clean(one, RegionSet::Part));
  const RegionHeader old = region.header;
  RegionHeader next = old;
  HW_TRY_VOID(edit(next));
  HW_TRY_VOID(build_image(region, next));
  const DatabaseId id = next.database_id;
  HW_TRY_VOID(access.write_state(ControlState::changing(id)));
  region.header = next;
  if (Status written = region.write_header(); !written.has_value()) {
    // The live file is what it was, and counts again; the next opener gives the image its header back.
    region.header = old;
    (void)access.write_state(ControlState::closed(id));  // Where that fails, it goes forward.
    return written;
  }
  HW_TRY_VOID(sync_at(SyncPoint::ChangedHeader, region.environment));
  HW_TRY_VOID(access.write_state(ControlState::closed(id)));
  // Unjournaled, the image would age; the next opener removes it when this does not happen.
  if (next.journal_state != JournalState::On) return remove_file(image_path(region.path));
  return {};
}

}  // namespace hw

#include "engine/region/open_region.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <shared_mutex>

#include "engine/base/clock.h"
#include "engine/base/sync_point.h"
#include "engine/region/region_reader.h"
#include "engine/region/region_write.h"

namespace hw {
namespace {

constexpr std::uint64_t kBlockBytes = 512;  // GT.M counts journal sizes in these.

}  // namespace

std::string image_path(const std::string& database) { return database + "-ckpt"; }

Result<RegionHeader> read_region_header(TransactionBase& transaction, const std::string& path) {
  HW_TRY(const auto bytes, transaction.get(kHeaderKey));
  if (!bytes) return make_error<MsgId::DBNOTGDS>(path);
  return decode_region_header(*bytes, path);
}

RegionTn OpenRegion::last_tn() {
  std::shared_lock map_stays(map_lock);
  return environment.last_tn();
}

bool OpenRegion::last_commit_is(RegionTn tn) {
  // In this order: a set raises the flag before it is done, and it falls when LMDB has it with a later transaction.
  return control.live().behind.load(std::memory_order_acquire) == 0 && last_tn() == tn;
}

std::uint64_t OpenRegion::used_bytes() {
  std::shared_lock map_stays(map_lock);
  return environment.used_bytes();
}

Status OpenRegion::adopt_size() {
  std::unique_lock exclusive(map_lock);
  HW_TRY_VOID(control.wait_exclusive(ControlFile::Lock::Resizing));
  Status status = environment.adopt_size();
  HW_TRY_VOID(control.unlock(ControlFile::Lock::Resizing));
  return status;
}

Status OpenRegion::grow(std::uint64_t more) {
  // Pages that only a dead reader still sees will be used again from now on.
  environment.clear_dead_readers();
  std::unique_lock exclusive(map_lock);
  HW_TRY_VOID(control.wait_exclusive(ControlFile::Lock::Resizing));
  Status status = environment.grow(more);
  HW_TRY_VOID(control.unlock(ControlFile::Lock::Resizing));
  return status;
}

bool OpenRegion::has_headroom(std::uint64_t more) {
  constexpr std::uint64_t kHeadroomMin = 256 << 10;
  constexpr std::uint64_t kHeadroomMax = 16 << 20;
  std::shared_lock map_stays(map_lock);
  std::uint64_t used = 0, reserved = 0;
  environment.sizes(used, reserved);
  return used + std::max(more, std::clamp(reserved / 8, kHeadroomMin, kHeadroomMax)) <= reserved;
}

Status OpenRegion::keep_headroom(PoolRegion& facts, std::uint64_t more) {
  if (!has_headroom(more)) HW_TRY_VOID(grow(2 * more));  // So that the next one does not have to grow it again.
  std::shared_lock map_stays(map_lock);
  return environment.prepare_pages(environment.used_bytes(), facts.database_prepared_bytes);
}

Status OpenRegion::open_environment(Environment::Mode mode) {
  std::unique_lock exclusive(map_lock);
  // Sessions keep reader places in an open environment, and LMDB does not allow one file twice in a process: what is
  // open stays open.
  if (!environment.is_open()) {
    HW_TRY_VOID(control.check_lock_file());
    HW_TRY_VOID(control.wait_exclusive(ControlFile::Lock::Resizing));
    auto opened = Environment::open(path, mode);
    HW_TRY_VOID(control.unlock(ControlFile::Lock::Resizing));
    if (!opened.has_value()) return std::move(opened).error();
    environment = std::move(opened).value();
    writable = mode == Environment::Mode::LiveWriter;
  } else if (mode == Environment::Mode::LiveWriter && !writable) {
    return make_error<MsgId::DBOPNERR>(path).with_errno(EACCES);
  }
  HW_TRY_VOID(control.note_lock_file());
  ReadTransaction snapshot;
  bool needs_adoption = false;
  HW_TRY_VOID(snapshot.renew(environment, needs_adoption));
  if (needs_adoption) {
    HW_TRY_VOID(environment.adopt_size());
    HW_TRY_VOID(snapshot.renew(environment, needs_adoption));
  }
  HW_TRY(header, read_region_header(snapshot, path));
  return {};
}

Status OpenRegion::refresh_header() {
  RegionReader reader;
  HW_TRY(const auto shown, reader.take_stored(*this));
  HW_TRY(header, read_region_header(*shown, path));
  return {};
}

Status OpenRegion::write_header() {
  const std::string bytes = encode_region_header(header);
  return commit_growing(*this, [&](WriteTransaction& transaction) { return transaction.put(kHeaderKey, bytes); });
}

Result<DatabaseId> new_database_id(const std::string& path) {
  DatabaseId id{};
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size()))
    return rename_error<MsgId::DBOPNERR>(system_error("getrandom()", path), path);
  return id;
}

Status create_database(const GlobalDirectory& directory, const Region& region) {
  const std::string path = directory.database_path(region);
  const Segment& segment = directory.segment_of(region);
  constexpr std::uint64_t kPageBytes = 4096;
  HW_TRY_VOID(check_path(path, kPathBytesMax));
  HW_TRY_VOID(check_path(directory.journal_path(region), region.journal ? kJournalPathBytesMax : kPathBytesMax));
  HW_TRY_VOID(Environment::create_live(path, std::uint64_t{segment.allocation} * segment.block_size));

  RegionHeader header;
  HW_TRY(header.database_id, new_database_id(path));
  header.created_us = wall_clock_us();
  header.null_collation = region.std_null_collation ? 0 : 1;
  header.null_subscripts = static_cast<std::uint8_t>(region.null_subscripts);
  header.key_bytes_max = region.key_size;
  header.value_bytes_max = region.record_size;
  header.extension_blocks =
      static_cast<std::uint32_t>(std::uint64_t{segment.extension_count} * segment.block_size / kPageBytes);
  header.journal_allocation = region.journaling.allocation * kBlockBytes;
  header.journal_extension = region.journaling.extension * kBlockBytes;
  header.journal_autoswitch = region.journaling.autoswitch_limit * kBlockBytes;
  header.name = region.name;
  header.journal_path = directory.journal_path(region);
  if (region.journal) header.journal_state = JournalState::Off;  // Enabled; mupip set -journal=on starts it.

  OpenRegion made(region, path, 0);
  HW_TRY(made.control, ControlFile::open(path));
  HW_TRY_VOID(made.control.set_frozen_by(0));
  HW_TRY_VOID(made.control.write(ControlState::closed(header.database_id)));
  HW_TRY(made.environment, Environment::open(path, Environment::Mode::LiveWriter));
  made.header = header;
  HW_TRY_VOID(made.write_header());
  return sync_at(SyncPoint::CreatedHeader, made.environment);
}

Status refuse_when_frozen(const OpenRegion& region, std::string_view what) {
  if (!region.control.is_frozen()) return {};
  return make_error<MsgId::HWFROZEN>(region.definition.name, what);
}

void take_place(RegionHeader& header, const PoolRegion& facts) {
  header.reg_seqno = Seqno{facts.reg_seqno.load()};
  header.generation = facts.generation;
  header.offset = facts.write_offset.load();
  header.last_record_bytes = facts.last_record_bytes;
}

}  // namespace hw

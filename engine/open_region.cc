#include "engine/open_region.h"
#include "engine/base/clock.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

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

Status OpenRegion::keep_headroom(PoolRegion& facts, std::uint64_t more) {
  constexpr std::uint64_t kHeadroomMin = 256 << 10;
  constexpr std::uint64_t kHeadroomMax = 16 << 20;
  std::uint64_t used = 0;
  {
    std::shared_lock map_stays(map_lock);
    std::uint64_t reserved = 0;
    environment.sizes(used, reserved);
    const std::uint64_t wanted = std::max(more, std::clamp(reserved / 8, kHeadroomMin, kHeadroomMax));
    if (used + wanted <= reserved) return environment.prepare_pages(used, facts.database_prepared_bytes);
  }
  HW_TRY_VOID(grow(2 * more));  // So that the next one does not have to grow it again.
  std::shared_lock map_stays(map_lock);
  return environment.prepare_pages(used, facts.database_prepared_bytes);
}

Status OpenRegion::open_environment(Environment::Mode mode) {
  std::unique_lock exclusive(map_lock);
  // Sessions keep reader places in an open environment, and LMDB does not allow one file twice in a process: what is
  // open stays open.
  if (!environment.is_open()) {
    HW_TRY_VOID(control.wait_exclusive(ControlFile::Lock::Resizing));
    auto opened = Environment::open(path, mode);
    HW_TRY_VOID(control.unlock(ControlFile::Lock::Resizing));
    if (!opened.has_value()) return std::move(opened).error();
    environment = std::move(opened).value();
    writable = mode == Environment::Mode::LiveWriter;
  } else if (mode == Environment::Mode::LiveWriter && !writable) {
    return make_error<MsgId::DBOPNERR>(path).with_errno(EACCES);
  }
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

Status OpenRegion::take_snapshot(ReadTransaction& transaction) {
  const std::atomic<std::uint32_t>& behind = control.live().behind;
  for (;;) {
    if (bring_up && behind.load(std::memory_order_acquire) != 0) HW_TRY_VOID(bring_up());
    HW_TRY_VOID(take_stored_snapshot(transaction));
    // Ordered against engine/in_place.cc: either this snapshot is seen there, or the flag is seen here.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!bring_up || behind.load(std::memory_order_relaxed) == 0) return {};
    release_snapshot(transaction);
  }
}

Status OpenRegion::take_stored_snapshot(ReadTransaction& transaction) {
  for (;;) {
    map_lock.lock_shared();
    bool needs_adoption = false;
    Status status = transaction.renew(environment, needs_adoption);
    if (status.has_value() && !needs_adoption) return {};
    map_lock.unlock_shared();
    if (!status.has_value()) return status;
    HW_TRY_VOID(adopt_size());
  }
}

void OpenRegion::release_snapshot(ReadTransaction& transaction) {
  transaction.reset();
  map_lock.unlock_shared();
}

Status OpenRegion::refresh_header() {
  ReadTransaction reader;
  HW_TRY_VOID(take_stored_snapshot(reader));
  auto read = read_region_header(reader, path);
  release_snapshot(reader);
  if (!read.has_value()) return std::move(read).error();
  header = std::move(read).value();
  return {};
}

Status OpenRegion::write_header() {
  const std::string bytes = encode_region_header(header);
  for (;;) {
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(environment, needs_adoption));
    if (needs_adoption) {
      HW_TRY_VOID(adopt_size());
      continue;
    }
    Status status = transaction.put(kHeaderKey, bytes);
    if (status.has_value()) status = transaction.commit();  // It needs room of its own.
    if (status.has_value() || !transaction.map_full()) return status;
    transaction.abort();
    HW_TRY_VOID(grow(0));
  }
}

Status create_database(const GlobalDirectory& directory, const Region& region) {
  const std::string path = directory.database_path(region);
  const Segment& segment = directory.segment_of(region);
  constexpr std::uint64_t kPageBytes = 4096;
  HW_TRY_VOID(Environment::create_live(path, std::uint64_t{segment.allocation} * segment.block_size));

  RegionHeader header;
  if (::getrandom(header.database_id.data(), header.database_id.size(), 0) !=
      static_cast<ssize_t>(header.database_id.size()))
    return rename_error<MsgId::DBOPNERR>(system_error("getrandom()", path), path);
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
  HW_TRY_VOID(made.control.write({header.database_id, boot_id(), true, -1, 0, ""}));
  HW_TRY(made.environment, Environment::open(path, Environment::Mode::LiveWriter));
  made.header = header;
  HW_TRY_VOID(made.write_header());
  return made.environment.sync();
}

}  // namespace hw

#include "journal/pool.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/base/boot.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"

namespace hw {

void PoolPath::set(std::string_view from) {
  HW_CHECK(from.size() <= kPathBytesMax);
  set_text(text, from);
}

std::uint64_t next_commit_time_us(PoolHeader& header) { return std::max(wall_clock_us(), header.last_time_us + 1); }

Result<FileIdentity> identity_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error("stat()", path);
  return FileIdentity{info.st_dev, info.st_ino};
}

Result<FileIdentity> identity_of(const File& file) {
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return system_error("fstat()", file.path());
  return FileIdentity{info.st_dev, info.st_ino};
}

Result<JournalPool> JournalPool::create(const Setup& setup) {
  const std::uint64_t header_bytes = (sizeof(PoolHeader) + 4095) / 4096 * 4096;
  auto memory = SharedMemory::create(header_bytes + setup.ring_bytes, setup.rights);
  if (!memory.has_value()) return rename_error<MsgId::JNLPOOLSETUP>(std::move(memory).error());
  JournalPool pool;
  pool.memory_ = std::move(memory).value();
  auto abandon = [&](Error error) {
    (void)SharedMemory::remove(pool.id());  // No other process knows the segment yet.
    return error;
  };
  auto* header = new (pool.memory_.data()) PoolHeader();
  header->magic = kPoolMagic;
  header->version = kPoolVersion;
  header->header_bytes = sizeof(PoolHeader);
  header->total_bytes = pool.memory_.size();
  if (::getrandom(&header->uid, sizeof header->uid, 0) != sizeof header->uid)
    return abandon(rename_error<MsgId::JNLPOOLSETUP>(system_error("getrandom()", "journal pool")));
  header->replicating = setup.replicating ? 1 : 0;
  header->updates_enabled = setup.updates_enabled ? 1 : 0;
  set_text(header->instance_name, setup.instance_name);
  header->instance_file.set(setup.instance_file);
  header->instance_identity = setup.instance_identity;
  std::memcpy(header->instance_id, setup.instance_id.data(), sizeof header->instance_id);
  set_text(header->boot, boot_id());
  for (RobustMutex* mutex : {&header->commit_lock, &header->sync_lock, &header->checkpoint_lock, &header->admin_lock}) {
    if (Status status = mutex->initialize(); !status.has_value())
      return abandon(rename_error<MsgId::JNLPOOLSETUP>(std::move(status).error()));
  }
  header->next_seqno = setup.next_seqno.value;
  header->ring_bytes = setup.ring_bytes;
  header->ring_offset = header_bytes;
  header->ring_first_seqno = setup.next_seqno.value;
  header->start_seqno = setup.next_seqno.value;
  header->created_us = next_commit_time_us(*header);
  header->receive_pool_id = -1;
  header->ready.store(1, std::memory_order_release);
  return pool;
}

Result<JournalPool> JournalPool::attach(int id, std::uint64_t uid) {
  auto memory = SharedMemory::attach(id);
  if (!memory.has_value()) return rename_error<MsgId::JNLPOOLSETUP>(std::move(memory).error());
  return checked(std::move(memory).value(), uid);
}

Result<JournalPool> JournalPool::attach_to_look(int id, std::uint64_t uid) {
  auto memory = SharedMemory::attach_to_look(id);
  if (!memory.has_value()) return rename_error<MsgId::JNLPOOLSETUP>(std::move(memory).error());
  return checked(std::move(memory).value(), uid);
}

Result<JournalPool> JournalPool::checked(SharedMemory memory, std::uint64_t uid) {
  JournalPool pool;
  pool.memory_ = std::move(memory);
  const auto refuse = [](const char* why) { return make_error<MsgId::JNLPOOLSETUP>().note(why); };
  if (pool.memory_.size() < sizeof(PoolHeader)) return refuse("The segment is too small for a journal pool");
  const PoolHeader& header = pool.header();
  if (header.ready.load(std::memory_order_acquire) != 1 || header.magic != kPoolMagic)
    return refuse("The segment is not a journal pool");
  if (header.version != kPoolVersion || header.header_bytes != sizeof(PoolHeader))
    return refuse("The journal pool belongs to another version of Headwater");
  if (uid != 0 && header.uid != uid) return refuse("The segment is another instance's journal pool");
  if (header.total_bytes > pool.memory_.size() || header.ring_offset > header.total_bytes ||
      header.ring_bytes > header.total_bytes - header.ring_offset)
    return refuse("The journal pool's sizes do not fit its segment");
  return pool;
}

Result<bool> JournalPool::is_used_by_others() const {
  HW_TRY(const std::uint64_t attached, SharedMemory::attached_count(id()));
  return attached > 1;
}

std::optional<std::uint32_t> JournalPool::find_region(std::string_view database) const {
  const auto identity = identity_of(std::string(database));
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    const PoolRegion& region = header().regions[i];
    if (region.in_use.load(std::memory_order_acquire) == 0) continue;
    const bool is_it = identity.has_value() && region.database_file.inode != 0 ? region.database_file == *identity
                                                                               : region.database.view() == database;
    if (is_it) return i;
  }
  return std::nullopt;
}

Result<std::uint32_t> JournalPool::add_region(std::string_view database) const {
  if (auto found = find_region(database)) return *found;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& region = header().regions[i];
    if (region.in_use.load() != 0) continue;
    region.database.set(database);
    const auto identity = identity_of(std::string(database));
    region.database_file = identity.has_value() ? *identity : FileIdentity{};
    return i;
  }
  return make_error<MsgId::JNLPOOLSETUP>().note(
      fmt::format("All {} region places of the journal pool are taken", kRegionsMax));
}

std::uint64_t JournalPool::ring_put(std::uint64_t position, std::string_view frame, Seqno seqno) const {
  PoolHeader& pool = header();
  if (pool.ring_bytes == 0) return position;
  HW_CHECK_LE(position, pool.ring_reserved.load(std::memory_order_relaxed));
  HW_CHECK_EQ(frame.size() % kFrameAlignment, 0u);
  if (frame.size() > pool.ring_bytes / 2) {
    // Too large to be kept: pretend that a whole ring went by, and start afresh after it.
    // A little more than one, or a reader that is exactly here would find the frame of a whole ring ago.
    const std::uint64_t after = position + pool.ring_bytes + 8;
    pool.ring_reserved.store(std::max(after, pool.ring_reserved.load(std::memory_order_relaxed)),
                             std::memory_order_relaxed);
    pool.ring_first_seqno.store(seqno.value + 1, std::memory_order_relaxed);
    pool.ring_first_position.store(after, std::memory_order_release);
    return after;
  }
  const std::uint64_t after = position + frame.size();
  // Readers check `reserved` after copying; the fence keeps the bytes from being seen before it. It never falls: a
  // longer frame of a process that died may have overwritten more than this one will.
  if (after > pool.ring_reserved.load(std::memory_order_relaxed))
    pool.ring_reserved.store(after, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  const std::uint64_t at = position % pool.ring_bytes;
  const std::size_t first = std::min<std::uint64_t>(frame.size(), pool.ring_bytes - at);
  std::memcpy(ring() + at, frame.data(), first);
  if (first < frame.size()) std::memcpy(ring(), frame.data() + first, frame.size() - first);
  if (seqno.value % kSeqnoIndexStride == 0) {
    SeqnoPlace& place = pool.seqno_index[seqno.value / kSeqnoIndexStride % kSeqnoIndexEntries];
    place.seqno.store(0, std::memory_order_relaxed);
    place.position.store(position, std::memory_order_release);
    place.seqno.store(seqno.value, std::memory_order_release);
  }
  return after;
}

void JournalPool::ring_restart(Seqno next_seqno) const {
  PoolHeader& pool = header();
  const std::uint64_t at = pool.ring_reserved.load();
  pool.ring_first_seqno.store(next_seqno.value);
  pool.ring_first_position.store(at);
  pool.ring_written.store(at);
}

void JournalPool::ring_publish(std::uint64_t position) const {
  HW_CHECK_GE(position, header().ring_written.load(std::memory_order_relaxed));
  HW_CHECK_LE(position, header().ring_reserved.load(std::memory_order_relaxed));
  header().ring_written.store(position, std::memory_order_release);
}

/// Neither lapped by the writer, nor before the place where the ring was begun again. What is there since a process
/// died may be the frame of a commit that never was, with a seqno that another commit has got since.
bool JournalPool::still_there(std::uint64_t position) const {
  std::atomic_thread_fence(std::memory_order_acquire);
  return header().ring_reserved.load(std::memory_order_relaxed) <= position + header().ring_bytes &&
         position >= header().ring_first_position.load(std::memory_order_relaxed);
}

void JournalPool::copy_out(std::uint64_t position, std::size_t bytes, char* to) const {
  const std::uint64_t at = position % header().ring_bytes;
  const std::size_t first = std::min<std::uint64_t>(bytes, header().ring_bytes - at);
  std::memcpy(to, ring() + at, first);
  if (first < bytes) std::memcpy(to + first, ring(), bytes - first);
}

std::optional<std::uint64_t> JournalPool::ring_find(Seqno seqno) const {
  const PoolHeader& pool = header();
  if (pool.ring_bytes == 0) return std::nullopt;
  const std::uint64_t first_seqno = pool.ring_first_seqno.load(std::memory_order_acquire);
  if (seqno.value < first_seqno || seqno.value > pool.next_seqno.load(std::memory_order_acquire)) return std::nullopt;
  std::uint64_t at_seqno = seqno.value / kSeqnoIndexStride * kSeqnoIndexStride;
  std::uint64_t position = 0;
  // Of the next one to come only the end of the one before is known.
  if (at_seqno >= pool.next_seqno.load(std::memory_order_acquire)) at_seqno -= kSeqnoIndexStride;
  if (at_seqno < first_seqno) {
    at_seqno = first_seqno;
    position = pool.ring_first_position.load(std::memory_order_acquire);
    if (pool.ring_first_seqno.load(std::memory_order_acquire) != first_seqno) return std::nullopt;
  } else {
    const SeqnoPlace& place = pool.seqno_index[at_seqno / kSeqnoIndexStride % kSeqnoIndexEntries];
    if (place.seqno.load(std::memory_order_acquire) != at_seqno) return std::nullopt;
    position = place.position.load(std::memory_order_acquire);
    if (place.seqno.load(std::memory_order_acquire) != at_seqno) return std::nullopt;
  }
  char head[kFrameHeaderBytes];
  while (at_seqno < seqno.value) {
    if (!still_there(position)) return std::nullopt;
    copy_out(position, sizeof head, head);
    const Bytes bytes = as_bytes({head, sizeof head});
    const std::size_t total = FrameView::peek_total_bytes(bytes);
    const std::uint64_t found = get_le<std::uint64_t>(bytes, 16);
    if (!still_there(position) || total == 0 || found != at_seqno) return std::nullopt;
    position += total;
    ++at_seqno;
  }
  if (!still_there(position)) return std::nullopt;
  return position;
}

JournalPool::ReadOutcome JournalPool::ring_read(std::uint64_t& position, std::size_t bytes_max,
                                                std::string& out) const {
  const PoolHeader& pool = header();
  const std::uint64_t written = pool.ring_written.load(std::memory_order_acquire);
  if (!still_there(position) || position > written) return ReadOutcome::Overwritten;
  if (position == written) return ReadOutcome::NothingNew;
  const std::size_t before = out.size();
  const std::uint64_t available = written - position;
  if (available > pool.ring_bytes) return ReadOutcome::Overwritten;
  std::size_t want = std::min<std::uint64_t>(available, std::max(bytes_max, kFrameHeaderBytes));
  out.resize(before + want);
  copy_out(position, want, out.data() + before);
  // Cut to whole frames; if not even one fits, take that one whole.
  std::size_t whole = 0;
  while (whole + kFrameHeaderBytes <= want) {
    const std::size_t total = FrameView::peek_total_bytes(as_bytes(std::string_view(out).substr(before + whole)));
    if (total == 0 || total > available - whole) {
      out.resize(before);
      return ReadOutcome::Overwritten;  // Only a lapped reader sees this; a damaged frame fails its checksum later.
    }
    if (whole + total > want) {
      if (whole > 0) break;
      want = total;
      out.resize(before + want);
      copy_out(position, want, out.data() + before);
    }
    whole += total;
  }
  // None: what is left is shorter than a frame can be, which only a damaged segment says.
  if (whole == 0 || !still_there(position)) {
    out.resize(before);
    return ReadOutcome::Overwritten;
  }
  out.resize(before + whole);
  position += whole;
  return ReadOutcome::Copied;
}

}  // namespace hw

#include "replic/instance/receive_pool.h"

#include <algorithm>
#include <new>

#include "engine/base/checksum.h"
#include "engine/base/failpoint.h"
#include "engine/base/file.h"
#include "engine/region/presence.h"

namespace hw {
namespace {

constexpr std::uint64_t kRingUnit = 4096;

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kPoolEntryHeaderBytes - 1) / kPoolEntryHeaderBytes * kPoolEntryHeaderBytes;
}

std::uint64_t entry_checksum(PoolEntryKind kind, Bytes header, Bytes payload) {
  return checksum(header.subspan(8, kPoolEntryHeaderBytes - 8), kind == PoolEntryKind::History ? payload : Bytes{});
}

Error setup_error(Error cause) { return rename_error<MsgId::RECVPOOLSETUP>(std::move(cause)); }

}  // namespace

// ---- entries ----

bool decode_pool_entry(Bytes in, PoolEntry& out) {
  if (in.size() < kPoolEntryHeaderBytes || get_le<std::uint32_t>(in, 8) != kPoolEntryMagic) return false;
  const auto kind = get_le<std::uint16_t>(in, 12);
  if (kind < 1 || kind > 3 || get_le<std::uint16_t>(in, 14) != 0) return false;
  out = {};
  out.kind = static_cast<PoolEntryKind>(kind);
  out.entry_bytes = get_le<std::uint32_t>(in, 16);
  out.count = get_le<std::uint32_t>(in, 20);
  out.seqno = Seqno{get_le<std::uint64_t>(in, 24)};
  if (out.entry_bytes < kPoolEntryHeaderBytes || out.entry_bytes % kPoolEntryHeaderBytes != 0) return false;
  if (out.entry_bytes > in.size()) return false;
  out.payload = in.subspan(kPoolEntryHeaderBytes, out.entry_bytes - kPoolEntryHeaderBytes);
  if (get_le<std::uint64_t>(in, 0) != entry_checksum(out.kind, in, out.payload)) return false;
  switch (out.kind) {
    case PoolEntryKind::Transactions:
      return out.count >= 1 && out.count <= kTransactionsPerFrameMax && out.seqno >= Seqno{1} &&
             out.seqno.value + out.count > out.seqno.value && !out.payload.empty();
    case PoolEntryKind::History: {
      if (out.payload.size() != kPoolHistoryPayloadBytes || out.count != 0) return false;
      if (!decode_history_facts(out.payload.first(kHistoryFactsBytes), out.record)) return false;
      const auto first_kind = get_le<std::uint8_t>(out.payload, kHistoryFactsBytes);
      if (first_kind < 1 || first_kind > 2 || out.record.start != out.seqno) return false;
      out.first_kind = static_cast<HistoryKind>(first_kind);
      return true;
    }
    case PoolEntryKind::Padding:
      return out.count == 0 && out.seqno.value == 0;
  }
  return false;
}

void encode_pool_entry_header(PoolEntryKind kind, std::uint32_t entry_bytes, std::uint32_t count, Seqno seqno,
                              Bytes payload, MutableBytes out) {
  put_le<std::uint32_t>(out, 8, kPoolEntryMagic);
  put_le<std::uint16_t>(out, 12, static_cast<std::uint16_t>(kind));
  put_le<std::uint16_t>(out, 14, 0);
  put_le<std::uint32_t>(out, 16, entry_bytes);
  put_le<std::uint32_t>(out, 20, count);
  put_le<std::uint64_t>(out, 24, seqno.value);
  put_le<std::uint64_t>(out, 0, entry_checksum(kind, out, payload));
}

std::string encode_history_payload(const HistoryRecord& record, HistoryKind first_kind) {
  std::string out(kPoolHistoryPayloadBytes, '\0');
  const MutableBytes bytes = std::as_writable_bytes(std::span(out));
  encode_history_facts(record, bytes.first(kHistoryFactsBytes));
  put_le<std::uint8_t>(bytes, kHistoryFactsBytes, static_cast<std::uint8_t>(first_kind));
  return out;
}

// ---- shared memory ----

Liveness liveness_of(const PoolProcess& process, const std::string& instance_path) {
  return liveness_in(instance_path, process.pid.load(), process.pid_start.load(), process.pid_space.load());
}

bool process_lives(const PoolProcess& process, const std::string& instance_path) {
  return liveness_of(process, instance_path) != Liveness::Gone;
}

Result<ReceivePool> ReceivePool::create(std::uint64_t ring_bytes, std::uint64_t journal_pool_uid,
                                        const FileRights& rights) {
  ring_bytes = std::clamp<std::uint64_t>(ring_bytes, kPoolBytesMin, kPoolBytesMax);
  ring_bytes = (ring_bytes + kRingUnit - 1) / kRingUnit * kRingUnit;
  const std::uint64_t ring_offset = (sizeof(ReceivePoolHeader) + kRingUnit - 1) / kRingUnit * kRingUnit;
  ReceivePool pool;
  auto memory = SharedMemory::create(ring_offset + ring_bytes, rights);
  if (!memory.has_value()) return setup_error(std::move(memory).error());
  pool.memory_ = std::move(memory).value();
  auto* header = new (pool.memory_.data()) ReceivePoolHeader{};
  header->magic = kReceivePoolMagic;
  header->version = kReceivePoolVersion;
  header->header_bytes = sizeof(ReceivePoolHeader);
  header->total_bytes = ring_offset + ring_bytes;
  header->journal_pool_uid = journal_pool_uid;
  header->ring_bytes = ring_bytes;
  header->ring_offset = ring_offset;
  header->ready.store(1, std::memory_order_release);
  return pool;
}

Result<ReceivePool> ReceivePool::attach(int id, std::uint64_t journal_pool_uid) {
  auto memory = SharedMemory::attach(id);
  if (!memory.has_value()) return setup_error(std::move(memory).error());
  return checked(std::move(memory).value(), journal_pool_uid);
}

Result<ReceivePool> ReceivePool::attach_to_look(int id, std::uint64_t journal_pool_uid) {
  auto memory = SharedMemory::attach_to_look(id);
  if (!memory.has_value()) return setup_error(std::move(memory).error());
  return checked(std::move(memory).value(), journal_pool_uid);
}

Result<ReceivePool> ReceivePool::checked(SharedMemory memory, std::uint64_t journal_pool_uid) {
  ReceivePool pool;
  pool.memory_ = std::move(memory);
  const auto unfit = [&](std::string_view what) {
    return make_error<MsgId::RECVPOOLSETUP>().note(fmt::format("Shared memory {} {}", pool.memory_.id(), what));
  };
  if (pool.memory_.size() < sizeof(ReceivePoolHeader)) return unfit("is too small for a receive pool");
  const ReceivePoolHeader& header = pool.header();
  if (header.ready.load(std::memory_order_acquire) != 1 || header.magic != kReceivePoolMagic)
    return unfit("is no receive pool");
  if (header.version != kReceivePoolVersion || header.header_bytes != sizeof(ReceivePoolHeader))
    return unfit("was made by another version");
  if (header.journal_pool_uid != journal_pool_uid) return unfit("belongs to another journal pool");
  const bool sane = header.total_bytes <= pool.memory_.size() && header.ring_offset >= sizeof(ReceivePoolHeader) &&
                    header.ring_bytes >= kRingUnit && header.ring_bytes % kRingUnit == 0 &&
                    header.ring_offset + header.ring_bytes == header.total_bytes;
  if (!sane) return unfit("does not hold what a receive pool must");
  return pool;
}

Result<ReceivePool> ReceivePool::find(const JournalPool& journal_pool) {
  const int id = journal_pool.header().receive_pool_id.load();
  if (id >= 0) {
    auto pool = journal_pool.is_writable() ? attach(id, journal_pool.uid()) : attach_to_look(id, journal_pool.uid());
    if (pool.has_value() || pool.error().os_errno == 0) return pool;
    const int why = pool.error().os_errno;
    if (why != EINVAL && why != EIDRM)
      return make_error<MsgId::HWUNSEEN>(
                 journal_pool.header().instance_file.view(),
                 fmt::format("they use the receive pool in shared memory {}, which cannot be attached", id))
          .with_errno(why);
  }
  return make_error<MsgId::NORECVPOOL>(journal_pool.header().instance_file.view());
}

std::uint64_t ReceivePool::used_bytes() const {
  const ReceivePoolHeader& h = header();
  return h.written.load(std::memory_order_acquire) - h.read.load(std::memory_order_acquire);
}

void ReceivePool::publish(std::uint64_t position) const {
  header().written.store(position, std::memory_order_release);
  header().stored.signal();
}

/// Room for an entry after the last one, or empty. The rest of the ring is filled with padding where need be, even
/// when the entry itself must wait: the reader then gives back everything before the start of the ring.
MutableBytes ReceivePool::room(std::uint64_t entry_bytes) const {
  ReceivePoolHeader& h = header();
  HW_CHECK_EQ(entry_bytes % kPoolEntryHeaderBytes, 0U);  // So the rest of the ring always has room for a padding.
  std::uint64_t at = h.written.load(std::memory_order_relaxed);
  const std::uint64_t limit = h.read.load(std::memory_order_acquire) + h.ring_bytes;
  const std::uint64_t to_end = h.ring_bytes - at % h.ring_bytes;
  if (entry_bytes > to_end) {
    if (at + to_end > limit) return {};
    encode_pool_entry_header(PoolEntryKind::Padding, static_cast<std::uint32_t>(to_end), 0, Seqno{0}, {},
                             {ring() + at % h.ring_bytes, kPoolEntryHeaderBytes});
    at += to_end;
    publish(at);
  }
  if (at + entry_bytes > limit) return {};
  return {ring() + at % h.ring_bytes, entry_bytes};
}

Result<std::size_t> ReceivePool::put_transactions(Seqno first, std::span<const Bytes> frames) const {
  ReceivePoolHeader& h = header();
  std::size_t done = 0;
  while (done < frames.size()) {
    // As many whole frames as make an entry of the wanted size, but at least one.
    const std::uint64_t wanted = std::min<std::uint64_t>(kPoolEntryBytesWanted, h.ring_bytes / 8);
    std::uint64_t bytes = kPoolEntryHeaderBytes;
    std::size_t end = done;
    while (end < frames.size() && (end == done || bytes + frames[end].size() <= wanted)) {
      const Bytes frame = frames[end];
      const Seqno due{first.value + end};
      if (FrameView::peek_total_bytes(frame) != frame.size() || get_le<std::uint64_t>(frame, 16) != due.value)
        return make_error<MsgId::HWREPLPROTO>(fmt::format("what came as transaction {} is not its frame", due.value));
      bytes += frame.size();
      ++end;
    }
    const std::uint64_t entry_bytes = padded(bytes);
    if (entry_bytes > h.ring_bytes)
      return make_error<MsgId::HWRECVPOOLSMALL>(first.value + done, entry_bytes, h.ring_bytes);
    const MutableBytes out = room(entry_bytes);
    if (out.empty()) break;
    std::size_t at = kPoolEntryHeaderBytes;
    for (std::size_t i = done; i < end; ++i) {
      std::memcpy(out.data() + at, frames[i].data(), frames[i].size());
      at += frames[i].size();
    }
    std::memset(out.data() + at, 0, entry_bytes - at);
    encode_pool_entry_header(PoolEntryKind::Transactions, static_cast<std::uint32_t>(entry_bytes),
                             static_cast<std::uint32_t>(end - done), Seqno{first.value + done}, {}, out);
    fail_here(FailPoint::ReceivePoolWritten);
    h.next_received.store(first.value + end, std::memory_order_relaxed);
    publish(h.written.load(std::memory_order_relaxed) + entry_bytes);
    done = end;
  }
  return done;
}

ReceivePool::PutOutcome ReceivePool::put_history(const HistoryRecord& record, HistoryKind first_kind) const {
  const std::string payload = encode_history_payload(record, first_kind);
  const std::uint64_t entry_bytes = kPoolEntryHeaderBytes + payload.size();
  const MutableBytes out = room(entry_bytes);
  if (out.empty()) return PutOutcome::Full;
  std::memcpy(out.data() + kPoolEntryHeaderBytes, payload.data(), payload.size());
  encode_pool_entry_header(PoolEntryKind::History, static_cast<std::uint32_t>(entry_bytes), 0, record.start,
                           as_bytes(payload), out);
  publish(header().written.load(std::memory_order_relaxed) + entry_bytes);
  return PutOutcome::Stored;
}

void ReceivePool::discard_all() const {
  ReceivePoolHeader& h = header();
  h.discard_to.store(h.written.load(std::memory_order_relaxed), std::memory_order_release);
  h.stored.signal();
}

ReceivePool::Content ReceivePool::content() const {
  Content content;
  std::uint64_t position = header().read.load(std::memory_order_acquire);
  PoolEntry entry;
  while (read_entry(position, entry) == ReadOutcome::Entry) {
    if (entry.kind == PoolEntryKind::Transactions)
      content.next_seqno = entry.next_seqno();
    else
      content.history.emplace_back(entry.record, entry.first_kind);
  }
  return content;
}

ReceivePool::ReadOutcome ReceivePool::read_entry(std::uint64_t& position, PoolEntry& entry) const {
  const ReceivePoolHeader& h = header();
  for (;;) {
    const std::uint64_t written = h.written.load(std::memory_order_acquire);
    position = std::max(position, h.discard_to.load(std::memory_order_acquire));
    if (position >= written) return ReadOutcome::NothingNew;
    const std::uint64_t here = position % h.ring_bytes;
    const std::uint64_t whole = std::min(written - position, h.ring_bytes - here);
    if (!decode_pool_entry({ring() + here, whole}, entry)) return ReadOutcome::Damaged;
    position += entry.entry_bytes;
    if (entry.kind != PoolEntryKind::Padding) return ReadOutcome::Entry;
  }
}

void ReceivePool::release(std::uint64_t position) const {
  header().read.store(position, std::memory_order_release);
  header().progressed.signal();
}

}  // namespace hw

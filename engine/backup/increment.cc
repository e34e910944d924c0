#include "engine/backup/increment.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/boot.h"
#include "engine/base/checksum.h"
#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/sync_point.h"
#include "engine/commit/redo_batch.h"
#include "engine/region/region_write.h"
#include "journal/record.h"
#include "journal/transaction_merge.h"

namespace hw {
namespace {

constexpr std::string_view kLabel = "HWINCR01";
constexpr std::size_t kWriteBytes = 4 << 20;

}  // namespace

std::array<std::byte, kIncrementHeaderBytes> encode_increment_header(const IncrementHeader& header) {
  std::array<std::byte, kIncrementHeaderBytes> bytes{};
  const MutableBytes out(bytes);
  std::memcpy(bytes.data() + 8, kLabel.data(), kLabel.size());
  std::memcpy(bytes.data() + 16, header.database_id.data(), header.database_id.size());
  put_le<std::uint64_t>(out, 32, header.from.value);
  put_le<std::uint64_t>(out, 40, header.to.value);
  put_le<std::uint64_t>(out, 48, header.created_us);
  put_le<std::uint64_t>(out, 56, header.next_tn);
  put_le<std::uint64_t>(out, 64, header.frames);
  put_le<std::uint64_t>(out, 72, header.body_bytes);
  put_le<std::uint64_t>(out, 80, header.undone.times);
  put_le<std::uint64_t>(out, 88, header.undone.lowest.value);
  put_le<std::uint64_t>(out, 0, checksum(out.subspan(8)));
  return bytes;
}

std::optional<IncrementHeader> decode_increment_header(Bytes bytes) {
  if (bytes.size() != kIncrementHeaderBytes || as_text(bytes.subspan(8, 8)) != kLabel ||
      get_le<std::uint64_t>(bytes, 0) != checksum(bytes.subspan(8)))
    return std::nullopt;
  IncrementHeader header;
  std::memcpy(header.database_id.data(), bytes.data() + 16, header.database_id.size());
  header.from = Seqno{get_le<std::uint64_t>(bytes, 32)};
  header.to = Seqno{get_le<std::uint64_t>(bytes, 40)};
  header.created_us = get_le<std::uint64_t>(bytes, 48);
  header.next_tn = get_le<std::uint64_t>(bytes, 56);
  header.frames = get_le<std::uint64_t>(bytes, 64);
  header.body_bytes = get_le<std::uint64_t>(bytes, 72);
  header.undone = {get_le<std::uint64_t>(bytes, 80), Seqno{get_le<std::uint64_t>(bytes, 88)}};
  const bool never = header.undone.times == 0;
  if (never != (header.undone.lowest.value == 0) || header.from.value == 0 || header.to < header.from ||
      header.frames > header.to.value - header.from.value || header.frames > header.body_bytes / kFrameHeaderBytes)
    return std::nullopt;
  return header;
}

Result<IncrementHeader> write_increment(const BackupRegion& of, Seqno from, Seqno to_seqno, const File& to,
                                        const CopyProgress& progress) {
  const auto too_far = [&] { return make_error<MsgId::HWBKUPSINCE>(of.header.name, from.value, from.value); };
  IncrementHeader header;
  header.database_id = of.header.database_id;
  header.from = from;
  header.to = std::max(from, to_seqno);
  header.created_us = wall_clock_us();
  header.next_tn = of.next_tn;
  header.undone = of.header.undone;
  if (of.journal_path.empty() || of.place.generation == 0) return too_far();
  auto merge = TransactionMerge::open({{of.journal_path, of.place, of.current}}, from);
  if (!merge.has_value()) {
    const bool short_chain = merge.error().id == MsgId::NOPREVLINK || merge.error().os_errno == ENOENT;
    if (!short_chain) return std::move(merge).error();
    return too_far().because(merge.error());
  }
  std::string pending;
  const auto flush = [&]() -> Status {
    HW_TRY_VOID(to.write_all(kIncrementHeaderBytes + header.body_bytes - pending.size(), as_bytes(pending)));
    pending.clear();
    return progress(header.body_bytes, header.body_bytes);
  };
  std::vector<TransactionMerge::Part> parts;
  FrameBuilder builder;
  for (;;) {
    HW_TRY(const bool more, merge->next(parts));
    if (!more) break;
    const TransactionMerge::Part& part = parts.front();
    builder.start(part.body.fenced, part.body.tid);
    for (const JournalUpdate& one : transaction_updates(part.body)) HW_TRY_VOID(builder.add(one.update));
    const std::string_view frame = builder.finish(part.header.seqno, part.header.time_us);
    pending += frame;
    header.body_bytes += frame.size();
    ++header.frames;
    if (pending.size() >= kWriteBytes) HW_TRY_VOID(flush());
  }
  HW_TRY_VOID(flush());
  // The header comes last: without it what is in the file is no backup.
  HW_TRY_VOID(to.write_all(0, encode_increment_header(header)));
  return header;
}

Error IncrementReader::bad(std::string_view what) const {
  return make_error<MsgId::HWBKUPFORMAT>(file_.path(), fmt::format("{} at offset 0x{:X}", what, offset_));
}

Result<IncrementReader> IncrementReader::open(const std::string& path) {
  HW_TRY(File file, File::open(path, O_RDONLY));
  HW_TRY(const std::uint64_t bytes, file.size());
  if (bytes < kIncrementHeaderBytes)
    return make_error<MsgId::HWBKUPFORMAT>(path, fmt::format("it has {} bytes", bytes));
  std::array<std::byte, kIncrementHeaderBytes> first{};
  HW_TRY_VOID(file.read_exact(0, first));
  const auto header = decode_increment_header(first);
  if (!header) return make_error<MsgId::HWBKUPFORMAT>(path, "it has no header of an incremental backup");
  if (header->body_bytes != bytes - kIncrementHeaderBytes)
    return make_error<MsgId::HWBKUPFORMAT>(
        path, fmt::format("it has {} bytes, not {}", bytes, header->body_bytes + kIncrementHeaderBytes));
  IncrementReader reader(std::move(file), *header);
  reader.expected_ = header->from;
  return reader;
}

Result<std::optional<FrameView>> IncrementReader::next() {
  const std::uint64_t left = header_.body_bytes + kIncrementHeaderBytes - offset_;
  if (read_ == header_.frames) {
    if (left != 0) return bad("bytes after the last transaction");
    return std::optional<FrameView>();
  }
  if (left < kFrameHeaderBytes) return bad("no transaction");
  buffer_.resize(kFrameHeaderBytes);
  HW_TRY_VOID(file_.read_exact(offset_, std::as_writable_bytes(std::span(buffer_))));
  const std::size_t bytes = FrameView::peek_total_bytes(as_bytes(buffer_));
  if (bytes == 0 || bytes > left) return bad("no transaction");
  buffer_.resize(bytes);
  HW_TRY_VOID(file_.read_exact(offset_, std::as_writable_bytes(std::span(buffer_))));
  auto frame = FrameView::parse(as_bytes(buffer_), file_.path());
  if (!frame.has_value()) return bad("a damaged transaction");
  if (frame->seqno() < expected_ || frame->seqno() >= header_.to) return bad("a transaction out of order");
  expected_ = hw::next(frame->seqno());
  offset_ += bytes;
  ++read_;
  return std::optional<FrameView>(*frame);
}

Result<RestoreOutcome> restore_increment(RegionAccess& database, IncrementReader& increment,
                                         const std::string& increment_path, const CopyProgress& progress) {
  HW_TRY_VOID(database.require_alone());
  RegionAccess* one[] = {&database};
  HW_TRY_VOID(make_clean(one, RegionSet::Part));
  OpenRegion& region = database.region();
  const IncrementHeader& header = increment.header();
  if (region.header.database_id != header.database_id)
    return make_error<MsgId::HWBKUPOTHER>(increment_path, database.path());
  if (region.header.journal_state == JournalState::On || region.header.replicated)
    return make_error<MsgId::HWRESTOREJNL>(database.path());
  if (region.header.reg_seqno < header.from)
    return make_error<MsgId::HWBKUPGAP>(increment_path, header.from.value, header.from.value, database.path(),
                                        region.header.reg_seqno.value, region.header.reg_seqno.value);
  if (!is_past_of(region.header.undone, region.header.reg_seqno, header.undone))
    return make_error<MsgId::HWUNDONE>(increment_path, database.path());
  // Not closed until it is whole and on disk: after a power loss meanwhile the copy is not trusted.
  ControlState open = database.state();
  open.database_id = header.database_id;
  open.boot = boot_id();
  open.clean = false;
  HW_TRY_VOID(database.write_state(open));

  RestoreOutcome outcome;
  const Seqno begin = region.header.reg_seqno;
  std::uint64_t done_bytes = 0;
  bool at_end = false;
  while (!at_end) {
    RedoBatch batch(region.environment.used_bytes());
    RegionHeader after = region.header;
    after.undone = header.undone;
    while (!batch.full()) {
      HW_TRY(const auto frame, increment.next());
      at_end = !frame;
      if (at_end) break;
      done_bytes += frame->bytes().size();
      if (frame->seqno() < begin) continue;
      frame->for_each([&](const UpdateView& update) {
        batch.add(update);
        return true;
      });
      after.reg_seqno = hw::next(frame->seqno());
      ++outcome.transactions;
    }
    if (at_end) after.reg_seqno = std::max(begin, header.to);
    HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) -> Status {
      HW_TRY_VOID(batch.apply(transaction));
      return transaction.put(kHeaderKey, encode_region_header(after));
    }));
    region.header = after;
    fail_here(FailPoint::RestoreHalfApplied);
    HW_TRY_VOID(progress(done_bytes, header.body_bytes));
  }
  region.header.tn_base = std::max(header.next_tn, region.environment.last_tn().value + region.header.tn_base + 2) -
                          (region.environment.last_tn().value + 2);
  HW_TRY_VOID(region.write_header());
  HW_TRY_VOID(sync_at(SyncPoint::IncrementLive, region.environment));
  open.clean = true;
  HW_TRY_VOID(database.write_state(open));
  outcome.seqno = region.header.reg_seqno;
  return outcome;
}

}  // namespace hw

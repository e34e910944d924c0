// History of the instance file: reigns, epochs, and the mark of a former root.
#include <algorithm>
#include <utility>

#include "replic/instance/instance_file.h"

namespace hw {
namespace {

void learn(InstanceHeader& header, std::uint64_t epoch) {
  header.fencing_epoch = std::max(header.fencing_epoch, epoch);
}

}  // namespace

// The record first, then the header that counts it: a crash between the two leaves the record unseen, or,
// when it replaces one, replaced by a reign that has no update yet.
Status InstanceFile::append_locked(const HistoryRecord& record, const std::function<void(InstanceHeader&)>& change,
                                   Seqno settled_below) {
  History history = history_;
  if (history.append(record) == History::Append::OutOfOrder)
    return make_error<MsgId::REPLINSTSEQORD>("New history record", record.start.value, history.last().start.value,
                                             path());
  const std::size_t number = history.last().number;
  // In place of the last one, or after it: no record that the header counts is left without its cell.
  HW_CHECK(number == header_.history_count || number + 1 == header_.history_count);
  if (number >= kHistoryRecordsMax)
    return cells_.format_error(fmt::format("at most {} history records", kHistoryRecordsMax), "one more");
  HW_TRY(const std::uint64_t bytes, cells_.size());
  if (bytes < history_offset(number + 1))
    HW_TRY_VOID(cells_.grow(bytes, history_offset(number + kHistoryGrowthRecords)));
  HW_TRY(const auto cell, cells_.read(history_place(number)));
  std::array<std::byte, kHistoryBytes> copy{};
  encode_history(history.last(), 0, copy);
  HW_TRY_VOID(cells_.write(history_place(number), cell, copy));

  InstanceHeader header = header_;
  change(header);
  if (!history_.empty() && history_.last().root_name != record.root_name && record.start >= settled_below)
    header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, record.start);
  header.history_count = static_cast<std::uint32_t>(number) + 1;
  if (header != header_) HW_TRY_VOID(write_header(header));
  history_ = std::move(history);
  return {};
}

Status InstanceFile::append_history(const HistoryRecord& record) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  return append_locked(record, [](InstanceHeader&) {});
}

Status InstanceFile::receive_history(HistoryRecord record, HistoryKind first_kind, Seqno settled_below) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (!history_.empty() && same_reign(history_.last(), record)) return {};
  // A record of what the instance was made with is the first, or comes too late.
  if (first_kind == HistoryKind::UpdateResync && !history_.empty() && record.start < history_.last().start) return {};
  record.kind = history_.empty() ? first_kind : HistoryKind::Normal;
  return append_locked(
      record, [&](InstanceHeader& header) { learn(header, record.fence); }, settled_below);
}

Status InstanceFile::learn_epoch(std::uint64_t epoch) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (epoch <= header_.fencing_epoch) return {};
  InstanceHeader header = header_;
  learn(header, epoch);
  return write_header(header);
}

Status InstanceFile::begin_reign(Seqno next_seqno, std::uint32_t pid, std::uint64_t now_s, std::uint64_t epoch) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (is_dual_site()) {
    InstanceSlot slot = slots_[0];
    slot.send_next = next_seqno;
    slot.acked_next = Seqno{0};
    HW_TRY_VOID(write_slot(0, slot));
    InstanceHeader header = header_;
    if (!header.root_primary && next_seqno.value > 1)
      header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, next_seqno);
    header.root_primary = true;
    header.seqno = next_seqno;
    return write_header(header);
  }
  HistoryRecord record;
  record.root_name = header_.name;
  record.start = next_seqno;
  record.cycle = header_.root_cycle + 1;
  record.creator_pid = pid;
  record.created_s = now_s;
  // By hand, too, a reign is none that others have fenced out, once there are epochs.
  const std::uint64_t known = header_.fencing_epoch;
  record.fence = epoch != 0 || known == 0 ? epoch : known + 1;
  return append_locked(record, [&](InstanceHeader& header) {
    learn(header, record.fence);
    header.root_cycle += 1;
    header.root_primary = true;
    header.seqno = next_seqno;
  });
}

Status InstanceFile::mark(Seqno from) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, from);
  return header == header_ ? Status() : write_header(header);
}

Status InstanceFile::cut_history(Seqno next_seqno) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    InstanceSlot slot = slots_[i];
    slot.send_next = std::min(slot.send_next, next_seqno);
    slot.acked_next = std::min(slot.acked_next, next_seqno);
    if (slot != slots_[i]) HW_TRY_VOID(write_slot(i, slot));
  }
  History history = history_;
  history.truncate(next_seqno);
  HW_CHECK_LE(history.records().size(), header_.history_count);
  InstanceHeader header = header_;
  header.history_count = static_cast<std::uint32_t>(history.records().size());
  header.seqno = next_seqno;
  header.zqgblmod_seqno = std::min(header.zqgblmod_seqno, next_seqno);
  HW_TRY_VOID(write_header(header));
  history_ = std::move(history);
  return {};
}

Status InstanceFile::check_order() const {
  if (!history_.empty() && header_.seqno < history_.last().start)
    return make_error<MsgId::REPLINSTSEQORD>("Instance file header", header_.seqno.value, history_.last().start.value,
                                             path());
  return {};
}

Error InstanceFile::no_history(Seqno seqno) const {
  return make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {0} [{0:#x}]", seqno.value), path());
}

Result<HistoryRecord> InstanceFile::find_history(Seqno seqno, Seqno next_seqno) const {
  const HistoryRecord* record = history_.covering(seqno);
  if (record == nullptr || seqno >= next_seqno) return no_history(seqno);
  return *record;
}

}  // namespace hw

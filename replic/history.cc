#include "replic/history.h"

#include <algorithm>

namespace hw {

bool same_reign(const HistoryRecord& a, const HistoryRecord& b) {
  return a.root_name == b.root_name && a.cycle == b.cycle && a.creator_pid == b.creator_pid &&
         a.created_s == b.created_s;
}

void encode_history_facts(const HistoryRecord& record, MutableBytes out) {
  HW_CHECK(out.size() == kHistoryFactsBytes);
  HW_CHECK(!record.root_name.empty());
  HW_CHECK(record.root_name.size() <= InstanceName::kBytesMax);
  HW_CHECK(record.start.value >= 1);
  std::fill(out.begin(), out.end(), std::byte{0});
  std::memcpy(out.data(), record.root_name.data(), record.root_name.size());
  put_le<std::uint64_t>(out, 16, record.start.value);
  put_le<std::uint64_t>(out, 24, record.stream_seqno);
  put_le<std::uint32_t>(out, 32, record.cycle);
  put_le<std::uint32_t>(out, 36, record.creator_pid);
  put_le<std::uint64_t>(out, 40, record.created_s);
  put_le<std::uint32_t>(out, 48, record.number);
  put_le<std::uint32_t>(out, 52, record.previous);
  put_le<std::uint8_t>(out, 56, static_cast<std::uint8_t>(record.kind));
  put_le<std::uint8_t>(out, 57, record.stream);
  put_le<std::uint64_t>(out, 64, record.fence);
}

bool decode_history_facts(Bytes in, HistoryRecord& out) {
  if (in.size() != kHistoryFactsBytes) return false;
  const std::string_view name = as_text(in.first(InstanceName::kBytesMax + 1));
  const std::size_t length = std::min(name.find('\0'), name.size());
  if (length == 0 || length > InstanceName::kBytesMax) return false;
  const auto is_zero = [&](std::size_t offset, std::size_t count) {
    const Bytes part = in.subspan(offset, count);
    return std::all_of(part.begin(), part.end(), [](std::byte b) { return b == std::byte{0}; });
  };
  if (!is_zero(length, InstanceName::kBytesMax + 1 - length) || !is_zero(58, 6) || !is_zero(72, 8)) return false;
  const auto kind = get_le<std::uint8_t>(in, 56);
  if (kind != 1 && kind != 2) return false;
  out.root_name = name.substr(0, length);
  out.start = Seqno{get_le<std::uint64_t>(in, 16)};
  out.stream_seqno = get_le<std::uint64_t>(in, 24);
  out.cycle = get_le<std::uint32_t>(in, 32);
  out.creator_pid = get_le<std::uint32_t>(in, 36);
  out.created_s = get_le<std::uint64_t>(in, 40);
  out.number = get_le<std::uint32_t>(in, 48);
  out.previous = get_le<std::uint32_t>(in, 52);
  out.kind = static_cast<HistoryKind>(kind);
  out.stream = get_le<std::uint8_t>(in, 57);
  out.fence = get_le<std::uint64_t>(in, 64);
  return out.start.value >= 1;
}

std::string describe_history(const HistoryRecord& record) {
  return fmt::format(
      "Start Seqno = {0} [{0:#x}] : Stream Seqno = {1} [{1:#x}] : Root Primary = [{2}] : Cycle = [{3}] : "
      "Creator pid = {4} : Created time = {5} [{5:#x}] : History number = {6} : Prev History number = {7} : "
      "Stream # = {8} : History type = {9}",
      record.start.value, record.stream_seqno, record.root_name, record.cycle, record.creator_pid, record.created_s,
      record.number, static_cast<std::int32_t>(record.previous), unsigned{record.stream},
      static_cast<unsigned>(record.kind));
}

History::History(std::vector<HistoryRecord> records) : records_(std::move(records)) {
  for (std::size_t i = 1; i < records_.size(); ++i) HW_CHECK(records_[i - 1].start < records_[i].start);
}

const HistoryRecord* History::covering(Seqno seqno) const {
  const auto above = std::upper_bound(records_.begin(), records_.end(), seqno,
                                      [](Seqno s, const HistoryRecord& record) { return s < record.start; });
  return above == records_.begin() ? nullptr : &*std::prev(above);
}

const HistoryRecord* History::after(Seqno seqno) const {
  const auto above = std::upper_bound(records_.begin(), records_.end(), seqno,
                                      [](Seqno s, const HistoryRecord& record) { return s < record.start; });
  return above == records_.end() ? nullptr : &*above;
}

History::Append History::append(HistoryRecord record) {
  if (!records_.empty() && record.start < records_.back().start) return Append::OutOfOrder;
  const bool replaces = !records_.empty() && record.start == records_.back().start;
  if (replaces) records_.pop_back();
  record.number = static_cast<std::uint32_t>(records_.size());
  record.previous = records_.empty() ? kNoRecord : record.number - 1;
  records_.push_back(std::move(record));
  return replaces ? Append::Replaced : Append::Appended;
}

std::size_t History::truncate(Seqno cut) {
  const auto before = records_.size();
  while (!records_.empty() && records_.back().start >= cut) records_.pop_back();
  return before - records_.size();
}

ResyncWalk::ResyncWalk(const History& own, Seqno upper) : own_(&own), asked_(upper) {
  HW_CHECK(upper.value >= 1);
  look_up(upper);
}

void ResyncWalk::look_up(Seqno upper) {
  asked_ = upper;
  own_record_ = nullptr;
  outcome_ = Outcome::Found;
  if (upper.value == 1) return;
  own_record_ = own_->covering(Seqno{upper.value - 1});
  outcome_ = own_record_ == nullptr ? Outcome::NoHistory : Outcome::Ask;
}

ResyncWalk::Outcome ResyncWalk::answer(const HistoryRecord& remote) {
  HW_CHECK(outcome_ == Outcome::Ask);
  if (remote.start >= asked_) return outcome_ = Outcome::BadAnswer;
  if (same_reign(*own_record_, remote)) return outcome_ = Outcome::Found;
  look_up(std::max(own_record_->start, remote.start));
  return outcome_;
}

std::optional<Seqno> find_resync_seqno(const History& own, const History& remote, Seqno upper) {
  ResyncWalk walk(own, upper);
  while (walk.outcome() == ResyncWalk::Outcome::Ask) {
    const HistoryRecord* record = remote.covering(Seqno{walk.asked().value - 1});
    if (record == nullptr) return std::nullopt;
    walk.answer(*record);
  }
  if (walk.outcome() != ResyncWalk::Outcome::Found) return std::nullopt;
  return walk.resync();
}

}  // namespace hw

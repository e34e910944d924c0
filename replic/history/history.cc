#include "replic/history/history.h"

#include <algorithm>

#include "replic/history/field_codec.h"

namespace hw {

bool same_reign(const HistoryRecord& a, const HistoryRecord& b) {
  return a.root_name == b.root_name && a.cycle == b.cycle && a.creator_pid == b.creator_pid &&
         a.created_s == b.created_s;
}

namespace {

/// The one list of the facts' fields.
template <typename Record, typename Visit>
void each_field(Record& record, Visit&& visit) {
  using enum FieldForm;
  visit(Field{"Root Primary Instance Name", 0, 16, Text}, record.root_name);
  visit(Field{"Start Sequence Number", 16, 8, Number}, record.start);
  visit(Field{"Stream Sequence Number", 24, 8, Number}, record.stream_seqno);
  visit(Field{"Root Primary Cycle", 32, 4, Number}, record.cycle);
  visit(Field{"Creator Process ID", 36, 4, Number}, record.creator_pid);
  visit(Field{"Creation Time", 40, 8, Seconds}, record.created_s);
  visit(Field{"History Number", 48, 4, Number}, record.number);
  visit(Field{"Previous History Number", 52, 4, Signed}, record.previous);
  visit(Field{"History record type", 56, 1, Number}, record.kind);
  visit(Field{"Stream #", 57, 1, Number}, record.stream);
  visit(Field{"Fencing Epoch", 64, 8, Number}, record.fence);
}

}  // namespace

std::span<const Field> history_facts_fields() {
  static const std::vector<Field> fields = [] {
    const HistoryRecord empty;
    FieldLister lister;
    each_field(empty, lister);
    return lister.take();
  }();
  return fields;
}

void encode_history_facts(const HistoryRecord& record, MutableBytes out) {
  HW_CHECK(out.size() == kHistoryFactsBytes);
  HW_CHECK(!record.root_name.empty());
  HW_CHECK(record.root_name.size() <= InstanceName::kBytesMax);
  HW_CHECK(record.start.value >= 1);
  std::fill(out.begin(), out.end(), std::byte{0});
  each_field(record, FieldWriter(out));
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
  HistoryRecord record;
  each_field(record, FieldReader(in));
  if (record.kind != HistoryKind::Normal && record.kind != HistoryKind::UpdateResync) return false;
  if (record.start.value == 0) return false;
  out = std::move(record);
  return true;
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
  HW_CHECK(records_.size() < 2 || records_[records_.size() - 2].start < records_.back().start);
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
  const Seqno before = asked_;
  look_up(std::max(own_record_->start, remote.start));
  HW_CHECK_LT(asked_, before);  // Or the two would ask each other for ever.
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

#include "replic/instance/instance_layout.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "replic/history/field_codec.h"

namespace hw {
namespace {

constexpr std::string_view kSlotLabel = "HWRSLOT1";
constexpr std::string_view kHistoryLabel = "HWRHIST1";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::uint32_t kHeaderBytesField = kInstanceHeaderBytes;

void start_cell(MutableBytes out, std::string_view label, std::uint64_t generation) {
  std::fill(out.begin(), out.end(), std::byte{0});
  std::memcpy(out.data(), label.data(), label.size());
  put_le<std::uint64_t>(out, 8, generation);
}

bool checksum_fits(Bytes copy) {
  return get_le<std::uint64_t>(copy, copy.size() - kChecksumBytes) ==
         checksum(copy.first(copy.size() - kChecksumBytes));
}

/// The one list of the header's fields, after label and generation, which every cell has.
template <typename Header, typename Format, typename Visit>
void each_header_field(Header& header, Format& format, Visit&& visit) {
  using enum FieldForm;
  visit(Field{"Format", 16, 4, Number}, format);
  visit(Field{"Header Size", 20, 4, Number}, kHeaderBytesField);
  visit(Field{"Instance Name", 24, 16, Text}, header.name);
  visit(Field{"Instance File Id", 40, 16, Hex}, header.file_id);
  visit(Field{"Journal Sequence Number", 56, 8, Number}, header.seqno);
  visit(Field{"Root Primary Cycle", 64, 4, Number}, header.root_cycle);
  visit(Field{"Number of used history records", 68, 4, Number}, header.history_count);
  visit(Field{"Crash", 72, 4, Bool}, header.crash);
  visit(Field{"Root Primary", 76, 4, Bool}, header.root_primary);
  visit(Field{"Lost Transactions Unfinished", 80, 4, Bool}, header.lost_transactions);
  visit(Field{"Journal Pool Shm Id", 84, 4, Id}, header.jnlpool_shmid);
  visit(Field{"Receive Pool Shm Id", 88, 4, Id}, header.recvpool_shmid);
  visit(Field{"Instance File Creator Pid", 92, 4, Number}, header.creator_pid);
  visit(Field{"Journal Pool Boot Id", 96, 40, Text}, header.jnlpool_boot_id);
  visit(Field{"Receive Pool Boot Id", 136, 40, Text}, header.recvpool_boot_id);
  visit(Field{"Instance File Create Time", 176, 8, Seconds}, header.created_s);
  visit(Field{"Journal Pool Start Sequence Number", 184, 8, Number}, header.pool_seqno);
  visit(Field{"Instance File Created Nodename", 192, 16, Text}, header.node_name);
  visit(Field{"LMS Group Instance File Id", 208, 16, Hex}, header.group);
  visit(Field{"Number of replicating regions", 224, 4, Number}, header.regions);
  visit(Field{"Fence Required", 228, 4, Bool}, header.fence_required);
  visit(Field{"Fencing Epoch", 232, 8, Number}, header.fencing_epoch);
  visit(Field{"Zqgblmod Seqno", 240, 8, Number}, header.zqgblmod_seqno);
  visit(Field{"Region List Offset", 248, 8, Number}, header.region_list_offset);
  visit(Field{"Region List Checksum", 256, 8, Number}, header.region_list_checksum);
}

std::uint32_t format_of(const InstanceHeader& header) {
  return header.fence_required || header.fencing_epoch != 0 ? kInstanceFormatFencing : kInstanceFormatPlain;
}

/// The one list of a slot's fields.
template <typename Slot, typename Visit>
void each_slot_field(Slot& slot, const std::uint32_t& index, Visit&& visit) {
  using enum FieldForm;
  visit(Field{"Slot Index", 16, 4, Number}, index);
  visit(Field{"Source Server Pid", 20, 4, Number}, slot.pid);
  visit(Field{"Secondary Instance Name", 24, 16, Text}, slot.name);
  visit(Field{"Resync Sequence Number", 40, 8, Number}, slot.send_next);
  visit(Field{"Connect Sequence Number", 48, 8, Number}, slot.connect_seqno);
  visit(Field{"Acknowledged Sequence Number", 56, 8, Number}, slot.acked_next);
  visit(Field{"Last Start Time", 64, 8, Seconds}, slot.start_s);
  visit(Field{"Last Connect Time", 72, 8, Seconds}, slot.connect_s);
  visit(Field{"Secondary Instance File Id", 80, 16, Hex}, slot.file_id);
}

/// Where a history record's fields are in its cell.
constexpr std::uint32_t kFactsOffset = 16;

CellVerdict check_cell(Bytes in, std::string_view label) {
  if (as_text(in.first(8)) != label) return CellVerdict::BadLabel;
  return checksum_fits(in) ? CellVerdict::Good : CellVerdict::BadChecksum;
}

}  // namespace

void seal_cell(MutableBytes copy) {
  const std::size_t end = copy.size() - kChecksumBytes;
  put_le<std::uint64_t>(copy, end, checksum(copy.first(end)));
}

std::uint64_t cell_generation(Bytes copy, std::string_view label) {
  return check_cell(copy, label) == CellVerdict::Good ? get_le<std::uint64_t>(copy, 8) : 0;
}

void encode_header(const InstanceHeader& header, std::uint64_t generation, MutableBytes out) {
  HW_CHECK(out.size() == kInstanceHeaderBytes);
  HW_CHECK(header.level != kLevelDualSite || (header.name.empty() && header.history_count == 0));
  start_cell(out, instance_label(header.level), generation);
  const std::uint32_t format = format_of(header);
  each_header_field(header, format, FieldWriter(out));
  seal_cell(out);
}

CellVerdict decode_header(Bytes in, InstanceHeader& out) {
  HW_CHECK(in.size() == kInstanceHeaderBytes);
  const std::uint16_t level = as_text(in.first(8)) == kDualSiteLabel ? kLevelDualSite : kLevelMultiSite;
  if (const auto verdict = check_cell(in, instance_label(level)); verdict != CellVerdict::Good) return verdict;
  out.level = level;
  FieldReader reader(in);
  std::uint32_t format = 0;
  each_header_field(out, format, reader);
  if (!reader.ok() || format < kInstanceFormatPlain || format > kInstanceFormatFencing) return CellVerdict::BadField;
  if (out.name.size() > InstanceName::kBytesMax) return CellVerdict::BadField;
  if (level == kLevelDualSite)
    return out.name.empty() && out.history_count == 0 ? CellVerdict::Good : CellVerdict::BadField;
  if (out.name.empty()) return CellVerdict::BadField;
  if (out.history_count > kHistoryRecordsMax) return CellVerdict::BadField;
  return CellVerdict::Good;
}

void encode_slot(const InstanceSlot& slot, std::size_t index, std::uint64_t generation, MutableBytes out) {
  HW_CHECK(out.size() == kSlotBytes);
  HW_CHECK(slot.name.size() <= InstanceName::kBytesMax);
  start_cell(out, kSlotLabel, generation);
  each_slot_field(slot, static_cast<std::uint32_t>(index), FieldWriter(out));
  seal_cell(out);
}

CellVerdict decode_slot(Bytes in, std::size_t index, InstanceSlot& out) {
  HW_CHECK(in.size() == kSlotBytes);
  if (const auto verdict = check_cell(in, kSlotLabel); verdict != CellVerdict::Good) return verdict;
  FieldReader reader(in);
  each_slot_field(out, static_cast<std::uint32_t>(index), reader);
  return reader.ok() && out.name.size() <= InstanceName::kBytesMax ? CellVerdict::Good : CellVerdict::BadField;
}

void encode_history(const HistoryRecord& record, std::uint64_t generation, MutableBytes out) {
  HW_CHECK(out.size() == kHistoryBytes);
  start_cell(out, kHistoryLabel, generation);
  encode_history_facts(record, out.subspan(kFactsOffset, kHistoryFactsBytes));
  seal_cell(out);
}

CellVerdict decode_history(Bytes in, std::size_t number, HistoryRecord& out) {
  HW_CHECK(in.size() == kHistoryBytes);
  if (const auto verdict = check_cell(in, kHistoryLabel); verdict != CellVerdict::Good) return verdict;
  if (!decode_history_facts(in.subspan(kFactsOffset, kHistoryFactsBytes), out)) return CellVerdict::BadField;
  return out.number == number ? CellVerdict::Good : CellVerdict::BadField;
}

void mark_shut_down(InstanceHeader& header, Seqno next_seqno) {
  header.seqno = next_seqno;
  header.crash = false;
  header.jnlpool_shmid = header.recvpool_shmid = kNoSharedMemory;
  header.jnlpool_boot_id.clear();
  header.recvpool_boot_id.clear();
}

std::optional<CellPlace> cell_at(std::uint64_t offset, std::uint32_t history_count, std::uint16_t level) {
  if (offset < kSlotsOffset) return CellPlace{0, kInstanceHeaderBytes, instance_label(level)};
  if (offset < kHistoryOffset)
    return CellPlace{slot_offset((offset - kSlotsOffset) / (2 * kSlotBytes)), kSlotBytes, kSlotLabel};
  const std::uint64_t number = (offset - kHistoryOffset) / (2 * kHistoryBytes);
  if (number >= history_count) return std::nullopt;
  return CellPlace{history_offset(number), kHistoryBytes, kHistoryLabel};
}

CellPlace slot_place(std::size_t index) { return *cell_at(slot_offset(index), 0); }

CellPlace history_place(std::size_t number) {
  return *cell_at(history_offset(number), static_cast<std::uint32_t>(number) + 1);
}

std::span<const Field> header_fields() {
  static const std::vector<Field> fields = [] {
    FieldLister lister;
    lister(Field{"Label (contains Major Version)", 0, 8, FieldForm::Text}, 0);
    lister(Field{"Generation", 8, 8, FieldForm::Number}, 0);
    const InstanceHeader empty;
    each_header_field(empty, kInstanceFormatPlain, lister);
    return lister.take();
  }();
  return fields;
}

std::span<const Field> slot_fields() {
  static const std::vector<Field> fields = [] {
    FieldLister lister;
    const InstanceSlot empty;
    each_slot_field(empty, 0, lister);
    return lister.take();
  }();
  return fields;
}

std::span<const Field> history_fields() {
  static const std::vector<Field> fields = [] {
    std::vector<Field> moved(history_facts_fields().begin(), history_facts_fields().end());
    for (Field& field : moved) field.offset += kFactsOffset;
    return moved;
  }();
  return fields;
}

}  // namespace hw

#include "replic/instance_layout.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::string_view kSlotLabel = "HWRSLOT1";
constexpr std::string_view kHistoryLabel = "HWRHIST1";
constexpr std::size_t kChecksumBytes = 8;

void put_text(MutableBytes out, std::size_t offset, std::size_t room, std::string_view text) {
  HW_CHECK(text.size() <= room);
  std::memcpy(out.data() + offset, text.data(), text.size());
}

std::string get_text(Bytes in, std::size_t offset, std::size_t room) {
  const std::string_view text = as_text(in.subspan(offset, room));
  return std::string(text.substr(0, std::min(text.find('\0'), text.size())));
}

void put_id(MutableBytes out, std::size_t offset, const FileId& id) {
  std::copy(id.begin(), id.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
}

FileId get_id(Bytes in, std::size_t offset) {
  FileId id{};
  const Bytes part = in.subspan(offset, id.size());
  std::copy(part.begin(), part.end(), id.begin());
  return id;
}

void start_cell(MutableBytes out, std::string_view label, std::uint64_t generation) {
  std::fill(out.begin(), out.end(), std::byte{0});
  put_text(out, 0, 8, label);
  put_le<std::uint64_t>(out, 8, generation);
}

bool checksum_fits(Bytes copy) {
  return get_le<std::uint64_t>(copy, copy.size() - kChecksumBytes) ==
         checksum(copy.first(copy.size() - kChecksumBytes));
}

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
  start_cell(out, kInstanceLabel, generation);
  put_le<std::uint32_t>(out, 16, kInstanceFormat);
  put_le<std::uint32_t>(out, 20, kInstanceHeaderBytes);
  put_text(out, 24, 16, header.name);
  put_id(out, 40, header.file_id);
  put_le<std::uint64_t>(out, 56, header.seqno.value);
  put_le<std::uint32_t>(out, 64, header.root_cycle);
  put_le<std::uint32_t>(out, 68, header.history_count);
  put_le<std::uint32_t>(out, 72, header.crash ? 1 : 0);
  put_le<std::uint32_t>(out, 76, header.root_primary ? 1 : 0);
  put_le<std::uint32_t>(out, 80, header.lost_transactions ? 1 : 0);
  put_le<std::uint32_t>(out, 84, header.jnlpool_shmid);
  put_le<std::uint32_t>(out, 88, header.recvpool_shmid);
  put_le<std::uint32_t>(out, 92, header.creator_pid);
  put_text(out, 96, 40, header.jnlpool_boot_id);
  put_text(out, 136, 40, header.recvpool_boot_id);
  put_le<std::uint64_t>(out, 176, header.created_s);
  put_le<std::uint64_t>(out, 184, header.pool_seqno.value);
  put_text(out, 192, 16, header.node_name);
  put_id(out, 208, header.group);
  seal_cell(out);
}

CellVerdict decode_header(Bytes in, InstanceHeader& out) {
  HW_CHECK(in.size() == kInstanceHeaderBytes);
  if (const auto verdict = check_cell(in, kInstanceLabel); verdict != CellVerdict::Good) return verdict;
  if (get_le<std::uint32_t>(in, 16) != kInstanceFormat || get_le<std::uint32_t>(in, 20) != kInstanceHeaderBytes)
    return CellVerdict::BadField;
  out.name = get_text(in, 24, 16);
  out.file_id = get_id(in, 40);
  out.seqno = Seqno{get_le<std::uint64_t>(in, 56)};
  out.root_cycle = get_le<std::uint32_t>(in, 64);
  out.history_count = get_le<std::uint32_t>(in, 68);
  out.crash = get_le<std::uint32_t>(in, 72) != 0;
  out.root_primary = get_le<std::uint32_t>(in, 76) != 0;
  out.lost_transactions = get_le<std::uint32_t>(in, 80) != 0;
  out.jnlpool_shmid = get_le<std::uint32_t>(in, 84);
  out.recvpool_shmid = get_le<std::uint32_t>(in, 88);
  out.creator_pid = get_le<std::uint32_t>(in, 92);
  out.jnlpool_boot_id = get_text(in, 96, 40);
  out.recvpool_boot_id = get_text(in, 136, 40);
  out.created_s = get_le<std::uint64_t>(in, 176);
  out.pool_seqno = Seqno{get_le<std::uint64_t>(in, 184)};
  out.node_name = get_text(in, 192, 16);
  out.group = get_id(in, 208);
  if (out.name.empty() || out.name.size() > InstanceName::kBytesMax) return CellVerdict::BadField;
  if (out.history_count > kHistoryRecordsMax) return CellVerdict::BadField;
  return CellVerdict::Good;
}

void encode_slot(const InstanceSlot& slot, std::size_t index, std::uint64_t generation, MutableBytes out) {
  HW_CHECK(out.size() == kSlotBytes);
  HW_CHECK(slot.name.size() <= InstanceName::kBytesMax);
  start_cell(out, kSlotLabel, generation);
  put_le<std::uint32_t>(out, 16, static_cast<std::uint32_t>(index));
  put_le<std::uint32_t>(out, 20, slot.pid);
  put_text(out, 24, 16, slot.name);
  put_le<std::uint64_t>(out, 40, slot.send_next.value);
  put_le<std::uint64_t>(out, 48, slot.connect_seqno.value);
  put_le<std::uint64_t>(out, 56, slot.acked_next.value);
  put_le<std::uint64_t>(out, 64, slot.start_s);
  put_le<std::uint64_t>(out, 72, slot.connect_s);
  put_id(out, 80, slot.file_id);
  seal_cell(out);
}

CellVerdict decode_slot(Bytes in, std::size_t index, InstanceSlot& out) {
  HW_CHECK(in.size() == kSlotBytes);
  if (const auto verdict = check_cell(in, kSlotLabel); verdict != CellVerdict::Good) return verdict;
  if (get_le<std::uint32_t>(in, 16) != index) return CellVerdict::BadField;
  out.pid = get_le<std::uint32_t>(in, 20);
  out.name = get_text(in, 24, 16);
  out.send_next = Seqno{get_le<std::uint64_t>(in, 40)};
  out.connect_seqno = Seqno{get_le<std::uint64_t>(in, 48)};
  out.acked_next = Seqno{get_le<std::uint64_t>(in, 56)};
  out.start_s = get_le<std::uint64_t>(in, 64);
  out.connect_s = get_le<std::uint64_t>(in, 72);
  out.file_id = get_id(in, 80);
  return out.name.size() <= InstanceName::kBytesMax ? CellVerdict::Good : CellVerdict::BadField;
}

void encode_history(const HistoryRecord& record, std::uint64_t generation, MutableBytes out) {
  HW_CHECK(out.size() == kHistoryBytes);
  start_cell(out, kHistoryLabel, generation);
  encode_history_facts(record, out.subspan(16, kHistoryFactsBytes));
  seal_cell(out);
}

CellVerdict decode_history(Bytes in, std::size_t number, HistoryRecord& out) {
  HW_CHECK(in.size() == kHistoryBytes);
  if (const auto verdict = check_cell(in, kHistoryLabel); verdict != CellVerdict::Good) return verdict;
  if (!decode_history_facts(in.subspan(16, kHistoryFactsBytes), out)) return CellVerdict::BadField;
  return out.number == number ? CellVerdict::Good : CellVerdict::BadField;
}

std::optional<CellPlace> cell_at(std::uint64_t offset, std::uint32_t history_count) {
  if (offset < kSlotsOffset) return CellPlace{0, kInstanceHeaderBytes, kInstanceLabel};
  if (offset < kHistoryOffset)
    return CellPlace{slot_offset((offset - kSlotsOffset) / (2 * kSlotBytes)), kSlotBytes, kSlotLabel};
  const std::uint64_t number = (offset - kHistoryOffset) / (2 * kHistoryBytes);
  if (number >= history_count) return std::nullopt;
  return CellPlace{history_offset(number), kHistoryBytes, kHistoryLabel};
}

namespace {
using Form = InstanceField::Form;
constexpr InstanceField kHeaderFields[] = {
    {"Label (contains Major Version)", 0, 8, Form::Text},
    {"Generation", 8, 8, Form::Number},
    {"Format", 16, 4, Form::Number},
    {"Header Size", 20, 4, Form::Number},
    {"Instance Name", 24, 16, Form::Text},
    {"Instance File Id", 40, 16, Form::Hex},
    {"Journal Sequence Number", 56, 8, Form::Number},
    {"Root Primary Cycle", 64, 4, Form::Number},
    {"Number of used history records", 68, 4, Form::Number},
    {"Crash", 72, 4, Form::Bool},
    {"Root Primary", 76, 4, Form::Bool},
    {"Lost Transactions Unfinished", 80, 4, Form::Bool},
    {"Journal Pool Shm Id", 84, 4, Form::Id},
    {"Receive Pool Shm Id", 88, 4, Form::Id},
    {"Instance File Creator Pid", 92, 4, Form::Number},
    {"Journal Pool Boot Id", 96, 40, Form::Text},
    {"Receive Pool Boot Id", 136, 40, Form::Text},
    {"Instance File Create Time", 176, 8, Form::Time},
    {"Journal Pool Start Sequence Number", 184, 8, Form::Number},
    {"Instance File Created Nodename", 192, 16, Form::Text},
    {"LMS Group Instance File Id", 208, 16, Form::Hex},
};
constexpr InstanceField kSlotFields[] = {
    {"Source Server Pid", 20, 4, Form::Number},
    {"Secondary Instance Name", 24, 16, Form::Text},
    {"Resync Sequence Number", 40, 8, Form::Number},
    {"Connect Sequence Number", 48, 8, Form::Number},
    {"Acknowledged Sequence Number", 56, 8, Form::Number},
    {"Last Start Time", 64, 8, Form::Time},
    {"Last Connect Time", 72, 8, Form::Time},
    {"Secondary Instance File Id", 80, 16, Form::Hex},
};
constexpr InstanceField kHistoryFields[] = {
    {"Root Primary Instance Name", 16, 16, Form::Text},
    {"Start Sequence Number", 32, 8, Form::Number},
    {"Stream Sequence Number", 40, 8, Form::Number},
    {"Root Primary Cycle", 48, 4, Form::Number},
    {"Creator Process ID", 52, 4, Form::Number},
    {"Creation Time", 56, 8, Form::Time},
    {"History Number", 64, 4, Form::Number},
    {"Previous History Number", 68, 4, Form::Signed},
    {"History record type", 72, 1, Form::Number},
    {"Stream #", 73, 1, Form::Number},
};
}  // namespace

std::span<const InstanceField> header_fields() { return kHeaderFields; }
std::span<const InstanceField> slot_fields() { return kSlotFields; }
std::span<const InstanceField> history_fields() { return kHistoryFields; }

}  // namespace hw

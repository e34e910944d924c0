#include "journal/pool_fields.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace hw {
namespace {

using enum FieldForm;

constexpr std::string_view kModeNames[] = {"NONE", "PASSIVE", "ACTIVE", "ACTIVE REQUESTED", "PASSIVE REQUESTED"};
constexpr std::string_view kStateNames[] = {
    "DUMMY_STATE",           "START",           "WAITING_FOR_CONNECTION", "WAITING_FOR_RESTART",
    "SEARCHING_FOR_RESTART", "SENDING_JNLRECS", "WAITING_FOR_XON"};
constexpr std::string_view kFilterNames[] = {"NONE", "ACTIVE", "STOP REQUESTED"};
constexpr std::string_view kEncryptionNames[] = {"OFF", "NOT CONNECTED", "ENCRYPTED", "PLAIN"};
constexpr std::string_view kLogLevelNames[] = {"ERROR", "WARNING", "INFO", "DEBUG", "TRACE"};
constexpr std::string_view kReadingNames[] = {"POOL", "FILE"};

#define CTL(label, member, ...) \
  Field { label, offsetof(PoolHeader, member), sizeof(PoolHeader::member), __VA_ARGS__ }
constexpr Field kControl[] = {
    CTL("Label", magic, Text),
    CTL("Version", version, Number),
    CTL("Control Structure Size", header_bytes, Number),
    CTL("Segment Size (in bytes)", total_bytes, Number),
    CTL("Unique Id", uid, Number),
    CTL("Ready", ready, Bool),
    CTL("Replicating", replicating, Bool),
    CTL("Updates Disabled", updates_enabled, NotBool),
    CTL("Damaged", damaged, Bool),
    CTL("Instance Name", instance_name, Text),
    CTL("Instance file name", instance_file, Text),
    CTL("Boot Id", boot, Text),
    CTL("Journal Seqno", next_seqno, Number),
    CTL("Commits begun", commit_begun, Number),
    CTL("Commits done", commit_done, Number),
    CTL("Prev JnlSeqno Time", last_time_us, Micros),
    CTL("Durable commits", durable_commits, Number),
    CTL("Journal Pool Size (in bytes)", ring_bytes, Number),
    CTL("Journal Data Base Offset", ring_offset, Number),
    CTL("Reserved Write Offset", ring_reserved, Number),
    CTL("Absolute Write Offset", ring_written, Number),
    CTL("First Seqno in Pool", ring_first_seqno, Number),
    CTL("First Seqno's Offset", ring_first_position, Number),
    CTL("Receiver Server Pid", receiver_pid, Plain),
    CTL("Update Process Pid", update_pid, Plain),
    CTL("Receive Pool Shm Id", receive_pool_id, Id),
    CTL("Primary Protocol Version", primary_level, Number),
    CTL("Primary Instance Name", primary_name, Text),
    CTL("Lineage Writer Pid", lineage.writer_pid, Plain),
    CTL("Lineage Length", lineage.count, Number),
    CTL("Lineage Writer Start", lineage.writer_start, Number),
    CTL("Lineage 1 Instance Name", lineage.names[0], Text),
    CTL("Lineage 2 Instance Name", lineage.names[1], Text),
    CTL("Lineage 3 Instance Name", lineage.names[2], Text),
    CTL("Create Time", created_us, Micros),
    CTL("Start Journal Seqno", start_seqno, Number),
    CTL("Send LostTN Complete", lost_tn_complete, Bool),
    CTL("Online Rollbacks", rollbacks, Number),
    CTL("Fence Stop Flag", fence.stopped, Bool),
    CTL("Fence Deadline Counts", fence.deadline_counts, Bool),
    CTL("Fence Deadline (CLOCK_BOOTTIME, ns)", fence.deadline_ns, Number),
    CTL("Fence Epoch of this Reign", fence.epoch, Number),
    CTL("Fencing Epoch", fence.known_epoch, Number),
    CTL("Fence Required", fence.required, Bool),
    CTL("Fence Reigns begun", fence.reigns, Number),
    CTL("Fence Accepted Commits", fence.accepted_commits, Number),
    CTL("Zqgblmod Seqno", zqgblmod_seqno, Number),
};
#undef CTL

#define REG(label, member, ...) \
  Field { label, offsetof(PoolRegion, member), sizeof(PoolRegion::member), __VA_ARGS__ }
constexpr Field kRegion[] = {
    REG("In Use", in_use, Bool),
    REG("Journaled", journaled, Bool),
    REG("Replicated", replicated, Bool),
    REG("Last Record Size", last_record_bytes, Number),
    REG("Journal Switch under way", switching, Bool),
    REG("Cut by Rollback", cuts, Number),
    REG("Region Name", name, Text),
    REG("Database File", database, Text),
    REG("Database File Device", database_file.device, Number),
    REG("Database File Inode", database_file.inode, Number),
    REG("Journal File", journal, Text),
    REG("Journal File Device", journal_file.device, Number),
    REG("Journal File Inode", journal_file.inode, Number),
    REG("Journal File Copy Device", journal_copy.device, Number),
    REG("Journal File Copy Inode", journal_copy.inode, Number),
    REG("Journal File Replaced", journal_replaced, Bool),
    REG("Database Id", database_id, Hex),
    REG("Journal Generation", generation, Number),
    REG("Journal File Size", journal_bytes, Number),
    REG("Database Zeros Ahead Up To", database_prepared_bytes, Number),
    REG("Journal Zeros Ahead Up To", prepared_bytes, Number),
    REG("Autoswitch Limit (in bytes)", autoswitch_bytes, Number),
    REG("Allocation (in bytes)", allocation_bytes, Number),
    REG("Extension (in bytes)", extension_bytes, Number),
    REG("Last Record Time", last_time_us, Micros),
    REG("Last Epoch Offset", epoch_offset, Number),
    REG("Journal Write Offset", write_offset, Number),
    REG("Journal Applied Offset", applied_offset, Number),
    REG("Journal Synced Offset", synced_offset, Number),
    REG("Journal Synced Generation", synced_generation, Number),
    REG("Region Seqno", reg_seqno, Number),
    REG("Last Transaction Number", last_tn, Number),
    REG("Checkpoint Generation", image_generation, Number),
    REG("Checkpoint Offset", image_offset, Number),
    REG("Last Checkpoint Time", last_checkpoint_us, Micros),
};
#undef REG

#define SRC(label, member, ...) \
  Field { label, offsetof(PoolSlot, member), sizeof(PoolSlot::member), __VA_ARGS__ }
#define ENCRYPTION(label, member, ...)                                                                        \
  Field {                                                                                                     \
    label, offsetof(PoolSlot, encryption) + offsetof(PoolEncryption, member), sizeof(PoolEncryption::member), \
        __VA_ARGS__                                                                                           \
  }
#define CONNECT(label, member)                                                                                   \
  Field {                                                                                                        \
    label, offsetof(PoolSlot, connect) + offsetof(ConnectParameters, member), sizeof(ConnectParameters::member), \
        Number                                                                                                   \
  }
constexpr Field kSlot[] = {
    SRC("In Use", in_use, Bool),
    SRC("Source Server Mode", mode, Names, kModeNames),
    SRC("Source Server Pid", pid, Plain),
    SRC("Shutdown State", shutdown, Number),
    SRC("Connected", connected, Bool),
    SRC("Currently Reading from", reading_files, Names, kReadingNames),
    SRC("Source Server Start Tick", pid_start, Number),
    SRC("Source Server Pid Namespace", pid_space, Number),
    SRC("Resync Sequence Number", read_seqno, Number),
    SRC("Acknowledged Sequence Number", applied_seqno, Number),
    SRC("Connect Time", connected_since_us, Micros),
    SRC("Start Time", started_us, Micros),
    SRC("Sent Bytes", sent_bytes, Number),
    SRC("Sent Bytes (compressed)", compressed_bytes, Number),
    SRC("Secondary Instance Name", name, Text),
    SRC("Secondary HOSTNAME", host, Text),
    SRC("Secondary Port", port, Number),
    SRC("Log Interval", log_interval, Number),
    CONNECT("Connect Parms Hard Tries Count", hard_tries_count),
    CONNECT("Connect Parms Hard Tries Period", hard_tries_period_ms),
    CONNECT("Connect Parms Soft Tries Period", soft_tries_period_s),
    CONNECT("Connect Parms Alert Period", alert_period_s),
    CONNECT("Connect Parms Heartbeat Period", heartbeat_period_s),
    CONNECT("Connect Parms Heartbeat Max Wait", heartbeat_wait_max_s),
    SRC("Log File", log, Text),
    SRC("Changelog", log_change, Number),
    SRC("Statslog", stats_log, Number),
    SRC("Processing State", state, Names, kStateNames),
    SRC("Remote Protocol Version", remote_level, Number),
    SRC("Journal record Compression Level", compression_level, Plain),
    SRC("Send LostTN Complete", lost_tn_due, Bool),
    SRC("Last Talk Time", talked_us, Micros),
    SRC("Rate Time", rate_us, Micros),
    SRC("Sent in 1000 Seconds", sent_per_1000_s, Number),
    SRC("Sent Bytes a Second", wire_bytes_per_s, Number),
    SRC("Filter State", filter, Names, kFilterNames),
    SRC("Log Level", log_level, Names, kLogLevelNames),
    SRC("Filter Command", filter_command, Text),
    ENCRYPTION("Encryption State", state, Names, kEncryptionNames),
    ENCRYPTION("Connections Refused", refused, Plain),
    ENCRYPTION("Certificate End", certificate_us, Micros),
};
#undef ENCRYPTION
#undef SRC
#undef CONNECT

template <typename T>
Bytes bytes_of(const T& object) {
  return {reinterpret_cast<const std::byte*>(&object), sizeof object};
}

/// By these the processes find the pool and what is where in it. With another value none of them could, not even to
/// end the servers and to remove it.
constexpr std::string_view kFixed[] = {
    "Label",     "Version", "Control Structure Size",       "Segment Size (in bytes)",
    "Unique Id", "Ready",   "Journal Pool Size (in bytes)", "Journal Data Base Offset"};

Status refuse_fixed(std::uint64_t offset, std::uint64_t bytes) {
  for (const Field& field : kControl) {
    if (offset >= field.offset + field.bytes || offset + bytes <= field.offset) continue;
    if (std::ranges::find(kFixed, field.name) == std::end(kFixed)) continue;
    return make_error<MsgId::HWREFUSED>(fmt::format("JNLPOOL -CHANGE of {}", field.name),
                                        "no process could use the journal pool any more");
  }
  return {};
}

template <typename T>
FieldEdit edit(std::byte* at, std::optional<std::uint64_t> value) {
  auto& place = *reinterpret_cast<T*>(at);
  FieldEdit done;
  done.before = done.after = __atomic_load_n(&place, __ATOMIC_SEQ_CST);
  if (!value) return done;
  done.after = static_cast<T>(*value);
  done.before = __atomic_exchange_n(&place, static_cast<T>(*value), __ATOMIC_SEQ_CST);
  return done;
}

}  // namespace

std::span<const Field> pool_control_fields() { return kControl; }
std::span<const Field> pool_region_fields() { return kRegion; }
std::span<const Field> pool_slot_fields() { return kSlot; }

std::string show_journal_pool(const PoolHeader& header, bool detail, std::string_view before_slots) {
  std::string out = section_lines("Journal Pool Control Structure", detail) + record_separator(true, detail) +
                    field_lines("CTL ", kControl, bytes_of(header), 0, detail);
  bool first = true;
  const auto add = [&](std::string_view section, std::string_view prefix, std::span<const Field> fields, Bytes bytes) {
    const auto offset = bytes.data() - bytes_of(header).data();
    if (first) out += section_lines(section, detail);
    out += record_separator(first, detail);
    out += field_lines(prefix, fields, bytes, static_cast<std::uint64_t>(offset), detail);
    first = false;
  };
  for (std::size_t i = 0; i < header.regions.size(); ++i)
    if (header.regions[i].in_use.load() != 0)
      add("Regions", fmt::format("REG #{:3} : ", i), kRegion, bytes_of(header.regions[i]));
  out += before_slots;
  first = true;
  for (std::size_t i = 0; i < header.slots.size(); ++i)
    if (header.slots[i].in_use.load() != 0 || header.slots[i].pid.load() != 0 || header.slots[i].mode.load() != 0)
      add("Source Server Structures", fmt::format("SRC #{:2} : ", i), kSlot, bytes_of(header.slots[i]));
  return out;
}

Result<FieldEdit> change_pool_field(const JournalPool& pool, std::uint64_t offset, std::uint64_t bytes,
                                    std::optional<std::uint64_t> value) {
  HW_CHECK(bytes != 0 && offset % bytes == 0);
  const std::uint64_t total = pool.header().total_bytes;
  if (offset >= total || bytes > total - offset)
    return make_error<MsgId::MUPCLIERR>().after(
        fmt::format("Error: OFFSET [0x{:08X}] is past the end [0x{:08X}] of the journal pool", offset, total));
  if (value) HW_TRY_VOID(refuse_fixed(offset, bytes));
  std::byte* const at = reinterpret_cast<std::byte*>(&pool.header()) + offset;
  switch (bytes) {
    case 1:
      return edit<std::uint8_t>(at, value);
    case 2:
      return edit<std::uint16_t>(at, value);
    case 4:
      return edit<std::uint32_t>(at, value);
    default:
      HW_CHECK(bytes == 8);
      return edit<std::uint64_t>(at, value);
  }
}

}  // namespace hw

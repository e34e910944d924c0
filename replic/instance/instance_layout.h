/// replic/instance/instance_layout.h -- the replication instance file as bytes. Pure: no I/O.
///
/// Formats 1 and 2. Integers are little-endian; nothing is overlaid; each field is at a multiple of its
/// size. The file is a row of *twin cells*: two copies of equal size, side by side. A change is written
/// over the older copy with the next generation number, so that a torn write leaves the newer copy
/// whole; a reader takes the valid copy with the highest generation.
///
///   offset            cell            bytes of one copy
///   ----------------- --------------- -----------------
///   0x0000            header          1024
///   0x0800 + 256 * i  slot i, 0..15   128
///   0x1800 + 256 * n  history n       128
///
/// Every copy: label at 0 (8 bytes), generation at 8 (8 bytes, from 1), XXH3-64 of all before it in the
/// last 8 bytes. Bytes not named are zero.
///
///   header: label HWREPL01                        slot: label HWRSLOT1
///   offset size field                             offset size field
///   ------ ---- --------------------------------  ------ ---- --------------------------------
///       16    4 format, 1 or 2                        16    4 index
///       20    4 header bytes, 1024                    20    4 pid of the last source server
///       24   16 instance name                         24   16 secondary's name; empty: free
///       40   16 file id                               40    8 next seqno to send to it
///       56    8 next journal seqno, from 1            48    8 seqno at its last connection, 0 none
///       64    4 root primary cycle                    56    8 next seqno it has not applied, 0 none
///       68    4 used history records                  64    8 last start of a source server, s
///       72    4 crash: a pool exists, 0 or 1          72    8 last connection, s
///       76    4 root primary, 0 or 1                  80   16 file id of the secondary
///       80    4 lost transactions unfinished          96   24 zero
///       84    4 journal pool shared memory id        120    8 checksum
///       88    4 receive pool shared memory id
///       92    4 creator pid                        history: label HWRHIST1
///       96   40 boot id when the journal pool was  offset size field
///               made, text                         ------ ---- -----------------------------
///      136   40 the same, receive pool                 16   80 facts, see replic/history/history.h
///      176    8 creation time, s                       96   24 zero
///      184    8 next seqno when the pool was made     120    8 checksum
///      192   16 node name where it was created
///      208   16 group: file id of the tree's root
///      224    4 regions that replicate
///      228    4 fence required, 0 or 1 (2)
///      232    8 fencing epoch, highest known (2)
///      240    8 Zqgblmod seqno, 0 none
///      248    8 offset of the region list, 0 none
///      256    8 checksum of that list
///      264  752 zero
///     1016    8 checksum
///
/// (2): from format 2 on. A file is written in format 2 from when it has either of these, so that programs which know
/// nothing of them leave it alone; before that in format 1, which they use. Both formats are read.
///
/// The region list (replic/instance/region_list.h) follows the room for the history, and counts when its checksum
/// is the header's. A program that knows nothing of it writes zeros for where it is: then there is none.
///
/// An instance of the dual-site version (replic/link/protocol_level.h) has a file of another format: its header's label
/// is HWDUAL01, its name is empty, there is no history, and slot 0 is the only one. The label is what makes either
/// version refuse the other one's file.
///
/// Shared memory ids are 0xFFFFFFFF when there is none. Times are seconds since 1970.
/// Compatibility: a field never moves. A new field takes zero bytes or a new format number and a golden
/// file in test/golden/. Full text: docs/formats/instance-file.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/types.h"
#include "replic/history/history.h"
#include "replic/link/wire.h"

namespace hw {

inline constexpr std::string_view kInstanceLabel = "HWREPL01";
inline constexpr std::string_view kDualSiteLabel = "HWDUAL01";
inline constexpr std::uint32_t kInstanceFormatPlain = 1;
inline constexpr std::uint32_t kInstanceFormatFencing = 2;
inline constexpr std::uint32_t kNoSharedMemory = 0xFFFFFFFF;
inline constexpr std::size_t kInstanceHeaderBytes = 1024;
inline constexpr std::size_t kSlotBytes = 128;
inline constexpr std::size_t kHistoryBytes = 128;
inline constexpr std::uint64_t kSlotsOffset = 0x800;
inline constexpr std::uint64_t kHistoryOffset = kSlotsOffset + 2 * kSlotBytes * kSlotsMax;
static_assert(kHistoryOffset == 0x1800);

/// The file has room for so many history records more when it grows.
inline constexpr std::uint64_t kHistoryGrowthRecords = 16;

constexpr std::uint64_t slot_offset(std::size_t index) { return kSlotsOffset + 2 * kSlotBytes * index; }
constexpr std::uint64_t history_offset(std::size_t number) { return kHistoryOffset + 2 * kHistoryBytes * number; }

struct InstanceHeader {
  std::uint16_t level = kLevelMultiSite;  ///< what the label says
  std::string name;
  FileId file_id{};
  Seqno seqno{1};                   ///< next journal seqno; may lag while a pool exists
  std::uint32_t root_cycle = 0;     ///< how many reigns this instance has begun
  std::uint32_t history_count = 0;  ///< used history records
  bool crash = false;               ///< a journal pool exists, or existed when the machine stopped
  bool root_primary = false;        ///< is, or was when it last ran, root primary
  bool lost_transactions = false;   ///< was root and its lost transactions are not complete
  std::uint32_t jnlpool_shmid = kNoSharedMemory;
  std::uint32_t recvpool_shmid = kNoSharedMemory;
  std::uint32_t creator_pid = 0;
  std::string jnlpool_boot_id;   ///< at most 40 bytes
  std::string recvpool_boot_id;  ///< at most 40 bytes
  std::uint64_t created_s = 0;
  Seqno pool_seqno{0};    ///< next seqno when the present journal pool was made
  std::string node_name;  ///< at most 16 bytes
  FileId group{};
  std::uint32_t regions = 0;    ///< that replicate, when it was last started; 0 not known
  bool fence_required = false;  ///< it opens with updates off until an agent says otherwise (replic/control/fence.h)
  std::uint64_t fencing_epoch = 0;  ///< the highest of a reign that is known here, 0: none
  /// From there on a former root whose lost transactions are not complete need not share what is here; 0: there is
  /// none.
  Seqno zqgblmod_seqno{0};
  std::uint64_t region_list_offset = 0;  ///< 0: how far the regions had come is not known
  std::uint64_t region_list_checksum = 0;

  /// Nothing is known any more of how far the regions had come.
  void forget_regions() { region_list_offset = region_list_checksum = 0; }
  friend bool operator==(const InstanceHeader&, const InstanceHeader&) = default;
};

/// The instance is shut down, and its databases are at `next_seqno`: it has no pool, and no crash mark.
void mark_shut_down(InstanceHeader& header, Seqno next_seqno);

/// One secondary, as the instance file remembers it.
struct InstanceSlot {
  std::string name;        ///< empty: the slot is free
  std::uint32_t pid = 0;   ///< source server that last served it
  Seqno send_next{0};      ///< next seqno to send (GT.M's resync seqno)
  Seqno connect_seqno{0};  ///< own next seqno at the last connection with it; 0 never
  Seqno acked_next{0};     ///< next seqno it has not applied; 0 not known
  std::uint64_t start_s = 0;
  std::uint64_t connect_s = 0;
  FileId file_id{};
  bool used() const { return !name.empty(); }
  friend bool operator==(const InstanceSlot&, const InstanceSlot&) = default;
};

enum class CellVerdict { Good, BadLabel, BadChecksum, BadField };

void encode_header(const InstanceHeader& header, std::uint64_t generation, MutableBytes out);
CellVerdict decode_header(Bytes in, InstanceHeader& out);
void encode_slot(const InstanceSlot& slot, std::size_t index, std::uint64_t generation, MutableBytes out);
CellVerdict decode_slot(Bytes in, std::size_t index, InstanceSlot& out);
void encode_history(const HistoryRecord& record, std::uint64_t generation, MutableBytes out);
/// BadField when the record is not number `number`.
CellVerdict decode_history(Bytes in, std::size_t number, HistoryRecord& out);

constexpr std::string_view instance_label(std::uint16_t level) {
  return level == kLevelDualSite ? kDualSiteLabel : kInstanceLabel;
}
/// How many secondaries an instance of that level can have.
constexpr std::size_t slots_of(std::uint16_t level) { return level == kLevelDualSite ? 1 : kSlotsMax; }

/// Generation in a copy's bytes; 0 when its label or checksum is wrong.
std::uint64_t cell_generation(Bytes copy, std::string_view label);
/// Writes the checksum of a copy whose other bytes are in place.
void seal_cell(MutableBytes copy);

/// Where one twin cell lies.
struct CellPlace {
  std::uint64_t offset;  ///< of the first copy
  std::size_t bytes;     ///< of one copy
  std::string_view label;
};
/// The cell whose two copies contain the byte at `offset`; nothing beyond the used history.
std::optional<CellPlace> cell_at(std::uint64_t offset, std::uint32_t history_count,
                                 std::uint16_t level = kLevelMultiSite);
CellPlace slot_place(std::size_t index);
CellPlace history_place(std::size_t number);

/// The fields of a copy, as -editinstance -show names them; offsets within the copy. The codec works by the same lists.
std::span<const Field> header_fields();
std::span<const Field> slot_fields();
std::span<const Field> history_fields();

}  // namespace hw

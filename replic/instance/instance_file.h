/// replic/instance/instance_file.h -- the replication instance file of one instance.
///
/// Who writes it: mupip -instance_create makes it; source servers keep their slots and, for the root,
/// begin reigns; the receiver side stores the history that travels with the data; a rollback cuts the
/// history. Several processes may do so at once: every change locks the file, and replaces one cell after another
/// (replic/instance/cell_file.h), so that a crash or a torn write at any point leaves the state before or after, never
/// a mixture.
///
/// Each object has its own open file. Thread: one at a time per object; two threads use two objects.
/// Blocks: each change waits for the file lock (held for milliseconds) and one fdatasync.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/types.h"
#include "replic/history/history.h"
#include "replic/instance/cell_file.h"
#include "replic/instance/instance_layout.h"
#include "replic/instance/region_list.h"

namespace hw {

class InstanceFile {
 public:
  struct Creation {
    std::string path;     ///< of the level that the environment says
    bool replace = true;  ///< false: -noreplace
    std::uint32_t pid = 0;
    std::uint64_t now_s = 0;
    std::string node_name;  ///< cut to 16 bytes
  };
  struct Created;

  // Out of line, as with Error: every function that opens the file would have the code of these.
  InstanceFile(InstanceFile&& other) noexcept;
  InstanceFile& operator=(InstanceFile&& other) noexcept;
  ~InstanceFile();

  /// Makes a new file with seqno 1, no history and a random file id; durable on return. An existing file
  /// is renamed to `<file>_YYYYDDDHHMMSS[_n]` first.
  /// An instance of the dual-site version has no name: `name` is none for it, and only for it (checked).
  /// Errors: FILEEXISTS when it exists and `replace` is false; REPLINSTCREAT; HWREPLLEVEL.
  /// Source: docs/conformance.md 3.*; name of the old file: GT.M.
  static Result<Created> create(const std::optional<InstanceName>& name, const Creation& how);

  /// Opens for reading and writing, or only for reading.
  /// Errors: FILENOTFND, REPLINSTOPEN, REPLINSTREAD (too short), REPLINSTFMT (other label or format, or
  /// no copy of a cell is whole; the label of the other one of dual-site and multi-site is another label); HWREPLLEVEL.
  static Result<InstanceFile> open(const std::string& path, bool writable = true);

  const std::string& path() const { return cells_.path(); }

  /// The state as last read. `refresh` reads the file again, for what other processes have changed. Errors:
  /// REPLINSTREAD, REPLINSTACC, REPLINSTFMT.
  const InstanceHeader& header() const { return header_; }
  bool is_dual_site() const { return cells_.level() == kLevelDualSite; }
  const History& history() const { return history_; }
  const std::array<InstanceSlot, kSlotsMax>& slots() const { return slots_; }
  Status refresh();

  /// Ends the use of the file, and reports what the system failed to write back. Without it the file is closed
  /// unheard. Errors: REPLINSTCLOSE.
  Status close() { return cells_.close(); }

  /// Reads the file again, and calls `look` before anybody can change it. Errors: REPLINSTREAD, REPLINSTFMT.
  Status look_at_newest(const std::function<void(const InstanceHeader&)>& look);

  /// Applies `change` to the newest header and writes it. history_count is not the caller's to change
  /// (checked).
  /// Errors: REPLINSTREAD, REPLINSTWRITE, REPLINSTFSYNC, REPLINSTFMT.
  Status update_header(const std::function<void(InstanceHeader&)>& change);

  /// How far the regions had come when the instance was last at rest. Empty when that is not known: of an old file, of
  /// a copy, after a rollback that was broken off, or when the history has grown over it. Errors: REPLINSTREAD,
  /// REPLINSTFMT.
  Result<RegionList> region_list();

  /// As update_header, with another list: it is on disk first, in a free place, and then the header that names it. What
  /// it says of a region is on disk in that region. A list that cannot be written is left out; the header does not
  /// depend on it. Errors: those of update_header.
  Status update_regions(const RegionList& list, const std::function<void(InstanceHeader&)>& change);

  /// Index of the slot of that name.
  std::optional<std::size_t> find_slot(std::string_view name) const;

  /// Slot for a source server that starts now: the one of that name, else a free one, else the least
  /// recently started whose server is dead, which is emptied for it. `alive` tells of a used slot whether
  /// its source server lives. The slot's start time and pid are set; a new slot's send_next is 1.
  /// A dual-site instance has one slot.
  /// Errors: SRCSRVTOOMANY when all are alive; SRCSRVEXISTS when the name's own server is alive; those of
  /// update_header.
  /// Source: docs/conformance.md 2.*.
  Result<std::size_t> assign_slot(const InstanceName& secondary, std::uint32_t pid, std::uint64_t now_s,
                                  const std::function<bool(std::size_t, const InstanceSlot&)>& alive);

  /// Applies `change` to the newest state of one slot and writes it. `index` is below kSlotsMax (checked). Errors:
  /// those of update_header.
  Status update_slot(std::size_t index, const std::function<void(InstanceSlot&)>& change);

  /// Empties every used slot whose source server is dead; returns how many. `alive` as for assign_slot. Errors: those
  /// of update_header.
  Result<std::size_t> clean_slots(const std::function<bool(std::size_t, const InstanceSlot&)>& alive);

  /// Adds a record; its number and previous number are set here. A record with the start of the last one
  /// replaces it (a reign without updates). Where it is of another root than the last one the header's mark, Zqgblmod
  /// Seqno, is at its start or lower from then on: that root may have more than what is below it.
  /// Errors: REPLINSTSEQORD when its start is below the last one's; those of update_header.
  Status append_history(const HistoryRecord& record);

  /// Stores a record that came with the data from the primary: nothing is done when the last record is of
  /// the same reign; otherwise append_history. `first_kind` marks the very first record of the file. A record that
  /// starts below `settled_below` leaves no mark: the primary has none for it any more. Errors: those of
  /// append_history.
  Status receive_history(HistoryRecord record, HistoryKind first_kind = HistoryKind::Normal,
                         Seqno settled_below = Seqno{0});

  /// Begins a reign of this instance at its next seqno: counts the cycle up, adds the history record,
  /// sets the root flag. Before any update of that reign, and before publish_mark
  /// (replic/instance/lost_transactions.h). A dual-site instance has neither cycle nor history: it notes in its slot
  /// that the other side can share what is here and no more. `epoch`: the reign's, which is known from then on; 0: it
  /// is begun by hand, with the epoch after the highest known if any is. Errors: REPLINSTSEQORD when `next_seqno` is
  /// below the last record's start; those of update_header.
  Status begin_reign(Seqno next_seqno, std::uint32_t pid, std::uint64_t now_s, std::uint64_t epoch = 0);

  /// A reign has been heard of: a higher epoch than the one known is durable on return. Errors: those of update_header.
  Status learn_epoch(std::uint64_t epoch);

  /// A former root need not share what is here from `from` on: Zqgblmod Seqno becomes `from` unless it is lower.
  /// Errors: those of update_header.
  Status mark(Seqno from);

  /// After a rollback: drops the records that start at or above `next_seqno` and makes it the header's
  /// seqno, in one step. No secondary counts as having been sent more, any longer, and no mark is above it. Errors:
  /// those of update_header.
  Status cut_history(Seqno next_seqno);

  /// Makes a copy the file of another instance: an id of its own, another name when one is given, no pool, no crash
  /// mark, no secondaries, no region list; history up to `next_seqno`, where its databases are. Errors: those of
  /// update_header.
  Status become_own(const std::optional<InstanceName>& name, Seqno next_seqno);

  /// A whole file as it was between two changes.
  struct Whole {
    std::string bytes;
    InstanceHeader header;
  };
  /// Errors: those of open. Blocks: one read of the file, which is small, under its lock.
  static Result<Whole> read_whole(const std::string& path);
  /// Writes into `to` what that file is for an instance whose next seqno is `next_seqno`: history up to there, no pool,
  /// no crash mark, and no region list, which is the original's. Not synced. Errors: those of open and update_header;
  /// SYSCALL.
  static Status write_copy(const File& to, const Whole& from, Seqno next_seqno);

  /// Header's seqno against the history, as tested when a pool is made.
  /// Errors: REPLINSTSEQORD.
  Status check_order() const;

  /// The record covering `seqno`. `next_seqno` is the instance's live next seqno.
  /// Errors: REPLINSTNOHIST when `seqno` is below the first record or not below `next_seqno`.
  Result<HistoryRecord> find_history(Seqno seqno, Seqno next_seqno) const;
  Error no_history(Seqno seqno) const;

  /// The newest copy of each cell as it is: header, slots in order, history records in order.
  struct CellBytes {
    std::vector<std::byte> header;
    std::vector<std::vector<std::byte>> slots;
    std::vector<std::vector<std::byte>> history;
  };
  /// Errors: REPLINSTREAD.
  Result<CellBytes> read_cells() const;

  /// -editinstance -change: shows, or with `value` changes, `bytes` (1, 2, 4 or 8) at `offset`, a multiple
  /// of `bytes` (checked). An offset within a cell means the cell's newest state, whichever copy holds it.
  /// The checksum is kept right; what the value means is not tested, and a file whose fields do not fit
  /// together, which open() refuses, can still be mended.
  /// Errors: SIZENOTVALID8 for another size; REPLINSTREAD when no used cell is there; REPLINSTFMT when the
  /// header is not of this format; those of open and update_header.
  static Result<FieldEdit> change_field(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                                        std::optional<std::uint64_t> value);

 private:
  explicit InstanceFile(CellFile cells) : cells_(std::move(cells)) {}

  Status load();
  Status write_header(const InstanceHeader& header);
  Status write_slot(std::size_t index, const InstanceSlot& slot);
  Status append_locked(const HistoryRecord& record, const std::function<void(InstanceHeader&)>& change,
                       Seqno settled_below = Seqno{0});

  CellFile cells_;
  InstanceHeader header_;
  History history_;
  std::array<InstanceSlot, kSlotsMax> slots_;
};

struct InstanceFile::Created {
  InstanceFile file;
  std::optional<std::string> renamed_to;  ///< print FILERENAME with it
};

}  // namespace hw

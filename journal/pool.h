/// journal/pool.h -- the journal pool: the shared memory through which all processes of an instance commit.
///
/// Who makes it: the first source server of a replicating instance; of an instance that does not
/// replicate, the first process that updates (then it has no ring). Who uses it: every process that commits (under the
/// commit lock), every source server (reads the ring without a lock), operators' commands. Who removes it: the last
/// process to leave, which finds out from the kernel's attach count.
///
/// It holds: the commit lock and the next seqno; the entry of the commit in flight, from which the next
/// holder of the lock finishes or erases what a dead process left; the facts of each region's journal;
/// the facts of each secondary; and the ring of transaction frames in seqno order.
///
/// The layout is one struct of fixed-width fields, version kPoolVersion; a process of another version is refused. Full
/// text: docs/formats/journal-pool.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/lock_wait.h"
#include "engine/base/robust_mutex.h"
#include "engine/base/shared_memory.h"
#include "engine/base/types.h"
#include "journal/connect_parameters.h"
#include "journal/pool_fence.h"
#include "journal/transaction_frame.h"

namespace hw {

inline constexpr std::uint64_t kPoolMagic = 0x314C4F4F504A5748;  ///< "HWJPOOL1"
inline constexpr std::uint32_t kPoolVersion = 16;
inline constexpr std::uint64_t kSeqnoIndexStride = 64;      ///< every 64th seqno's place in the ring is kept
inline constexpr std::uint64_t kSeqnoIndexEntries = 16384;  ///< entries of that index

/// What a file is known by, whatever the path that leads to it.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
/// Of an existing file, links followed. Errors: SYSCALL.
Result<FileIdentity> identity_of(const std::string& path);
/// Of an open one, whatever has become of its name. Errors: SYSCALL.
Result<FileIdentity> identity_of(const File& file);

/// The same in shared memory. Who reads it without the commit lock may meet halves of two: it looks at the region's
/// generation again.
struct PoolFileIdentity {
  std::atomic<std::uint64_t> device;
  std::atomic<std::uint64_t> inode;  ///< 0: not known, and not compared
  FileIdentity load() const { return {device.load(), inode.load()}; }
  void store(const FileIdentity& to) {
    device.store(to.device);
    inode.store(to.inode);
  }
};

/// Puts a text into a field of characters, and zeros after it; what does not fit is cut off.
template <std::size_t N>
void set_text(char (&field)[N], std::string_view from) {
  std::memset(field, 0, N);
  from.copy(field, N - 1);
}

/// A file name of at most kPathBytesMax bytes, zero-terminated.
struct PoolPath {
  char text[kPathBytesMax + 1];
  std::string_view view() const { return {text, ::strnlen(text, sizeof text)}; }
  void set(std::string_view from);
};

/// Sets of a region that its journal holds and LMDB has not committed yet (engine/commit/write_behind.h), guarded by
/// the commit lock: the newest set of each key can be found, because the next one records the value it replaces. Only a
/// way to find them: after a death they are read from the journal.
struct BehindSet {
  std::uint64_t key_offset;  ///< in the journal file; the value follows the key
  std::uint32_t hash;
  std::uint16_t key_bytes;
  std::uint16_t value_bytes;
};
struct SetsBehind {
  std::uint32_t count;        ///< of sets that the file does not have
  std::uint32_t direct_left;  ///< sets that go to LMDB at once, because a process reads
  std::uint32_t
      alone;  ///< 1: no process reads the file, or can begin to without the commit lock (engine/commit/in_place.h)
  std::uint32_t shared_left;  ///< sets until the next look whether a process reads
  std::uint64_t in_place;     ///< sets since LMDB's last commit whose values are in the file
  BehindSet last_in_place;    ///< the last of them
  std::array<std::uint8_t, 2 * (kSetsBehindMax + 1)> table;  ///< by hash, linear probing: 1 + place in `sets`, 0 free
  std::array<BehindSet, kSetsBehindMax> sets;

  /// A process has to bring the region up before anybody reads or commits in another way.
  bool any() const { return count != 0 || alone != 0; }
};

/// One region's facts, guarded by the commit lock except where atomic.
struct PoolRegion {
  std::atomic<std::uint32_t> in_use;
  std::uint32_t journaled;   ///< 1: each commit writes a record
  std::uint32_t replicated;  ///< 1: each commit takes a seqno
  std::uint32_t last_record_bytes;
  /// Not 0 while the journal file is being changed: facts must be read from the file again.
  static constexpr std::uint32_t kFilesChange = 1;
  static constexpr std::uint32_t kFactsChange = 2;  ///< the file is the new one, and these facts may be of either
  static constexpr std::uint32_t kPutBack = 3;      ///< a copy of the file gets its name (journal/put_back.h)
  std::uint32_t switching;
  /// Counts what changed the current journal file while it was mapped: a rollback that cut it, a copy that took its
  /// place. It is mapped again then. Changed under the sync lock, too.
  std::atomic<std::uint32_t> cuts;
  char name[kRegionNameBytesMax + 1];
  PoolPath database;
  FileIdentity database_file;  ///< the file itself, which may have other names
  PoolPath journal;
  PoolFileIdentity
      journal_file;  ///< the current journal file itself, whatever its name leads to; set with `generation`
  PoolFileIdentity journal_copy;                ///< kPutBack: the copy
  std::atomic<std::uint32_t> journal_replaced;  ///< not 0: its name cannot be had, as last tried in that second
  std::uint8_t database_id[16];
  std::atomic<std::uint64_t> generation;  ///< number of the journal file, from 1
  std::uint64_t journal_bytes;            ///< reserved size of the journal file
  std::uint64_t database_prepared_bytes;  ///< the database file's pages are in memory up to here. Only ever a hint
  std::uint64_t prepared_bytes;  ///< of this generation; zeros are in the page cache up to here. Only ever a hint
  std::uint64_t autoswitch_bytes;
  std::uint64_t allocation_bytes;
  std::uint64_t extension_bytes;
  std::uint64_t last_time_us;
  std::uint64_t epoch_offset;                ///< end of the last Epoch record of this generation
  std::atomic<std::uint64_t> write_offset;   ///< end of the last whole record
  std::uint64_t applied_offset;              ///< LMDB holds everything before it; write_offset unless sets are pending
  std::atomic<std::uint64_t> synced_offset;  ///< everything before it has been fdatasync'ed
  std::atomic<std::uint64_t> synced_generation;
  std::atomic<std::uint64_t> reg_seqno;         ///< next seqno of this region
  std::atomic<std::uint64_t> last_tn;           ///< of the last commit
  std::atomic<std::uint64_t> image_generation;  ///< the checkpoint image holds everything before this place
  std::atomic<std::uint64_t> image_offset;
  std::atomic<std::uint64_t> last_checkpoint_us;

  /// The journal ends at `end` now, and LMDB holds all of it. In this order: what is between the two is
  /// read again after a death.
  void set_end(std::uint64_t end) {
    write_offset.store(end, std::memory_order_release);
    applied_offset = end;
  }
  bool is_behind() const { return applied_offset != write_offset.load(std::memory_order_relaxed); }
};

/// One secondary's facts. Written by its source server, and by commands that control it.
enum class ServerMode : std::uint32_t { None = 0, Passive = 1, Active = 2, ActiveRequested = 3, PassiveRequested = 4 };
/// How far a source server is with its secondary, in GT.M's steps.
enum class LinkState : std::uint32_t {
  None = 0,
  Start = 1,  ///< passive, or not begun
  WaitingForConnection = 2,
  WaitingForRestart = 3,    ///< connected; the receiver speaks first
  SearchingForRestart = 4,  ///< histories are compared
  SendingRecords = 5,
  WaitingForXon = 6,
};
/// Of a server's -filter.
enum class FilterState : std::uint32_t { None = 0, Active = 1, StopAsked = 2 };
/// Of a server's -tlsid. Plain: connected, with an end that speaks no TLS (-plaintextfallback).
enum class EncryptionState : std::uint32_t { Off = 0, NotConnected = 1, Encrypted = 2, Plain = 3 };
struct PoolEncryption {
  std::atomic<std::uint32_t> state;           ///< EncryptionState
  std::atomic<std::uint32_t> refused;         ///< connections, since the server started
  std::atomic<std::uint64_t> certificate_us;  ///< when its own certificate ends
};
struct PoolSlot {
  std::atomic<std::uint32_t> in_use;
  std::atomic<std::uint32_t> mode;           ///< ServerMode
  std::atomic<std::uint32_t> pid;            ///< 0: none
  std::atomic<std::uint32_t> shutdown;       ///< 1: asked to stop; 2: stopped cleanly
  std::atomic<std::uint32_t> connected;      ///< 1: streaming
  std::atomic<std::uint32_t> reading_files;  ///< 1: catching up from journal files
  std::atomic<std::uint64_t> pid_start;      ///< start time of the process, so that a reused pid is not taken for it
  std::atomic<std::uint64_t> pid_space;      ///< PID name space that the number is of (engine/base/liveness.h)
  std::atomic<std::uint64_t> read_seqno;     ///< next seqno to send
  std::atomic<std::uint64_t> applied_seqno;  ///< last seqno the secondary said it has applied
  std::atomic<std::uint64_t> connected_since_us;
  std::atomic<std::uint64_t> started_us;
  std::atomic<std::uint64_t> sent_bytes;
  std::atomic<std::uint64_t> compressed_bytes;
  char name[InstanceName::kBytesMax + 1];
  char host[256];
  std::uint32_t port;
  std::atomic<std::uint32_t> log_interval;      ///< transactions between two progress lines; 0: one line a connection
  ConnectParameters connect{0, 0, 0, 0, 0, 0};  ///< of the server that last took the slot
  PoolPath log;
  std::atomic<std::uint32_t> log_change;    ///< counts requests to go on in the file `log`
  std::atomic<std::uint32_t> stats_log;     ///< 1: each message sent gets a line
  std::atomic<std::uint32_t> state;         ///< LinkState
  std::atomic<std::uint32_t> remote_level;  ///< wire level of the connection, 0: none yet
  std::uint32_t compression_level;
  std::atomic<std::uint32_t> lost_tn_due;  ///< 1: the secondary is still to be told that lost transactions are complete
  /// When the secondary last told its name on a connection, receiver or rollback; 0: not since the pool was made.
  std::atomic<std::uint64_t> talked_us;
  std::atomic<std::uint64_t> rate_us;               ///< when the two rates were last taken, over a second or more
  std::atomic<std::uint64_t> sent_per_1000_s;       ///< transactions
  std::atomic<std::uint64_t> wire_bytes_per_s;      ///< as compressed
  std::atomic<std::uint32_t> filter;                ///< FilterState
  std::atomic<std::uint32_t> log_level;             ///< LogLevel (replic/process/log_level.h)
  char filter_command[kFilterCommandBytesMax + 1];  ///< empty: none was given
  PoolEncryption encryption;
};

/// What the holder of the commit lock is doing, so that the next one can finish or erase it.
enum class InFlightState : std::uint32_t { Idle = 0, Writing = 1, Committing = 2 };
struct InFlightRegion {
  std::uint32_t region;  ///< index into regions
  std::uint32_t last_record_bytes;
  std::uint64_t tn;             ///< the LMDB transaction id the commit will have
  std::uint64_t journal_begin;  ///< equals the region's write_offset
  std::uint64_t journal_end;
  std::uint64_t reg_seqno;  ///< the region's next seqno after the commit
  std::uint64_t
      redo_checksum;  ///< of the file that has the updates where no journal has (engine/commit/redo_file.h); 0: none
};
struct InFlight {
  std::atomic<std::uint32_t> state;  ///< InFlightState
  std::uint32_t region_count;
  std::uint64_t next_seqno;  ///< the instance's next seqno after the commit
  std::uint64_t time_us;
  std::uint64_t ring_end;  ///< ring write position after the commit
  std::uint64_t frames;
  std::array<InFlightRegion, kRegionsMax> regions;
};

struct SeqnoPlace {
  std::atomic<std::uint64_t> seqno;
  std::atomic<std::uint64_t> position;
};

/// Who waits for durable commits, so that one sync serves as many as it can. A process that dies in between makes one
/// group seem larger, no more.
struct GroupCommit {
  std::atomic<std::uint64_t> asked;    ///< counts waits
  std::atomic<std::uint64_t> served;   ///< those before the last sync began
  std::atomic<std::uint64_t> members;  ///< how many waits the next sync may find
  std::uint64_t sync_us;               ///< how long the last sync took; sync lock
  SharedEvent gathered;                ///< signalled when all members wait

  bool complete() const { return asked.load() - served.load() >= members.load(); }
};

/// Who is above this instance; replic/instance/pool_lineage.h. Guarded by admin_lock.
struct PoolLineage {
  std::uint32_t writer_pid;  ///< the receiver server; what a dead one wrote does not count
  std::uint32_t count;
  std::uint64_t writer_start;
  std::uint64_t writer_space;
  char names[kLineageNamesMax][InstanceName::kBytesMax + 1];  ///< nearest first
};

struct PoolHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< sizeof(PoolHeader): another build's layout is refused
  std::uint64_t total_bytes;
  std::uint64_t uid;                 ///< random; a stale id that was reused is noticed
  std::atomic<std::uint32_t> ready;  ///< 1 once everything is set up
  std::uint32_t replicating;         ///< 1: pool of a replication instance
  std::atomic<std::uint32_t> updates_enabled;
  /// Not 0: no commit is accepted.
  static constexpr std::uint32_t kUnfinished = 1;  ///< a dead process's commit could not be finished: tried again
  static constexpr std::uint32_t kGoingBack = 2;   ///< a rollback is under way, or has died on its way
  std::atomic<std::uint32_t> damaged;
  char instance_name[InstanceName::kBytesMax + 1];
  PoolPath instance_file;
  FileIdentity instance_identity;  ///< the instance file itself: copies of it have another, its other names the same
  std::uint8_t instance_id[16];    ///< the file id in it
  char boot[40];

  RobustMutex commit_lock;
  RobustMutex sync_lock;        ///< one process syncs journals for all that wait
  RobustMutex checkpoint_lock;  ///< one process writes checkpoint images
  RobustMutex admin_lock;       ///< slots, instance file
  SharedEvent published;        ///< signalled after a commit while a process waits for one
  SharedEvent synced;

  std::atomic<std::uint64_t> next_seqno;    ///< of the next commit; everything below is visible
  std::atomic<std::uint64_t> commit_begun;  ///< commits decided; differs from commit_done while one is in flight
  std::atomic<std::uint64_t> commit_done;
  std::uint64_t last_time_us;
  std::atomic<std::uint64_t> regions_behind;  ///< how many regions have pending sets; changed under the commit lock
  std::atomic<std::uint64_t> epoch_noted_us;  ///< when a process last took it upon itself to write Epoch records
  std::atomic<std::uint64_t>
      durable_commits;  ///< commits with a number up to this are on disk (commit_done counts them)
  GroupCommit group;

  std::uint64_t ring_bytes;
  std::uint64_t ring_offset;                    ///< from the start of the segment
  std::atomic<std::uint64_t> ring_reserved;     ///< positions below reserved - ring_bytes are being overwritten
  std::atomic<std::uint64_t> ring_written;      ///< end of the last whole frame
  std::atomic<std::uint64_t> ring_first_seqno;  ///< first seqno since the ring was last emptied
  std::atomic<std::uint64_t> ring_first_position;

  // Receiver side, for commands and for the source server that relays.
  std::atomic<std::uint32_t> receiver_pid;
  std::atomic<std::uint32_t> update_pid;
  std::atomic<std::int32_t> receive_pool_id;       ///< shared memory id, -1: none
  std::atomic<std::uint32_t> primary_level;        ///< wire level of the connection to the primary, 0: not connected
  char primary_name[InstanceName::kBytesMax + 1];  ///< as it said on the last connection; empty: none so far
  PoolLineage lineage;

  std::uint64_t created_us;
  std::uint64_t start_seqno;  ///< next seqno when the pool was made
  /// How often lost transactions were completed since the pool was made, or since there was a new mark
  /// (replic/instance/lost_transactions.h); 0: no secondary is to be told that they are.
  std::atomic<std::uint32_t> lost_tn_complete;
  /// Counts beginnings and ends of rollbacks while the pool was up: what was read of ring and journals before one may
  /// have become void.
  std::atomic<std::uint32_t> rollbacks;

  InFlight in_flight;
  std::array<PoolRegion, kRegionsMax> regions;
  std::array<SetsBehind, kRegionsMax> behind;  ///< by the same index
  std::array<PoolSlot, kSlotsMax> slots;
  std::array<SeqnoPlace, kSeqnoIndexEntries> seqno_index;

  LockNote commit_wait;  ///< the longest wait for commit_lock at the moment

  PoolFence fence;

  /// From there on a former root whose lost transactions are not complete need not share what is here, as the instance
  /// file says; 0: there is none.
  std::atomic<std::uint64_t> zqgblmod_seqno;

  /// Whether an update of this instance's own may begin. Steady only under the commit lock.
  bool takes_updates() const {
    return updates_enabled.load(std::memory_order_relaxed) != 0 && fence.stopped.load(std::memory_order_relaxed) == 0;
  }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

/// An attached journal pool. Copies of the header live nowhere: every process works on the shared one.
class JournalPool {
 public:
  struct Setup {
    bool replicating = false;
    std::uint64_t ring_bytes = 0;  ///< 0: no ring
    std::string instance_name;
    std::string instance_file;
    FileIdentity instance_identity;
    std::array<std::uint8_t, 16> instance_id{};
    FileRights rights = SharedMemory::own_rights();  ///< whose the memory is
    Seqno next_seqno{1};
    bool updates_enabled = true;
  };

  JournalPool() = default;

  /// Errors: JNLPOOLSETUP with the system's reason.
  static Result<JournalPool> create(const Setup& setup);
  /// Errors: JNLPOOLSETUP when the segment is gone (errno EINVAL, EIDRM), is not for this user (EACCES), has another
  /// uid (0 accepts any) or another layout.
  static Result<JournalPool> attach(int id, std::uint64_t uid);
  /// As attach; for a user who may only read it, too. It must not be written then, nor its locks be taken.
  static Result<JournalPool> attach_to_look(int id, std::uint64_t uid);

  bool is_attached() const { return memory_.is_attached(); }
  bool is_writable() const { return memory_.is_writable(); }
  PoolHeader& header() const { return *reinterpret_cast<PoolHeader*>(memory_.data()); }
  int id() const { return memory_.id(); }
  std::uint64_t uid() const { return header().uid; }
  void detach() { memory_.detach(); }

  /// Whether it is attached beside this object: by other processes, or by this one again. Errors: SYSCALL.
  Result<bool> is_used_by_others() const;

  /// Index of the region whose database file is `database`, by whatever name, or none.
  std::optional<std::uint32_t> find_region(std::string_view database) const;
  /// Takes a free region slot; commit lock held. Errors: JNLPOOLSETUP when all are taken.
  Result<std::uint32_t> add_region(std::string_view database) const;

  // ---- ring: writing, under the commit lock ----
  /// Copies a frame after the last one without publishing it; returns the position after it.
  /// A frame larger than half the ring empties the ring instead: readers of that seqno go to the journal files.
  std::uint64_t ring_put(std::uint64_t position, std::string_view frame, Seqno seqno) const;
  /// Makes everything before `position` readable.
  void ring_publish(std::uint64_t position) const;

  /// Empties the ring, so that `next_seqno` will be the first in it; readers of earlier ones go to the journal files.
  void ring_restart(Seqno next_seqno) const;

  // ---- ring: reading, without a lock ----
  /// The place of `seqno`, or none when it has left the ring or has not come.
  std::optional<std::uint64_t> ring_find(Seqno seqno) const;
  enum class ReadOutcome { Copied, NothingNew, Overwritten };
  /// Appends whole frames from `position` on to `out`, at most `bytes_max` (but at least one frame),
  /// and moves `position`. Overwritten: the writer has lapped this reader; nothing was appended.
  ReadOutcome ring_read(std::uint64_t& position, std::size_t bytes_max, std::string& out) const;

 private:
  static Result<JournalPool> checked(SharedMemory memory, std::uint64_t uid);
  std::byte* ring() const { return memory_.data() + header().ring_offset; }
  bool still_there(std::uint64_t position) const;
  void copy_out(std::uint64_t position, std::size_t bytes, char* to) const;

  SharedMemory memory_;
};

/// Strictly later than every earlier commit of this instance; commit lock held.
std::uint64_t next_commit_time_us(PoolHeader& header);

}  // namespace hw

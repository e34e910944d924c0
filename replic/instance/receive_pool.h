/// replic/instance/receive_pool.h -- the receive pool: what the receiver server has received and the update process has
/// not yet applied.
///
/// Who makes it: the first receiver server of an instance; its id is in the journal pool (receive_pool_id). One
/// writer (the receiver server), one reader (the update process), and operators' commands, which read facts and set
/// requests. Who removes it: -receiver -shutdown, or the last of the two servers to leave cleanly.
///
/// Either server may die at any instant and be restarted alone. Positions are monotone 64-bit counters: the
/// writer alone moves `written`, after the bytes before it are written; the reader alone moves `read`, after what lies
/// before it is committed. So a torn write is never visible, what is whole survives a dead receiver, and a dead update
/// process's batch is found again: its successor skips the part that was committed, by seqno.
///
/// An entry is contiguous, so that the update process applies frames where they are, without a copy. Where an
/// entry does not fit before the end of the ring, a padding entry fills the rest.
///
/// Entry, version 1. Integers are little-endian; entries are padded with zeros to a multiple of 32 bytes.
///
///   offset size field         rule
///   ------ ---- ------------- ------------------------------------------------------------------------
///        0    8 checksum      XXH3-64 of bytes [8,32), followed by the payload when kind is 2
///        8    4 magic         0x45525748 ("HWRE" as bytes)
///       12    2 kind          1 transactions, 2 history record, 3 padding
///       14    2 zero
///       16    4 entry_bytes   whole entry, a multiple of 32
///       20    4 count         transactions in it, 1 to kTransactionsPerFrameMax; 0 in other kinds
///       24    8 seqno         of the first transaction; the history record's start; 0 in padding
///       32      payload       1: frames (journal/transaction_frame.h) of seqno, seqno + 1 …, each with its own
///                             checksum; 2: 80 bytes of facts (replic/history/history.h), 1 byte HistoryKind for the
///                             first record of an instance file, 15 bytes zero; 3: ignored
///
/// Full text: docs/formats/receive-pool.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/liveness.h"
#include "engine/base/robust_mutex.h"
#include "engine/base/shared_memory.h"
#include "engine/base/types.h"
#include "journal/pool.h"
#include "replic/history/history.h"

namespace hw {

inline constexpr std::uint64_t kReceivePoolMagic = 0x314C4F4F50525748;  ///< "HWRPOOL1"
inline constexpr std::uint32_t kReceivePoolVersion = 6;
inline constexpr std::uint32_t kPoolEntryMagic = 0x45525748;
inline constexpr std::size_t kPoolEntryHeaderBytes = 32;
inline constexpr std::size_t kPoolHistoryPayloadBytes = 96;
/// Transactions of one message are cut into entries of about this size, so that room is given back in small pieces.
inline constexpr std::size_t kPoolEntryBytesWanted = 131072;

// ---- entries: pure ----

enum class PoolEntryKind : std::uint16_t { Transactions = 1, History = 2, Padding = 3 };

/// An entry as a view into the pool.
struct PoolEntry {
  PoolEntryKind kind = PoolEntryKind::Padding;
  std::uint32_t entry_bytes = 0;
  std::uint32_t count = 0;
  Seqno seqno{0};
  Bytes payload;
  HistoryRecord record;                          ///< History only
  HistoryKind first_kind = HistoryKind::Normal;  ///< History only
  /// Next seqno after this entry; none for padding.
  Seqno next_seqno() const { return Seqno{seqno.value + count}; }
};

/// Reads the entry that starts `in`; what follows it is ignored. False when a rule of the table is broken.
/// The frames of a Transactions entry are not: FrameView::parse does that.
bool decode_pool_entry(Bytes in, PoolEntry& out);

/// A header for `payload`, which follows it. Padding: `payload` is empty and `padding_bytes` the whole entry.
void encode_pool_entry_header(PoolEntryKind kind, std::uint32_t entry_bytes, std::uint32_t count, Seqno seqno,
                              Bytes payload, MutableBytes out);
std::string encode_history_payload(const HistoryRecord& record, HistoryKind first_kind);

// ---- shared memory ----

enum class UpdateState : std::uint32_t {
  None = 0,      ///< never started
  Starting = 1,  ///< opening the databases
  Running = 2,
  BadTransaction = 3,  ///< waits for the receiver server to throw away the pool's content
  Stopped = 4,         ///< ended because it was asked to
  Failed = 5           ///< ended with an error; its log says which
};
enum class ShutdownState : std::uint32_t { None = 0, Asked = 1, Done = 2 };
enum class ReceiverServerState : std::uint32_t { None = 0, Starting = 1, Listening = 2, Connected = 3, Failed = 4 };

/// One process as others see it.
struct PoolProcess {
  std::atomic<std::uint32_t> pid;        ///< 0: none so far
  std::atomic<std::uint32_t> state;      ///< ReceiverServerState, UpdateState
  std::atomic<std::uint64_t> pid_start;  ///< start time of the process, so that a reused pid is not taken for it
  std::atomic<std::uint32_t> shutdown;   ///< ShutdownState
  std::atomic<std::uint32_t> interval;   ///< log interval in transactions
  std::atomic<std::uint64_t> pid_space;  ///< PID name space that the number is of (engine/base/liveness.h)
};

template <typename State>
void set_state(PoolProcess& process, State state) {
  process.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}
template <typename State>
bool has_state(const PoolProcess& process, State state) {
  return process.state.load(std::memory_order_acquire) == static_cast<std::uint32_t>(state);
}
Liveness liveness_of(const PoolProcess& process, const std::string& instance_path);
/// False when it is known to be gone: one that cannot be seen counts as living.
bool process_lives(const PoolProcess& process, const std::string& instance_path);

struct ReceivePoolHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< sizeof(ReceivePoolHeader): another build's layout is refused
  std::uint64_t total_bytes;
  std::uint64_t journal_pool_uid;     ///< of the journal pool it belongs to
  std::atomic<std::uint32_t> ready;   ///< 1 once everything is set up
  std::atomic<std::uint32_t> filter;  ///< FilterState, of the receiver server
  std::uint64_t ring_bytes;           ///< a multiple of 4096
  std::uint64_t ring_offset;          ///< from the start of the segment

  std::atomic<std::uint64_t> written;        ///< end of the last whole entry; writer only
  std::atomic<std::uint64_t> read;           ///< everything before it is committed or thrown away; reader only
  std::atomic<std::uint64_t> discard_to;     ///< entries before it are not to be applied any more; writer only
  std::atomic<std::uint64_t> next_received;  ///< for operators: next seqno not received; 0 before the first
  std::atomic<std::uint64_t> bad_seqno;      ///< state BadTransaction: the one that must come again
  /// A history record that starts below it leaves no mark in the instance file; of this connection to the primary.
  std::atomic<std::uint64_t> settled_below;

  PoolProcess receiver;
  PoolProcess update;
  std::atomic<std::uint32_t> update_start;      ///< operator asks for an update process: 1 asked, 2 started, 3 failed
  std::atomic<std::uint32_t> lost_tn_complete;  ///< 1: the update process is to clear Zqgblmod in every region
  std::atomic<std::uint32_t> stats_log;
  std::atomic<std::uint32_t> log_change;  ///< counts changes of `log`
  std::atomic<std::uint32_t> log_level;   ///< LogLevel (replic/process/log_level.h), of both processes
  PoolPath log;
  PoolEncryption encryption;

  SharedEvent stored;      ///< writer -> reader: there is something new, or a request
  SharedEvent progressed;  ///< reader and commands -> writer, and both -> commands: something has changed
};

class ReceivePool {
 public:
  ReceivePool() = default;

  /// A new pool; `ring_bytes` is rounded up to a multiple of 4096 (at least kPoolBytesMin).
  /// Whose it is `rights` says. Errors: RECVPOOLSETUP with the system's reason.
  static Result<ReceivePool> create(std::uint64_t ring_bytes, std::uint64_t journal_pool_uid,
                                    const FileRights& rights = SharedMemory::own_rights());
  /// Errors: RECVPOOLSETUP when the segment is gone, belongs to another journal pool, or has another layout.
  static Result<ReceivePool> attach(int id, std::uint64_t journal_pool_uid);
  /// As attach; for a user who may only read it, too. It must not be written then.
  static Result<ReceivePool> attach_to_look(int id, std::uint64_t journal_pool_uid);
  /// The pool that a journal pool names. Errors: NORECVPOOL when it names none that exists; HWUNSEEN when this process
  /// may not look at it; RECVPOOLSETUP when its number is another segment's by now.
  static Result<ReceivePool> find(const JournalPool& journal_pool);

  bool is_attached() const { return memory_.is_attached(); }
  int id() const { return memory_.id(); }
  ReceivePoolHeader& header() const { return *reinterpret_cast<ReceivePoolHeader*>(memory_.data()); }
  void detach() { memory_.detach(); }

  // ---- writing: the receiver server ----
  enum class PutOutcome { Stored, Full };
  /// Stores transactions with seqnos from `first` on, as many as there is room for, each at most once; returns how
  /// many. Errors: HWRECVPOOLSMALL when the next one is larger than the whole pool; HWREPLPROTO when a frame is no
  /// frame or carries another seqno. What was stored before the bad one stays.
  Result<std::size_t> put_transactions(Seqno first, std::span<const Bytes> frames) const;
  PutOutcome put_history(const HistoryRecord& record, HistoryKind first_kind) const;
  /// Throws away everything that is in the pool. The reader skips it; its room is free when it has.
  void discard_all() const;
  /// Bytes between `read` and `written`.
  std::uint64_t used_bytes() const;
  /// What a receiver server finds that starts or restarts: the whole, not discarded entries.
  struct Content {
    std::optional<Seqno> next_seqno;  ///< after the last transaction; none when there is none
    std::vector<std::pair<HistoryRecord, HistoryKind>> history;
  };
  Content content() const;

  // ---- reading: the update process ----
  enum class ReadOutcome { Entry, NothingNew, Damaged };
  /// The entry at `position`, which is moved after it; padding and discarded entries are passed over. The view
  /// holds until `release` of a later position.
  ReadOutcome read_entry(std::uint64_t& position, PoolEntry& entry) const;
  /// Everything before `position` is done with; wakes the writer.
  void release(std::uint64_t position) const;

 private:
  static Result<ReceivePool> checked(SharedMemory memory, std::uint64_t journal_pool_uid);
  std::byte* ring() const { return memory_.data() + header().ring_offset; }
  MutableBytes room(std::uint64_t entry_bytes) const;
  void publish(std::uint64_t position) const;

  SharedMemory memory_;
};

}  // namespace hw

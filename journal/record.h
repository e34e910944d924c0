/// journal/record.h -- what a journal file is made of.
///
/// Format 1. Integers are little-endian; records are padded with zeros to a multiple of 8 bytes and are
/// one after the other from kJournalHeaderBytes on.
///
///   offset size field        rule
///   ------ ---- ------------ -----------------------------------------------------------------
///        0    8 checksum     XXH3-64 of bytes [8, total_bytes)
///        8    4 magic        0x524A5748 ("HWJR" as bytes)
///       12    4 total_bytes  whole record with padding, kRecordHeaderBytes to kRecordBytesMax
///       16    4 prev_bytes   total_bytes of the record before, 0 in the first: backward scan
///       20    2 type         a row of journal/record_types.def
///       22    2 padding_bytes  zero bytes at the end, 0 to 7 (body = total - 48 - padding)
///       24    8 seqno        of the transaction; other types: the next seqno at that moment
///       32    8 tn           region transaction number of the commit (LMDB transaction id)
///       40    8 time_us      microseconds since 1970; falls only where earlier versions met a clock set back
///       48      body
///
/// Transaction body:
///   0 4 update_count here, 4 4 total_updates of the whole transaction, 8 2 participants (journaled regions),
///   10 1 flags (bit 0 fenced), 11 1 tid_bytes, 12 4 pid, 16 8 tid, then updates:
///   0 1 type, 1 1 old_kind (0 none, 1 inline, 2 in Removed records), 2 2 key_bytes, 4 4 value_bytes,
///   8 4 old_bytes, 12 4 update_number (from 1, over the whole transaction), 16 key, value, old value
/// Removed body:
///   0 4 update_number, 4 4 node_count, then nodes: 0 2 key_bytes, 2 2 zero, 4 4 value_bytes, key, value
/// Epoch body: 0 8 reg_seqno, 8 8 synced_offset. ProcessBegin and ProcessEnd body: 0 4 pid, 4 2 user_bytes, 6 2
/// host_bytes, user, host.
///
/// Full text: docs/formats/journal.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/types.h"
#include "journal/transaction_frame.h"

namespace hw {

inline constexpr std::size_t kRecordAlignment = 8;
inline constexpr std::size_t kRecordHeaderBytes = 48;
inline constexpr std::size_t kFirstKeyOffset = 88;          ///< of a Transaction record's first update
inline constexpr std::size_t kRecordBytesMax = 256u << 20;  ///< a full transaction and all it replaced
inline constexpr std::uint32_t kRecordMagic = 0x524A5748;

enum class RecordType : std::uint16_t {
#define RECORD(number, name, meaning) name = (number),
#include "journal/record_types.def"
#undef RECORD
};

/// Why a header is refused: "never written", "damaged" and "from another release" need different actions.
enum class RecordVerdict { Good, AllZero, BadMagic, BadLength, UnknownType, BadChecksum, BadBody };

struct RecordHeader {
  std::uint32_t total_bytes = 0;
  std::uint32_t prev_bytes = 0;
  RecordType type{};
  Seqno seqno;
  RegionTn tn;
  std::uint64_t time_us = 0;
  std::uint64_t checksum = 0;  ///< as it is in the record
};

/// A whole checked record: header, and body as a view.
struct Record {
  RecordHeader header;
  Bytes body;
};

enum class OldKind : std::uint8_t { None = 0, Inline = 1, Removed = 2 };

struct JournalUpdate {
  UpdateView update;
  OldKind old_kind;
  std::string_view old_value;
  std::uint32_t number;  ///< position in the whole transaction, from 1
};

struct TransactionBody {
  std::uint32_t update_count = 0;
  std::uint32_t total_updates = 0;
  std::uint16_t participants = 0;
  bool fenced = false;
  std::uint32_t pid = 0;
  std::string_view tid;
  Bytes updates;  ///< checked by decode; walk with for_each_update
};

struct RemovedNode {
  std::string_view key;
  std::string_view value;
};

/// Checks one record at the front of `in`, which may hold more. Never reads past `in`.
RecordVerdict decode_record(Bytes in, Record& out);
std::string_view verdict_text(RecordVerdict verdict);

/// False when the body breaks a bound.
bool decode_transaction(Bytes body, TransactionBody& out);
/// All updates in order.
std::vector<JournalUpdate> transaction_updates(const TransactionBody& body);
bool decode_removed(Bytes body, std::uint32_t& update_number, std::vector<RemovedNode>& nodes);
/// Everything of the file before `synced_offset` was on disk when the record was written.
struct Epoch {
  Seqno reg_seqno;
  std::uint64_t synced_offset = 0;
};
bool decode_epoch(Bytes body, Epoch& out);
/// Body of ProcessBegin and ProcessEnd.
struct ProcessNote {
  std::uint32_t pid = 0;
  std::string_view user;
  std::string_view host;
};
bool decode_process(Bytes body, ProcessNote& out);

/// Builds one record after another in a reusable buffer. Thread: one at a time.
class RecordBuilder {
 public:
  void start_transaction(bool fenced, std::string_view tid, std::uint32_t pid);
  void add_update(const UpdateView& update, OldKind old_kind, std::string_view old_value, std::uint32_t number);
  /// Fills in the totals of the whole transaction.
  void set_totals(std::uint32_t total_updates, std::uint16_t participants);

  void start_removed(std::uint32_t update_number);
  void add_removed(std::string_view key, std::string_view value);

  void build_epoch(const Epoch& epoch);
  void build_process(RecordType type, std::uint32_t pid, std::string_view user, std::string_view host);
  void build_end_of_file();

  std::size_t bytes_so_far() const { return buffer_.size(); }
  std::uint32_t count() const { return count_; }
  /// Completes header, padding and checksum. The view is valid until the next start or build.
  std::string_view finish(Seqno seqno, RegionTn tn, std::uint64_t time_us, std::uint32_t prev_bytes);

 private:
  void start(RecordType type, std::size_t fixed_body_bytes);
  char* grow(std::size_t bytes);

  std::string buffer_;
  std::uint32_t count_ = 0;
};

}  // namespace hw

/// replic/link/wire.h -- every message on the replication link as bytes and back. Pure: no sockets.
///
/// The receiver listens, the source connects, and the receiver speaks first:
///
///   receiver                                   source
///     StartFrom N                          ->
///                                          <-  Hello
///     HelloReply                           ->
///                                          <-  NeedHistory N      (not for N = 1, nor with -updateresync)
///     HistoryAnswer                        ->
///                                          <-  WillRestartAt N
///                                          <-  [LostTransactionsComplete]
///                                          <-  NewHistory, start = N
///                                          <-  Transactions N …, Heartbeat
///     HeartbeatAck, Xoff, Xon …            ->
///
/// The first message of a connection is a frame of level 1 that tells the receiver's highest level; all
/// others are of the lower of both sides' highest levels. At level 1 there is no Hello and no history:
/// StartFrom is answered by WillRestartAt or RollbackFirst at once.
///
/// Frames: replic/link/framing.h. The magic is 0x50525748 ("HWRP" as bytes), the version is the level: 1 dual-site, 2
/// multi-site, 3 the same with epochs (replic/link/control_kinds.h). A type is a row of replic/link/wire_types.def
/// whose first level is not above the frame's. A body has at most kFrameBodyBytesMax bytes; any may be compressed.
///
/// Body layouts: docs/formats/wire.md. A new field takes a new level and a golden file.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/base/types.h"
#include "replic/history/history.h"
#include "replic/link/framing.h"

namespace hw {

inline constexpr std::uint16_t kLevelDualSite = 1;
inline constexpr std::uint16_t kLevelMultiSite = 2;
inline constexpr std::uint16_t kLevelFencing = 3;
inline constexpr std::uint16_t kLevelNewest = kLevelFencing;

enum class WireType : std::uint16_t {
#define WIRE(number, name, level, direction, purpose) name = number,
#include "replic/link/wire_types.def"
#undef WIRE
};

struct WireTypeRow {
  WireType type;
  std::string_view name;
  std::uint16_t first_level;
  std::string_view direction;
  std::string_view purpose;
};
std::span<const WireTypeRow> wire_types();
/// nullptr for a number that no row has.
const WireTypeRow* wire_type_row(std::uint16_t number);

/// The frames of the link.
extern const Framing kLinkFraming;

/// The type in the header of a frame of the link, which was found good.
inline WireType wire_type(const FrameHeader& header) { return static_cast<WireType>(header.type); }

/// make_frame_header for a frame of the link.
inline FrameHeaderBytes make_link_header(std::uint16_t level, WireType type, Bytes body, std::uint32_t flags = 0,
                                         std::size_t raw_bytes = 0) {
  return make_frame_header(kLinkFraming, level, static_cast<std::uint16_t>(type), body, flags, raw_bytes);
}

// ---- messages ------------------------------------------------------------------------------------

/// Unique number of an instance file, made at its creation.
using FileId = std::array<std::byte, 16>;

enum class InstanceRole : std::uint8_t { Root = 1, Propagating = 2 };

/// Who one end of a link is.
struct Identity {
  std::uint16_t level_max = kLevelMultiSite;  ///< highest level it speaks
  InstanceRole role = InstanceRole::Propagating;
  bool was_root = false;  ///< was a root whose lost transactions are not complete
  std::string name;       ///< instance name, 1 to 15 bytes
  FileId file_id{};
  Seqno next_seqno{1};
  std::uint32_t pid = 0;
  std::string log_path;  ///< at most kPathBytesMax bytes
  std::string software;  ///< at most kSoftwareBytesMax bytes
  friend bool operator==(const Identity&, const Identity&) = default;
};

namespace wire {

struct StartFrom {
  Seqno seqno;  ///< next seqno not yet received
  bool update_resync = false;
  bool stop_source_filter = false;
  std::uint16_t level_max = kLevelMultiSite;  ///< highest level the receiver speaks
  bool plain = false;                         ///< it was started without -cmplvl: nothing is to be compressed
  friend bool operator==(const StartFrom&, const StartFrom&) = default;
};
struct FetchResync {
  Seqno seqno;  ///< next seqno of the instance that rolls back
  std::uint16_t level_max = kLevelMultiSite;
  friend bool operator==(const FetchResync&, const FetchResync&) = default;
};
struct Hello {
  Identity source;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct HelloReply {
  Identity receiver;
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};
struct NeedHistory {
  Seqno seqno;  ///< the record covering seqno - 1 is wanted
  friend bool operator==(const NeedHistory&, const NeedHistory&) = default;
};
struct HistoryAnswer {
  HistoryRecord record;
  friend bool operator==(const HistoryAnswer&, const HistoryAnswer&) = default;
};
struct WillRestartAt {
  Seqno seqno;
  InstanceRole role = InstanceRole::Propagating;  ///< the source's
  friend bool operator==(const WillRestartAt&, const WillRestartAt&) = default;
};
struct RollbackFirst {
  Seqno source_next;  ///< the source's own next seqno
  friend bool operator==(const RollbackFirst&, const RollbackFirst&) = default;
};
struct ResyncSeqno {
  Seqno seqno;
  friend bool operator==(const ResyncSeqno&, const ResyncSeqno&) = default;
};
struct NewHistory {
  HistoryRecord record;  ///< start is the next seqno that will be sent
  friend bool operator==(const NewHistory&, const NewHistory&) = default;
};
/// Whole transactions with seqnos first … last. `frames` has last - first + 1 opaque pieces and points
/// into the buffer that was decoded or that will be encoded; it does not own them.
struct Transactions {
  Seqno first;
  Seqno last;
  std::vector<Bytes> frames;
};
struct Heartbeat {
  Seqno next_seqno;  ///< next seqno the source will send
  std::uint64_t sent_ms = 0;
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
struct HeartbeatAck {
  Seqno applied_next;         ///< next seqno the update process will apply
  std::uint64_t sent_ms = 0;  ///< as it came
  friend bool operator==(const HeartbeatAck&, const HeartbeatAck&) = default;
};
struct Xoff {
  Seqno seqno;
  friend bool operator==(const Xoff&, const Xoff&) = default;
};
struct Xon {
  Seqno seqno;
  friend bool operator==(const Xon&, const Xon&) = default;
};
struct XoffAckMe {
  Seqno seqno;
  friend bool operator==(const XoffAckMe&, const XoffAckMe&) = default;
};
struct XoffAck {
  Seqno seqno;
  friend bool operator==(const XoffAck&, const XoffAck&) = default;
};
struct BadTransaction {
  Seqno seqno;
  friend bool operator==(const BadTransaction&, const BadTransaction&) = default;
};
struct PlainPlease {
  Seqno seqno;
  friend bool operator==(const PlainPlease&, const PlainPlease&) = default;
};
struct NoHistory {
  Seqno seqno;  ///< the seqno for which the source has no record
  friend bool operator==(const NoHistory&, const NoHistory&) = default;
};
struct LostTransactionsComplete {
  friend bool operator==(const LostTransactionsComplete&, const LostTransactionsComplete&) = default;
};
struct Bye {
  enum class Reason : std::uint32_t { Shutdown = 1, ProtocolError = 2, Refused = 3, Damaged = 4 };
  Reason reason = Reason::Shutdown;
  std::string text;  ///< at most kReasonBytesMax bytes
  friend bool operator==(const Bye&, const Bye&) = default;
};
struct Control {
  std::uint32_t kind = 0;
  std::string payload;  ///< at most kControlBytesMax bytes
  friend bool operator==(const Control&, const Control&) = default;
};

}  // namespace wire

/// Alternatives are in the order of wire_types.def (checked at compile time).
using Message = std::variant<wire::StartFrom, wire::FetchResync, wire::Hello, wire::HelloReply, wire::NeedHistory,
                             wire::HistoryAnswer, wire::WillRestartAt, wire::RollbackFirst, wire::ResyncSeqno,
                             wire::NewHistory, wire::Transactions, wire::Heartbeat, wire::HeartbeatAck, wire::Xoff,
                             wire::Xon, wire::XoffAckMe, wire::XoffAck, wire::BadTransaction, wire::PlainPlease,
                             wire::NoHistory, wire::LostTransactionsComplete, wire::Bye, wire::Control>;

WireType type_of(const Message& message);
std::string_view name_of(const Message& message);

/// The body of a message, uncompressed. Limits are checked invariants.
std::string encode_body(const Message& message);

/// Reads an inflated body. `in` must outlive a Transactions message.
/// Errors: HWREPLPROTO when the body breaks its layout; nothing of it is used then.
Result<Message> decode_body(WireType type, Bytes in);

/// Header and body in one piece, uncompressed: for control messages and tests.
std::string encode_frame(std::uint16_t level, const Message& message);

/// Collects transactions for one frame: body() is the body of a Transactions message. One thread.
class TransactionBatch {
 public:
  /// False when the transaction does not fit any more: send what is there, clear, add again. A
  /// transaction of up to kTransactionFrameBytesMax always fits into an empty batch. `seqno` continues
  /// the batch (checked).
  bool add(Seqno seqno, Bytes transaction);
  bool empty() const { return count_ == 0; }
  std::size_t bytes() const { return body_.size(); }
  std::uint32_t count() const { return count_; }
  Seqno first() const { return first_; }
  Seqno last() const { return Seqno{first_.value + count_ - 1}; }
  /// Valid until the next add or clear.
  Bytes body();
  void clear();

 private:
  std::string body_;
  Seqno first_;
  std::uint32_t count_ = 0;
};

}  // namespace hw

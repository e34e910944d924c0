/// journal/transaction_frame.h -- one committed transaction as every site sees it.
///
/// A frame is encoded once, by the process that commits at the root primary, and travels unchanged:
/// journal pool, wire, receive pool, update process, the secondary's own journal pool. Its checksum is
/// verified where it is applied, so no hop can damage it unnoticed.
///
/// Format 1. Integers are little-endian; frames are padded with zeros to a multiple of 8 bytes.
///
///   offset size field         rule
///   ------ ---- ------------- --------------------------------------------------------------
///        0    8 checksum      XXH3-64 of bytes [8, total_bytes)
///        8    4 magic         0x58545748 ("HWTX" as bytes)
///       12    4 total_bytes   whole frame with padding, kFrameHeaderBytes to kTransactionBytesMax
///       16    8 seqno         instance-wide, from 1
///       24    8 time_us       wall clock of the commit, microseconds since 1970; rises strictly with seqno
///       32    4 update_count  0 for a null transaction (a filter took everything out)
///       36    1 format        1
///       37    1 flags         bit 0: fenced (TSTART/TCOMMIT), others 0
///       38    1 tid_bytes     0 to 8
///       39    1 zero
///       40    8 tid           transaction id, zero-padded
///       48      updates, each:
///               0 1 type (UpdateType), 1 1 zero, 2 2 key_bytes, 4 4 value_bytes, 8 key, value
///
/// Full text: docs/formats/transaction-frame.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/types.h"

namespace hw {

enum class UpdateType : std::uint8_t { Set = 1, Kill = 2, ZKill = 3 };

/// One update as a view into another's bytes.
struct UpdateView {
  UpdateType type;
  std::string_view key;    ///< encoded node, engine/globals/key.h
  std::string_view value;  ///< empty for Kill and ZKill
};

inline constexpr std::size_t kFrameAlignment = 8;
inline constexpr std::size_t kFrameHeaderBytes = 48;
inline constexpr std::size_t kFrameUpdateHeaderBytes = 8;
inline constexpr std::uint32_t kFrameMagic = 0x58545748;

/// Builds a frame in a reusable buffer. Thread: one at a time.
class FrameBuilder {
 public:
  void start(bool fenced, std::string_view transaction_id);
  /// Errors: TRANS2BIG when the frame would pass kTransactionBytesMax.
  Status add(const UpdateView& update);
  /// Fills in what is known only under the commit lock. The view is valid until the next `start`.
  std::string_view finish(Seqno seqno, std::uint64_t time_us);
  std::uint32_t update_count() const { return update_count_; }
  std::size_t bytes_so_far() const { return buffer_.size(); }

 private:
  std::string buffer_;
  std::uint32_t update_count_ = 0;
};

/// A checked frame: exists only when every bound and the checksum held.
class FrameView {
 public:
  /// Reads `total_bytes` of a frame whose header starts `in`; 0 when the header cannot be one.
  static std::size_t peek_total_bytes(Bytes in);
  /// Errors: HWPOOLDAMAGED naming `where` and what is wrong.
  static Result<FrameView> parse(Bytes in, std::string_view where);

  Seqno seqno() const { return seqno_; }
  std::uint64_t time_us() const { return time_us_; }
  std::uint32_t update_count() const { return update_count_; }
  bool fenced() const { return fenced_; }
  std::string_view transaction_id() const { return tid_; }
  Bytes bytes() const { return bytes_; }

  /// Calls `visit` for each update in order; stops early when it returns false.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    ByteReader reader(bytes_.subspan(kFrameHeaderBytes));
    for (std::uint32_t i = 0; i < update_count_; ++i)
      if (!visit(take_update(reader))) return;
  }

 private:
  static UpdateView take_update(ByteReader& reader);

  Bytes bytes_;
  Seqno seqno_;
  std::uint64_t time_us_ = 0;
  std::uint32_t update_count_ = 0;
  bool fenced_ = false;
  std::string_view tid_;
};

}  // namespace hw

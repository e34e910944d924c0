/// replic/filter/filter_codec.h -- transactions as lines for a filter (-filter="command"), and its answer as a
/// transaction. Pure: no process, no I/O.
///
/// A filter reads and writes lines of a journal extract (engine/extract/extract_line.h, without the first line): one
/// line for a single update, 08 … 09 around the updates of a fenced transaction. Time is `0,0`; region transaction
/// number, process, client and streams are 0. It answers each transaction with one transaction of the same seqno: the
/// same lines, or others, or with none of its updates as a line 00 or a bare 08, 09. Whether a transaction stays fenced
/// is the answer's to say; its id and time stay.
///
/// Nothing of an answer is believed: a line, the number of lines and the transaction have limits, every line must be
/// whole, and each must carry the seqno that is expected, so that a filter out of step is found at once.
///
/// Full text: docs/formats/filter.md. Source: GT.M's external filters, observed on V7.0-005.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/extract/extract_line.h"
#include "engine/globals/key.h"
#include "journal/transaction_frame.h"

namespace hw {

/// How the empty subscript is stored in a global, for the two directions of the codec.
using NullsOf = std::function<NullCollation(std::string_view global)>;

/// Appends the lines of a transaction. Errors: HWKEYBAD for key bytes that are no node.
Status append_filter_lines(std::string& out, const FrameView& frame, const NullsOf& nulls_of, ExtractLayout layout);

/// Collects a filter's answers. Thread: one at a time.
class FilterAnswer {
 public:
  FilterAnswer(NullsOf nulls_of, ExtractLayout layout) : nulls_of_(std::move(nulls_of)), layout_(layout) {}

  /// The answer to `asked` comes next.
  void begin(const FrameView& asked);
  /// Takes one line without its newline; true when the answer is whole. Errors: FILTERBADCONV, which says what is wrong
  /// with which line.
  Result<bool> take(std::string_view line);
  /// The whole answer as a frame with the seqno and the time of what was asked; valid until the next begin.
  std::string_view frame() { return builder_.finish(seqno_, time_us_); }
  Seqno seqno() const { return seqno_; }

 private:
  Error bad(std::string_view line, std::string_view why) const;

  NullsOf nulls_of_;
  ExtractLayout layout_;
  FrameBuilder builder_;
  Seqno seqno_{1};
  std::uint64_t time_us_ = 0;
  std::string id_;
  bool asked_fenced_ = false;
  bool inside_ = false;  ///< between 08 and 09
  std::string key_;
  std::string value_;
};

}  // namespace hw

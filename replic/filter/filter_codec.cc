#include "replic/filter/filter_codec.h"

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr std::size_t kQuotedBytesMax = 120;  // Of a bad line, in the log.

bool is_number(std::string_view text, std::uint64_t wanted) { return whole_number<std::uint64_t>(text) == wanted; }

/// A name is everything before the first zero byte of a key.
std::string_view global_of_key(std::string_view key) { return key.substr(0, key.find('\0')); }

}  // namespace

Status append_filter_lines(std::string& out, const FrameView& frame, const NullsOf& nulls_of, ExtractLayout layout) {
  const ExtractStamp stamp{0, 0, 0, frame.seqno()};
  if (frame.update_count() == 0 && !frame.fenced()) append_null_line(out, stamp, layout);
  if (frame.fenced()) append_tstart_line(out, stamp, layout);
  Status status;
  std::uint32_t number = 0;
  frame.for_each([&](const UpdateView& update) {
    status = append_update_line(out, stamp, update, frame.fenced() ? ++number : 0, nulls_of(global_of_key(update.key)),
                                layout);
    return status.has_value();
  });
  HW_TRY_VOID(std::move(status));
  // One, however many regions have a part: as GT.M writes it.
  if (frame.fenced()) append_tcom_line(out, stamp, 1, frame.transaction_id(), layout);
  return {};
}

void FilterAnswer::begin(const FrameView& asked) {
  seqno_ = asked.seqno();
  time_us_ = asked.time_us();
  id_ = asked.transaction_id();
  asked_fenced_ = asked.fenced();
  inside_ = false;
  builder_.start(false, {});
}

Error FilterAnswer::bad(std::string_view line, std::string_view why) const {
  Error error = make_error<MsgId::FILTERBADCONV>(seqno_.value);
  error.note(why);
  return error.note(fmt::format("The filter's line: {}", format_value(line.substr(0, kQuotedBytesMax))));
}

Result<bool> FilterAnswer::take(std::string_view line) {
  const auto parts = split_extract_line(line, layout_);
  if (!parts) return bad(line, "Not a line of a journal extract");
  if (!is_number(parts->seqno, seqno_.value))
    return bad(line, fmt::format("The line is not of seqno {}", seqno_.value));
  switch (parts->code) {
    case ExtractCode::Null:
      if (inside_) return bad(line, "A null record inside a transaction");
      return true;
    case ExtractCode::TStart:
      if (inside_) return bad(line, "The transaction begins twice");
      inside_ = true;
      builder_.start(true, asked_fenced_ ? std::string_view(id_) : std::string_view());
      return false;
    case ExtractCode::TCom:
      if (!inside_) return bad(line, "The transaction ends without having begun");
      inside_ = false;
      return true;
    default:
      break;
  }
  const NullCollation nulls = nulls_of_(global_of_reference(parts->rest));
  value_.clear();
  const Status parsed = parts->code == ExtractCode::Set ? parse_zwr_line_to_key(parts->rest, key_, value_, nulls)
                                                        : parse_reference_to_key(parts->rest, key_, nulls);
  if (!parsed.has_value()) return bad(line, parsed.error().text);
  const UpdateType type = parts->code == ExtractCode::Set    ? UpdateType::Set
                          : parts->code == ExtractCode::Kill ? UpdateType::Kill
                                                             : UpdateType::ZKill;
  if (const Status added = builder_.add({type, key_, value_}); !added.has_value()) return bad(line, added.error().text);
  return !inside_;
}

}  // namespace hw

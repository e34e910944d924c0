#include "engine/extract/extract_reader.h"

#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/globals/node_key.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

/// The fields in front of what a record says; false when there are fewer.
bool split(std::string_view line, std::size_t fields, std::vector<std::string_view>& out, std::string_view& rest) {
  out.clear();
  while (out.size() < fields) {
    const auto end = line.find('\\');
    if (end == std::string_view::npos) return false;
    out.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  rest = line;
  return true;
}

}  // namespace

bool is_journal_extract(std::string_view first_line) {
  return first_line.starts_with(extract_label(ExtractLayout::V7)) ||
         first_line.starts_with(extract_label(ExtractLayout::V5));
}

Status apply_update(Session& session, const ExtractUpdate& update) {
  switch (update.type) {
    case UpdateType::Set:
      return session.set(update.key, update.value);
    case UpdateType::Kill:
      return session.kill(update.key);
    case UpdateType::ZKill:
      return session.zkill(update.key);
  }
  return {};
}

Error ExtractReader::bad(std::string_view expected) const {
  return make_error<MsgId::HWLOSTFILE>(name_, number_, fmt::format("{} was expected", expected));
}

/// An instance may be called UTF-8: then the word is its name where a name is expected.
void ExtractReader::take_origin(std::string_view behind_label) {
  const std::string_view suffix = charset_suffix(Charset::Utf8);
  const std::string_view front =
      behind_label.substr(0, behind_label.size() - std::min(suffix.size(), behind_label.size()));
  const bool is_name = front == " ROLLBACK PRIMARY" || front == " ROLLBACK SECONDARY";
  charset_ = behind_label.ends_with(suffix) && !is_name ? Charset::Utf8 : Charset::M;
  if (charset_ == Charset::Utf8) behind_label = front;
  origin_ = behind_label.substr(std::min<std::size_t>(1, behind_label.size()));
}

Status ExtractReader::open(std::string begin) {
  HW_TRY(const bool more, read_any_line());
  number_ = 1;
  line_one_ = std::move(begin) + line_;
  const std::string_view rest = std::string_view(line_one_).substr(std::min(kExtractLabelBytes, line_one_.size()));
  if (!is_journal_extract(line_one_) || (!rest.empty() && rest.front() != ' ')) return bad("GDSJEX07 or GDSJEX03");
  if (!more || is_cut_) return bad("the end of the line");
  take_origin(rest);
  layout_ = line_one_.starts_with(extract_label(ExtractLayout::V5)) ? ExtractLayout::V5 : ExtractLayout::V7;
  HW_TRY(more_, next_line());
  return {};
}

Result<bool> ExtractReader::next(ExtractGroup& group) {
  group = {};
  open_ = 0;
  while (more_) {
    if (Status parsed = parse(); !parsed.has_value()) {
      if (!group.text.empty() && open_ == 0) return true;  // Whole; the next call says what is wrong after it.
      return std::move(parsed).error();
    }
    const bool starts = line_.starts_with("08");
    const bool commits = line_.starts_with("09");
    if (!group.text.empty() && !belongs_to(group)) break;
    if (group.text.empty()) group.seqno = seqno_;
    group.fenced = group.fenced || starts;
    open_ += starts ? 1 : commits ? -1 : 0;
    group.text += line_ + '\n';
    if (update_) group.updates.push_back(std::move(*update_));
    if (commits) group.transaction_id = rest_.substr(std::min(rest_.find('\\') + 1, rest_.size()));
    HW_TRY(more_, next_line());
  }
  // Cut at the end of a line, or a line of it has gone: it is not all there.
  if (open_ > 0) return bad(fmt::format("the TCOM (09) of transaction {}", group.seqno));
  return !group.text.empty();
}

/// Without replication updates outside of transactions have no number that would tell them apart.
bool ExtractReader::belongs_to(const ExtractGroup& group) const {
  if (seqno_ != group.seqno) return false;
  return seqno_ != "0" || open_ > 0;
}

Result<bool> ExtractReader::read_any_line() {
  HW_TRY(const bool more, read_line(in_, line_, name_, kLoadLineBytesMax));
  if (!more) return false;
  ++number_;
  bytes_ += line_.size() + 1;
  is_cut_ = in_.eof();
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

Result<bool> ExtractReader::next_line() {
  do {
    HW_TRY(const bool more, read_any_line());
    if (!more) return false;
    // Processes (01, 02) and file ends (03) between transactions say nothing here.
  } while (!is_cut_ && (line_.starts_with(';') || line_.starts_with("01\\") || line_.starts_with("02\\") ||
                        line_.starts_with("03\\")));
  return true;
}

/// Takes the line at hand apart: seqno_, and update_ when it holds one.
Status ExtractReader::parse() {
  // An extract ends each line. What is left of a cut one may be another node's name, or another value.
  if (is_cut_) return bad("the end of the line");
  const bool new_layout = layout_ == ExtractLayout::V7;
  const std::string_view code = std::string_view(line_).substr(0, 2);
  update_.reset();
  const bool is_update = code == "04" || code == "05" || code == "10";
  // code, time, tn, pid, client, seqno; V7 also stream, stream seqno and for an update number and flags.
  std::size_t fields = new_layout ? 8 : 6;
  if (is_update && new_layout) fields += 2;
  std::string_view whole(line_);
  if (code == "00" || code == "08") {
    padded_ = line_ + '\\';  // Nothing follows the last field.
    whole = padded_;
  } else if (!is_update && code != "09") {
    return bad("a record of a known kind");
  }
  if (!split(whole, fields, fields_, rest_)) return bad(fmt::format("{} fields", fields + 1));
  seqno_ = fields_[5];
  if (!is_update) return {};
  const std::size_t name_end = std::min(rest_.find_first_of("(="), rest_.size());
  if (name_end == 0) return bad("a node");
  const NullCollation nulls = null_collation_of(directory_, rest_.substr(1, name_end - 1));
  ExtractUpdate update;
  update.type = code == "05" ? UpdateType::Set : code == "04" ? UpdateType::Kill : UpdateType::ZKill;
  const Status status = update.type == UpdateType::Set
                            ? parse_zwr_line_to_key(rest_, update.key, update.value, nulls, charset_)
                            : parse_reference_to_key(rest_, update.key, nulls, charset_);
  if (!status.has_value()) return make_error<MsgId::HWLOSTFILE>(name_, number_, status.error().text);
  HW_TRY_VOID(append_reference(update.reference, update.key, nulls, charset_));
  update_ = std::move(update);
  return {};
}

}  // namespace hw

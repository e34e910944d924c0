#include "engine/extract/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/extract/binary_extract.h"
#include "engine/extract/extract_reader.h"
#include "engine/extract/load_error.h"
#include "engine/extract/load_header.h"
#include "engine/extract/load_store.h"
#include "engine/extract/progress.h"
#include "engine/globals/node_key.h"
#include "engine/globals/zwr.h"
#include "engine/session/database.h"

namespace hw {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;
/// What goes on so long without a newline has no lines, and may have no end, as /dev/zero.
constexpr std::size_t kEndlessLineBytes = 64 * kLoadLineBytesMax;

/// Lines of a stream, in place. A view lasts until the next call.
class LineReader {
 public:
  /// `read_already`: what has been taken from the stream before.
  LineReader(std::istream& in, std::string_view read_already)
      : in_(in), buffer_(read_already), end_(read_already.size()), bytes_(read_already.size()) {
    buffer_.resize(std::max(kReadBytes, end_));
  }

  /// False at the end. A last line needs no newline. A line over kLoadLineBytesMax is cut there, `too_long` is set.
  /// The CR of a CR LF is taken off.
  bool next(std::string_view& line, bool& too_long) {
    too_long = false;
    std::size_t searched = 0, dropped = 0;
    for (;;) {
      const char* start = buffer_.data() + start_;
      const auto* newline = static_cast<const char*>(std::memchr(start + searched, '\n', end_ - start_ - searched));
      if (newline != nullptr) {
        line = {start, static_cast<std::size_t>(newline - start)};
        start_ += line.size() + 1;
        break;
      }
      searched = end_ - start_;
      if (searched > kLoadLineBytesMax || too_long) {  // what was read of it is dropped
        too_long = true;
        dropped += searched;
        endless_ = dropped > kEndlessLineBytes;
        if (endless_) return false;
        start_ = end_;
        searched = 0;
      }
      if (fill()) continue;
      met_end_ = true;
      if (searched == 0 && !too_long) return false;
      line = {buffer_.data() + start_, searched};
      start_ = end_;
      unended_ = true;
      break;
    }
    ++number_;
    had_cr_ = line.ends_with('\r');
    if (had_cr_) line.remove_suffix(1);
    return true;
  }
  /// Number of the line that `next` gave last, from 1.
  std::uint64_t number() const { return number_; }
  /// Whether a CR was taken off the line that `next` gave last; it follows the view.
  bool had_cr() const { return had_cr_; }
  /// The input has ended within, or before, what `next` gave last.
  bool met_end() const { return met_end_; }
  /// What `next` gave last has no newline.
  bool unended() const { return unended_; }
  bool failed() const { return endless_ || in_.bad(); }
  Error failure() const {
    return endless_ ? system_error("read()", "load file", EMSGSIZE) : read_error(in_, "load file");
  }
  /// Bytes taken from the stream.
  std::uint64_t bytes() const { return bytes_; }

 private:
  bool fill() {
    if (start_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
      end_ -= start_;
      start_ = 0;
    }
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    in_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
    const auto got = static_cast<std::size_t>(in_.gcount());
    end_ += got;
    bytes_ += got;
    return got > 0;
  }

  std::istream& in_;
  std::string buffer_;
  std::size_t start_ = 0, end_ = 0;
  std::uint64_t number_ = 0, bytes_;
  bool had_cr_ = false;
  bool met_end_ = false;
  bool unended_ = false;
  bool endless_ = false;
};

Error not_finished(std::vector<std::string> lines) {
  Error error = make_error<MsgId::MUNOFINISH>();
  error.before = std::move(lines);
  return error;
}

/// Other messages about a node that cannot be read quote it.
std::string_view named_by(const Error& error, std::string_view reference) {
  return error.id == MsgId::GVSUBOFLOW ? reference : std::string_view();
}

class Loader {
 public:
  Loader(Session& session, std::istream& in, std::string_view label, const LoadOptions& options, std::ostream& messages)
      : session_(session),
        reader_(in, label),
        options_(options),
        messages_(messages),
        store_(session, options, messages) {}

  Result<LoadResult> run() {
    Status ready = read_header();
    if (ready.has_value()) ready = skip_to_begin();
    if (!ready.has_value()) {
      HW_TRY_VOID(store_.check_end());  // The input of a load that is asked to end ends early.
      if (reader_.failed()) return reader_.failure();
      return std::move(ready).error();
    }
    messages_ << "Beginning LOAD at record number: " << first_ << "\n\n" << std::flush;
    Status status = format_ == ExtractFormat::Zwr ? load_zwr() : load_go();
    // What could not be read looks like the end of the file.
    if (status.has_value() && reader_.failed()) status = reader_.failure();
    if (status.has_value() && reader_.unended() && !line_.empty())
      messages_ << make_line<MsgId::TEXT>(fmt::format(
                       "Record {}, the last one, has no newline: where the file was cut, its value may be, too",
                       reader_.number()))
                << '\n';
    return store_.finish(std::move(status));
  }

 private:
  using Go = LoadStore::Go;

  bool next() {
    const auto end = options_.end.value_or(UINT64_MAX);
    if (pending_) {
      pending_ = false;
      return reader_.number() <= end;
    }
    if (reader_.number() >= end) return false;
    if (!reader_.next(line_, too_long_)) return false;
    store_.at_byte(reader_.bytes());
    return true;
  }

  Status check_end() { return reader_.met_end() ? store_.check_end() : store_.check_end_now_and_then(); }
  Status read_header();
  Status skip_to_begin();
  Status load_zwr();
  Status load_go();
  /// How null subscripts are stored for the node at the front of line_.
  NullCollation nulls();

  Session& session_;
  LineReader reader_;
  const LoadOptions& options_;
  std::ostream& messages_;
  LoadStore store_;
  ExtractFormat format_ = ExtractFormat::Zwr;
  std::uint64_t first_ = kFirstRecord;
  std::string_view line_;
  bool too_long_ = false;
  bool pending_ = false;  ///< line_ is read and not yet used
  std::string key_, value_;
  std::string global_;  ///< whose collation nulls_ is
  NullCollation nulls_ = NullCollation::Standard;
};

/// The header says the format, else the first record, else the caller.
Status Loader::read_header() {
  if (options_.begin && *options_.begin == 0) return make_error<MsgId::LOADBGSZ>();
  if (options_.end && *options_.end == 0) return make_error<MsgId::LOADEDSZ>();
  if (options_.end && *options_.end < options_.begin.value_or(1)) return make_error<MsgId::LOADEDBG>();
  Charset charset = Charset::M;
  for (std::uint64_t number = 1; number < kFirstRecord; ++number) {
    if (!reader_.next(line_, too_long_) || too_long_) return make_error<MsgId::LDBINFMT>();
    messages_ << line_ << '\n';
    if (number == 1) charset = charset_by_label(line_);
  }
  messages_ << std::flush;
  auto found = format_by_header(line_);
  const bool has_records = reader_.next(line_, too_long_) && !line_.empty();
  if (!found && has_records) found = format_by_record(line_, options_.charset);
  if (!found && has_records && !options_.format) return make_error<MsgId::LDBINFMT>();
  if (charset != options_.charset && !options_.ignore_charset) {
    std::vector<std::string> lines;
    if (!has_records) lines.push_back(make_line<MsgId::EXTRFMT>());
    lines.push_back(make_line<MsgId::LOADINVCHSET>(charset_name(charset)));
    return not_finished(std::move(lines));
  }
  if (!has_records) return make_error<MsgId::LDBINFMT>().after(make_line<MsgId::EXTRFMT>());
  format_ = found ? *found : *options_.format;
  if (format_ == ExtractFormat::Binary || format_ != options_.format.value_or(format_))
    return make_error<MsgId::LDBINFMT>();
  pending_ = true;
  return {};
}

Status Loader::skip_to_begin() {
  first_ = std::max(options_.begin.value_or(kFirstRecord), kFirstRecord);
  while (reader_.number() < first_)
    if (!reader_.next(line_, too_long_))
      return not_finished(
          {make_line<MsgId::LOADEOF>(first_), fmt::format("Error reading record number: {}\n", reader_.number() + 1)});
  store_.at_record(first_);
  return {};
}

NullCollation Loader::nulls() {
  const auto name = line_.substr(0, line_.find_first_of("(="));
  if (name != global_) {
    global_ = name;
    const auto bare = name.starts_with('^') ? name.substr(1) : name;
    nulls_ = null_collation_of(session_.database().directory(), bare);
  }
  return nulls_;
}

Status Loader::load_zwr() {
  auto go = Go::On;
  while (go == Go::On) {
    const bool more = next();
    HW_TRY_VOID(check_end());  // After the read: the line may be cut.
    if (!more) break;
    store_.at_record(reader_.number());
    if (line_.empty()) continue;
    const auto parsed = too_long_
                            ? Status(make_error<MsgId::HWZWRBAD>(kLoadLineBytesMax, "the end of the line expected"))
                            : parse_zwr_line_to_key(line_, key_, value_, nulls(), options_.charset);
    if (parsed.has_value()) {
      HW_TRY_VOID(store_.store(key_, value_, nulls_, reader_.number(), go));
    } else {
      const auto reference = reference_of_record(line_);
      const auto error = load_reference_error(reference, options_.charset, parsed.error()).value_or(parsed.error());
      HW_TRY_VOID(store_.failed(error, named_by(error, reference), reader_.number(), go));
    }
  }
  return {};
}

Status Loader::load_go() {
  auto go = Go::On;
  while (go == Go::On) {
    bool more = next();
    HW_TRY_VOID(check_end());
    if (!more) break;
    const auto record = reader_.number();
    const bool crlf = reader_.had_cr();
    if (!line_.empty() && options_.end && record == *options_.end && record != first_) break;  // its value follows
    store_.at_record(record);
    if (line_.empty()) continue;
    const auto parsed = parse_reference_to_key(line_, key_, nulls(), options_.charset);
    if (!parsed) {
      const auto error =
          load_reference_error(line_, options_.charset, parsed.error()).value_or(make_error<MsgId::EORNOTFND>(line_));
      HW_TRY_VOID(store_.failed(error, named_by(error, line_), record, go));
      continue;
    }
    if (options_.end && record == *options_.end) break;
    more = next();
    HW_TRY_VOID(check_end());
    // A CR after a value is the value's, unless the line of its node, which cannot have one, had one as well.
    if (more && !crlf && reader_.had_cr()) line_ = {line_.data(), line_.size() + 1};
    if (!more) {
      std::string reference;
      HW_TRY_VOID(append_reference(reference, key_, nulls_, options_.charset));
      return store_.failed(make_error<MsgId::HWLOADCUT>(reference), {}, record, go);
    }
    store_.at_record(reader_.number());
    if (too_long_ || line_.size() > kValueBytesMax) {
      const auto error = make_error<MsgId::HWZWRBAD>(kValueBytesMax, "a value of at most 1 MiB expected");
      HW_TRY_VOID(store_.failed(error, {}, reader_.number(), go));
    } else {
      HW_TRY_VOID(store_.store(key_, line_, nulls_, reader_.number(), go));
    }
  }
  return {};
}

/// A journal extract: its transactions, in their order.
class TransactionLoader {
 public:
  TransactionLoader(Session& session, std::istream& in, const LoadOptions& options, std::ostream& messages)
      : session_(session),
        reader_(in, "", session.database().directory()),
        options_(options),
        messages_(messages),
        progress_(options.progress, "load", options.input_bytes) {}

  Result<LoadResult> run(const std::string& label) {
    if (options_.begin || options_.end || options_.format) return make_error<MsgId::LDBINFMT>();
    HW_TRY_VOID(reader_.open(label));
    messages_ << reader_.heading() << "\n\n" << std::flush;
    Status status = load_all();
    progress_.done();
    const bool halted = !status.has_value() && status.error().id == MsgId::FORCEDHALT;
    if ((status.has_value() || halted) && result_.keys > 0) HW_TRY_VOID(session_.sync());
    messages_ << fmt::format("LOAD TOTAL\t\tKey Cnt: {}  Max Subsc Len: {}  Max Data Len: {}\n", result_.keys,
                             result_.key_bytes_max, result_.value_bytes_max)
              << make_line<MsgId::LOADRECCNT>(result_.last_record) << '\n'
              << std::flush;
    if (!status) return std::move(status).error();
    return result_;
  }

 private:
  /// One that fails ends the load: what comes after it was made on top of it.
  Status load_all() {
    ExtractGroup group;
    for (;;) {
      const Result<bool> more = reader_.next(group);
      if (options_.end_requested && options_.end_requested()) return make_error<MsgId::FORCEDHALT>();
      Status status = more.has_value() ? Status() : Status(more.error());
      if (more.has_value() && *more) status = apply(group);
      if (!status.has_value()) {
        progress_.done();
        if (status.error().id == MsgId::FORCEDHALT) return status;
        messages_ << status.error().render();
        return make_error<MsgId::LOADABORT>(reader_.line_number()).counts(status.error());
      }
      if (!*more) return {};
      result_.last_record = reader_.line_number();
      progress_.update(result_.keys, reader_.bytes());
    }
  }

  Status apply(const ExtractGroup& group) {
    if (group.updates.empty()) return {};
    TransactionOptions options;
    options.durability = Durability::Batch;  // All of it is on disk at the end.
    options.id = group.transaction_id;
    const auto all = [&]() -> Status {
      for (const ExtractUpdate& update : group.updates) HW_TRY_VOID(apply_update(session_, update));
      return {};
    };
    HW_TRY_VOID(group.fenced ? session_.transact(options, all) : all());
    for (const ExtractUpdate& update : group.updates) {
      ++result_.keys;
      result_.key_bytes_max = std::max(result_.key_bytes_max, update.key.size() + 1);
      result_.value_bytes_max = std::max(result_.value_bytes_max, update.value.size());
    }
    return {};
  }

  Session& session_;
  ExtractReader reader_;
  const LoadOptions& options_;
  std::ostream& messages_;
  Progress progress_;
  LoadResult result_;
};

}  // namespace

Result<LoadResult> load(Session& session, std::istream& in, const LoadOptions& options, std::ostream& messages) {
  std::string label(kExtractLabelBytes, '\0');  // As much as tells the two kinds apart.
  in.read(label.data(), static_cast<std::streamsize>(label.size()));
  label.resize(static_cast<std::size_t>(in.gcount()));
  if (label == kBinaryExtractLabel) return load_binary(session, in, options, messages);
  if (!is_journal_extract(label)) return Loader(session, in, label, options, messages).run();
  return TransactionLoader(session, in, options, messages).run(label);
}

}  // namespace hw

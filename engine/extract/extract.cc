#include "engine/extract/extract.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>

#include "engine/extract/binary_extract.h"
#include "engine/extract/progress.h"
#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::size_t kRecordHeaderBytes = 4;  // what a record of GT.M has in front of its key
constexpr char kAboveNames = '\x7F';           // sorts after every byte of a name

Error syntax() { return make_error<MsgId::SELECTSYNTAX>("SELECT"); }

Result<KeyRange> parse_item(std::string_view item) {
  if (item.starts_with('^')) item.remove_prefix(1);
  if (item == "*") return KeyRange{"", std::string(1, kAboveNames)};
  if (item.ends_with('*')) {
    const auto prefix = item.substr(0, item.size() - 1);
    if (!is_global_name(prefix)) return syntax();
    return KeyRange{std::string(prefix), std::string(prefix) + kAboveNames};
  }
  const auto colon = item.find(':');
  const auto first = item.substr(0, colon);
  auto last = colon == std::string_view::npos ? first : item.substr(colon + 1);
  if (colon != std::string_view::npos && last.starts_with('^')) last.remove_prefix(1);
  if (!is_global_name(first) || !is_global_name(last) || last < first) return syntax();
  return KeyRange{std::string(first) + '\0', std::string(last) + '\1'};
}

/// "22-NOV-2026  01:55:59"
std::string date_text(std::time_t time) {
  constexpr std::array kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  std::tm parts{};
  localtime_r(&time, &parts);
  return fmt::format("{:02}-{}-{:04}  {:02}:{:02}:{:02}", parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                     parts.tm_sec);
}

class Extractor {
 public:
  Extractor(std::ostream& out, std::string_view name, const ExtractOptions& options, std::ostream& messages)
      : out_(out), name_(name), options_(options), messages_(messages), progress_(options.progress, "extract", 0) {}

  Status node(const ScannedNode& node);
  Status end();
  const ExtractCounts& total() const { return total_; }

 private:
  void write_header();
  Status append(const ScannedNode& node);
  void start_global(std::string_view key);
  void end_global();
  Status flush();

  std::ostream& out_;
  std::string_view name_;
  const ExtractOptions& options_;
  std::ostream& messages_;
  Progress progress_;
  std::string buffer_;
  BinaryExtractBuilder blocks_;
  std::string previous_;  ///< key of the node before; empty at the start of a global
  std::string global_;    ///< its name and 00
  ExtractCounts counts_, total_;
};

void Extractor::write_header() {
  buffer_.reserve(kBufferBytes + kBufferBytes / 4);
  if (options_.format == ExtractFormat::Binary) {
    buffer_ += binary_extract_header(static_cast<std::uint64_t>(options_.time) * 1'000'000);
    return;
  }
  buffer_ += options_.label;
  buffer_ += charset_suffix(options_.charset);
  buffer_ += '\n';
  buffer_ += date_text(options_.time);
  buffer_ += options_.format == ExtractFormat::Zwr ? " ZWR\n" : "\n";
}

void Extractor::start_global(std::string_view key) {
  if (global_.empty())
    write_header();
  else
    end_global();
  global_.assign(key.substr(0, key_global(key).size() + 1));
  previous_.clear();
}

void Extractor::end_global() {
  total_.keys += counts_.keys;
  total_.key_bytes_max = std::max(total_.key_bytes_max, counts_.key_bytes_max);
  total_.value_bytes_max = std::max(total_.value_bytes_max, counts_.value_bytes_max);
  total_.node_bytes_max = std::max(total_.node_bytes_max, counts_.node_bytes_max);
  if (options_.log) {
    progress_.done();
    messages_ << make_line<MsgId::RECORDSTAT>("^" + global_.substr(0, global_.size() - 1), counts_.keys,
                                              counts_.key_bytes_max, counts_.value_bytes_max, counts_.node_bytes_max)
              << '\n';
  }
  counts_ = {};
}

Status Extractor::append(const ScannedNode& node) {
  switch (options_.format) {
    case ExtractFormat::Binary:
      blocks_.add(node.key, node.value, node.nulls);
      if (blocks_.is_full()) buffer_ += blocks_.finish();
      return {};
    case ExtractFormat::Zwr:
      HW_TRY_VOID(append_zwr_line(buffer_, node.key, node.value, node.nulls, options_.charset));
      break;
    case ExtractFormat::Go:
      HW_TRY_VOID(append_reference(buffer_, node.key, node.nulls, options_.charset));
      buffer_ += '\n';
      buffer_ += node.value;
      break;
  }
  buffer_ += '\n';
  return {};
}

Status Extractor::node(const ScannedNode& node) {
  if (global_.empty() || !node.key.starts_with(global_)) start_global(node.key);
  HW_TRY_VOID(append(node));

  const auto same = std::ranges::mismatch(previous_, node.key).in2 - node.key.begin();
  previous_.assign(node.key);
  ++counts_.keys;
  counts_.key_bytes_max = std::max(counts_.key_bytes_max, node.key.size() + 1);
  counts_.value_bytes_max = std::max(counts_.value_bytes_max, node.value.size());
  counts_.node_bytes_max = std::max(counts_.node_bytes_max, kRecordHeaderBytes + node.key.size() + 1 -
                                                                static_cast<std::size_t>(same) + node.value.size());
  progress_.update(total_.keys + counts_.keys, 0);
  return buffer_.size() < kBufferBytes ? Status{} : flush();
}

Status Extractor::flush() {
  if (!out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size())))
    return make_error<MsgId::EXTRIOERR>(name_).with_errno(errno);
  buffer_.clear();
  return {};
}

Status Extractor::end() {
  if (global_.empty()) return make_error<MsgId::NOSELECT>();
  if (!blocks_.is_empty()) buffer_ += blocks_.finish();
  if (options_.format == ExtractFormat::Binary) buffer_ += blocks_.finish_file();
  HW_TRY_VOID(flush());
  if (!out_.flush()) return make_error<MsgId::EXTRIOERR>(name_).with_errno(errno);
  end_global();
  progress_.done();
  messages_ << make_line<MsgId::RECORDSTAT>("TOTAL", total_.keys, total_.key_bytes_max, total_.value_bytes_max,
                                            total_.node_bytes_max)
            << '\n'
            << std::flush;
  return {};
}

}  // namespace

Result<std::vector<KeyRange>> parse_selection(std::string_view text) {
  std::vector<KeyRange> ranges;
  for (std::size_t at = 0;;) {
    const auto comma = text.find(',', at);
    HW_TRY(auto range, parse_item(text.substr(at, comma - at)));
    ranges.push_back(std::move(range));
    if (comma == std::string_view::npos) break;
    at = comma + 1;
  }
  std::ranges::sort(ranges, {}, &KeyRange::from);
  std::vector<KeyRange> merged;
  for (auto& range : ranges) {
    if (!merged.empty() && range.from <= merged.back().to)
      merged.back().to = std::max(merged.back().to, range.to);
    else
      merged.push_back(std::move(range));
  }
  return merged;
}

Result<ExtractCounts> extract(Database& database, std::ostream& out, std::string_view name,
                              const ExtractOptions& options, std::ostream& messages) {
  HW_TRY(const auto ranges, parse_selection(options.select));
  HW_TRY(const auto scan, Scan::open(database, ranges, options.regions));
  Extractor extractor(out, name, options, messages);
  HW_TRY_VOID(scan->for_each([&](const ScannedNode& node) { return extractor.node(node); }));
  HW_TRY_VOID(extractor.end());
  return extractor.total();
}

}  // namespace hw

#include "cluster/board/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "engine/base/check.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::string_view kNothing = "-";
constexpr std::size_t kGap = 2;

/// A line of entries, each padded to its column's width.
class Line {
 public:
  void add(std::string_view entry, Align align, std::size_t width) {
    if (!text_.empty() || started_) text_.append(kGap, ' ');
    started_ = true;
    const std::size_t padding = width - std::min(width, width_of(entry));
    if (align == Align::Right) text_.append(padding, ' ');
    text_ += entry;
    if (align == Align::Left) text_.append(padding, ' ');
  }
  std::string finish() {
    text_.erase(text_.find_last_not_of(' ') + 1);
    text_ += '\n';
    return std::move(text_);
  }

 private:
  std::string text_;
  bool started_ = false;
};

std::string entry_of(const Column& column, const Cell& cell) {
  return column.bracketed ? fmt::format("( {} )", text_of(cell)) : text_of(cell);
}

struct ToText {
  std::string operator()(std::monostate) const { return std::string(kNothing); }
  std::string operator()(const std::string& text) const {
    return text.empty() ? std::string(kNothing) : on_one_line(text);
  }
  std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{:.1f}", number); }
  std::string operator()(TimeCell time) const { return local_time(time.us); }
  std::string operator()(const std::vector<std::string>& texts) const {
    return (*this)(fmt::format("{}", fmt::join(texts, " ")));
  }
};

}  // namespace

std::string text_of(const Cell& cell) { return std::visit(ToText{}, cell); }

std::string text_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(std::max(column.width_min, width_of(column.name)));
  std::vector<std::vector<std::string>> entries;
  for (const auto& row : table.rows) {
    HW_CHECK_EQ(row.size(), table.columns.size());
    auto& line = entries.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.push_back(entry_of(table.columns[i], row[i]));
      widths[i] = std::max(widths[i], width_of(line.back()));
    }
  }
  const auto line_of = [&](auto&& entry) {
    Line line;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      if (table.columns[i].printed) line.add(entry(i), table.columns[i].align, widths[i]);
    return line.finish();
  };
  std::string out = line_of([&](std::size_t i) { return table.columns[i].name; });
  if (table.underlined)
    out += line_of([&](std::size_t i) { return std::string(width_of(table.columns[i].name), '-'); });
  for (const auto& row : entries) out += line_of([&](std::size_t i) { return row[i]; });
  return out;
}

std::string key_of(std::string_view column) {
  std::string key(column);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == '/') c = '_';
  }
  return key;
}

std::string local_time(std::uint64_t us) {
  if (us == 0) return std::string(kNothing);
  const auto seconds = static_cast<std::time_t>(us / kMicros);
  struct tm parts {};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", 1900 + parts.tm_year, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string utc_time(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / kMicros);
  struct tm parts {};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", 1900 + parts.tm_year, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, us % kMicros);
}

std::string on_one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return out;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace hw::cluster

#include "engine/extract/extract_line.h"

#include <fmt/compile.h>

#include <cstdlib>
#include <ctime>
#include <iterator>

#include "engine/globals/zwr.h"

namespace hw {
namespace {

constexpr std::int64_t kDaysTo1970 = 47117;  // From 31-DEC-1840, day 0 of $HOROLOG.
constexpr std::int64_t kDaySeconds = 86400;

/// What a line is called: its code in an extract, its name in a detailed one.
struct LineKind {
  std::string_view code;
  std::string_view name;
};
constexpr LineKind kNull{"00", "NULL"};
constexpr LineKind kProcessBegin{"01", "PINI"};
constexpr LineKind kProcessEnd{"02", "PFIN"};
constexpr LineKind kEndOfFile{"03", "EOF"};
constexpr LineKind kTransactionStart{"08", "TSTART"};
constexpr LineKind kTransactionCommit{"09", "TCOM"};
constexpr LineKind kEpoch{"", "EPOCH"};
constexpr LineKind kRemoved{"", "PNODE"};

LineKind kind_of(UpdateType type, UpdatePlace place) {
  constexpr std::string_view kNames[3][3] = {
      {"KILL", "TKILL", "UKILL"}, {"SET", "TSET", "USET"}, {"ZKILL", "TZKILL", "UZKILL"}};
  const auto name_in = [&](std::size_t row) { return kNames[row][static_cast<std::size_t>(place)]; };
  switch (type) {
    case UpdateType::Kill:
      return {"04", name_in(0)};
    case UpdateType::Set:
      return {"05", name_in(1)};
    case UpdateType::ZKill:
      return {"10", name_in(2)};
  }
  return {};
}

/// Everything up to and with the process id.
void append_front(std::string& out, LineKind kind, const ExtractStamp& stamp) {
  const auto to = std::back_inserter(out);
  if (!stamp.place) {
    fmt::format_to(to, FMT_COMPILE("{}\\{}\\{}\\{}"), kind.code, horolog(stamp.time_us), stamp.tn, stamp.pid);
    return;
  }
  if (stamp.place->bytes != 0)
    fmt::format_to(to, "0x{:08x} [0x{:04x}] :: ", stamp.place->offset, stamp.place->bytes);
  else
    out.append(23, ' ');
  fmt::format_to(to, "{:<6} \\{}\\{}\\{}\\{}", kind.name, horolog(stamp.time_us), stamp.tn, stamp.place->checksum,
                 stamp.pid);
}

void append_stamp(std::string& out, LineKind kind, const ExtractStamp& stamp, ExtractLayout layout) {
  append_front(out, kind, stamp);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\0\\{}"), stamp.seqno.value);
  if (layout == ExtractLayout::V7) out += "\\0\\0";
}

}  // namespace

ExtractLayout extract_layout_from_environment() {
  const char* wanted = std::getenv("gtm_extract_format");
  return wanted != nullptr && std::string_view(wanted) == "03" ? ExtractLayout::V5 : ExtractLayout::V7;
}

std::string_view extract_label(ExtractLayout layout) { return layout == ExtractLayout::V5 ? "GDSJEX03" : "GDSJEX07"; }

std::string extract_heading(std::string_view label, std::string_view origin, Charset charset) {
  std::string heading(label);
  if (!origin.empty()) heading.append(" ").append(origin);
  heading += charset_suffix(charset);
  return heading;
}

std::string horolog(std::uint64_t time_us) {
  if (time_us == 0) return "0,0";
  const auto seconds = static_cast<std::time_t>(time_us / 1'000'000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const std::int64_t wall = seconds + local.tm_gmtoff;
  return fmt::format(FMT_COMPILE("{},{}"), wall / kDaySeconds + kDaysTo1970, wall % kDaySeconds);
}

void append_null_line(std::string& out, const ExtractStamp& stamp, ExtractLayout layout) {
  append_stamp(out, kNull, stamp, layout);
  if (layout == ExtractLayout::V7) out += "\\0";
  out += '\n';
}

void append_tstart_line(std::string& out, const ExtractStamp& stamp, ExtractLayout layout) {
  append_stamp(out, kTransactionStart, stamp, layout);
  out += '\n';
}

void append_tcom_line(std::string& out, const ExtractStamp& stamp, unsigned regions, std::string_view transaction_id,
                      ExtractLayout layout) {
  append_stamp(out, kTransactionCommit, stamp, layout);
  fmt::format_to(std::back_inserter(out), "\\{}\\{}\n", regions, transaction_id);
}

Status append_update_line(std::string& out, const ExtractStamp& stamp, const UpdateView& update, std::uint32_t number,
                          NullCollation nulls, ExtractLayout layout, UpdatePlace place) {
  const std::size_t before = out.size();
  append_stamp(out, kind_of(update.type, place), stamp, layout);
  if (layout == ExtractLayout::V7) fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\{}\\0"), number);
  out += '\\';
  Status status = update.type == UpdateType::Set ? append_zwr_line(out, update.key, update.value, nulls)
                                                 : append_reference(out, update.key, nulls);
  if (!status.has_value()) {
    out.resize(before);
    return status;
  }
  out += '\n';
  return {};
}

std::optional<ExtractLine> split_extract_line(std::string_view line, ExtractLayout layout) {
  struct Code {
    std::string_view text;
    ExtractCode code;
    std::size_t v7_fields;  ///< after which `rest` begins
    std::size_t v5_fields;
    bool ends;  ///< nothing follows the last field
  };
  static constexpr Code kCodes[] = {
      {"00", ExtractCode::Null, 8, 6, true},  {"04", ExtractCode::Kill, 10, 6, false},
      {"05", ExtractCode::Set, 10, 6, false}, {"08", ExtractCode::TStart, 8, 6, true},
      {"09", ExtractCode::TCom, 8, 6, false}, {"10", ExtractCode::ZKill, 10, 6, false},
  };
  constexpr std::size_t kSeqnoField = 5;
  for (const Code& row : kCodes) {
    if (!line.starts_with(row.text)) continue;
    ExtractLine out{row.code, {}, {}};
    const std::size_t fields = layout == ExtractLayout::V7 ? row.v7_fields : row.v5_fields;
    for (std::size_t field = 0; field < fields; ++field) {
      const auto end = line.find('\\');
      const bool last = row.ends && field + 1 == fields;
      if (end == std::string_view::npos && !last) return std::nullopt;
      if (field == 0 && end != row.text.size()) return std::nullopt;
      if (field == kSeqnoField) out.seqno = line.substr(0, end);
      line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
    }
    out.rest = line;
    return out;
  }
  return std::nullopt;
}

void append_process_begin_line(std::string& out, const ExtractStamp& stamp, std::string_view node,
                               std::string_view user) {
  append_front(out, kProcessBegin, stamp);
  fmt::format_to(std::back_inserter(out), "\\{}\\{}\\\\0\\\\\\\n", node, user);
}

void append_process_end_line(std::string& out, const ExtractStamp& stamp) {
  append_front(out, kProcessEnd, stamp);
  out += "\\0\n";
}

void append_end_of_file_line(std::string& out, const ExtractStamp& stamp) {
  append_front(out, kEndOfFile, stamp);
  fmt::format_to(std::back_inserter(out), "\\0\\{}\n", stamp.seqno.value);
}

void append_epoch_line(std::string& out, const ExtractStamp& stamp) {
  append_front(out, kEpoch, stamp);
  fmt::format_to(std::back_inserter(out), "\\0\\{}\\0\\0\\0\\1\n", stamp.seqno.value);
}

void append_removed_line(std::string& out, const ExtractStamp& stamp, std::uint32_t update_number,
                         std::size_t node_count) {
  append_front(out, kRemoved, stamp);
  fmt::format_to(std::back_inserter(out), "\\0\\{}\\{}\n", update_number, node_count);
}

}  // namespace hw

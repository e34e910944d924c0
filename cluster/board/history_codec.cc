// Lines of the history. Each is a JSON object whose last key is the checksum of all before it.
#include "cluster/board/envelope.h"
#include "cluster/board/history.h"
#include "cluster/board/history_fields.h"
#include "cluster/board/json_archive.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kSum = ",\"sum\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr std::size_t kSumBytes = kSum.size() + 16 + kEnd.size();

bool decode_line(std::string_view line, HistoryEntry& entry) {
  if (line.size() < kSumBytes || line.size() > kHistoryLineBytesMax) return false;
  const std::string_view body = line.substr(0, line.size() - kSumBytes);
  if (line.substr(body.size()) != fmt::format("{}{}{}", kSum, checksum_digits(body), kEnd)) return false;
  return !read_json(std::string(body) + "}", kBoardBounds, entry) && !entry.node.empty();
}

std::string cut(const std::string& text) { return text.substr(0, kHistoryTextBytesMax); }

}  // namespace

std::string encode_history_line(const HistoryEntry& entry) {
  HistoryEntry bounded = entry;
  for (std::string* const text :
       {&bounded.node, &bounded.user, &bounded.host, &bounded.what, &bounded.why, &bounded.group})
    *text = cut(*text);
  std::string body = dump(JsonWriter::to_json(bounded));
  body.pop_back();  // The last brace comes after the sum.
  return fmt::format("{}{}{}{}\n", body, kSum, checksum_digits(body), kEnd);
}

DecodedHistory decode_history(std::string_view lines) {
  DecodedHistory out;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    HistoryEntry entry;
    if (end != lines.npos && decode_line(lines.substr(0, end), entry)) {
      out.entries.push_back(std::move(entry));
    } else {
      ++out.damaged;
    }
    lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
  }
  return out;
}

}  // namespace hw::cluster

#include "cluster/plan/reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "cluster/board/board_codec.h"
#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"

namespace hw::cluster {

template <typename A>
void visit_fields(A& a, Visited<A, HistoryFilter>& filter) {
  a("n", filter.count_max);
  a("group", filter.group);
}

template <typename A>
void visit_fields(A& a, Visited<A, ConfigAnswer>& answer) {
  a("number", answer.number);
  a("sha256", answer.sha256);
  a("text", answer.text);
  a("state", answer.state);
}

namespace {

/// A configuration's text is the longest.
constexpr JsonBounds kReadBounds{kBoardRowsMax, kAgentMessageBytesMax};

/// Members of the answers as they go over the link; what is in them is checked after that.
struct BoardFrame {
  std::string node;
  bool limited = false;
};
struct GenerationArgument {
  std::optional<std::uint64_t> generation;
};
struct GenerationFrame {
  std::uint64_t number = 0;
  std::string sha256;
  std::uint64_t time_s = 0;
  std::string by;
  std::uint64_t added_to = 0;
  bool current = false;
  bool running = false;
  std::optional<std::string> damage;
};
struct GenerationsFrame {
  std::vector<GenerationFrame> generations;
};

template <typename A>
void visit_fields(A& a, Visited<A, BoardFrame>& frame) {
  a("node", frame.node);
  a("limited", frame.limited);
}

template <typename A>
void visit_fields(A& a, Visited<A, GenerationArgument>& argument) {
  a("generation", argument.generation);
}

template <typename A>
void visit_fields(A& a, Visited<A, GenerationFrame>& row) {
  a("number", row.number);
  a("sha256", row.sha256);
  a("time_s", row.time_s);
  a("by", row.by);
  a("added_to", row.added_to);
  a("current", row.current);
  a("running", row.running);
  a("damage", row.damage);
}

template <typename A>
void visit_fields(A& a, Visited<A, GenerationsFrame>& frame) {
  a("generations", frame.generations);
}

template <typename Frame>
std::string text_of_frame(const Frame& frame) {
  return dump(JsonWriter::to_json(frame));
}

Error bad(std::string_view where, std::string_view fault) {
  return make_error<MsgId::HWBOARDBAD>(where, on_one_line(fault));
}

template <typename Frame>
Result<Frame> frame_of(std::string_view body, std::string_view where) {
  Frame frame;
  if (const auto fault = read_json(body, kReadBounds, frame)) return bad(where, *fault);
  return frame;
}

/// What may be its text or the JSON itself. `dump` gives the bytes back that it once made.
std::string text_of_either(const Json& json) { return json.is_string() ? json.get<std::string>() : dump(json) + "\n"; }

GenerationFrame frame_of_row(const GenerationRow& row) {
  GenerationFrame frame;
  frame.number = row.generation.number;
  frame.sha256 = row.generation.sha256;
  frame.time_s = row.generation.time_s > 0 ? static_cast<std::uint64_t>(row.generation.time_s) : 0;
  frame.by = row.generation.by;
  frame.added_to = row.generation.added_to;
  frame.current = row.current;
  frame.running = row.running;
  if (row.damage) frame.damage = row.damage->text;
  return frame;
}

GenerationRow row_of_frame(GenerationFrame frame) {
  GenerationRow row;
  row.generation.number = frame.number;
  row.generation.sha256 = std::move(frame.sha256);
  constexpr auto kLatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 1'000'000);
  row.generation.time_s = static_cast<std::int64_t>(std::min(frame.time_s, kLatest));
  row.generation.by = std::move(frame.by);
  row.generation.added_to = frame.added_to;
  row.current = frame.current;
  row.running = frame.running;
  if (frame.damage) row.damage = Error(MsgId::HWCFGBAD, Severity::Error, std::move(*frame.damage));
  return row;
}

}  // namespace

std::string encode_board_answer(const BoardAnswer& answer) {
  Json out;
  out["board"] = encode_board(answer.parts);
  out["node"] = answer.node;
  out["limited"] = answer.limited;
  return dump(out);
}

Result<BoardAnswer> decode_board_answer(std::string_view body, std::string_view node) {
  HW_TRY(BoardFrame frame, frame_of<BoardFrame>(body, node));
  const Json json = parse_bounded(body);
  const auto board = json.find("board");
  if (board == json.end()) return bad(node, "board: missing");
  BoardAnswer answer;
  HW_TRY(answer.parts, decode_board(text_of_either(*board), node));
  answer.node = std::move(frame.node);
  answer.limited = frame.limited;
  return answer;
}

std::string encode_history_arguments(const HistoryFilter& filter) { return text_of_frame(filter); }

Result<HistoryFilter> decode_history_arguments(std::string_view json) {
  return frame_of<HistoryFilter>(json, "request");
}

std::string encode_history_answer(const std::vector<HistoryEntry>& entries) {
  Json out;
  out["entries"] = Json::array();
  for (const HistoryEntry& entry : entries) out["entries"].push_back(encode_history_line(entry));
  return dump(out);
}

Result<std::vector<HistoryEntry>> decode_history_answer(std::string_view body, std::string_view node) {
  const Json json = parse_bounded(body);
  if (!json.is_object() || !json.contains("entries") || !json["entries"].is_array())
    return bad(node, "entries: not a list");
  std::vector<HistoryEntry> entries;
  for (const Json& one : json["entries"]) {
    DecodedHistory decoded = decode_history(text_of_either(one));
    for (HistoryEntry& entry : decoded.entries) entries.push_back(std::move(entry));
  }
  return entries;
}

std::string encode_generation_argument(std::optional<std::uint64_t> generation) {
  return text_of_frame(GenerationArgument{generation});
}

Result<std::optional<std::uint64_t>> decode_generation_argument(std::string_view json) {
  HW_TRY(const GenerationArgument argument, frame_of<GenerationArgument>(json, "request"));
  return argument.generation;
}

std::string encode_config_answer(const ConfigAnswer& answer) { return text_of_frame(answer); }

Result<ConfigAnswer> decode_config_answer(std::string_view body, std::string_view node) {
  return frame_of<ConfigAnswer>(body, node);
}

std::string encode_generations_answer(const std::vector<GenerationRow>& rows) {
  GenerationsFrame frame;
  for (const GenerationRow& row : rows) frame.generations.push_back(frame_of_row(row));
  return text_of_frame(frame);
}

Result<std::vector<GenerationRow>> decode_generations_answer(std::string_view body, std::string_view node) {
  HW_TRY(GenerationsFrame frame, frame_of<GenerationsFrame>(body, node));
  std::vector<GenerationRow> rows;
  for (GenerationFrame& row : frame.generations) rows.push_back(row_of_frame(std::move(row)));
  return rows;
}

}  // namespace hw::cluster

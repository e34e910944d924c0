/// cluster/plan/reads.h -- what an agent answers to the verbs that only read, as JSON texts. The requests are envelopes
/// of request.h; a read that is refused ends as a command does (is_command_answer).
///
///   verb         arguments                 last piece
///   ------------ ------------------------- --------------------------------------------------------------------------
///   board        {}                        {"board":TEXT of encode_board,"node":whose,"limited":BOOL}
///   history      {"n":N,"group":G}         {"entries":[one line of encode_history_line each, as text]}
///   config.show  {"generation":N or null}  {"number":N,"sha256":TEXT,"text":TEXT,"state":TEXT}; null: the current one
///   config.list  {}                        {"generations":[{"number","sha256","time_s","by","added_to","current",
///                                          "running","damage":TEXT or null}]}
///
/// `entries` are those of all agents that answer; for one that does not a piece with HWREMOTE comes before.
/// Without a coordinator one with HWLIMITED comes before the last one of history, config.show and config.list. `board`
/// and `entries` may be the JSON itself in place of its text. losttn.list, losttn.show and losttn.diff, with
/// {"id":ID,"group":G}, end as a command does: their lines come as pieces, their rows are in the last one.
/// Source: operations, sections 2 and 5; docs/operations/board.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board_parts.h"
#include "cluster/board/history.h"
#include "cluster/config/generation_store.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct BoardAnswer {
  BoardParts parts;
  std::string node;      ///< whose board it is
  bool limited = false;  ///< there is no coordinator
  friend bool operator==(const BoardAnswer&, const BoardAnswer&) = default;
};
std::string encode_board_answer(const BoardAnswer& answer);
/// Of each decode: any bytes of the agent of `node`. Errors: HWBOARDBAD, with it.
Result<BoardAnswer> decode_board_answer(std::string_view body, std::string_view node);

/// `filter` as the arguments of `history`, and back. Errors: HWBOARDBAD.
std::string encode_history_arguments(const HistoryFilter& filter);
Result<HistoryFilter> decode_history_arguments(std::string_view json);
std::string encode_history_answer(const std::vector<HistoryEntry>& entries);
/// Damaged entries are passed over, as those of the file. Errors: HWBOARDBAD.
Result<std::vector<HistoryEntry>> decode_history_answer(std::string_view body, std::string_view node);

struct ConfigAnswer {
  std::uint64_t number = 0;
  std::string sha256;
  std::string text;   ///< TOML, as it was stored
  std::string state;  ///< GenerationRow::state()
  friend bool operator==(const ConfigAnswer&, const ConfigAnswer&) = default;
};
/// Arguments of config.show, and back; none: the current generation. Errors: HWBOARDBAD.
std::string encode_generation_argument(std::optional<std::uint64_t> generation);
Result<std::optional<std::uint64_t>> decode_generation_argument(std::string_view json);
std::string encode_config_answer(const ConfigAnswer& answer);
Result<ConfigAnswer> decode_config_answer(std::string_view body, std::string_view node);

/// Rows of `config list`, without their texts.
std::string encode_generations_answer(const std::vector<GenerationRow>& rows);
/// Errors: HWBOARDBAD.
Result<std::vector<GenerationRow>> decode_generations_answer(std::string_view body, std::string_view node);

}  // namespace hw::cluster

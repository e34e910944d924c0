/// cluster/board/history.h -- who changed what, when, and how it ended.
///
/// Each agent appends what is done at its node, and what it decides by itself, to `log/history.jsonl` (history_file.h);
/// `history` merges the entries of all agents that answer. A change is written twice, before it as running and after it
/// with its result, under one number: the later of two entries of a number holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/table.h"

namespace hw::cluster {

enum class HistoryResult : std::uint8_t { Running, Done, Refused, Partly, Failed };

struct HistoryEntry {
  std::string node;           ///< whose agent wrote it
  std::uint64_t number = 0;   ///< of the change at that node: rises, also over restarts of the agent
  std::uint64_t time_us = 0;  ///< of the change's beginning
  std::string user;           ///< `agent`: nobody asked for it
  std::string host;           ///< node, or host, of the user
  std::string what;
  std::string why;
  HistoryResult result = HistoryResult::Running;
  std::uint64_t epoch = 0;  ///< that it made; 0: none
  std::string group;        ///< that it is about; empty: several, or none
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// Entries of several agents, or of one file as it was written, as a history: of each change the last one, oldest
/// first.
std::vector<HistoryEntry> merge_history(const std::vector<std::vector<HistoryEntry>>& histories);

struct HistoryFilter {
  std::uint64_t count_max = 20;  ///< the last ones; 0: all
  std::string group;             ///< empty: of all
};
/// Of a merged history.
std::vector<HistoryEntry> filter_history(std::vector<HistoryEntry> history, const HistoryFilter& filter);

Table history_table(const std::vector<HistoryEntry>& history);

std::string_view word_of(HistoryResult result);

/// One line, with a newline; texts are cut at kHistoryTextBytesMax bytes.
std::string encode_history_line(const HistoryEntry& entry);

struct DecodedHistory {
  std::vector<HistoryEntry> entries;  ///< as they are
  std::uint64_t damaged = 0;          ///< lines that were passed over
};
/// Any bytes. A last line without a newline is a line that its writer did not finish, and counts as damaged.
DecodedHistory decode_history(std::string_view lines);

}  // namespace hw::cluster

/// cluster/board/history_file.h -- `log/history.jsonl` of one agent: lines are added, none is ever changed.
///
/// One process writes it, the node's agent. A line is not synced: a power loss may take the last ones, and a line that
/// was not finished is passed over.
#pragma once

#include <string>
#include <string_view>

#include "cluster/board/history.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Adds a line; what an earlier writer did not finish is ended first. Makes the file. Errors: SYSCALL.
Status append_history(const std::string& path, const HistoryEntry& entry);

/// The last kHistoryFileBytesMax bytes of it; a missing file is an empty history. Errors: SYSCALL.
Result<DecodedHistory> read_history(const std::string& path);

/// For the next change of that node.
std::uint64_t next_history_number(const std::vector<HistoryEntry>& entries, std::string_view node);

}  // namespace hw::cluster

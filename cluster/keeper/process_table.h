/// cluster/keeper/process_table.h -- which processes the agent has started, on disk: the next agent adopts them.
///
/// The file is dir/run/processes. A row is written before the program of a process runs. It is replaced whole, by
/// renaming, and never synced: no process outlives a loss of power.
///
/// Format 1. Integers are little-endian; a text is its length, u16, and its bytes.
///
///   size field          rule
///   ---- -------------- -----------------------------------------------------------------------------------------
///      4 magic          "HWPT"
///      2 version        1
///      2 reserved       0
///      8 checksum       XXH3-64 of all that follows
///      8 pid space      own_pid_space (engine/base/liveness.h)
///   2+ n boot           boot_id (engine/base/boot.h)
///      4 rows           at most kProcessesMax
///        each row:
///      1   kind         1 server, 2 step
///      1   flags        1 READY; 2 ended well, of a server that is READY by that; others 0
///      4   number       of the server among those of its name, from 1
///   2+ n   group        at most kProcessNameBytesMax, as name
///   2+ n   name
///      4   pid          0 with flag 2 only
///      8   start        process_start
///      4   process group
///      4   session
///      8   since        microseconds since 1970: READY, or started, since then
///      4   restarts
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/keeper/process.h"
#include "cluster/keeper/server_key.h"
#include "engine/base/bytes.h"
#include "engine/base/liveness.h"
#include "engine/base/result.h"

namespace hw::cluster {

enum class ProcessKind : std::uint8_t { Server = 1, Step = 2 };

struct ProcessRow {
  ProcessKind kind = ProcessKind::Server;
  ServerKey key;
  bool ready = false;
  bool ended_well = false;
  ProcessIdentity identity;
  ProcessGroup group;
  std::uint64_t since_us = 0;
  std::uint32_t restarts = 0;
  friend bool operator==(const ProcessRow&, const ProcessRow&) = default;
};

/// What an agent wrote.
struct ProcessRows {
  std::string boot;
  std::uint64_t pid_space = 0;
  std::vector<ProcessRow> rows;
  friend bool operator==(const ProcessRows&, const ProcessRows&) = default;
};

std::string encode(const ProcessRows& rows);
/// Errors: HWTABLEBAD, with `path` as its name.
Result<ProcessRows> decode_process_rows(Bytes bytes, std::string_view path);

/// A row and what has become of its process.
struct FoundProcess {
  ProcessRow row;
  Liveness liveness = Liveness::Gone;
};

/// The table of a running agent. Thread: one.
class ProcessTable {
 public:
  explicit ProcessTable(std::string path) : path_(std::move(path)) {}

  /// What an earlier agent has left. Rows of processes that live, or may, stay in the table until they are put again or
  /// dropped. No file: no rows. One that is damaged is kept beside it as `<path>-damaged`.
  /// Errors: HWTABLEBAD; SYSCALL.
  Result<std::vector<FoundProcess>> load();

  /// Adds or replaces the row of its kind and key. Errors: SYSCALL; HWTABLEBAD for a row more than kProcessesMax, and
  /// for a name that is too long. The table is then as it was.
  Status put(const ProcessRow& row);
  /// It is dropped in memory at any rate, and from the file by the next call that does not fail. Errors: SYSCALL.
  Status drop(ProcessKind kind, const ServerKey& key);
  bool has(ProcessKind kind, const ServerKey& key) const { return rows_.contains({kind, key}); }

 private:
  using RowKey = std::pair<ProcessKind, ServerKey>;
  Status save() const;
  std::string path_;
  std::map<RowKey, ProcessRow> rows_;
};

}  // namespace hw::cluster

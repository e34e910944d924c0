/// test/sim/powerloss/file_log.h -- what of one file is on disk.
///
/// `ID.durable` is the file as it is on disk; `ID.log` holds how it became so: each sync's changed sectors, and samples
/// of what was not yet synced. A sync appends to the log, moves the log's end, and then brings `ID.durable` up; a
/// process killed between leaves that to the next one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "test/sim/powerloss/recording.h"

namespace hw::powerloss {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kNoSize = ~0ull;

struct LogHeader {
  char label[8];
  std::uint64_t end;      ///< of the records
  std::uint64_t applied;  ///< records before it are in ID.durable
  std::uint64_t durable_bytes;
  std::uint64_t least_bytes;  ///< smallest size that it was cut to since the last sync; kNoSize: it was not
  std::uint64_t name_sync;    ///< sequence of the last fsync, which may make names durable
  std::uint64_t syncs;
};

enum class LogType : std::uint32_t {
  Sync = 1,  ///< from here on `offset`..+`bytes` is on disk, size `size`; its changed sectors follow
  Sectors,   ///< on disk
  Sample,    ///< in memory at that time
};

struct LogRecord {
  std::uint32_t magic;
  LogType type;
  std::uint64_t sequence;
  std::uint64_t offset;
  std::uint64_t bytes;
  std::uint64_t size;
  std::uint64_t checksum;  ///< XXH3 of the fields before and of the content
};

/// What a sync covers.
struct SyncRange {
  std::uint64_t begin = 0;
  std::uint64_t end = kNoSize;
  bool names = false;  ///< fsync: also what a journaling file system writes of its names
};

/// Calls `found` for each run of sectors in [begin, end) in which the two files differ; behind its end a file is zeros.
/// Holes in both are skipped.
Done for_each_difference(int a, int b, std::uint64_t begin, std::uint64_t end,
                         const std::function<Done(std::uint64_t offset, std::span<const std::byte> in_a,
                                                  std::span<const std::byte> in_b)>& found);

/// Makes log and durable copy of a file: empty, or with the content that `fd` has now.
Done create_file_log(const Recording& recording, std::uint64_t file, int fd);
/// A sync of [begin, end): what the file holds now is on disk from here on. `fd` can be read; its position is moved.
Done record_sync(const Recording& recording, std::uint64_t file, int fd, const SyncRange& range,
                 std::uint64_t sequence);
/// The file was cut to `bytes`.
Done record_cut(const Recording& recording, std::uint64_t file, std::uint64_t bytes);
/// Notes what is not yet synced, at most `bytes_max` of it.
Done record_sample(const Recording& recording, std::uint64_t file, int fd, std::uint64_t bytes_max,
                   std::uint64_t sequence);

/// Header of the log, with the durable copy brought up. Errors: text.
Outcome<LogHeader> settled_header(const Recording& recording, std::uint64_t file);
/// Every record of the log with its content, checked. Errors: the damage, in words.
Done for_each_record(const Recording& recording, std::uint64_t file,
                     const std::function<Done(const LogRecord&, std::span<const std::byte>)>& found);

}  // namespace hw::powerloss

#include "cluster/board/history_file.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {

Status append_history(const std::string& path, const HistoryEntry& entry) {
  HW_TRY(const File file, File::open(path, O_RDWR | O_CREAT | O_NOFOLLOW));
  HW_TRY(const std::uint64_t end, file.size());
  std::string line = encode_history_line(entry);
  if (end > 0) {
    std::byte last{};
    HW_TRY_VOID(file.read_exact(end - 1, MutableBytes(&last, 1)));
    if (last != std::byte{'\n'}) line.insert(line.begin(), '\n');
  }
  return file.write_all(end, as_bytes(line));
}

Result<DecodedHistory> read_history(const std::string& path) {
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value() && file.error().os_errno == ENOENT) return DecodedHistory{};
  if (!file.has_value()) return std::move(file).error();
  HW_TRY(const std::uint64_t bytes, file->size());
  const std::uint64_t from = bytes - std::min<std::uint64_t>(bytes, kHistoryFileBytesMax);
  std::string lines(bytes - from, '\0');
  HW_TRY_VOID(file->read_exact(from, std::as_writable_bytes(std::span(lines))));
  if (from > 0) lines.erase(0, lines.find('\n') + 1);  // The first line may be a part of one.
  return decode_history(lines);
}

std::uint64_t next_history_number(const std::vector<HistoryEntry>& entries, std::string_view node) {
  std::uint64_t highest = 0;
  for (const HistoryEntry& entry : entries)
    if (entry.node == node) highest = std::max(highest, entry.number);
  return highest + 1;
}

}  // namespace hw::cluster

#include "cluster/keeper/process_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "engine/base/boot.h"
#include "engine/base/checksum.h"
#include "engine/base/file.h"
#include "engine/base/file_kind.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kMagic = "HWPT";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeadBytes = 16;
constexpr std::size_t kBootBytesMax = 64;
constexpr std::uint8_t kFlagReady = 1;
constexpr std::uint8_t kFlagEndedWell = 2;
/// Of a file: a row has 38 bytes and two names.
constexpr std::size_t kTableBytesMax =
    kHeadBytes + 14 + kBootBytesMax + kProcessesMax * (42 + 2 * kProcessNameBytesMax);

void append_text(std::string& out, std::string_view text) {
  append_le(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

std::string take_text(ByteReader& reader, std::size_t bytes_max, bool& fits) {
  const std::size_t bytes = reader.take<std::uint16_t>();
  fits = fits && bytes <= bytes_max;
  return std::string(reader.take_text(bytes));
}

void append_row(std::string& out, const ProcessRow& row) {
  append_le(out, static_cast<std::uint8_t>(row.kind));
  append_le(out, static_cast<std::uint8_t>((row.ready ? kFlagReady : 0) | (row.ended_well ? kFlagEndedWell : 0)));
  append_le(out, row.key.number);
  append_text(out, row.key.group);
  append_text(out, row.key.name);
  append_le(out, row.identity.pid);
  append_le(out, row.identity.start);
  append_le(out, row.group.group);
  append_le(out, row.group.session);
  append_le(out, row.since_us);
  append_le(out, row.restarts);
}

/// False for a row that this version does not write.
bool take_row(ByteReader& reader, ProcessRow& row) {
  const auto kind = reader.take<std::uint8_t>();
  const auto flags = reader.take<std::uint8_t>();
  bool fits = true;
  row.kind = static_cast<ProcessKind>(kind);
  row.ready = (flags & kFlagReady) != 0;
  row.ended_well = (flags & kFlagEndedWell) != 0;
  row.key.number = reader.take<std::uint32_t>();
  row.key.group = take_text(reader, kProcessNameBytesMax, fits);
  row.key.name = take_text(reader, kProcessNameBytesMax, fits);
  row.identity.pid = reader.take<std::uint32_t>();
  row.identity.start = reader.take<std::uint64_t>();
  row.group.group = reader.take<std::uint32_t>();
  row.group.session = reader.take<std::uint32_t>();
  row.since_us = reader.take<std::uint64_t>();
  row.restarts = reader.take<std::uint32_t>();
  return reader.ok() && fits && (kind == 1 || kind == 2) && (flags & ~(kFlagReady | kFlagEndedWell)) == 0 &&
         (row.identity.pid != 0 || row.ended_well);
}

Error bad(std::string_view path, std::string_view why) { return make_error<MsgId::HWTABLEBAD>(path, why); }

/// Of a row of this boot, or of one that may be.
Liveness liveness_of_row(const ProcessRow& row, std::uint64_t pid_space) {
  if (row.identity.pid == 0) return Liveness::Gone;
  const Liveness seen = liveness_of(row.identity.pid, row.identity.start, pid_space);
  // Without its start any process of that number would do.
  return seen == Liveness::Lives && row.identity.start == 0 ? Liveness::Unsure : seen;
}

}  // namespace

std::string encode(const ProcessRows& rows) {
  std::string body;
  append_le(body, rows.pid_space);
  append_text(body, rows.boot);
  append_le(body, static_cast<std::uint32_t>(rows.rows.size()));
  for (const ProcessRow& row : rows.rows) append_row(body, row);
  std::string out(kMagic);
  append_le(out, kVersion);
  append_le(out, std::uint16_t{0});
  append_le(out, checksum(as_bytes(body)));
  return out + body;
}

Result<ProcessRows> decode_process_rows(Bytes bytes, std::string_view path) {
  ByteReader head(bytes);
  const std::string_view magic = head.take_text(kMagic.size());
  const auto version = head.take<std::uint16_t>();
  const auto reserved = head.take<std::uint16_t>();
  const auto sum = head.take<std::uint64_t>();
  if (!head.ok() || magic != kMagic) return bad(path, "it is no table of processes");
  if (version != kVersion || reserved != 0) return bad(path, fmt::format("it is of version {}", version));
  const Bytes body = bytes.subspan(kHeadBytes);
  if (checksum(body) != sum) return bad(path, "its checksum is wrong");
  ByteReader reader(body);
  ProcessRows out;
  bool fits = true;
  out.pid_space = reader.take<std::uint64_t>();
  out.boot = take_text(reader, kBootBytesMax, fits);
  const auto count = reader.take<std::uint32_t>();
  if (!reader.ok() || !fits || count > kProcessesMax) return bad(path, "its head is wrong");
  for (std::uint32_t i = 0; i < count; ++i) {
    ProcessRow row;
    if (!take_row(reader, row)) return bad(path, fmt::format("row {} is wrong", i));
    out.rows.push_back(std::move(row));
  }
  if (!reader.at_end()) return bad(path, "something follows its rows");
  return out;
}

Result<std::vector<FoundProcess>> ProcessTable::load() {
  std::vector<FoundProcess> found;
  if (!file_exists(path_)) return found;
  HW_TRY(const std::string text, read_file(path_, kTableBytesMax));
  Result<ProcessRows> decoded = decode_process_rows(as_bytes(text), path_);
  if (!decoded.has_value()) {
    HW_TRY_VOID(rename_file(path_, path_ + "-damaged"));
    return decoded.error();
  }
  // A different id proves nothing where one of them could not be read (engine/base/boot.h).
  const bool was_this_boot = is_this_boot(decoded->boot);
  const bool may_be_this_boot = was_this_boot || decoded->boot == "unknown" || boot_id() == "unknown";
  for (ProcessRow& row : decoded->rows) {
    row.ended_well = row.ended_well && was_this_boot;
    FoundProcess process{row, may_be_this_boot ? liveness_of_row(row, decoded->pid_space) : Liveness::Gone};
    if (process.liveness != Liveness::Gone || row.ended_well) rows_[{row.kind, row.key}] = row;
    found.push_back(std::move(process));
  }
  return found;
}

Status ProcessTable::put(const ProcessRow& row) {
  const RowKey key{row.kind, row.key};
  if (row.key.group.size() > kProcessNameBytesMax || row.key.name.size() > kProcessNameBytesMax)
    return bad(path_, fmt::format("{} is a name of more than {} bytes", row.key.name, kProcessNameBytesMax));
  if (rows_.size() >= kProcessesMax && !rows_.contains(key))
    return bad(path_, fmt::format("it has {} processes already", kProcessesMax));
  const auto before = rows_.find(key) != rows_.end() ? std::optional<ProcessRow>(rows_[key]) : std::nullopt;
  rows_[key] = row;
  Status saved = save();
  if (saved.has_value()) return saved;
  if (before) {
    rows_[key] = *before;
  } else {
    rows_.erase(key);
  }
  return saved;
}

Status ProcessTable::drop(ProcessKind kind, const ServerKey& key) {
  if (rows_.erase({kind, key}) == 0) return {};
  return save();
}

Status ProcessTable::save() const {
  ProcessRows all{boot_id().substr(0, kBootBytesMax), own_pid_space(), {}};
  for (const auto& [key, row] : rows_) all.rows.push_back(row);
  const std::string unfinished = path_ + ".new";
  HW_TRY_VOID(check_replaceable(path_));
  HW_TRY_VOID(remove_left_over(unfinished));
  HW_TRY(const File file, File::open(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0600));
  Status written = file.write_all(0, as_bytes(encode(all)));
  if (written.has_value()) written = rename_file(unfinished, path_);
  if (!written.has_value()) (void)remove_file(unfinished);  // What stays makes room for the next one.
  return written;
}

}  // namespace hw::cluster

#include "replic/instance/instance_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <vector>

#include "engine/base/file_rights.h"
#include "engine/base/sync_point.h"
#include "replic/link/protocol_level.h"

namespace hw {
namespace {

constexpr std::uint64_t kLockByte = 1ULL << 62;  // Far after the data: reading and writing are not hindered.
constexpr std::uint64_t kGrowthRecords = 16;
constexpr std::uint64_t kRegionListAlign = 4096;

CellPlace slot_place(std::size_t index) { return *cell_at(slot_offset(index), 0); }
CellPlace history_place(std::size_t number) {
  return *cell_at(history_offset(number), static_cast<std::uint32_t>(number) + 1);
}

FileId random_id() {
  std::random_device device;
  FileId id{};
  for (std::size_t i = 0; i < id.size(); i += 4) put_le<std::uint32_t>(id, i, device());
  return id;
}

void learn(InstanceHeader& header, std::uint64_t epoch) {
  header.fencing_epoch = std::max(header.fencing_epoch, epoch);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, std::min(text.find('\0'), text.size()))) out += (c >= ' ' && c <= '~') ? c : '.';
  return out;
}

}  // namespace

// The newest valid copy of a twin cell.
struct InstanceFile::Cell {
  std::vector<std::byte> bytes;
  std::uint64_t generation = 0;  // 0: neither copy is valid
  unsigned copy = 1;             // which one it is; the next write goes to the other
};

class InstanceFile::Lock {
 public:
  static Result<Lock> take(const File& file, FileLock::Kind kind) {
    if (Status held = FileLock::wait(file, kLockByte, kind); !held.has_value())
      return rename_error<MsgId::REPLINSTACC>(std::move(held).error(), file.path());
    return Lock(&file);
  }
  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  Lock& operator=(Lock&&) = delete;
  // Closing the file releases the lock as well, so a failure here has no consequence that lasts.
  ~Lock() {
    if (file_ != nullptr) (void)FileLock::unlock(*file_, kLockByte);
  }

 private:
  explicit Lock(const File* file) : file_(file) {}
  const File* file_;
};

InstanceFile::InstanceFile(InstanceFile&& other) noexcept = default;
InstanceFile& InstanceFile::operator=(InstanceFile&& other) noexcept = default;
InstanceFile::~InstanceFile() = default;

Error InstanceFile::format_error(std::string_view expected, std::string_view found) const {
  return make_error<MsgId::REPLINSTFMT>(path(), expected, found);
}

Status InstanceFile::read_at(std::uint64_t offset, MutableBytes out) const {
  if (Status status = file_.read_exact(offset, out); !status.has_value())
    return rename_error<MsgId::REPLINSTREAD>(std::move(status).error(), out.size(), offset, path());
  return {};
}

Status InstanceFile::write_at(std::uint64_t offset, Bytes in) const {
  if (Status status = file_.write_all(offset, in); !status.has_value())
    return rename_error<MsgId::REPLINSTWRITE>(std::move(status).error(), in.size(), offset, path());
  if (Status status = sync_data_at(SyncPoint::InstanceCell, file_); !status.has_value())
    return rename_error<MsgId::REPLINSTFSYNC>(std::move(status).error(), path());
  return {};
}

Result<InstanceFile::Cell> InstanceFile::read_cell(const CellPlace& place) const {
  std::vector<std::byte> both(2 * place.bytes);
  HW_TRY_VOID(read_at(place.offset, both));
  Cell cell;
  cell.bytes.resize(place.bytes);
  for (unsigned copy = 0; copy < 2; ++copy) {
    const Bytes bytes = Bytes(both).subspan(copy * place.bytes, place.bytes);
    const std::uint64_t generation = cell_generation(bytes, place.label);
    if (generation <= cell.generation) continue;
    cell.generation = generation;
    cell.copy = copy;
    std::copy(bytes.begin(), bytes.end(), cell.bytes.begin());
  }
  return cell;
}

// Writes `copy`, sealed with the generation after cell's, over the older copy, and syncs it.
Status InstanceFile::write_cell(const CellPlace& place, const Cell& cell, MutableBytes copy) {
  put_le<std::uint64_t>(copy, 8, cell.generation + 1);
  seal_cell(copy);
  return write_at(place.offset + (cell.copy == 0 ? place.bytes : 0), copy);
}

Status InstanceFile::write_header(const InstanceHeader& header) {
  HW_TRY(const Cell cell, read_cell(header_place()));
  std::array<std::byte, kInstanceHeaderBytes> copy{};
  encode_header(header, 0, copy);
  HW_TRY_VOID(write_cell(header_place(), cell, copy));
  header_ = header;
  return {};
}

Status InstanceFile::write_slot(std::size_t index, const InstanceSlot& slot) {
  HW_TRY(const Cell cell, read_cell(slot_place(index)));
  std::array<std::byte, kSlotBytes> copy{};
  encode_slot(slot, index, 0, copy);
  HW_TRY_VOID(write_cell(slot_place(index), cell, copy));
  slots_[index] = slot;
  return {};
}

namespace {

constexpr std::string_view kGtmInstanceLabel = "GDSRPLUN";  ///< GT.M's begin with it, of every version

/// Only an instance file makes room for another one, also one of GT.M; so does an empty file. Errors: FILEEXISTS.
Status check_replaceable(const std::string& path) {
  const auto refuse = [&](std::string_view what) { return make_error<MsgId::FILEEXISTS>(path).note(what); };
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value())
    return refuse("It cannot be looked at, and is left as it is").with_errno(file.error().os_errno);
  HW_TRY(const std::uint64_t bytes, file->size());
  if (bytes == 0) return {};
  // Of both copies of the header: one of them may be damaged, which is a reason to make the file anew.
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{kInstanceHeaderBytes}}) {
    std::array<std::byte, kInstanceLabel.size()> label{};
    if (at + label.size() > bytes || !file->read_exact(at, label).has_value()) continue;
    const std::string_view text = as_text(label);
    if (text == kInstanceLabel || text == kDualSiteLabel || text == kGtmInstanceLabel) return {};
  }
  return refuse("It is no replication instance file, and is left as it is");
}

}  // namespace

Result<InstanceFile::Created> InstanceFile::create(const std::optional<InstanceName>& name, const Creation& how) {
  HW_TRY(const std::uint16_t level, protocol_level_from_environment());
  HW_CHECK(name.has_value() == (level >= kLevelMultiSite));
  Created created{InstanceFile(File{}, level), std::nullopt};
  const auto failed = [&](Error error) { return rename_error<MsgId::REPLINSTCREAT>(std::move(error), how.path); };
  std::optional<FileRights> former;
  if (file_exists(how.path)) {
    if (!how.replace) return make_error<MsgId::FILEEXISTS>(how.path);
    HW_TRY_VOID(check_replaceable(how.path));
    if (const auto rights = rights_of(how.path); rights.has_value()) former = *rights;
    created.renamed_to = stamped_name(how.path);
    if (Status status = rename_file(how.path, *created.renamed_to); !status.has_value())
      return failed(std::move(status).error());
  }
  Result<File> file =
      former ? create_like(how.path, *former, Likeness::Same) : File::open(how.path, O_RDWR | O_CREAT | O_EXCL, 0666);
  if (!file.has_value()) {
    if (file.error().os_errno == EEXIST) return make_error<MsgId::FILEEXISTS>(how.path);
    return failed(std::move(file).error());
  }

  std::vector<std::byte> image(history_offset(kGrowthRecords));
  InstanceHeader header;
  header.level = level;
  if (name) header.name = name->view();
  header.file_id = random_id();
  header.creator_pid = how.pid;
  header.created_s = how.now_s;
  header.node_name = how.node_name.substr(0, 16);
  encode_header(header, 1, MutableBytes(image).first(kInstanceHeaderBytes));
  for (std::size_t i = 0; i < kSlotsMax; ++i)
    encode_slot(InstanceSlot{}, i, 1, MutableBytes(image).subspan(slot_offset(i), kSlotBytes));

  Status status = file->write_all(0, image);
  if (status.has_value()) status = sync_at(SyncPoint::InstanceCreated, *file);
  if (status.has_value()) status = sync_folder_at(SyncPoint::InstanceCreatedName, how.path);
  if (!status.has_value()) {
    const Error why = std::move(status).error();
    (void)remove_file(how.path);  // The first failure is the one to report.
    if (created.renamed_to) (void)rename_file(*created.renamed_to, how.path);
    return failed(why);
  }
  created.file = InstanceFile(std::move(*file), level);
  HW_TRY_VOID(created.file.load());
  return created;
}

Status InstanceFile::close() {
  const std::string name = path();
  if (Status status = file_.close(); !status.has_value())
    return rename_error<MsgId::REPLINSTCLOSE>(std::move(status).error(), name);
  return {};
}

Result<InstanceFile> InstanceFile::open_unread(const std::string& path, bool writable) {
  HW_TRY(const std::uint16_t level, protocol_level_from_environment());
  Result<File> file = File::open(path, writable ? O_RDWR : O_RDONLY);
  if (file.has_value()) return InstanceFile(std::move(*file), level);
  if (file.error().os_errno == ENOENT) return make_error<MsgId::FILENOTFND>(path);
  return rename_error<MsgId::REPLINSTOPEN>(std::move(file).error(), path);
}

Result<InstanceFile> InstanceFile::open(const std::string& path, bool writable) {
  HW_TRY(InstanceFile out, open_unread(path, writable));
  HW_TRY_VOID(out.refresh());
  return out;
}

Status InstanceFile::refresh() {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Shared));
  return load();
}

Status InstanceFile::check_label() const {
  HW_TRY(const Cell cell, read_cell(header_place()));
  if (cell.generation != 0) return {};
  std::array<std::byte, 8> label{};
  HW_TRY_VOID(read_at(0, label));
  const std::string_view expected = instance_label(level_);
  if (as_text(label) != expected) return format_error(expected, printable(as_text(label)));
  return format_error("a header with its checksum", "none");
}

Status InstanceFile::load() {
  HW_TRY_VOID(check_label());
  HW_TRY(const Cell cell, read_cell(header_place()));
  InstanceHeader header;
  if (decode_header(cell.bytes, header) != CellVerdict::Good)
    return format_error(fmt::format("format {} or {}", kInstanceFormatPlain, kInstanceFormatFencing),
                        fmt::format("format {}", get_le<std::uint32_t>(cell.bytes, 16)));

  std::array<InstanceSlot, kSlotsMax> slots;
  for (std::size_t i = 0; i < kSlotsMax; ++i) {
    HW_TRY(const Cell slot, read_cell(slot_place(i)));
    if (slot.generation == 0 || decode_slot(slot.bytes, i, slots[i]) != CellVerdict::Good)
      return format_error(fmt::format("slot {}", i), "none");
  }

  std::vector<HistoryRecord> records;
  for (std::size_t n = 0; n < header.history_count; ++n) {
    HW_TRY(const Cell record, read_cell(history_place(n)));
    HistoryRecord decoded;
    if (record.generation == 0 || decode_history(record.bytes, n, decoded) != CellVerdict::Good ||
        (!records.empty() && decoded.start <= records.back().start))
      return format_error(fmt::format("history record {}", n), "none");
    records.push_back(std::move(decoded));
  }
  header_ = std::move(header);
  slots_ = std::move(slots);
  history_ = History(std::move(records));
  return {};
}

Status InstanceFile::look_at_newest(const std::function<void(const InstanceHeader&)>& look) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Shared));
  HW_TRY_VOID(load());
  look(header_);
  return {};
}

Status InstanceFile::update_header(const std::function<void(InstanceHeader&)>& change) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  change(header);
  HW_CHECK(header.history_count == header_.history_count);
  return write_header(header);
}

Result<RegionList> InstanceFile::region_list() {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Shared));
  HW_TRY_VOID(load());
  return read_regions();
}

// What is not a whole list, or not the one that the header means, is none: nothing is refused then.
Result<RegionList> InstanceFile::read_regions() const {
  const std::uint64_t offset = header_.region_list_offset;
  if (offset < kHistoryOffset) return RegionList();
  HW_TRY(const std::uint64_t size, file_.size());
  const auto fits = [&](std::size_t bytes) { return offset <= size && bytes <= size - offset; };
  if (!fits(kRegionListHeadBytes)) return RegionList();
  std::vector<std::byte> bytes(kRegionListHeadBytes);
  HW_TRY_VOID(read_at(offset, bytes));
  const std::size_t whole = region_list_bytes(Bytes(bytes));
  if (whole == 0 || !fits(whole)) return RegionList();
  bytes.resize(whole);
  HW_TRY_VOID(read_at(offset, bytes));
  RegionList list;
  if (!decode_region_list(bytes, list) || checksum_of_list(bytes) != header_.region_list_checksum) return RegionList();
  return list;
}

// Behind the room that the history takes next, and not over the list that counts until the header names another.
std::uint64_t InstanceFile::place_for_regions(std::size_t bytes) const {
  constexpr std::uint64_t kMost = region_list_bytes(kRegionsMax);
  const auto aligned = [](std::uint64_t at) {
    return (at + kRegionListAlign - 1) / kRegionListAlign * kRegionListAlign;
  };
  const std::uint64_t first = aligned(history_offset(header_.history_count + kGrowthRecords));
  const std::uint64_t present = header_.region_list_offset;
  if (present == 0 || present >= first + bytes || present + kMost <= first) return first;
  return aligned(present + kMost);
}

Status InstanceFile::update_regions(const RegionList& list, const std::function<void(InstanceHeader&)>& change) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  change(header);
  HW_CHECK(header.history_count == header_.history_count);
  const std::string bytes = encode_region_list(list);
  header.region_list_offset = place_for_regions(bytes.size());
  header.region_list_checksum = checksum_of_list(as_bytes(bytes));
  // A full disk must not keep an instance from coming to rest: without the list nothing is refused.
  if (!write_at(header.region_list_offset, as_bytes(bytes)).has_value()) header.forget_regions();
  return write_header(header);
}

std::optional<std::size_t> InstanceFile::find_slot(std::string_view name) const {
  for (std::size_t i = 0; i < kSlotsMax; ++i)
    if (slots_[i].used() && slots_[i].name == name) return i;
  return std::nullopt;
}

Result<std::size_t> InstanceFile::assign_slot(const InstanceName& secondary, std::uint32_t pid, std::uint64_t now_s,
                                              const std::function<bool(std::size_t, const InstanceSlot&)>& alive) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  std::optional<std::size_t> chosen = find_slot(secondary.view());
  if (chosen && alive(*chosen, slots_[*chosen]))
    return make_error<MsgId::SRCSRVEXISTS>(secondary.view(), slots_[*chosen].pid);
  InstanceSlot slot;
  const std::size_t slots = slots_of(level_);
  if (chosen) {
    slot = slots_[*chosen];
  } else if (level_ == kLevelDualSite) {
    // One secondary, whatever it is called here: what was sent to it stays known.
    if (slots_[0].used() && alive(0, slots_[0])) return make_error<MsgId::SRCSRVTOOMANY>(slots, path());
    chosen = 0;
    slot = slots_[0];
    slot.name = secondary.view();
    if (slot.send_next.value == 0) slot.send_next = Seqno{1};
  } else {
    slot.name = secondary.view();
    slot.send_next = Seqno{1};
    for (std::size_t i = 0; i < kSlotsMax && !chosen; ++i)
      if (!slots_[i].used()) chosen = i;
    for (std::size_t i = 0; i < kSlotsMax && slots_[i].used(); ++i)
      if ((!chosen || (slots_[*chosen].used() && slots_[i].start_s < slots_[*chosen].start_s)) && !alive(i, slots_[i]))
        chosen = i;
  }
  if (!chosen) return make_error<MsgId::SRCSRVTOOMANY>(slots, path());
  slot.pid = pid;
  slot.start_s = now_s;
  HW_TRY_VOID(write_slot(*chosen, slot));
  return *chosen;
}

Status InstanceFile::update_slot(std::size_t index, const std::function<void(InstanceSlot&)>& change) {
  HW_CHECK(index < kSlotsMax);
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceSlot slot = slots_[index];
  change(slot);
  return write_slot(index, slot);
}

Result<std::size_t> InstanceFile::clean_slots(const std::function<bool(std::size_t, const InstanceSlot&)>& alive) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  std::size_t cleaned = 0;
  for (std::size_t i = 0; i < kSlotsMax; ++i) {
    if (!slots_[i].used() || alive(i, slots_[i])) continue;
    HW_TRY_VOID(write_slot(i, InstanceSlot{}));
    ++cleaned;
  }
  return cleaned;
}

// The record first, then the header that counts it: a crash between the two leaves the record unseen, or,
// when it replaces one, replaced by a reign that has no update yet.
Status InstanceFile::append_locked(const HistoryRecord& record, const std::function<void(InstanceHeader&)>& change,
                                   Seqno settled_below) {
  History history = history_;
  if (history.append(record) == History::Append::OutOfOrder)
    return make_error<MsgId::REPLINSTSEQORD>("New history record", record.start.value, history.last().start.value,
                                             path());
  const std::size_t number = history.last().number;
  if (number >= kHistoryRecordsMax)
    return format_error(fmt::format("at most {} history records", kHistoryRecordsMax), "one more");
  Result<std::uint64_t> bytes = file_.size();
  if (!bytes.has_value()) return rename_error<MsgId::REPLINSTACC>(std::move(bytes).error(), path());
  if (*bytes < history_offset(number + 1)) {
    const std::uint64_t more = history_offset(number + kGrowthRecords) - *bytes;
    if (Status status = file_.allocate(*bytes, more); !status.has_value())
      return rename_error<MsgId::REPLINSTWRITE>(std::move(status).error(), more, *bytes, path());
  }
  HW_TRY(const Cell cell, read_cell(history_place(number)));
  std::array<std::byte, kHistoryBytes> copy{};
  encode_history(history.last(), 0, copy);
  HW_TRY_VOID(write_cell(history_place(number), cell, copy));

  InstanceHeader header = header_;
  change(header);
  if (!history_.empty() && history_.last().root_name != record.root_name && record.start >= settled_below)
    header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, record.start);
  header.history_count = static_cast<std::uint32_t>(number) + 1;
  if (header != header_) HW_TRY_VOID(write_header(header));
  history_ = std::move(history);
  return {};
}

Status InstanceFile::append_history(const HistoryRecord& record) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  return append_locked(record, [](InstanceHeader&) {});
}

Status InstanceFile::receive_history(HistoryRecord record, HistoryKind first_kind, Seqno settled_below) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (!history_.empty() && same_reign(history_.last(), record)) return {};
  // A record of what the instance was made with is the first, or comes too late.
  if (first_kind == HistoryKind::UpdateResync && !history_.empty() && record.start < history_.last().start) return {};
  record.kind = history_.empty() ? first_kind : HistoryKind::Normal;
  return append_locked(
      record, [&](InstanceHeader& header) { learn(header, record.fence); }, settled_below);
}

Status InstanceFile::learn_epoch(std::uint64_t epoch) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (epoch <= header_.fencing_epoch) return {};
  InstanceHeader header = header_;
  learn(header, epoch);
  return write_header(header);
}

Status InstanceFile::begin_reign(Seqno next_seqno, std::uint32_t pid, std::uint64_t now_s, std::uint64_t epoch) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  if (is_dual_site()) {
    InstanceSlot slot = slots_[0];
    slot.send_next = next_seqno;
    slot.acked_next = Seqno{0};
    HW_TRY_VOID(write_slot(0, slot));
    InstanceHeader header = header_;
    if (!header.root_primary && next_seqno.value > 1)
      header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, next_seqno);
    header.root_primary = true;
    header.seqno = next_seqno;
    return write_header(header);
  }
  HistoryRecord record;
  record.root_name = header_.name;
  record.start = next_seqno;
  record.cycle = header_.root_cycle + 1;
  record.creator_pid = pid;
  record.created_s = now_s;
  // By hand, too, a reign is none that others have fenced out, once there are epochs.
  const std::uint64_t known = header_.fencing_epoch;
  record.fence = epoch != 0 || known == 0 ? epoch : known + 1;
  return append_locked(record, [&](InstanceHeader& header) {
    learn(header, record.fence);
    header.root_cycle += 1;
    header.root_primary = true;
    header.seqno = next_seqno;
  });
}

Status InstanceFile::mark(Seqno from) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  header.zqgblmod_seqno = lower_mark(header.zqgblmod_seqno, from);
  return header == header_ ? Status() : write_header(header);
}

Status InstanceFile::cut_history(Seqno next_seqno) {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    InstanceSlot slot = slots_[i];
    slot.send_next = std::min(slot.send_next, next_seqno);
    slot.acked_next = std::min(slot.acked_next, next_seqno);
    if (slot != slots_[i]) HW_TRY_VOID(write_slot(i, slot));
  }
  History history = history_;
  history.truncate(next_seqno);
  InstanceHeader header = header_;
  header.history_count = static_cast<std::uint32_t>(history.records().size());
  header.seqno = next_seqno;
  header.zqgblmod_seqno = std::min(header.zqgblmod_seqno, next_seqno);
  HW_TRY_VOID(write_header(header));
  history_ = std::move(history);
  return {};
}

Status InstanceFile::become_own(const std::optional<InstanceName>& name, Seqno next_seqno) {
  // A reign's record is there before its first update, so the file may know of one that begins later.
  HW_TRY_VOID(cut_history(next(next_seqno)));
  HW_TRY(const std::size_t secondaries, clean_slots([](std::size_t, const InstanceSlot&) { return false; }));
  (void)secondaries;
  return update_header([&](InstanceHeader& header) {
    header.file_id = random_id();
    if (name) header.name = name->view();
    header.forget_regions();
    mark_shut_down(header, next_seqno);
  });
}

Result<InstanceFile::Whole> InstanceFile::read_whole(const std::string& path) {
  HW_TRY(InstanceFile file, open_unread(path, /*writable=*/false));
  HW_TRY(const Lock lock, Lock::take(file.file_, FileLock::Kind::Shared));
  HW_TRY_VOID(file.load());
  HW_TRY(const std::uint64_t bytes, file.file_.size());
  Whole whole{std::string(bytes, '\0'), file.header_};
  HW_TRY_VOID(file.read_at(0, std::as_writable_bytes(std::span(whole.bytes))));
  return whole;
}

Status InstanceFile::write_copy(const File& to, const Whole& from, Seqno next_seqno) {
  HW_TRY_VOID(to.write_all(0, as_bytes(from.bytes)));
  HW_TRY(InstanceFile copy, open(to.path()));
  // A reign's record is there before its first update, so the file may know of one that begins later.
  HW_TRY_VOID(copy.cut_history(next(next_seqno)));
  return copy.update_header([&](InstanceHeader& header) {
    header.forget_regions();
    mark_shut_down(header, next_seqno);
  });
}

Status InstanceFile::check_order() const {
  if (!history_.empty() && header_.seqno < history_.last().start)
    return make_error<MsgId::REPLINSTSEQORD>("Instance file header", header_.seqno.value, history_.last().start.value,
                                             path());
  return {};
}

Error InstanceFile::no_history(Seqno seqno) const {
  return make_error<MsgId::REPLINSTNOHIST>(fmt::format("seqno {0} [{0:#x}]", seqno.value), path());
}

Result<HistoryRecord> InstanceFile::find_history(Seqno seqno, Seqno next_seqno) const {
  const HistoryRecord* record = history_.covering(seqno);
  if (record == nullptr || seqno >= next_seqno) return no_history(seqno);
  return *record;
}

Result<InstanceFile::CellBytes> InstanceFile::read_cells() const {
  HW_TRY(const Lock lock, Lock::take(file_, FileLock::Kind::Shared));
  CellBytes out;
  const auto add = [&](const CellPlace& place, std::vector<std::byte>& to) -> Status {
    HW_TRY(Cell cell, read_cell(place));
    to = std::move(cell.bytes);
    return {};
  };
  HW_TRY_VOID(add(header_place(), out.header));
  for (std::size_t i = 0; i < kSlotsMax; ++i) HW_TRY_VOID(add(slot_place(i), out.slots.emplace_back()));
  for (std::size_t n = 0; n < header_.history_count; ++n)
    HW_TRY_VOID(add(history_place(n), out.history.emplace_back()));
  return out;
}

Result<FieldEdit> InstanceFile::change_field(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                                             std::optional<std::uint64_t> value) {
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return make_error<MsgId::SIZENOTVALID8>();
  HW_CHECK(offset % bytes == 0);
  HW_TRY(InstanceFile file, open_unread(path, value.has_value()));
  HW_TRY(const Lock lock, Lock::take(file.file_, value ? FileLock::Kind::Exclusive : FileLock::Kind::Shared));
  HW_TRY_VOID(file.check_label());
  const auto nothing_there = [&] { return make_error<MsgId::REPLINSTREAD>(bytes, offset, path); };
  const auto place = cell_at(offset, kHistoryRecordsMax, file.level_);
  if (!place) return nothing_there();
  Result<Cell> read = file.read_cell(*place);
  if (!read.has_value() || read->generation == 0) return nothing_there();
  Cell& cell = *read;
  const auto at = static_cast<std::size_t>((offset - place->offset) % place->bytes);

  FieldEdit out;
  for (std::size_t i = bytes; i-- > 0;)
    out.before = (out.before << 8) | std::to_integer<std::uint64_t>(cell.bytes[at + i]);
  out.after = out.before;
  if (!value) return out;
  out.after = bytes == 8 ? *value : *value & ((1ULL << (8 * bytes)) - 1);
  for (std::size_t i = 0; i < bytes; ++i) cell.bytes[at + i] = std::byte(out.after >> (8 * i));
  HW_TRY_VOID(file.write_cell(*place, cell, cell.bytes));
  // A copy counts by its label: a changed one must stand in both, or the other copy would still be read.
  if (at < 8) HW_TRY_VOID(file.write_at(place->offset + cell.copy * place->bytes, cell.bytes));
  return out;
}

}  // namespace hw

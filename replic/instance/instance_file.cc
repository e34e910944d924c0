#include "replic/instance/instance_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>
#include <vector>

#include "engine/base/file_rights.h"
#include "engine/base/sync_point.h"
#include "replic/link/protocol_level.h"

namespace hw {
namespace {

FileId random_id() {
  std::random_device device;
  FileId id{};
  for (std::size_t i = 0; i < id.size(); i += 4) put_le<std::uint32_t>(id, i, device());
  return id;
}

}  // namespace

InstanceFile::InstanceFile(InstanceFile&& other) noexcept = default;
InstanceFile& InstanceFile::operator=(InstanceFile&& other) noexcept = default;
InstanceFile::~InstanceFile() = default;

Status InstanceFile::write_header(const InstanceHeader& header) {
  HW_TRY(const auto cell, cells_.read(cells_.header_place()));
  std::array<std::byte, kInstanceHeaderBytes> copy{};
  encode_header(header, 0, copy);
  HW_TRY_VOID(cells_.write(cells_.header_place(), cell, copy));
  header_ = header;
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
  // Of both copies of the header: one of them may be damaged, which is a reason to rebuild the file.
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
  Created created{InstanceFile(CellFile(File{}, level)), std::nullopt};
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

  std::vector<std::byte> image(history_offset(kHistoryGrowthRecords));
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
  created.file = InstanceFile(CellFile(std::move(*file), level));
  HW_TRY_VOID(created.file.load());
  return created;
}

Result<InstanceFile> InstanceFile::open(const std::string& path, bool writable) {
  HW_TRY(CellFile cells, CellFile::open(path, writable));
  InstanceFile out(std::move(cells));
  HW_TRY_VOID(out.refresh());
  return out;
}

Status InstanceFile::refresh() {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Shared));
  return load();
}

Status InstanceFile::load() {
  HW_TRY_VOID(cells_.check_label());
  HW_TRY(const auto cell, cells_.read(cells_.header_place()));
  InstanceHeader header;
  if (decode_header(cell.bytes, header) != CellVerdict::Good)
    return cells_.format_error(fmt::format("format {} or {}", kInstanceFormatPlain, kInstanceFormatFencing),
                               fmt::format("format {}", get_le<std::uint32_t>(cell.bytes, 16)));

  std::array<InstanceSlot, kSlotsMax> slots;
  for (std::size_t i = 0; i < kSlotsMax; ++i) {
    HW_TRY(const auto slot, cells_.read(slot_place(i)));
    if (slot.generation == 0 || decode_slot(slot.bytes, i, slots[i]) != CellVerdict::Good)
      return cells_.format_error(fmt::format("slot {}", i), "none");
  }

  std::vector<HistoryRecord> records;
  for (std::size_t n = 0; n < header.history_count; ++n) {
    HW_TRY(const auto record, cells_.read(history_place(n)));
    HistoryRecord decoded;
    if (record.generation == 0 || decode_history(record.bytes, n, decoded) != CellVerdict::Good ||
        (!records.empty() && decoded.start <= records.back().start))
      return cells_.format_error(fmt::format("history record {}", n), "none");
    records.push_back(std::move(decoded));
  }
  header_ = std::move(header);
  slots_ = std::move(slots);
  history_ = History(std::move(records));
  return {};
}

Status InstanceFile::look_at_newest(const std::function<void(const InstanceHeader&)>& look) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Shared));
  HW_TRY_VOID(load());
  look(header_);
  return {};
}

Status InstanceFile::update_header(const std::function<void(InstanceHeader&)>& change) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceHeader header = header_;
  change(header);
  HW_CHECK(header.history_count == header_.history_count);
  return write_header(header);
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

}  // namespace hw

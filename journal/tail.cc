#include "journal/tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace hw {
namespace {

constexpr std::size_t kTailPieceBytes = 1 << 20;
constexpr std::size_t kEpochRecordBytes = kRecordHeaderBytes + 16;

struct Remains {
  bool any = false;
  std::optional<std::uint64_t> epoch;  ///< offset of the first whole Epoch record over the place
};

/// An Epoch record that says that `place` had been on disk.
bool is_epoch_over(std::uint64_t place, Bytes in) {
  if (in.size() < kEpochRecordBytes || get_le<std::uint32_t>(in, 8) != kRecordMagic ||
      get_le<std::uint32_t>(in, 12) != kEpochRecordBytes)
    return false;
  Record record;
  Epoch epoch;
  return decode_record(in, record) == RecordVerdict::Good && record.header.type == RecordType::Epoch &&
         decode_epoch(record.body, epoch) && epoch.synced_offset > place;
}

/// A part of a file that is no hole.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The next one from `offset` on; empty at the end of the file when there is none.
Extent next_extent(const File& file, std::uint64_t offset, std::uint64_t file_bytes) {
  const off_t data = ::lseek(file.fd(), static_cast<off_t>(offset), SEEK_DATA);
  if (data < 0 && errno == ENXIO) return {file_bytes, file_bytes};
  if (data < 0) return {offset, file_bytes};  // A file system that does not know holes has none.
  const off_t hole = ::lseek(file.fd(), data, SEEK_HOLE);
  return {std::max(offset, static_cast<std::uint64_t>(data) / 8 * 8),
          hole < 0 ? file_bytes : std::min(file_bytes, static_cast<std::uint64_t>(hole))};
}

/// Looks through [from, end of file), for an Epoch over `place`. Records begin at multiples of 8.
Result<Remains> look_through(const File& file, std::uint64_t from, std::uint64_t place) {
  Remains remains;
  auto size = file.size();
  if (!size.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(size).error(), file.path());
  // What has been read of a hole, ahead of the records too, is memory with zeros, which counts as data: it is given
  // back, and nothing is read ahead from here on. Advisory: without it more is read.
  (void)::posix_fadvise(file.fd(), static_cast<off_t>(from), 0, POSIX_FADV_DONTNEED);
  (void)::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_RANDOM);
  std::vector<std::byte> piece(kTailPieceBytes + kEpochRecordBytes);
  Extent data = next_extent(file, from, *size);
  for (std::uint64_t at = data.begin; at < data.end;) {
    const std::size_t bytes = std::min<std::uint64_t>(kTailPieceBytes, data.end - at);
    const bool last = at + bytes == data.end;
    const MutableBytes in = MutableBytes(piece).first(bytes + (last ? kEpochRecordBytes : 0));
    std::fill(in.begin() + static_cast<std::ptrdiff_t>(bytes), in.end(), std::byte{0});  // As the hole is.
    if (Status status = file.read_exact(at, in.first(bytes)); !status.has_value())
      return rename_error<MsgId::JNLFILEOPNERR>(std::move(status).error(), file.path());
    if (!remains.any) remains.any = std::any_of(in.begin(), in.end(), [](std::byte b) { return b != std::byte{0}; });
    for (std::size_t i = 0; remains.any && i + kEpochRecordBytes <= in.size(); i += 8) {
      if (!is_epoch_over(place, in.subspan(i))) continue;
      remains.epoch = at + i;
      return remains;
    }
    if (last) {
      data = next_extent(file, data.end, *size);
      at = data.begin;
    } else {
      at += bytes - kEpochRecordBytes;  // A record may lie across two pieces.
    }
  }
  return remains;
}

/// What the scan knows while it walks the good records.
class Walk {
 public:
  explicit Walk(const JournalFileHeader& header) {
    tail_.end_offset = kJournalHeaderBytes;
    tail_.next_seqno = header.first_seqno;
    tail_.last_tn = header.first_tn;
    tail_.last_time_us = header.created_us;
  }

  /// False when the record cannot be here.
  bool accept(const Record& record, std::uint64_t end_offset) {
    const RecordHeader& header = record.header;
    if (group_.has_value() && (header.seqno != group_->seqno || header.tn != group_->tn ||
                               (header.type != RecordType::Removed && header.type != RecordType::Transaction)))
      return false;
    switch (header.type) {
      case RecordType::Removed: {
        std::uint32_t update_number = 0;
        if (!decode_removed(record.body, update_number, nodes_)) return false;
        group_ = header;
        return true;
      }
      case RecordType::Transaction: {
        TransactionBody body;
        if (!decode_transaction(record.body, body)) return false;
        if (header.seqno.value != 0) tail_.next_seqno = std::max(tail_.next_seqno, next(header.seqno));
        tail_.last_tn = std::max(tail_.last_tn, header.tn);
        break;
      }
      case RecordType::Epoch: {
        Epoch epoch;
        if (!decode_epoch(record.body, epoch)) return false;
        tail_.next_seqno = std::max(tail_.next_seqno, epoch.reg_seqno);
        break;
      }
      case RecordType::ProcessBegin:
      case RecordType::ProcessEnd:
      case RecordType::EndOfFile:
        break;
    }
    group_.reset();
    tail_.end_offset = end_offset;
    tail_.last_record_bytes = header.total_bytes;
    tail_.last_time_us = std::max(tail_.last_time_us, header.time_us);
    return true;
  }

  bool inside_group() const { return group_.has_value(); }
  JournalTail& tail() { return tail_; }

 private:
  JournalTail tail_;
  std::optional<RecordHeader> group_;  ///< of Removed records whose Transaction record has not come yet
  std::vector<RemovedNode> nodes_;
};

constexpr std::string_view kNotReadable = "The record was written by another release of Headwater, or wrongly";

}  // namespace

Result<JournalTail> find_tail(const std::string& path) {
  HW_TRY(JournalReader reader, JournalReader::open(path));
  if (reader.closing().has_value()) reader.set_end(reader.closing()->end_offset);
  Walk walk(reader.header());
  Record record;
  while (true) {
    const std::uint64_t offset = reader.offset();
    Result<bool> more = reader.next(record);
    if (!more.has_value()) {
      Error& error = more.error();
      if (error.id != MsgId::JNLBADRECFMT) return std::move(error);  // The disk, not the record.
      if (reader.end_verdict() == RecordVerdict::UnknownType) return std::move(error.note(kNotReadable));  // @B
      if (reader.closing().has_value())
        return std::move(error.note("The file was closed in good order; it has been damaged since"));  // @D
      break;
    }
    if (!*more) break;
    if (!walk.accept(record, reader.offset())) return bad_record(path, offset, kNotReadable);  // @B
  }
  const std::uint64_t stopped = reader.offset();
  if (reader.closing().has_value()) {
    if (!walk.inside_group() && stopped == reader.closing()->end_offset) return walk.tail();           // @C
    return bad_record(path, stopped, "The file was closed in good order; it has been damaged since");  // @D
  }
  // What is after an EndOfFile record, or from any other stop on.
  const std::uint64_t from = stopped + (reader.at_end_of_file_record() ? kRecordHeaderBytes : 0);
  HW_TRY(const Remains remains, look_through(reader.file(), from, stopped));
  if (remains.epoch.has_value())  // @E
    return bad_record(path, stopped,
                      fmt::format("{}; the epoch at 0x{:08X} says that this place had been on disk",
                                  verdict_text(reader.end_verdict()), *remains.epoch));
  walk.tail().torn = remains.any || walk.inside_group();  // @G, else @F
  return walk.tail();
}

}  // namespace hw

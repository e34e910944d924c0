#include "journal/backward_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "journal/reader.h"

namespace hw {
namespace {

constexpr std::size_t kBackwardPieceBytes = 1 << 20;

}  // namespace

Result<BackwardReader> BackwardReader::open(const std::string& path, std::uint64_t offset,
                                            std::uint32_t last_record_bytes) {
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(file).error(), path);
  BackwardReader reader;
  HW_TRY(const JournalFileInfo info, read_journal_info(path));
  reader.header_ = info.header;
  reader.file_ = std::move(file).value();
  reader.offset_ = offset;
  reader.before_bytes_ = last_record_bytes;
  return reader;
}

Result<BackwardReader> BackwardReader::open_closed(const std::string& path) {
  HW_TRY(const JournalFileInfo info, read_journal_info(path));
  if (!info.closing.has_value()) return bad_record(path, kJournalHeaderBytes, "The file was not closed in good order");
  const std::uint64_t end = info.closing->end_offset;
  HW_TRY(BackwardReader reader, open(path, end, 0));
  // The EndOfFile record after the data knows the size of the last one.
  std::array<std::byte, kRecordHeaderBytes> bytes{};
  if (Status status = reader.file_.read_exact(end, bytes); !status.has_value())
    return rename_error<MsgId::JNLFILEOPNERR>(std::move(status).error(), path);
  Record record;
  const RecordVerdict verdict = decode_record(bytes, record);
  if (verdict != RecordVerdict::Good || record.header.type != RecordType::EndOfFile)
    return bad_record(path, end, verdict_text(verdict));
  reader.before_bytes_ = record.header.prev_bytes;
  return reader;
}

void BackwardReader::seek(const JournalPlace& place) {
  HW_CHECK(place.generation == header_.generation);
  offset_ = place.offset;
  before_bytes_ = place.last_record_bytes;
}

Result<Bytes> BackwardReader::load(std::uint64_t begin, std::size_t bytes) {
  if (begin < buffer_offset_ || begin + bytes > buffer_offset_ + buffer_bytes_) {
    const std::uint64_t end = begin + bytes;
    const std::uint64_t from =
        std::min(begin, std::max(kJournalHeaderBytes, end - std::min<std::uint64_t>(end, kBackwardPieceBytes)));
    buffer_bytes_ = 0;
    buffer_.resize(std::max<std::size_t>(buffer_.size(), end - from));
    if (Status status = file_.read_exact(from, MutableBytes(buffer_).first(end - from)); !status.has_value()) {
      if (status.error().os_errno == 0) return bad_record(file_.path(), begin, "The file ends before");
      return rename_error<MsgId::JNLFILEOPNERR>(std::move(status).error(), file_.path());
    }
    buffer_offset_ = from;
    buffer_bytes_ = end - from;
  }
  HW_CHECK(begin >= buffer_offset_ && begin + bytes <= buffer_offset_ + buffer_bytes_);
  return Bytes(buffer_).subspan(begin - buffer_offset_, bytes);
}

Result<bool> BackwardReader::previous(Record& record) {
  std::uint64_t place = offset_;
  const auto refuse = [&](std::string_view why) { return bad_record(file_.path(), place, why); };
  if (before_bytes_ == 0) {
    if (offset_ != kJournalHeaderBytes) return refuse("no record ends here");
    return false;
  }
  if (before_bytes_ < kRecordHeaderBytes || before_bytes_ > kRecordBytesMax ||
      before_bytes_ > offset_ - std::min<std::uint64_t>(offset_, kJournalHeaderBytes))
    return refuse("the size of the record before is out of range");
  place = offset_ - before_bytes_;
  HW_TRY(const Bytes in, load(place, before_bytes_));
  const RecordVerdict verdict = decode_record(in, record);
  if (verdict != RecordVerdict::Good) return refuse(verdict_text(verdict));
  if (record.header.total_bytes != before_bytes_) return refuse("the record before has another size");
  offset_ = place;
  before_bytes_ = record.header.prev_bytes;
  return true;
}

Result<std::uint64_t> journal_time_at(const std::string& path, std::uint64_t offset, std::uint32_t last_record_bytes) {
  HW_TRY(BackwardReader reader, BackwardReader::open(path, offset, last_record_bytes));
  Record record;
  HW_TRY(const bool any, reader.previous(record));
  return std::max(reader.header().created_us, any ? record.header.time_us : 0);
}

}  // namespace hw

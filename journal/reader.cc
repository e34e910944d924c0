#include "journal/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace hw {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Reads until `out` is full or the file ends.
Result<std::size_t> read_up_to(const File& file, std::uint64_t offset, MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(file.fd(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return rename_error<MsgId::JNLFILEOPNERR>(system_error("pread()", file.path()), file.path());
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

Error bad_record(const std::string& path, std::uint64_t offset, std::string_view why) {
  Error error = make_error<MsgId::JNLBADRECFMT>(path, fmt::format("0x{:08X}", offset));
  error.note(why);
  return error;
}

Result<JournalReader> JournalReader::open(const std::string& path) {
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(file).error(), path);
  std::array<std::byte, kJournalHeaderBytes> blocks{};
  HW_TRY(const std::size_t got, read_up_to(*file, 0, blocks));
  if (got < blocks.size()) return make_error<MsgId::JNLBADLABEL>(path, kJournalLabel, "a shorter file");
  JournalReader reader;
  HW_TRY(reader.header_, decode_opening(Bytes(blocks).first(4096), path));
  reader.closing_ = decode_closing(Bytes(blocks).subspan(4096));
  reader.file_ = std::move(file).value();
  return reader;
}

Status JournalReader::refresh_closing() {
  std::array<std::byte, 4096> block{};
  HW_TRY(const std::size_t got, read_up_to(file_, 4096, block));
  closing_ = decode_closing(Bytes(block).first(got));
  return {};
}

void JournalReader::seek(std::uint64_t offset) {
  offset_ = offset;
  last_bytes_.reset();
  if (offset == kJournalHeaderBytes) last_bytes_ = 0;
}

void JournalReader::set_end(std::uint64_t offset) { end_ = offset; }

Result<Bytes> JournalReader::load(std::uint64_t offset, std::size_t bytes) {
  const std::uint64_t end = end_.value_or(std::numeric_limits<std::uint64_t>::max());
  if (offset >= end) return Bytes{};
  bytes = std::min<std::uint64_t>(bytes, end - offset);
  if (offset >= buffer_offset_ && offset + bytes <= buffer_offset_ + buffer_bytes_)
    return Bytes(buffer_).subspan(offset - buffer_offset_, buffer_offset_ + buffer_bytes_ - offset);
  // The file bounds the piece: a damaged length must not cost memory.
  auto size = file_.size();
  if (!size.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(std::move(size).error(), file_.path());
  const std::uint64_t left = std::min(end, *size) - std::min({offset, end, *size});
  const std::size_t want = std::min<std::uint64_t>(std::max(bytes, kPieceBytes), left);
  buffer_bytes_ = 0;
  if (buffer_.size() < want) buffer_.resize(want);
  HW_TRY(const std::size_t got, read_up_to(file_, offset, MutableBytes(buffer_).first(want)));
  HW_CHECK_LE(got, buffer_.size());
  buffer_offset_ = offset;
  buffer_bytes_ = got;
  return Bytes(buffer_).first(got);
}

Result<bool> JournalReader::refuse(RecordVerdict verdict) {
  end_verdict_ = verdict;
  buffer_bytes_ = 0;  // A growing file may hold more at the next call.
  return bad_record(file_.path(), offset_, verdict_text(verdict));
}

Result<bool> JournalReader::next(Record& record) {
  end_verdict_ = RecordVerdict::Good;
  at_end_of_file_record_ = false;
  HW_TRY(Bytes in, load(offset_, kRecordHeaderBytes));
  // The caller knows that records reach to here.
  const std::uint64_t promised = end_.value_or(closing_.has_value() ? closing_->end_offset : 0);
  if (in.empty()) {
    if (offset_ < promised) return refuse(RecordVerdict::BadLength);
    buffer_bytes_ = 0;
    return false;
  }
  if (all_zero(in.first(std::min(in.size(), kRecordHeaderBytes)))) {
    if (offset_ < promised) return refuse(RecordVerdict::AllZero);
    end_verdict_ = RecordVerdict::AllZero;
    buffer_bytes_ = 0;
    return false;
  }
  if (in.size() >= kRecordHeaderBytes && get_le<std::uint32_t>(in, 8) == kRecordMagic) {
    const std::size_t total = get_le<std::uint32_t>(in, 12);
    if (total > in.size() && total <= kRecordBytesMax) {
      HW_TRY(in, load(offset_, total));
    }
  }
  const RecordVerdict verdict = decode_record(in, record);
  if (verdict != RecordVerdict::Good) return refuse(verdict);
  if (last_bytes_.has_value() && record.header.prev_bytes != *last_bytes_) return refuse(RecordVerdict::BadBody);
  if (record.header.type == RecordType::EndOfFile) {
    if (offset_ + record.header.total_bytes < promised) return refuse(RecordVerdict::BadBody);
    at_end_of_file_record_ = true;
    return false;
  }
  last_bytes_ = record.header.total_bytes;
  offset_ += record.header.total_bytes;
  return true;
}

}  // namespace hw

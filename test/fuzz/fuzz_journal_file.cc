// Any bytes behind a good header as a journal file, the checksums of its records put right: a tail that is found can be
// read up to its end, and no reader is harmed. The first byte chooses whether the file was closed, and where.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/base/checksum.h"
#include "journal/seqno_reader.h"
#include "journal/tail.h"

namespace {

std::string build_file(const std::uint8_t* data, std::size_t size) {
  hw::JournalFileHeader header;
  header.replicated = true;
  header.region = "DEFAULT";
  const auto opening = hw::encode_opening(header);
  std::string file(hw::as_text(opening));
  std::string records(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto out = std::as_writable_bytes(std::span(records));
  std::size_t at = 0;
  std::size_t last = 0;
  while (at + hw::kRecordHeaderBytes <= records.size()) {
    const auto total = hw::get_le<std::uint32_t>(out, at + 12);
    if (hw::get_le<std::uint32_t>(out, at + 8) != hw::kRecordMagic || total < hw::kRecordHeaderBytes ||
        total % 8 != 0 || total > records.size() - at)
      break;
    hw::put_le(out, at, hw::checksum(hw::Bytes(out).subspan(at + 8, total - 8)));
    last = at;
    at += total;
  }
  if (data[0] % 3 == 0) {
    file.append(4096, '\0');
  } else {
    const auto closing = hw::encode_closing({hw::kJournalHeaderBytes + (data[0] % 3 == 1 ? last : at), {}, {}, 1});
    file += hw::as_text(closing);
  }
  return file + records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string bytes = build_file(data, size);
  const int fd = ::memfd_create("journal", 0);
  HW_CHECK(fd >= 0);
  HW_CHECK(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  const auto tail = hw::find_tail(path);
  if (tail.has_value()) {
    HW_CHECK(tail->end_offset >= hw::kJournalHeaderBytes && tail->end_offset <= bytes.size());
    auto reader = hw::JournalReader::open(path);
    HW_CHECK(reader.has_value());
    reader->set_end(tail->end_offset);
    hw::Record record;
    std::uint32_t last_bytes = 0;
    while (true) {
      const auto more = reader->next(record);
      HW_CHECK(more.has_value());
      if (!*more) break;
      last_bytes = record.header.total_bytes;
    }
    HW_CHECK(reader->offset() == tail->end_offset && last_bytes == tail->last_record_bytes);
  }
  auto transactions = hw::SeqnoReader::open({path}, hw::Seqno{1});
  HW_CHECK(transactions.has_value());
  hw::Seqno at{1};
  std::string frames;
  const std::uint64_t live = tail.has_value() ? tail->end_offset : bytes.size();
  const auto read = transactions->read(at, hw::Seqno{1000}, 1 << 20, frames, [&](std::size_t) {
    return hw::LiveEnd{1, live};
  });
  if (read.has_value()) HW_CHECK(*read > 0 && at.value == 1 + *read && !frames.empty());
  ::close(fd);
  return 0;
}

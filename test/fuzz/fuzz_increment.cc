// Any bytes as an incremental backup, with the header's checksum put right: what is accepted keeps the rules of the
// format, and reading it comes to an end.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "engine/base/checksum.h"
#include "engine/increment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= hw::kIncrementHeaderBytes) {
    const auto out = std::as_writable_bytes(std::span(bytes));
    hw::put_le(out, 72, std::uint64_t{size - hw::kIncrementHeaderBytes});
    hw::put_le(out, 0, hw::checksum(hw::Bytes(out).subspan(8, hw::kIncrementHeaderBytes - 8)));
  }
  const int fd = ::memfd_create("increment", 0);
  HW_CHECK(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  auto reader = hw::IncrementReader::open("/proc/self/fd/" + std::to_string(fd));
  if (reader.has_value()) {
    const hw::IncrementHeader& header = reader->header();
    HW_CHECK(hw::decode_increment_header(hw::encode_increment_header(header)) == header);
    hw::Seqno last{header.from.value - 1};
    std::uint64_t count = 0;
    for (;;) {
      const auto frame = reader->next();
      if (!frame.has_value() || !*frame) break;
      HW_CHECK((*frame)->seqno() > last && (*frame)->seqno() < header.to);
      last = (*frame)->seqno();
      HW_CHECK(++count <= header.frames);
    }
  }
  ::close(fd);
  return 0;
}

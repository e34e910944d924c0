// Any bytes as an agent's table of processes: it is refused, or it is the same bytes when written again.
#include <cstdint>
#include <string>

#include "cluster/keeper/process_table.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "test/support/fuzz/mutator.h"

namespace {

constexpr std::size_t kHeadBytes = 16;

void seal(std::string& bytes) {
  if (bytes.size() < kHeadBytes) return;
  const hw::MutableBytes out = std::as_writable_bytes(std::span(bytes));
  hw::put_le(out, 8, hw::checksum(out.subspan(kHeadBytes)));
}

}  // namespace

HW_FUZZ_SHAPE(seal, nullptr)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = hw::fuzz::text_of(data, size);
  const auto rows = hw::cluster::decode_process_rows(hw::as_bytes(bytes), "table");
  if (!rows.has_value()) return 0;
  HW_CHECK(rows->rows.size() <= hw::kProcessesMax);
  for (const auto& row : rows->rows) HW_CHECK(row.key.name.size() <= hw::kProcessNameBytesMax);
  HW_CHECK(hw::cluster::encode(*rows) == bytes);
  return 0;
}

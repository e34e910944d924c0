// Property: any bytes as a board, a receipt of lost transactions or lines of history get a verdict; what is accepted
// says the same when it is encoded and decoded again, merges, and can be printed.
#include <algorithm>

#include "cluster/board/board_codec.h"
#include "cluster/board/board_tables.h"
#include "cluster/board/envelope.h"
#include "cluster/board/history.h"
#include "cluster/board/receipt.h"
#include "cluster/board/status.h"
#include "cluster/board/topology.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;
using namespace hw::cluster;

constexpr std::size_t kDigits = 16;

/// Puts the digits behind `before` right, when they and `after` follow; the text that they cover is from `from` to
/// `to`.
void seal_between(std::string& bytes, std::size_t digits_at, std::size_t from, std::size_t to) {
  if (digits_at + kDigits <= bytes.size() && from <= to)
    bytes.replace(digits_at, kDigits, checksum_digits(std::string_view(bytes).substr(from, to - from)));
}

void seal_envelope(std::string& bytes) {
  constexpr std::string_view kBefore = "{\"format\":1,\"checksum\":\"";
  const std::size_t colon = bytes.find("\":{", kBefore.size() + kDigits);
  if (colon == bytes.npos || !bytes.ends_with("}\n")) return;
  const std::size_t body = colon + 2;
  const std::size_t end = bytes.size() - 2;
  if (body <= end) seal_between(bytes, kBefore.size(), body, end);
}

void seal_lines(std::string& bytes) {
  constexpr std::string_view kSum = ",\"sum\":\"";
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::size_t sum = bytes.rfind(kSum, end);
    if (sum != bytes.npos && sum >= begin && sum + kSum.size() + kDigits <= end)
      seal_between(bytes, sum + kSum.size(), begin, sum);
    begin = end + 1;
  }
}

void seal(std::string& bytes) {
  if (bytes.starts_with("{\"format\":1,\"checksum\":\"")) {
    seal_envelope(bytes);
  } else {
    seal_lines(bytes);
  }
}

void print_all(const BoardParts& parts) {
  for (const std::string node : {"", "n1"}) {
    const Board board = join(parts, node, 1'795'897'442'000'000);
    HW_CHECK(!status_text(board).empty() && !status_json(board).empty() && !check_health(board).line.empty());
    (void)topology_text(board);  // Empty for a board without groups.
    HW_CHECK(!text_of(psr_table(board, {})).empty() && !text_of(process_table(board, {})).empty());
    HW_CHECK(!text_of(receipt_table(board)).empty() && !text_of(lag_table(board, "")).empty());
    for (const BoardInstance& instance : board.instances) HW_CHECK(!text_of(lag_table(board, instance.name)).empty());
    std::size_t instances = 0;
    for (const BoardGroup& group : board.groups) instances += tree_of(board, group).size();
    HW_CHECK_LE(instances, board.instances.size());
  }
}

void board(std::string_view bytes) {
  const auto decoded = decode_board(bytes, "fuzz");
  if (!decoded.has_value()) return;
  const auto again = decode_board(encode_board(*decoded), "fuzz");
  HW_CHECK(again.has_value() && *again == *decoded);
  BoardParts merged;
  merge(merged, *decoded, "n1");
  HW_CHECK(!merge(merged, *decoded, "n1").any());
  number_servers(merged);
  print_all(*decoded);
  print_all(merged);
  clean_node(merged, "n1");
  print_all(merged);
}

void receipt(std::string_view bytes) {
  const auto decoded = decode_receipt(bytes, "fuzz");
  if (!decoded.has_value()) return;
  const auto again = decode_receipt(encode_receipt(*decoded), "fuzz");
  HW_CHECK(again.has_value() && *again == *decoded);
  HW_CHECK(!receipt_text(*decoded).empty());
}

void history(std::string_view bytes) {
  const DecodedHistory decoded = decode_history(bytes);
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
  HW_CHECK_LE(decoded.entries.size() + decoded.damaged, lines + 1);
  std::string again;
  for (const HistoryEntry& entry : decoded.entries) again += encode_history_line(entry);
  HW_CHECK_EQ(decode_history(again).entries.size(), decoded.entries.size());
  HW_CHECK(!text_of(history_table(merge_history({decoded.entries}))).empty());
}

}  // namespace

HW_FUZZ_SHAPE(seal)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::text_of(data, size);
  board(bytes);
  receipt(bytes);
  history(bytes);
  return 0;
}

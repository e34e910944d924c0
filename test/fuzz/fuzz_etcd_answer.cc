// Property: any bytes as answer of a store get a verdict, in one piece and in several the same; what is accepted of a
// record says the same when it is encoded and decoded again, and a token or a reason can be printed.
#include <algorithm>

#include "cluster/board/envelope.h"
#include "cluster/store/base64.h"
#include "cluster/store/http_text.h"
#include "cluster/store/key_value_calls.h"
#include "cluster/store/lease_calls.h"
#include "cluster/store/record_text.h"
#include "cluster/store/token_calls.h"
#include "cluster/store/watch_calls.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;
using namespace hw::cluster;
using namespace hw::cluster::store;

/// Puts the checksum of a record right, so that what is behind it is reached.
void seal(std::string& bytes) {
  constexpr std::string_view kBefore = "{\"format\":1,\"checksum\":\"";
  constexpr std::size_t kDigits = 16;
  const std::size_t colon = bytes.find("\":{", kBefore.size() + kDigits);
  if (!bytes.starts_with(kBefore) || colon == bytes.npos || !bytes.ends_with("}\n")) return;
  const std::size_t body = colon + 2;
  const std::size_t end = bytes.size() - 2;
  if (body > end) return;
  bytes.replace(kBefore.size(), kDigits, checksum_digits(std::string_view(bytes).substr(body, end - body)));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

void record(std::string_view text) {
  if (const auto decoded = decode_record(text)) {
    const auto again = decode_record(encode_record(*decoded));
    HW_CHECK(again.has_value() && *again == *decoded && !decoded->holder.empty());
  }
  if (const auto decoded = decode_try(text)) HW_CHECK(decode_try(encode_try(*decoded)) == *decoded);
  if (const auto bytes = from_base64(text)) HW_CHECK(to_base64(*bytes) == text);
}

void body(std::string_view text) {
  if (const auto range = decode_range(text)) {
    HW_CHECK_LE(range->values.size(), kStoreKeysMax);
    for (const KeyValue& each : range->values) record(each.value);
  }
  (void)decode_put(text);
  (void)decode_txn(text);
  (void)decode_compaction(text);
  (void)decode_grant(text);
  (void)decode_keep_alive(text);
  (void)decode_watch_line(text);
  if (const auto token = decode_authenticate(text)) {
    HW_CHECK(!token->empty() && token->size() <= kStoreTokenBytesMax && is_printable(*token));
    HW_CHECK(token->find(' ') == std::string::npos);
  }
  const Refusal refusal = refusal_of(text);
  HW_CHECK(refusal.reason.size() <= kStoreReasonBytesMax && is_printable(refusal.reason));
}

struct Read {
  HttpAnswerReader::State state;
  unsigned status = 0;
  std::string body;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, std::size_t piece, bool streamed) {
  HttpAnswerReader reader(streamed);
  std::string all;
  while (!bytes.empty() && reader.state() != HttpAnswerReader::State::Done) {
    const std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    if (reader.feed(next) == HttpAnswerReader::State::Broken) return {HttpAnswerReader::State::Broken, 0, {}};
    all += reader.take_body();
  }
  const auto state = reader.end();
  if (state != HttpAnswerReader::State::Done) return {state, 0, {}};
  return {state, reader.status(), all + reader.take_body()};
}

}  // namespace

HW_FUZZ_SHAPE(seal)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::text_of(data, size);
  const Read whole = read(bytes, bytes.size(), false);
  // Longer lines than that are seen only as long as they are not whole.
  if (size <= kStoreAnswerHeadBytesMax) HW_CHECK(read(bytes, 7, false) == whole);
  (void)read(bytes, 7, true);
  if (whole.state == HttpAnswerReader::State::Done) body(whole.body);
  body(bytes);
  record(bytes);
  return 0;
}

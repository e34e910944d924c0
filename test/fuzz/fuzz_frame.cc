// Any bytes as a transaction frame: what is accepted keeps every bound, and is the same bytes when it is built again,
// except where fields that mean nothing are not zero.
#include <cstdint>
#include <string>

#include "journal/transaction_frame.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

std::string build(const hw::FrameView& frame) {
  hw::FrameBuilder builder;
  builder.start(frame.fenced(), frame.transaction_id());
  std::uint32_t count = 0;
  frame.for_each([&](const hw::UpdateView& update) {
    ++count;
    HW_CHECK(!update.key.empty() && update.key.size() <= hw::kKeyBytesMax);
    HW_CHECK(update.value.size() <= hw::kValueBytesMax);
    HW_CHECK(update.type == hw::UpdateType::Set || update.value.empty());
    HW_CHECK(builder.add(update).has_value());
    return true;
  });
  HW_CHECK(count == frame.update_count());
  return std::string(builder.finish(frame.seqno(), frame.time_us()));
}

}  // namespace

HW_FUZZ_SHAPE([](std::string& bytes) { hw::fuzz::seal_frames(bytes); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hw::Bytes in = std::as_bytes(std::span(data, size));
  const std::size_t total = hw::FrameView::peek_total_bytes(in);
  const auto frame = hw::FrameView::parse(in, "fuzz");
  if (!frame.has_value()) return 0;
  HW_CHECK(frame->bytes().size() == total && total <= size && frame->seqno().value >= 1);
  const std::string again = build(*frame);
  HW_CHECK(again == hw::as_text(frame->bytes()));
  return 0;
}

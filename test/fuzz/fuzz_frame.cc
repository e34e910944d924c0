// Any bytes as a transaction frame, with its checksum put right: what is accepted keeps every bound and survives being
// written again.
#include <cstdint>
#include <string>

#include "engine/base/checksum.h"
#include "journal/transaction_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t total = hw::FrameView::peek_total_bytes(hw::as_bytes(bytes));
  if (total != 0 && total <= size) {
    const auto out = std::as_writable_bytes(std::span(bytes));
    hw::put_le(out, 0, hw::checksum(hw::Bytes(out).subspan(8, total - 8)));
  }
  const auto frame = hw::FrameView::parse(hw::as_bytes(bytes), "fuzz");
  if (!frame.has_value()) return 0;
  HW_CHECK(frame->bytes().size() == total && frame->seqno().value >= 1);
  hw::FrameBuilder builder;
  builder.start(frame->fenced(), frame->transaction_id());
  std::uint32_t count = 0;
  frame->for_each([&](const hw::UpdateView& update) {
    ++count;
    HW_CHECK(!update.key.empty() && update.key.size() <= hw::kKeyBytesMax);
    HW_CHECK(update.value.size() <= hw::kValueBytesMax);
    HW_CHECK(builder.add(update).has_value());
    return true;
  });
  HW_CHECK(count == frame->update_count());
  const std::string again(builder.finish(frame->seqno(), frame->time_us()));
  HW_CHECK(again.size() == total);
  const auto second = hw::FrameView::parse(hw::as_bytes(again), "fuzz again");
  HW_CHECK(second.has_value() && second->update_count() == count && second->time_us() == frame->time_us());
  return 0;
}

// Property: any lines get a verdict; an answer that is accepted is a good frame, and its own lines are accepted again
// and give the same frame.
#include <string>

#include "engine/base/check.h"
#include "replic/filter/filter_codec.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;

const NullsOf kNulls = [](std::string_view) { return NullCollation::Standard; };

/// The frame of the first whole answer in `lines`; empty when there is none.
std::string first_answer(const FrameView& asked, std::string_view lines, ExtractLayout layout) {
  FilterAnswer codec(kNulls, layout);
  codec.begin(asked);
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto whole = codec.take(lines.substr(0, end));
    if (!whole.has_value()) return {};
    if (*whole) return std::string(codec.frame());
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return {};
}

}  // namespace

HW_FUZZ_SHAPE(nullptr, hw::fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto layout = (data[0] & 1) != 0 ? ExtractLayout::V5 : ExtractLayout::V7;
  const std::string_view lines(reinterpret_cast<const char*>(data) + 1, size - 1);
  FrameBuilder builder;
  builder.start((data[0] & 2) != 0, (data[0] & 2) != 0 ? "T" : "");
  const std::string asked_bytes(builder.finish(Seqno{1}, 1));
  const FrameView asked = FrameView::parse(as_bytes(asked_bytes), "asked").value();
  const std::string answer = first_answer(asked, lines, layout);
  if (answer.empty()) return 0;
  const auto view = FrameView::parse(as_bytes(answer), "answer");
  HW_CHECK(view.has_value());
  HW_CHECK(view->seqno() == Seqno{1});
  std::string again;
  HW_CHECK(append_filter_lines(again, *view, kNulls, layout).has_value());
  HW_CHECK(first_answer(asked, again, layout) == answer);
  return 0;
}

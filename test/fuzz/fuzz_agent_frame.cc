// Any bytes as what a peer sends on the agents' link, in pieces of any size. However they are cut, the same frames come
// out; each is the same bytes when it is written again, and a request that is understood says the same again.
//
// The first byte says who sends (bit 0), whether the frames are sealed (bit 1), and how large the pieces are.
#include <utility>
#include <vector>

#include "cluster/link/agent_message.h"
#include "cluster/link/frame_flow.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal_agent.h"

namespace {

using namespace hw;
using namespace hw::cluster;

constexpr std::size_t kModeBytes = 1;

struct Mode {
  explicit Mode(std::uint8_t byte)
      : from((byte & 1) != 0 ? AgentEnd::Agent : AgentEnd::Caller), sealed((byte & 2) != 0), piece(1 + (byte >> 2)) {}
  AgentEnd from;
  bool sealed;
  std::size_t piece;
};

void seal(std::string& bytes) {
  if (bytes.empty()) return;
  const Digest key = fuzz::agent_key();
  fuzz::seal_agent_frames(bytes, kModeBytes, 1, Mode(static_cast<std::uint8_t>(bytes[0])).sealed ? &key : nullptr);
}

std::vector<std::size_t> parts(std::string_view bytes) { return fuzz::agent_frame_parts(bytes, kModeBytes); }

struct Taken {
  std::vector<AgentFrame> frames;
  AgentFrameVerdict verdict = AgentFrameVerdict::Incomplete;
};

Taken take(Bytes in, const Mode& mode, std::size_t piece) {
  AgentFrameReader reader(mode.from);
  if (mode.sealed) reader.seal_with(fuzz::agent_key());
  Taken out;
  while (!in.empty()) {
    const Bytes some = in.first(std::min(piece, in.size()));
    in = in.subspan(some.size());
    reader.feed(some);
    AgentFrame frame;
    while ((out.verdict = reader.next(frame)) == AgentFrameVerdict::Good) out.frames.push_back(std::move(frame));
    if (out.verdict != AgentFrameVerdict::Incomplete) break;
  }
  return out;
}

void check_messages(std::vector<AgentFrame> frames) {
  constexpr std::size_t kBytesMax = 100;
  AgentMessageReader reader;
  for (AgentFrame& frame : frames) {
    const auto outcome = reader.add(frame, kBytesMax);
    if (outcome == AgentMessageReader::Outcome::OutOfOrder) return;
    if (outcome != AgentMessageReader::Outcome::Whole) continue;
    HW_CHECK(frame.body.size() <= kBytesMax);
    const auto request = decode_request(as_bytes(frame.body));
    if (request.has_value()) HW_CHECK(encode_request(request->verb, request->body) == frame.body);
  }
}

}  // namespace

HW_FUZZ_SHAPE(seal, parts)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kModeBytes) return 0;
  const Mode mode(data[0]);
  const Bytes in = std::as_bytes(std::span(data, size)).subspan(kModeBytes);
  const Taken whole = take(in, mode, in.size() + 1);
  const Taken cut = take(in, mode, mode.piece);
  HW_CHECK(whole.frames.size() == cut.frames.size() && whole.verdict == cut.verdict);
  AgentFrameWriter writer;
  if (mode.sealed) writer.seal_with(fuzz::agent_key());
  std::string again;
  for (std::size_t i = 0; i < whole.frames.size(); ++i) {
    const AgentFrame& frame = whole.frames[i];
    HW_CHECK(frame.body == cut.frames[i].body && frame.request == cut.frames[i].request);
    again += writer.frame(frame.type, frame.request, frame.body, frame.more);
  }
  HW_CHECK(again == as_text(in.first(again.size())));
  check_messages(whole.frames);
  return 0;
}

// Any bytes as what a peer says in the handshake of the agents' link, to either end. Nobody is let in whose proof is
// not the right one; a greeting that is understood is the same bytes when it is written again.
//
// The first byte says which end is spoken to (bit 0: the caller), and whether proofs are put right (bit 1).
#include <algorithm>

#include "cluster/link/frame_flow.h"
#include "cluster/link/handshake.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal_agent.h"
#include "test/unit/cluster_link/agent_samples.h"

namespace {

using namespace hw;
using namespace hw::cluster;

constexpr std::size_t kModeBytes = 1;

bool is_to_caller(std::uint8_t mode) { return (mode & 1) != 0; }

/// What the other end of a sample must prove, after it has greeted with these bytes.
Digest proof_after(Bytes greeting, bool to_caller) {
  const std::string own = encode_greeting(to_caller ? test::sample_caller() : test::sample_agent());
  const auto proofs = to_caller ? session_proofs(test::kSampleKey, as_bytes(own), greeting)
                                : session_proofs(test::kSampleKey, greeting, as_bytes(own));
  return to_caller ? proofs.agent : proofs.caller;
}

void seal(std::string& bytes) {
  if (bytes.empty()) return;
  const auto mode = static_cast<std::uint8_t>(bytes[0]);
  std::string greeting;
  fuzz::seal_agent_frames(bytes, kModeBytes, 1, nullptr, [&](std::uint8_t type, MutableBytes body) {
    const auto is = [&](AgentFrameType one, AgentFrameType other) {
      return type == static_cast<std::uint8_t>(one) || type == static_cast<std::uint8_t>(other);
    };
    if (is(AgentFrameType::Hello, AgentFrameType::Challenge)) greeting = as_text(body);
    if ((mode & 2) == 0 || !is(AgentFrameType::Proof, AgentFrameType::Welcome)) return;
    const Digest proof = proof_after(as_bytes(greeting), is_to_caller(mode));
    std::copy_n(proof.begin(), std::min(proof.size(), body.size()), body.begin());
  });
}

std::vector<std::size_t> parts(std::string_view bytes) { return fuzz::agent_frame_parts(bytes, kModeBytes); }

template <typename Machine>
void speak(Machine machine, Bytes in, bool to_caller) {
  AgentFrameReader reader(to_caller ? AgentEnd::Agent : AgentEnd::Caller);
  reader.feed(in);
  AgentFrame frame;
  std::string greeting;
  while (reader.next(frame) == AgentFrameVerdict::Good) {
    const HandshakeStep step = machine.on_frame(frame.type, as_bytes(frame.body));
    if (step.failure == HandshakeStep::Failure::Malformed) return;
    if (greeting.empty()) {
      greeting = frame.body;
      const auto decoded = decode_greeting(as_bytes(greeting));
      HW_CHECK(decoded.has_value() && machine.other() == *decoded);
      HW_CHECK(encode_greeting(*decoded) == greeting && !step.established);
    }
    if (step.established) {
      HW_CHECK(same_bytes(as_bytes(frame.body), proof_after(as_bytes(greeting), to_caller)));
      HW_CHECK_EQ(machine.version(), std::uint16_t{1});
    }
    if (step.established || step.failure != HandshakeStep::Failure::None) return;
  }
}

}  // namespace

HW_FUZZ_SHAPE(seal, parts)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kModeBytes) return 0;
  const Bytes in = std::as_bytes(std::span(data, size)).subspan(kModeBytes);
  if (is_to_caller(data[0])) {
    CallerHandshake caller(test::sample_caller(), test::kSampleKey);
    (void)caller.begin();
    speak(std::move(caller), in, true);
  } else {
    speak(AgentHandshake(test::sample_agent(), test::kSampleKey), in, false);
  }
  return 0;
}

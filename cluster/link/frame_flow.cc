#include "cluster/link/frame_flow.h"

#include <utility>

#include "engine/base/check.h"

namespace hw::cluster {

std::string AgentFrameWriter::frame(AgentFrameType type, std::uint64_t request, std::string_view body, bool more) {
  AgentFrameHeader header;
  header.type = type;
  header.more = more;
  header.sequence = ++sequence_;
  header.request = request;
  return encode_agent_frame(header, body, key_.has_value() ? &*key_ : nullptr);
}

void AgentFrameReader::seal_with(const Digest& key) { key_ = key; }

void AgentFrameReader::feed(Bytes bytes) {
  if (broken_ != AgentFrameVerdict::Good) return;
  buffer_.erase(0, std::exchange(at_, 0));
  buffer_ += as_text(bytes);
}

AgentFrameVerdict AgentFrameReader::next(AgentFrame& out) {
  if (broken_ != AgentFrameVerdict::Good) return broken_;
  const AgentFrameVerdict verdict = look(out);
  if (verdict != AgentFrameVerdict::Good && verdict != AgentFrameVerdict::Incomplete) {
    broken_ = verdict;
    buffer_.clear();
    at_ = 0;
  }
  return verdict;
}

AgentFrameVerdict AgentFrameReader::look(AgentFrame& out) {
  const Bytes in = as_bytes(buffer_).subspan(at_);
  if (in.size() < kAgentHeaderBytes) return AgentFrameVerdict::Incomplete;
  AgentFrameHeader header;
  const std::size_t body_bytes_max = key_.has_value() ? kAgentBodyBytesMax : kAgentGreetingBytesMax;
  const AgentFrameVerdict verdict = decode_agent_header(in.first<kAgentHeaderBytes>(), from_, body_bytes_max, header);
  if (verdict != AgentFrameVerdict::Good) return verdict;
  if (is_greeting(header.type) == key_.has_value()) return AgentFrameVerdict::UnknownType;
  if (header.sequence != sequence_ + 1) return AgentFrameVerdict::BadSequence;
  const std::size_t sealed_bytes = kAgentHeaderBytes + header.body_bytes;
  if (in.size() < sealed_bytes + kAgentSealBytes) return AgentFrameVerdict::Incomplete;
  const auto seal = agent_seal(in.first(sealed_bytes), key_.has_value() ? &*key_ : nullptr);
  if (!same_bytes(seal, in.subspan(sealed_bytes, kAgentSealBytes))) return AgentFrameVerdict::BadSeal;
  ++sequence_;
  at_ += sealed_bytes + kAgentSealBytes;
  out.type = header.type;
  out.more = header.more;
  out.request = header.request;
  out.body.assign(as_text(in.subspan(kAgentHeaderBytes, header.body_bytes)));
  return AgentFrameVerdict::Good;
}

AgentMessageReader::Outcome AgentMessageReader::add(AgentFrame& frame, std::size_t bytes_max) {
  if (begun_.has_value() && (begun_->type != frame.type || begun_->request != frame.request))
    return Outcome::OutOfOrder;
  const bool more = frame.more;
  const std::size_t before = begun_.has_value() ? begun_->body.size() : 0;
  if (before + frame.body.size() > bytes_max) too_long_ = true;
  if (too_long_) frame.body.clear();
  if (begun_.has_value()) {
    if (too_long_)
      begun_->body = std::string();
    else
      begun_->body += frame.body;
  } else {
    begun_ = std::move(frame);
  }
  if (more) return Outcome::Incomplete;
  frame = *std::exchange(begun_, std::nullopt);
  return std::exchange(too_long_, false) ? Outcome::TooLong : Outcome::Whole;
}

}  // namespace hw::cluster

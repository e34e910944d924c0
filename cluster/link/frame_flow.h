/// cluster/link/frame_flow.h -- one direction of a connection: frames out of bytes, and bytes out of frames. Pure.
///
/// Both count their frames, so that a frame which is repeated, left out, exchanged with another one or taken from
/// another connection is noticed: its number or its seal is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/link/frame.h"

namespace hw::cluster {

struct AgentFrame {
  AgentFrameType type{};
  bool more = false;
  std::uint64_t request = 0;
  std::string body;
};

/// Thread: one at a time.
class AgentFrameWriter {
 public:
  /// Frames from now on have this key's seal; in the handshake they have none.
  void seal_with(const Digest& key) { key_ = key; }
  /// The next frame as bytes. Limits are checked invariants.
  std::string frame(AgentFrameType type, std::uint64_t request, std::string_view body, bool more = false);

 private:
  std::optional<Digest> key_;
  std::uint64_t sequence_ = 0;
};

/// Thread: one at a time.
class AgentFrameReader {
 public:
  /// Of frames that `from` sends; in the handshake, bodies are small.
  explicit AgentFrameReader(AgentEnd from) : from_(from) {}

  /// Frames from now on must have this key's seal, and may have any allowed size. Those of the handshake are refused.
  void seal_with(const Digest& key);

  /// Bytes that have come. What is kept is at most a frame, and the piece that was fed last.
  void feed(Bytes bytes);
  /// The next frame. After a verdict that is neither Good nor Incomplete it stays at that one.
  AgentFrameVerdict next(AgentFrame& out);
  /// A frame has begun to come and is not whole. After `next` has said Incomplete.
  bool inside_frame() const { return buffer_.size() > at_; }

 private:
  AgentFrameVerdict look(AgentFrame& out);

  AgentEnd from_;
  std::optional<Digest> key_;
  std::uint64_t sequence_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;
  AgentFrameVerdict broken_ = AgentFrameVerdict::Good;
};

/// Puts messages together that came in several frames; these follow each other directly. Thread: one at a time.
class AgentMessageReader {
 public:
  enum class Outcome {
    Whole,
    Incomplete,
    TooLong,    ///< the rest of the message is left out; the next one can be read
    OutOfOrder  ///< another message began inside of this one: the connection is broken
  };
  /// `frame` is one that may go on, or any other; its body becomes the whole message's when that is Whole.
  Outcome add(AgentFrame& frame, std::size_t bytes_max);

 private:
  std::optional<AgentFrame> begun_;
  bool too_long_ = false;
};

}  // namespace hw::cluster

/// cluster/link/frame_stream.h -- frames over a channel, in both directions, with the limits of both.
///
/// A frame that has begun to come must be whole within kAgentFrameMs, and a peer must take something of what it is sent
/// within as long; more than kAgentQueueBytesMax is not kept for it. Whatever breaks one of these ends the stream.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/link/channel.h"
#include "cluster/link/frame_flow.h"
#include "cluster/link/link_loop.h"

namespace hw::cluster {

/// Why a stream has ended.
struct StreamEnd {
  enum class Kind {
    Closed,    ///< the peer has closed, or the connection is lost
    TimedOut,  ///< a half-sent frame, or nothing taken
    Broken,    ///< bytes that are no frame, or one that does not belong there
    Left       ///< this end wanted it
  };
  Kind kind = Kind::Left;
  std::string text;
};

/// Thread: the loop's. Waits in it until `end`: whoever has a stream ends it before the loop ends.
class FrameStream final : public std::enable_shared_from_this<FrameStream> {
 public:
  /// Who uses it. Both are called from the loop; `on_end` once, as the last.
  struct Hooks {
    std::function<void(AgentFrame)> on_frame;
    std::function<void(const StreamEnd&)> on_end;
  };
  /// `channel` has been opened. Frames come from `from`.
  static std::shared_ptr<FrameStream> start(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel,
                                            AgentEnd from, Hooks hooks);
  ~FrameStream();

  /// Frames after this are sealed, in both directions.
  void seal_with(const SessionKeys& keys);
  /// One frame of the handshake.
  void send_greeting(AgentFrameType type, std::string_view body);
  /// A message, in as many frames as it needs.
  void send(AgentFrameType type, std::uint64_t request, std::string_view body);

  /// Nothing is sent or taken any more. A second end is none.
  void end(StreamEnd::Kind kind, std::string text);
  /// The same after what is queued has gone out; nothing is taken from now on.
  void end_when_sent(std::string text);
  bool ended() const { return ended_; }

 private:
  struct Timers;
  FrameStream(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel, AgentEnd from, Hooks hooks);
  void read();
  void take(const ChannelOutcome& outcome, std::size_t bytes);
  void watch_half_frame();
  void queue(std::string frame);
  void write();
  void written(const ChannelOutcome& outcome, std::size_t bytes);

  std::shared_ptr<LinkLoop> loop_;
  std::shared_ptr<Channel> channel_;
  std::unique_ptr<Timers> timers_;
  Hooks hooks_;
  AgentEnd own_end_;
  AgentFrameReader reader_;
  AgentFrameWriter writer_;
  std::array<char, 16384> room_{};
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;  ///< of the whole queue, less what of its first frame has gone out
  std::size_t sent_bytes_ = 0;    ///< of its first frame
  bool writing_ = false;
  bool half_frame_ = false;
  bool closing_ = false;
  std::string closing_text_;
  bool ended_ = false;
};

}  // namespace hw::cluster

#include "cluster/link/frame_stream.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{kAgentFrameMs};

}  // namespace

struct FrameStream::Timers {
  explicit Timers(asio::io_context& context) : reading(context), writing(context) {}
  asio::steady_timer reading;
  asio::steady_timer writing;
};

FrameStream::FrameStream(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel, AgentEnd from, Hooks hooks)
    : loop_(std::move(loop)),
      channel_(std::move(channel)),
      timers_(std::make_unique<Timers>(loop_->context())),
      hooks_(std::move(hooks)),
      own_end_(from == AgentEnd::Agent ? AgentEnd::Caller : AgentEnd::Agent),
      reader_(from) {}

FrameStream::~FrameStream() = default;

std::shared_ptr<FrameStream> FrameStream::start(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel,
                                                AgentEnd from, Hooks hooks) {
  std::shared_ptr<FrameStream> out(new FrameStream(std::move(loop), std::move(channel), from, std::move(hooks)));
  out->read();
  return out;
}

void FrameStream::seal_with(const SessionKeys& keys) {
  const bool is_agent = own_end_ == AgentEnd::Agent;
  writer_.seal_with(is_agent ? keys.from_agent : keys.from_caller);
  reader_.seal_with(is_agent ? keys.from_caller : keys.from_agent);
}

// ---- reading ----

void FrameStream::read() {
  channel_->read_some(room_, [self = shared_from_this()](const ChannelOutcome& outcome, std::size_t bytes) {
    self->take(outcome, bytes);
  });
}

void FrameStream::take(const ChannelOutcome& outcome, std::size_t bytes) {
  if (ended_) return;
  if (!outcome.good) return end(outcome.refused ? StreamEnd::Kind::Broken : StreamEnd::Kind::Closed, outcome.text);
  if (closing_) return read();  // Until the peer has gone, or all is sent.
  reader_.feed(as_bytes(std::string_view(room_.data(), bytes)));
  AgentFrame frame;
  AgentFrameVerdict verdict{};
  bool came = false;
  while ((verdict = reader_.next(frame)) == AgentFrameVerdict::Good) {
    came = true;
    hooks_.on_frame(std::move(frame));
    if (ended_) return;
    if (closing_) return read();
  }
  if (verdict != AgentFrameVerdict::Incomplete)
    return end(StreamEnd::Kind::Broken, "frame " + std::string(describe(verdict)));
  if (came) half_frame_ = false;  // The one that is there now is another one.
  watch_half_frame();
  read();
}

void FrameStream::watch_half_frame() {
  if (!reader_.inside_frame()) {
    half_frame_ = false;
    timers_->reading.cancel();
    return;
  }
  if (std::exchange(half_frame_, true)) return;
  timers_->reading.expires_after(kPatience);
  timers_->reading.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->half_frame_ && self->timers_->reading.expiry() <= steady_clock::now())
      self->end(StreamEnd::Kind::TimedOut, "frame was sent by half");
  });
}

// ---- writing ----

void FrameStream::send_greeting(AgentFrameType type, std::string_view body) { queue(writer_.frame(type, 0, body)); }

void FrameStream::send(AgentFrameType type, std::uint64_t request, std::string_view body) {
  do {
    const std::string_view piece = body.substr(0, kAgentBodyBytesMax);
    body.remove_prefix(piece.size());
    queue(writer_.frame(type, request, piece, !body.empty()));
  } while (!body.empty());
}

void FrameStream::queue(std::string frame) {
  if (ended_ || closing_) return;
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  if (queued_bytes_ > kAgentQueueBytesMax) return end(StreamEnd::Kind::TimedOut, "peer does not take what it is sent");
  if (!writing_) write();
}

void FrameStream::write() {
  HW_CHECK(!writing_ && !queue_.empty());  // Two writes at a time would mix their bytes.
  writing_ = true;
  timers_->writing.expires_after(kPatience);
  timers_->writing.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->writing_ && self->timers_->writing.expiry() <= steady_clock::now())
      self->end(StreamEnd::Kind::TimedOut, "peer takes nothing of what it is sent");
  });
  const std::string_view rest = std::string_view(queue_.front()).substr(sent_bytes_);
  channel_->write_some(rest, [self = shared_from_this()](const ChannelOutcome& outcome, std::size_t bytes) {
    self->written(outcome, bytes);
  });
}

void FrameStream::written(const ChannelOutcome& outcome, std::size_t bytes) {
  HW_CHECK(writing_);
  writing_ = false;
  timers_->writing.cancel();
  if (ended_) return queue_.clear();
  if (!outcome.good) return end(outcome.refused ? StreamEnd::Kind::Broken : StreamEnd::Kind::Closed, outcome.text);
  HW_CHECK_LE(bytes, queue_.front().size() - sent_bytes_);  // A write is of one frame.
  sent_bytes_ += bytes;
  queued_bytes_ -= bytes;
  if (sent_bytes_ == queue_.front().size()) {
    queue_.pop_front();
    sent_bytes_ = 0;
  }
  if (!queue_.empty()) return write();
  if (closing_) end(StreamEnd::Kind::Left, closing_text_);
}

// ---- the end ----

void FrameStream::end_when_sent(std::string text) {
  if (ended_) return;
  if (queue_.empty()) return end(StreamEnd::Kind::Left, std::move(text));
  closing_ = true;
  closing_text_ = std::move(text);
  timers_->reading.cancel();
}

void FrameStream::end(StreamEnd::Kind kind, std::string text) {
  if (std::exchange(ended_, true)) return;
  channel_->close();
  timers_->reading.cancel();
  timers_->writing.cancel();
  if (!writing_) queue_.clear();  // What is being written stays until the channel has let it go.
  // Not from inside of the caller, which may be about to use what the end takes away.
  asio::post(loop_->context(), [self = shared_from_this(), what = StreamEnd{kind, std::move(text)}] {
    const Hooks hooks = std::exchange(self->hooks_, {});
    hooks.on_end(what);
  });
}

}  // namespace hw::cluster

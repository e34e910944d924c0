#include "cluster/link/server_answer.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

std::string too_long(std::size_t bytes) {
  return fmt::format("answer has {} bytes, more than {}", bytes, kAgentMessageBytesMax);
}

}  // namespace

bool ServerAnswer::State::may_speak(bool ends) {
  const MutexLock guard(mutex_);
  if (ended_ || cancelled_) return false;
  ended_ = ends;
  if (ends) then_ = nullptr;
  return true;
}

void ServerAnswer::State::cancel() {
  std::function<void()> then;
  {
    const MutexLock guard(mutex_);
    if (ended_ || std::exchange(cancelled_, true)) return;
    then = std::exchange(then_, nullptr);
  }
  if (then != nullptr) then();
}

ServerAnswer::ServerAnswer(std::shared_ptr<LinkLoop> loop, std::weak_ptr<AnswerSink> sink, std::uint64_t request)
    : loop_(std::move(loop)), sink_(std::move(sink)), request_(request) {}

ServerAnswer::~ServerAnswer() {
  if (state_->may_speak(true)) speak(AgentFrameType::Refused, "request was given up there");
}

void ServerAnswer::partial(std::string_view body) {
  const bool fits = body.size() <= kAgentMessageBytesMax;
  if (!state_->may_speak(!fits)) return;
  if (fits)
    speak(AgentFrameType::Partial, std::string(body));
  else
    speak(AgentFrameType::Refused, too_long(body.size()));
}

void ServerAnswer::last(std::string_view body) {
  if (!state_->may_speak(true)) return;
  if (body.size() <= kAgentMessageBytesMax)
    speak(AgentFrameType::Last, std::string(body));
  else
    speak(AgentFrameType::Refused, too_long(body.size()));
}

bool ServerAnswer::cancelled() const {
  const MutexLock guard(state_->mutex_);
  return state_->cancelled_;
}

void ServerAnswer::on_cancel(std::function<void()> then) {
  {
    const MutexLock guard(state_->mutex_);
    if (state_->ended_) return;
    if (!state_->cancelled_) {
      state_->then_ = std::move(then);
      return;
    }
  }
  then();
}

void ServerAnswer::speak(AgentFrameType type, std::string body) {
  // A loop that has ended has ended the connection, too.
  (void)loop_->post([sink = sink_, request = request_, type, body = std::move(body)] {
    if (const auto to = sink.lock()) to->on_answer(request, type, body);
  });
}

}  // namespace hw::cluster

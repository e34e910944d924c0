/// cluster/link/server_answer.h -- an answer on its way from any thread to the connection that waits for it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cluster/link/answer.h"
#include "cluster/link/frame.h"
#include "cluster/link/link_loop.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// Where the pieces of an answer go. Called in the loop's thread.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// Partial, Last or Refused. What comes after the last two, or after a cancel, is dropped.
  virtual void on_answer(std::uint64_t request, AgentFrameType type, const std::string& body) = 0;
};

class ServerAnswer final : public Answer {
 public:
  ServerAnswer(std::shared_ptr<LinkLoop> loop, std::weak_ptr<AnswerSink> sink, std::uint64_t request);
  ~ServerAnswer() override;

  void partial(std::string_view body) override;
  void last(std::string_view body) override;
  bool cancelled() const override;
  void on_cancel(std::function<void()> then) override;

  /// What the connection keeps: an answer that nobody gives any more goes away all the same. Thread: any.
  class State {
   public:
    /// The caller has gone.
    void cancel();

   private:
    friend class ServerAnswer;
    /// False when nothing more is to be said; `ends` that this is the last.
    bool may_speak(bool ends);

    mutable Mutex mutex_;
    bool ended_ HW_GUARDED_BY(mutex_) = false;
    bool cancelled_ HW_GUARDED_BY(mutex_) = false;
    std::function<void()> then_ HW_GUARDED_BY(mutex_);
  };
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  void speak(AgentFrameType type, std::string body);

  std::shared_ptr<LinkLoop> loop_;
  std::weak_ptr<AnswerSink> sink_;
  std::uint64_t request_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace hw::cluster

/// cluster/agent/awaited_answer.h -- an answer that a thread of this agent waits for: of what it asks of itself.
#pragma once

#include <future>
#include <string>

#include "cluster/agent/answer_say.h"
#include "cluster/link/answer.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

/// One that goes away without its last piece has been given up, as over a link: HWLIMITED.
class AwaitedAnswer final : public Answer {
 public:
  AwaitedAnswer() = default;
  AwaitedAnswer(const AwaitedAnswer&) = delete;
  AwaitedAnswer& operator=(const AwaitedAnswer&) = delete;
  ~AwaitedAnswer() override { last(refusal(make_error<MsgId::HWLIMITED>(), Outcome::Limited)); }

  /// The last piece, once. The waiting side does not keep the answer.
  std::future<std::string> ending() { return ended_.get_future(); }

  void partial(std::string_view) override {}
  void last(std::string_view body) override {
    const MutexLock guard(mutex_);
    if (!std::exchange(has_ended_, true)) ended_.set_value(std::string(body));
  }
  bool cancelled() const override { return false; }
  void on_cancel(std::function<void()>) override {}

 private:
  Mutex mutex_;
  bool has_ended_ HW_GUARDED_BY(mutex_) = false;
  std::promise<std::string> ended_;
};

}  // namespace hw::cluster

/// test/unit/cluster_agent/noted_answer.h -- an answer that keeps what was said.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cluster/link/answer.h"
#include "engine/base/mutex.h"

namespace hw::cluster::test {

class NotedAnswer final : public Answer {
 public:
  void partial(std::string_view body) override {
    const MutexLock guard(mutex_);
    if (lasts_.empty()) partials_.emplace_back(body);
  }
  void last(std::string_view body) override {
    const MutexLock guard(mutex_);
    if (lasts_.empty()) lasts_.emplace_back(body);
    changed_.notify_all();
  }
  bool cancelled() const override { return false; }
  void on_cancel(std::function<void()>) override {}

  /// The last piece, when it has come in time; else nothing.
  std::string wait() {
    MutexLock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [this]() HW_REQUIRES(mutex_) { return !lasts_.empty(); });
    return lasts_.empty() ? "" : lasts_.front();
  }
  bool is_ended() const {
    const MutexLock guard(mutex_);
    return !lasts_.empty();
  }
  std::vector<std::string> partials() const {
    const MutexLock guard(mutex_);
    return partials_;
  }

 private:
  mutable Mutex mutex_;
  Condition changed_;
  std::vector<std::string> partials_ HW_GUARDED_BY(mutex_);
  std::vector<std::string> lasts_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster::test

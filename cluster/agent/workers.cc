#include "cluster/agent/workers.h"

#include <utility>

#include "engine/base/start_thread.h"

namespace hw::cluster {

Workers::~Workers() {
  std::list<std::thread> threads;
  {
    const MutexLock guard(mutex_);
    stop_ = true;
    waiting_.clear();
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& each : threads) each.join();
}

Status Workers::run(Work work) {
  const MutexLock guard(mutex_);
  if (stop_) return {};
  const std::size_t idle = threads_.size() - busy_;
  if (waiting_.size() >= idle && threads_.size() < threads_max_) {
    auto thread = start_thread("work of the agent", [this] { serve(); });
    if (thread.has_value())
      threads_.push_back(*std::move(thread));
    else if (threads_.empty())
      return std::move(thread).error();
  }
  waiting_.push_back(std::move(work));
  changed_.notify_all();
  return {};
}

bool Workers::wait_idle(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this]() HW_REQUIRES(mutex_) { return busy_ == 0 && waiting_.empty(); });
}

void Workers::serve() {
  MutexLock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this]() HW_REQUIRES(mutex_) { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    lock.unlock();
    work();
    work = nullptr;  // What it holds ends before it counts as done.
    lock.lock();
    --busy_;
    changed_.notify_all();
  }
}

}  // namespace hw::cluster

#include "cluster/agent/job_runner.h"

#include <algorithm>
#include <utility>

#include "cluster/agent/answer_say.h"
#include "cluster/jobs/job_end.h"
#include "cluster/plan/request.h"
#include "engine/base/start_thread.h"

namespace hw::cluster {

JobRunner::~JobRunner() {
  {
    const MutexLock guard(mutex_);
    stop_ = true;
    queue_.clear();
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Status JobRunner::start() {
  HW_TRY(thread_, start_thread("commands of the domain", [this] { serve(); }));
  return {};
}

void JobRunner::submit(JobTask task) {
  const std::optional<Deadline> answer_by = task.answer_by;
  std::uint64_t number = 0;
  {
    const MutexLock guard(mutex_);
    number = ++last_number_;
    queue_.push_back({number, std::move(task)});
    changed_.notify_all();
  }
  if (answer_by) loop_.post([this, number, answer_by] { watch(number, *answer_by); });
}

void JobRunner::watch(std::uint64_t number, Deadline answer_by) {
  timers_[number] = loop_.at(answer_by, [this, number] {
    timers_.erase(number);
    expire(number);
  });
}

void JobRunner::expire(std::uint64_t number) {
  const MutexLock guard(mutex_);
  if (running_ == number) return answer_->last(encode_command_answer(end_of(Outcome::Running).result));
  const auto found = std::ranges::find(queue_, number, &Queued::number);
  if (found == queue_.end()) return;
  CommandResult result;
  result.outcome = Outcome::Refused;
  const std::string why = fmt::format("`{}` is under way", text_);
  result.messages.push_back(message_of(make_error<MsgId::HWREFUSED>(found->task.text, why)));
  found->task.answer->last(encode_command_answer(result));
  queue_.erase(found);
}

void JobRunner::serve() {
  MutexLock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this]() HW_REQUIRES(mutex_) { return stop_ || (!held_ && !queue_.empty()); });
    if (stop_) return;
    HW_CHECK_EQ(running_, 0U);  // Commands that change the domain run one at a time.
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    running_ = next.number;
    answer_ = next.task.answer;
    text_ = next.task.text;
    lock.unlock();
    run(next.task);
    loop_.post([this, number = next.number] { timers_.erase(number); });
    lock.lock();
    running_ = 0;
    answer_.reset();
    text_.clear();
    ++done_;
    changed_.notify_all();
  }
}

void JobRunner::run(const JobTask& task) {
  AnswerSay say(*task.answer);
  const JobEnd end = task.run(say);
  // Nothing, when the time-out was told before.
  task.answer->last(encode_command_answer(end.result, end.ask));
}

std::string JobRunner::current() const {
  const MutexLock guard(mutex_);
  return text_;
}

std::uint64_t JobRunner::done() const {
  const MutexLock guard(mutex_);
  return done_;
}

bool JobRunner::hold(Deadline deadline) {
  MutexLock lock(mutex_);
  held_ = true;
  const bool idle = changed_.wait_until(lock, deadline, [this]() HW_REQUIRES(mutex_) { return running_ == 0; });
  if (!idle) {
    held_ = false;
    changed_.notify_all();
  }
  return idle;
}

void JobRunner::release() {
  const MutexLock guard(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool JobRunner::wait_idle(Deadline deadline) {
  MutexLock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this]() HW_REQUIRES(mutex_) { return running_ == 0; });
}

}  // namespace hw::cluster

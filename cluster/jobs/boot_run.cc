#include "cluster/jobs/boot_run.h"

#include "cluster/jobs/job_end.h"

namespace hw::cluster {

void RootWatch::set(const std::string& group, State state) {
  const std::lock_guard lock(mutex_);
  states_[group] = state;
  changed_.notify_all();
}

RootWatch::State RootWatch::state_of(const std::string& group) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(group);
  return found == states_.end() ? State::NotBooted : found->second;
}

RootWatch::State RootWatch::wait(const std::string& group, Deadline deadline) const {
  std::unique_lock lock(mutex_);
  const auto found = states_.find(group);
  if (found == states_.end()) return State::NotBooted;
  changed_.wait_until(lock, deadline, [&] { return found->second != State::Coming; });
  return found->second;
}

void BootRun::fail(const std::string& node, const std::string& server, const Error& why) {
  stopped = true;
  if (is_over(context)) {
    out_of_time = true;
    lines.message(why, node);
  } else {
    lines.failed(node, server, why);
  }
}

}  // namespace hw::cluster

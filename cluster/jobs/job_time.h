/// cluster/jobs/job_time.h -- how long one step of a job may take.
#pragma once

#include <algorithm>
#include <chrono>

#include "cluster/jobs/job.h"

namespace hw::cluster {

/// A question that a node answers at once: where an instance is, who reigns.
inline constexpr std::chrono::seconds kLook{3};
/// A step that changes something in shared memory or one file.
inline constexpr std::chrono::seconds kSmallStep{10};

/// `length` from now, but not beyond the end of the command.
inline Deadline step_by(const JobContext& context, std::chrono::milliseconds length) {
  return std::min(context.deadline, std::chrono::steady_clock::now() + length);
}

/// Of a step that must be tried whatever time the command has left: a group would be without a root.
inline Deadline in_any_case_by(std::chrono::milliseconds length) { return std::chrono::steady_clock::now() + length; }

/// The caller called it off, or its time is over.
inline bool should_end(const JobContext& context) {
  return context.cancelled.load() || std::chrono::steady_clock::now() >= context.deadline;
}

}  // namespace hw::cluster

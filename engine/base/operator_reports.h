/// engine/base/operator_reports.h -- failures of work that goes on by itself: no caller waits for its status.
///
/// The work is tried again each second. The operator is told once, and again when the reason is another one or when it
/// had succeeded in between.
///
/// Thread: the caller's; each thread has reports of its own.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/base/result.h"

namespace hw {

class OperatorReports {
 public:
  explicit OperatorReports(std::function<void(const Error&)> tell) : tell_(std::move(tell)) {}

  /// `work`: what was tried, of which file.
  void outcome(const std::string& work, const Status& status);

 private:
  std::function<void(const Error&)> tell_;
  std::map<std::string, std::string> told_;  ///< by work: the failure that was told last
};

}  // namespace hw

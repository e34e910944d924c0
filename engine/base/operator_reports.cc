#include "engine/base/operator_reports.h"

namespace hw {

void OperatorReports::outcome(const std::string& work, const Status& status) {
  if (status.has_value()) {
    told_.erase(work);
    return;
  }
  std::string text = status.error().render();
  if (const auto last = told_.find(work); last != told_.end() && last->second == text) return;
  tell_(status.error());
  told_[work] = std::move(text);
}

}  // namespace hw

#include "cluster/agent/command_record.h"

#include "cluster/agent/command_text.h"

namespace hw::cluster {
namespace {

HistoryResult result_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Done:
      return HistoryResult::Done;
    case Outcome::Refused:
    case Outcome::Usage:
    case Outcome::Limited:
      return HistoryResult::Refused;
    case Outcome::Partly:
      return HistoryResult::Partly;
    case Outcome::Running:
      return HistoryResult::Running;
    case Outcome::Unreached:
      return HistoryResult::Failed;
  }
  return HistoryResult::Failed;
}

}  // namespace

CommandRecord::CommandRecord(HistoryLog& history, std::string_view verb, const CommandRequest& request)
    : history_(history), wish_{request.user, request.host, command_text(verb, request), request.why} {
  if (!asks_first(verb, request.arguments)) begin();
}

void CommandRecord::begin() {
  const MutexLock guard(mutex_);
  if (!entry_) entry_ = history_.begin(wish_);
}

void CommandRecord::about(std::uint64_t epoch, const std::string& group) {
  const MutexLock guard(mutex_);
  epoch_ = epoch;
  group_ = group;
}

void CommandRecord::end(const JobEnd& end) {
  const MutexLock guard(mutex_);
  const HistoryResult result = end.ask ? HistoryResult::Refused : result_of(end.result.outcome);
  if (!entry_) {
    if (!end.ask) history_.note(wish_, result, epoch_, group_);
    return;
  }
  entry_->epoch = epoch_;
  entry_->group = group_;
  history_.end(*entry_, result);
}

}  // namespace hw::cluster

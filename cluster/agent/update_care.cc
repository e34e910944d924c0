#include "cluster/agent/update_care.h"

namespace hw::cluster {

void UpdateCare::saw(const std::string& instance, bool died, unsigned failures_max, Time now) {
  const MutexLock guard(mutex_);
  Care& care = cares_.try_emplace(instance, failures_max).first->second;
  if (care.under_way) return;
  if (!died) {
    care.at.reset();
    care.given_up.reset();
    return;
  }
  if (care.given_up) return;
  if (!care.at) {
    care.policy.allow(failures_max);
    care.at = care.policy.failed(now);
    if (!care.at) {
      care.given_up = make_error<MsgId::HWGAVEUP>("update process of " + instance, care.policy.failures());
      return parts_.say(*care.given_up);
    }
  }
  if (now >= *care.at) begin(instance, care);
}

void UpdateCare::begin(const std::string& instance, Care& care) {
  care.under_way = true;
  const Status begun = parts_.in_worker([this, instance] { run(instance); });
  if (begun.has_value()) return;
  care.under_way = false;  // The next look tries again.
  parts_.say(begun.error());
}

void UpdateCare::run(const std::string& instance) {
  const Status started = parts_.start(instance);
  if (!started.has_value()) parts_.say(started.error());
  const MutexLock guard(mutex_);
  Care& care = cares_.at(instance);
  care.under_way = false;
  care.at.reset();  // When it is found dead once more, that is one failure more.
}

std::vector<BoardProblem> UpdateCare::problems() const {
  const MutexLock guard(mutex_);
  std::vector<BoardProblem> out;
  for (const auto& [instance, care] : cares_)
    if (care.given_up)
      out.push_back({severity_letter(care.given_up->severity), std::string(message_row(care.given_up->id).name),
                     care.given_up->text, parts_.node});
  return out;
}

}  // namespace hw::cluster

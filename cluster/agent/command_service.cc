#include "cluster/agent/command_service.h"

#include <algorithm>
#include <utility>

#include "cluster/agent/access.h"
#include "cluster/agent/answer_say.h"
#include "cluster/agent/command_text.h"
#include "cluster/jobs/jobs.h"

namespace hw::cluster {
namespace {

/// Until then it is known who is coordinator: 3 s of silence, then whoever takes a lost seat has asked the store and
/// told the others, on a busy machine too.
constexpr std::chrono::seconds kKnown{8};
/// Beyond its limit, of a job that minds it itself: that says more than this agent can.
constexpr std::chrono::milliseconds kGrace{1000};
constexpr std::chrono::milliseconds kNoGrace{0};

bool is_forwarded(const std::string& verb) { return verb.starts_with(kForwarded); }

}  // namespace

CommandService::Command CommandService::arrived(Asked asked) const {
  const auto now = std::chrono::steady_clock::now();
  Command command{std::move(asked), std::nullopt, now + kKnown};
  command.deadline = deadline_of_(command.asked);
  if (command.deadline) command.waits_until = std::min(command.waits_until, *command.deadline);
  return command;
}

void CommandService::command(Asked asked) {
  Command command = arrived(std::move(asked));
  if (route(command, false)) return;
  const MutexLock guard(waiting_->mutex);
  waiting_->commands.push_back(std::move(command));
}

void CommandService::begin(Asked asked) { submit(arrived(std::move(asked))); }

void CommandService::look_again() {
  std::list<Command> due;
  {
    const MutexLock guard(waiting_->mutex);
    due.swap(waiting_->commands);
  }
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(due,
                [&](Command& each) { return each.asked.answer->cancelled() || route(each, now >= each.waits_until); });
  const MutexLock guard(waiting_->mutex);
  waiting_->commands.splice(waiting_->commands.end(), due);
}

bool CommandService::route(Command& command, bool give_up) {
  const CoordinatorSeat::Standing standing = coordinator_.standing();
  const bool forwarded = is_forwarded(command.asked.verb);
  switch (standing.where) {
    case CoordinatorSeat::Where::Here:
      submit(std::move(command));
      return true;
    case CoordinatorSeat::Where::There:
      // An agent that asks on behalf of a user takes this one for the coordinator: the two will agree within a second.
      if (forwarded && !give_up) return false;
      if (forwarded) break;
      hand_over(command, standing.node, give_up);
      return true;
    case CoordinatorSeat::Where::Pending:
      if (!give_up) return false;
      break;
    case CoordinatorSeat::Where::None:
      break;
  }
  command.asked.answer->last(refusal(make_error<MsgId::HWLIMITED>(), Outcome::Limited));
  return true;
}

void CommandService::hand_over(const Command& command, const std::string& coordinator, bool give_up) {
  Asked asked = command.asked;
  asked.verb.insert(0, kForwarded);
  std::function<void()> not_left;
  if (!give_up)
    not_left = [waiting = waiting_, command] {
      const MutexLock guard(waiting->mutex);
      waiting->commands.push_back(command);
    };
  pass_on(links_, asked, coordinator, command.deadline, not_left);
}

void CommandService::submit(Command command) {
  Asked& asked = command.asked;
  if (is_forwarded(asked.verb)) asked.verb.erase(0, kForwarded.size());
  JobTask task;
  task.text = command_text(asked.verb, asked.request);
  task.answer = asked.answer;
  if (command.deadline) task.answer_by = *command.deadline + (ends_by_deadline(asked.verb) ? kGrace : kNoGrace);
  task.run = [this, command = std::move(command)](Say& say) { return carry_(command.asked, command.deadline, say); };
  runner_.submit(std::move(task));
}

}  // namespace hw::cluster

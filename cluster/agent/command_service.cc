#include "cluster/agent/command_service.h"

#include <utility>

#include "cluster/agent/access.h"
#include "cluster/agent/answer_say.h"
#include "cluster/agent/command_text.h"

namespace hw::cluster {
namespace {

constexpr std::chrono::seconds kKnown{5};  ///< until then it is known who is coordinator: 3 s of silence, and a beat
/// Beyond a command's own limit: a job that minds it itself says more than this agent can.
constexpr std::chrono::milliseconds kGrace{1000};

bool is_forwarded(const std::string& verb) { return verb.starts_with(kForwarded); }

}  // namespace

void CommandService::command(Asked asked) {
  if (route(asked, false)) return;
  const MutexLock guard(mutex_);
  waiting_.push_back({std::move(asked), std::chrono::steady_clock::now() + kKnown});
}

void CommandService::look_again() {
  std::list<Waiting> due;
  {
    const MutexLock guard(mutex_);
    due.swap(waiting_);
  }
  const auto now = std::chrono::steady_clock::now();
  for (auto each = due.begin(); each != due.end();)
    each =
        each->asked.answer->cancelled() || route(each->asked, now >= each->until) ? due.erase(each) : std::next(each);
  const MutexLock guard(mutex_);
  waiting_.splice(waiting_.end(), due);
}

bool CommandService::route(Asked& asked, bool give_up) {
  const CoordinatorSeat::Standing standing = coordinator_.standing();
  switch (standing.where) {
    case CoordinatorSeat::Where::Here:
      begin(std::move(asked));
      return true;
    case CoordinatorSeat::Where::There:
      // Who asks for somebody takes this agent for the coordinator: the two will agree within a second.
      if (is_forwarded(asked.verb) && !give_up) return false;
      if (is_forwarded(asked.verb)) break;
      forward(asked, standing.node);
      return true;
    case CoordinatorSeat::Where::Pending:
      if (!give_up) return false;
      break;
    case CoordinatorSeat::Where::None:
      break;
  }
  asked.answer->last(refusal(make_error<MsgId::HWLIMITED>(), Outcome::Limited));
  return true;
}

void CommandService::forward(const Asked& asked, const std::string& node) {
  AgentReply reply;
  reply.on_partial = [answer = asked.answer](const std::string& piece) { answer->partial(piece); };
  reply.on_end = [answer = asked.answer, node](const Result<std::string>& last) {
    answer->last(last.has_value() ? *last : refusal(last.error(), Outcome::Refused, node));
  };
  // The coordinator minds the limit; without an end of the connection there is an answer.
  links_.request(node, std::string(kForwarded) + asked.verb, encode_command_request(asked.request), Deadline::max(),
                 std::move(reply));
}

void CommandService::begin(Asked asked) {
  if (is_forwarded(asked.verb)) asked.verb.erase(0, kForwarded.size());
  const auto limit = time_limit_(asked);
  JobTask task;
  task.text = command_text(asked.verb, asked.request);
  task.answer = asked.answer;
  std::optional<Deadline> deadline;
  if (limit) {
    deadline = std::chrono::steady_clock::now() + *limit;
    task.answer_by = *deadline + kGrace;
  }
  task.run = [this, asked = std::move(asked), deadline](Say& say) { return carry_(asked, deadline, say); };
  runner_.submit(std::move(task));
}

}  // namespace hw::cluster

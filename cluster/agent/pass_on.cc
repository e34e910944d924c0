#include "cluster/agent/pass_on.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "cluster/agent/answer_say.h"

namespace hw::cluster {
namespace {

/// Beyond the deadline, so that who carries the command out can say more than this agent.
constexpr std::chrono::milliseconds kGrace{1500};

std::string without_end(Error why, bool has_left, const std::string& node) {
  if (!has_left) return refusal(why, Outcome::Refused, node);
  why.text += "; what became of the command is not known here, `history` tells";
  return refusal(why, Outcome::Running, node);
}

}  // namespace

double seconds_left(const CommandDeadline& deadline, Deadline now) {
  if (!deadline) return -1.0;
  return std::max(std::chrono::duration<double>(*deadline - now).count(), 0.0);
}

void pass_on(const NodeLinks& links, const Asked& asked, const std::string& node, const CommandDeadline& deadline,
             const std::function<void()>& not_left) {
  const auto has_left = std::make_shared<std::atomic<bool>>(false);
  AgentReply reply;
  reply.on_partial = [answer = asked.answer](const std::string& piece) { answer->partial(piece); };
  reply.on_sent = [has_left] { *has_left = true; };
  reply.on_end = [answer = asked.answer, node, has_left, not_left](const Result<std::string>& last) {
    if (!last.has_value() && !*has_left && not_left) return not_left();
    answer->last(last.has_value() ? *last : without_end(last.error(), *has_left, node));
  };
  CommandRequest request = asked.request;
  request.timeout_s = seconds_left(deadline, std::chrono::steady_clock::now());
  links.request(node, asked.verb, encode_command_request(request), deadline ? *deadline + kGrace : Deadline::max(),
                std::move(reply));
}

}  // namespace hw::cluster

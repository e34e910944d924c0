#include "cluster/agent/master_service.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cluster/agent/answer_say.h"
#include "cluster/agent/config_nodes.h"
#include "cluster/agent/coordinator_rule.h"
#include "cluster/config/finding.h"
#include "cluster/jobs/job_end.h"
#include "cluster/plan/commands.h"
#include "cluster/plan/unknown_name.h"

namespace hw::cluster {

void MasterService::master(const Asked& asked) {
  auto command = command_of<MasterCommand>(asked.request.arguments);
  if (!command.has_value()) return asked.answer->last(refusal(command.error(), Outcome::Usage));
  const std::string node = command->node.empty() ? parts_.board.node() : command->node;
  if (const Status good = check(node); !good.has_value()) {
    const bool usage = good.error().id == MsgId::CLIERR;
    return asked.answer->last(refusal(good.error(), usage ? Outcome::Usage : Outcome::Refused));
  }
  if (node != parts_.board.node()) return forward(asked, node);
  AnswerSay say(*asked.answer);
  const JobEnd end = become(asked, say);
  asked.answer->last(encode_command_answer(end.result, end.ask));
}

Status MasterService::check(const std::string& node) const {
  const NamedDomain current = parts_.config.current();
  if (current.domain == nullptr) return bad_key("configuration", "missing");
  if (current.domain->node(node) == nullptr) return unknown_name("node", node);
  if (!rank_in(*current.domain, node)) return make_error<MsgId::HWNOTMASTER>(node);
  return check_release(parts_.board.board(), node);
}

void MasterService::forward(const Asked& asked, const std::string& node) {
  Asked named = asked;
  named.request.arguments = json_of_command(MasterCommand{node});
  pass_on(parts_.links, named, node, parts_.deadline_of(asked));
}

JobEnd MasterService::become(const Asked& asked, Say& say) {
  const std::string& own = parts_.board.node();
  const Board board = parts_.board.board();
  const std::string old = board.coordinator.node;
  const auto done = [&] {
    say.line(fmt::format("coordinator is {}", own));
    return end_of(Outcome::Done);
  };
  if (old == own) return done();
  const bool heard = !old.empty() && is_heard(board, old);
  if (asked.request.yes < 1) {
    if (old.empty()) return ask_first(fmt::format("Makes {} coordinator.", own));
    return ask_first(
        fmt::format("Makes {} coordinator in place of {}{}.", own, old, heard ? "" : ", which is not heard"));
  }
  // One that has died is heard for 3 s more, as far as the board goes.
  const Result<std::string> handed_over =
      heard ? ask_to_hand_over(old) : Result<std::string>(make_error<MsgId::HWREMOTE>(old, "not heard"));
  if (!old.empty() && !handed_over.has_value() && asked.request.yes < 2)
    return ask_first(fmt::format("{} must not run as coordinator any more: see that its agent is stopped.", old));
  const HistoryWish wish{asked.request.user, asked.request.host, "master " + own, asked.request.why};
  const HistoryEntry entry = parts_.history.begin(wish);
  const Status taken = handed_over.has_value() ? take_with(old, *handed_over) : parts_.coordinator.take(false);
  parts_.history.end(entry, taken.has_value() ? HistoryResult::Done : HistoryResult::Failed);
  if (!taken.has_value()) {
    say.message(taken.error(), {});
    return end_of(Outcome::Refused);
  }
  return done();
}

Result<std::string> MasterService::ask_to_hand_over(const std::string& old) const {
  return parts_.links.ask(old, std::string(kHandOver), encode_command_request({}), Deadline::max());
}

Status MasterService::take_with(const std::string& old, const std::string& handed_over) {
  if (is_command_answer(handed_over)) {
    HW_TRY_VOID(status_of_answer(old, handed_over));
  }
  HW_TRY_VOID(parts_.take_in(handed_over));
  return parts_.coordinator.take(true);
}

Status MasterService::take_back() {
  const std::string old = parts_.board.orders().coordinator.node;
  const HistoryEntry entry =
      parts_.history.begin({"agent", parts_.board.node(), "master " + parts_.board.node(), "prefer_first_s is over"});
  const auto handed_over = ask_to_hand_over(old);
  Status taken = handed_over.has_value() ? take_with(old, *handed_over) : Status(handed_over.error());
  parts_.history.end(entry, taken.has_value() ? HistoryResult::Done : HistoryResult::Failed);
  return taken;
}

void MasterService::hand_over(const Asked& asked) {
  if (!parts_.coordinator.is_here()) {
    const std::string known = parts_.board.orders().coordinator.node;
    return asked.answer->last(refusal(make_error<MsgId::HWMASTERDIFF>(parts_.board.node(), known)));
  }
  parts_.runner.hold(Deadline::max());
  asked.answer->last(parts_.own_message());
  // Commands that came meanwhile are examined again: by then another node is coordinator, or none took over.
  parts_.after_a_while([runner = &parts_.runner] { runner->release(); });
}

}  // namespace hw::cluster

// The way of a request: envelope, pieces, question, end.
#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>
#include <utility>

#include "cluster/admin/session.h"
#include "cluster/board/json.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"

namespace hw::cluster::hwadm {
namespace {

constexpr double kUsualTimeout_s = 10;
/// An agent that ends a command at its time-out says so itself: time for that.
constexpr double kGrace_s = 2;

std::optional<double> timeout_of(const CommandLine& line, const Demand& demand) {
  if (line.common().timeout_s) return line.common().timeout_s;
  if (demand.no_limit || line.command()->patience == Patience::NoLimit) return -1.0;
  if (line.command()->patience == Patience::AsAgentWaits) return std::nullopt;
  return kUsualTimeout_s;
}

CommandRequest request_of(const CommandLine& line, const Demand& demand, const Session& session) {
  CommandRequest request;
  request.arguments = demand.arguments;
  request.why = line.common().why;
  request.user = session.person.user;
  request.host = session.person.host;
  request.text = line.text();
  request.timeout_s = timeout_of(line, demand);
  return request;
}

/// Shows a piece as it comes.
void show_piece(const std::string& body, const std::string& node, Output& out) {
  auto piece = decode_partial(body, node);
  if (!piece.has_value()) return out.message(piece.error());
  if (const auto* const text = std::get_if<std::string>(&*piece)) return out.line(*text);
  out.message(std::get<ResultMessage>(*piece));
}

Result<std::string> call(AgentLine& agent, const std::string& verb, const CommandRequest& request, Session& session) {
  const double timeout_s = request.timeout_s.value_or(-1);
  return agent.call(verb, encode_command_request(request), timeout_s < 0 ? timeout_s : timeout_s + kGrace_s,
                    [&](const std::string& piece) { show_piece(piece, agent.name(), session.out); });
}

/// Whether -y says yes to the question of that number, from 0.
bool is_answered(const CommandLine& line, std::uint32_t question) {
  if (!line.has(yes_option().name)) return false;
  return line.command()->asks != Yes::FirstOrForced || question == 0 || line.has("-force");
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

/// Shows what will happen, and asks. The object of --json has stdout for itself.
Result<bool> ask(const std::string& what, Session& session) {
  if (!session.console.in_is_terminal) return make_error<MsgId::HWNOTTY>();
  std::ostream& to = session.out.json() ? session.console.err : session.console.out;
  to << on_one_line(what) << "\nAre you sure? [y, n] " << std::flush;
  std::string answer;
  HW_TRY(const bool more, read_line(session.console.in, answer, "the answer", kCommandLineBytesMax));
  if (!more) {
    to << '\n' << std::flush;  // Whoever ends the input has not ended the line.
    return false;
  }
  const std::string_view word = without_blanks(answer);
  return word == "y" || word == "yes";
}

/// Whether to go on after the answer asked; if not, the command has ended.
bool is_confirmed(const CommandLine& line, const CommandAnswer& answer, std::uint32_t question, Session& session) {
  if (line.command()->asks == Yes::Never || question >= kQuestionsMax) {
    session.out.fail(make_error<MsgId::HWREFUSED>(line.command()->name, "the agent asks what it may not ask"));
    return false;
  }
  for (const ResultMessage& one : answer.messages) session.out.message(one);
  if (is_answered(line, question)) return true;
  const auto yes = ask(*answer.ask, session);
  if (!yes.has_value()) {
    session.out.fail(yes.error());
    return false;
  }
  if (!*yes) session.out.end(Outcome::Refused);
  return *yes;
}

/// None: it has been said that nobody answers.
AgentLine* connect(const Domain* domain, Session& session) {
  auto agent = session.agents.connect(domain, [&](const Error& why) { session.out.message(why); });
  if (agent.has_value()) return *agent;
  const bool names_none = agent.error().id == MsgId::CLIERR;
  session.out.fail(agent.error(), names_none ? Outcome::Usage : Outcome::Unreached);
  return nullptr;
}

}  // namespace

int carry_out(const CommandLine& line, const Demand& demand, Session& session) {
  Output& out = session.out;
  for (const Error& warning : demand.warnings) out.message(warning);
  AgentLine* const agent = connect(demand.domain.get(), session);
  if (agent == nullptr) return out.status();
  CommandRequest request = request_of(line, demand, session);
  for (;;) {
    const auto body = call(*agent, demand.verb, request, session);
    // Whether it goes on there is not known: `history` tells.
    if (!body.has_value()) return out.fail(body.error(), Outcome::Running);
    const auto answer = decode_command_answer(*body, agent->name());
    if (!answer.has_value()) return out.fail(answer.error());
    if (!answer->ask) return out.end(*answer);
    if (!is_confirmed(line, *answer, request.yes, session)) return out.status();
    ++request.yes;
  }
}

std::optional<std::string> read_answer(const CommandLine& line, std::string_view verb, const std::string& arguments,
                                       Session& session) {
  AgentLine* const agent = connect(nullptr, session);
  if (agent == nullptr) return std::nullopt;
  Demand demand;
  demand.verb = verb;
  demand.arguments = arguments;
  auto body = call(*agent, demand.verb, request_of(line, demand, session), session);
  if (!body.has_value()) {
    session.out.fail(body.error());
    return std::nullopt;
  }
  if (!is_command_answer(*body)) return *std::move(body);
  // A read that is refused ends as a command does.
  const auto answer = decode_command_answer(*body, agent->name());
  answer.has_value() ? session.out.end(*answer) : session.out.fail(answer.error());
  return std::nullopt;
}

}  // namespace hw::cluster::hwadm

// Which verb goes where.
#include "cluster/agent/access.h"
#include "cluster/agent/agent_parts.h"
#include "cluster/agent/answer_say.h"
#include "cluster/agent/lease_rebuild.h"
#include "cluster/jobs/jobs.h"
#include "cluster/site/site_calls.h"

namespace hw::cluster {
namespace {

/// Of a site that another agent asks for; its own deadline comes with the call.
constexpr Deadline kNoLimit = Deadline::max();

void end(const Asked& asked, const Status& status) {
  CommandResult result;
  if (!status.has_value()) return asked.answer->last(refusal(status.error()));
  asked.answer->last(encode_command_answer(result));
}

}  // namespace

void Agent::Parts::serve_verbs() {
  serve_reads();
  serve_commands();
  serve_agents();
  serve_config_calls();
}

void Agent::Parts::serve_reads() {
  using Where = Dispatcher::Where;
  dispatcher.serve("board", Where::Worker, [this](const Asked& asked) { reads.board(asked); });
  dispatcher.serve("history", Where::Worker, [this](const Asked& asked) { reads.history(asked); });
  dispatcher.serve("config.show", Where::Worker, [this](const Asked& asked) { reads.show_config(asked); });
  dispatcher.serve("config.list", Where::Worker, [this](const Asked& asked) { reads.list_configs(asked); });
  // They look at the domain, and change nothing: whoever is asked does them.
  for (const char* const verb : {"plan", "losttn.list", "losttn.show", "losttn.diff"}) {
    dispatcher.serve(verb, Where::Worker, [this](const Asked& asked) {
      AnswerSay say(*asked.answer);
      const JobEnd end = carrier.look(asked, say);
      asked.answer->last(encode_command_answer(end.result, end.ask));
    });
  }
}

void Agent::Parts::serve_commands() {
  using Where = Dispatcher::Where;
  const auto command = [this](std::string_view verb) {
    const auto handler = [this](Asked asked) { commands.command(std::move(asked)); };
    dispatcher.serve(verb, Where::Worker, handler);
    dispatcher.serve(std::string(kForwarded) + std::string(verb), Where::Worker, handler);
  };
  for (const char* const verb : {"boot", "down", "switchover", "failover", "rejoin", "reparent", "refresh", "migg",
                                 "migm", "losttn", "pause", "resume", "fence", "drill", "pclean", "config.epoch-base"})
    if (is_job(verb)) command(verb);
  for (const char* const verb : {"config.apply", "config.add"}) {
    dispatcher.serve(verb, Where::Worker, [this](Asked asked) {
      // The first of all: nobody is coordinator before it.
      if (config->current().domain == nullptr && board.orders().coordinator.node.empty())
        commands.begin(std::move(asked));
      else
        commands.command(std::move(asked));
    });
    dispatcher.serve(std::string(kForwarded) + verb, Where::Worker,
                     [this](Asked asked) { commands.command(std::move(asked)); });
  }
  dispatcher.serve("master", Where::Worker, [this](const Asked& asked) { masters.master(asked); });
}

void Agent::Parts::serve_agents() {
  using Where = Dispatcher::Where;
  dispatcher.serve_raw(kHeartbeatVerb, Where::Link, [this](Asked asked) {
    loop.post([this, asked = std::move(asked)] {
      const auto answer = heartbeat.answer(asked.body, EventLoop::Clock::now());
      asked.answer->last(answer.has_value() ? *answer : refusal(answer.error()));
    });
  });
  dispatcher.serve_raw(kLookVerb, Where::Worker, [this](const Asked& asked) {
    duties.probe_now();
    asked.answer->last(heartbeat.own_message());
  });
  dispatcher.serve_raw(kSiteVerbs, Where::Worker, [this](const Asked& asked) {
    asked.answer->last(answer_site_call(site, asked.verb, asked.body, kNoLimit));
  });
  dispatcher.serve_raw(kConfirmVerb, Where::Link, [this](const Asked& asked) { leases.confirm(asked); });
  dispatcher.serve_raw(kEpochVerb, Where::Link, [this](const Asked& asked) { leases.epochs(asked); });
  dispatcher.serve(kOwnHistory, Where::Worker, [this](const Asked& asked) { reads.own_history(asked); });
  dispatcher.serve(kHandOver, Where::Worker, [this](const Asked& asked) { masters.hand_over(asked); });
}

void Agent::Parts::serve_config_calls() {
  using Where = Dispatcher::Where;
  dispatcher.serve(kConfigState, Where::Worker, [this](const Asked& asked) {
    const auto state = config_service.state(board.orders().coordinator.node);
    asked.answer->last(state.has_value() ? encode_state(*state) : refusal(state.error()));
  });
  dispatcher.serve(kConfigPut, Where::Worker, [this](const Asked& asked) {
    const auto generation = decode_generation(asked.request.arguments);
    end(asked, generation.has_value() ? config_service.put(*generation) : Status(generation.error()));
  });
  dispatcher.serve(kConfigCurrent, Where::Worker, [this](const Asked& asked) {
    const auto number = decode_number(asked.request.arguments);
    end(asked, number.has_value() ? config_service.make_current(*number) : Status(number.error()));
  });
  dispatcher.serve(kConfigDrop, Where::Worker, [this](const Asked& asked) {
    const auto number = decode_number(asked.request.arguments);
    end(asked, number.has_value() ? config_service.drop(number->number) : Status(number.error()));
  });
  dispatcher.serve(kConfigName, Where::Worker, [this](const Asked& asked) {
    const auto named = decode_named(asked.request.arguments);
    end(asked, named.has_value() ? config_service.put_named(*named) : Status(named.error()));
  });
}

}  // namespace hw::cluster

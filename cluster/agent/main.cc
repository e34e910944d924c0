// hwd: from its options to a running agent, in the background unless it was asked not to.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cluster/agent/agent.h"
#include "cluster/agent/listening.h"
#include "engine/base/program.h"

namespace {

using namespace hw;
using namespace hw::cluster;

constexpr int kNotStarted = 1;
constexpr int kUsage = 2;

/// The agent's whole life. `started` is told once it listens; `failed` why it does not.
template <typename Started, typename Failed>
int live(const AgentOptions& options, Started started, Failed failed) {
  // An agent has instances of its own: the one of the shell it was started from is none of its business. What it asks
  // of a program, it tells it which one (variables_of).
  for (const char* const of_one_instance : {"gtmgbldir", "gtm_repl_instance"}) (void)::unsetenv(of_one_instance);
  StopSignal stop;
  if (const Status opened = stop.open(); !opened.has_value()) return failed(opened.error());
  auto folder = AgentFolder::take(options.dir, options.node);
  if (!folder.has_value()) return failed(folder.error());
  ServerLog log;
  if (const Status opened = log.open(folder->log()); !opened.has_value()) return failed(opened.error());
  log.belongs_to({"HWD", options.node});
  if (options.debug) log.show(LogLevel::Debug);
  auto agent = Agent::start(options, *std::move(folder), log);
  if (!agent.has_value()) {
    log.report(agent.error());
    return failed(agent.error());
  }
  log.line(agent_release() + " has begun");
  started(log);
  const bool ended = (*agent)->run(stop);
  log.line("ends: " + stop.take());
  // A step that is under way is the next agent's, who waits for it; so nobody here has to.
  if (!ended) std::_Exit(EXIT_SUCCESS);
  return EXIT_SUCCESS;
}

int in_foreground(const AgentOptions& options) {
  return live(
      options, [](const ServerLog&) {},
      [](const Error& why) {
        std::cerr << why.render();
        return kNotStarted;
      });
}

int in_background(const AgentOptions& options) {
  const auto daemon = run_as_daemon([&](StartReport& report) {
    return live(
        options, [&](const ServerLog& log) { report.started(log.fd()); },
        [&](const Error& why) {
          report.failed(kNotStarted, why.render());
          return kNotStarted;
        });
  });
  if (!daemon.has_value()) {
    std::cerr << daemon.error().render();
    return kNotStarted;
  }
  std::cerr << daemon->text;
  return daemon->started ? EXIT_SUCCESS : kNotStarted;
}

int run(int argc, char** argv) {
  const auto host = host_facts();
  if (!host.has_value()) {
    std::cerr << host.error().render();
    return kNotStarted;
  }
  const auto options = read_agent_options({argv + 1, argv + argc}, environment_variable, *host);
  if (!options.has_value()) {
    std::cerr << options.error().render();
    return options.error().id == MsgId::CLIERR ? kUsage : kNotStarted;
  }
  if (options->help || options->version) {
    std::cout << (options->help ? agent_usage() : agent_release() + "\n");
    return EXIT_SUCCESS;
  }
  ::umask(022);  // Folders and socket are for all to reach; what is started has a umask of its own.
  const bool stays = options->debug || !environment_variable("NOTIFY_SOCKET").empty();
  return stays ? in_foreground(*options) : in_background(*options);
}

}  // namespace

int main(int argc, char** argv) {
  begin_program();
  return end_program(run(argc, argv));
}

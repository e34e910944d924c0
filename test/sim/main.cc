// headwater-sim: see options.cc for what it does, action.h for what a run is made of.
#include <fmt/format.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <sstream>

#include "engine/base/program.h"
#include "test/sim/action.h"
#include "test/sim/options.h"
#include "test/sim/run.h"
#include "test/sim/shrink.h"
#include "test/sim/worker.h"

namespace hw::sim {
namespace {

using Clock = std::chrono::steady_clock;

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t bytes = ::readlink("/proc/self/exe", path, sizeof path - 1);
  return bytes < 0 ? "" : std::string(path, static_cast<std::size_t>(bytes));
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// The library that records what is durable, as its program names it; empty when they are not installed.
std::string recorder_library(const std::string& programs) {
  Launch launch;
  launch.argv = {programs + "/headwater-powerloss", "library"};
  const Said said = run(launch);
  return said.status == 0 ? said.out.substr(0, said.out.find('\n')) : "";
}

std::string programs_folder() {
  const char* const programs = std::getenv("HW_BIN");
  return programs != nullptr && *programs != '\0' ? programs : folder_of(own_path());
}

std::string runs_folder(const Options& options) {
  if (!options.folder.empty()) return options.folder;
  const char* const temporary = std::getenv("TMPDIR");
  return temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
}

/// Why no run can begin here, if so.
std::optional<std::string> hindrance(const Options& options) {
  const std::string folder = runs_folder(options);
  std::error_code failure;
  if (!std::filesystem::is_directory(folder, failure)) return "no such folder: " + folder;
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return fmt::format("{}: {}", folder, std::strerror(errno));
  for (const char* const program : {"mupip", "gde", "gbl"}) {
    const std::string path = programs_folder() + "/" + program;
    if (::access(path.c_str(), X_OK) != 0) return fmt::format("{}: {}", path, std::strerror(errno));
  }
  if (options.recorder && recorder_library(programs_folder()).empty())
    return programs_folder() + "/headwater-powerloss does not run: use --no-recorder";
  return std::nullopt;
}

RunOrder order_of(const Options& options, std::uint64_t seed) {
  RunOrder order;
  order.setting.self = own_path();
  order.setting.programs = programs_folder();
  order.setting.folder = fmt::format("{}/hwsim-{}-{}", runs_folder(options), ::getpid(), seed);
  order.setting.seed = seed;
  // Asked for once, before there are runs to wait for.
  static const std::string library = recorder_library(order.setting.programs);
  if (options.recorder) order.setting.recorder = library;
  order.steps = options.steps;
  order.verbose = options.verbose;
  return order;
}

/// Runs the script; whether it fails in the way that `kind` says.
bool fails_again(const Options& options, const RunOrder& of, const Script& script, const std::string& kind) {
  RunOrder order = order_of(options, of.setting.seed);
  order.setting.folder += "-shorter";  // The folder of the run that failed is kept.
  order.setting.recorder = of.setting.recorder;
  order.verbose = false;
  order.script = script;
  if (script.empty()) return false;
  const RunResult result = run_to_end(order);
  return result.failed && failure_kind(result.failure) == kind;
}

/// A failure's first lines: what integ says of a database can be long.
std::string beginning(const std::string& text) {
  constexpr int kLinesMax = 30;
  std::size_t end = 0;
  for (int line = 0; line < kLinesMax && end != std::string::npos; ++line)
    end = text.find('\n', end + (line > 0 ? 1 : 0));
  return end == std::string::npos ? text : text.substr(0, end) + "\n...\n";
}

void report(const Options& options, const RunOrder& order, const RunResult& result) {
  std::cout << fmt::format("FAILED: seed {}, step {}\n{}", order.setting.seed, result.script.size(),
                           beginning(result.failure));
  Script script = result.script;
  if (options.shrink) {
    const std::string kind = failure_kind(result.failure);
    const auto end = Clock::now() + std::chrono::seconds(options.shrink_s);
    script = shrink(
        script, [&](const Script& shorter) { return fails_again(options, order, shorter, kind); },
        [&] { return Clock::now() < end; });
    std::cout << fmt::format("shortened from {} to {} steps; fails again: {}\n", result.script.size(), script.size(),
                             fails_again(options, order, script, kind) ? "yes" : "not at once, try --times 20");
  }
  std::cout << fmt::format("--- headwater-sim --replay FILE{}, with these lines as FILE\n",
                           !order.setting.recorder.empty() ? "" : " --no-recorder")
            << print(script) << "---\n";
  if (options.keep) std::cout << "kept: " << order.setting.folder << "\n";
  std::cout << std::flush;
}

void print_summary(const Options& options, std::uint64_t runs, std::uint64_t failed, const Coverage& coverage,
                   Clock::duration took) {
  if (options.coverage)
    for (const auto& [triple, count] : coverage.triples())
      std::cout << fmt::format("{:8}  {} in state {}, fault {}\n", count, std::get<0>(triple), std::get<1>(triple),
                               std::get<2>(triple));
  std::cout << fmt::format("{} runs, {} failed, {} s", runs, failed,
                           std::chrono::duration_cast<std::chrono::seconds>(took).count());
  for (const auto& [what, count] : coverage.counts()) std::cout << fmt::format(", {} {}", count, what);
  std::cout << std::endl;
}

volatile std::sig_atomic_t interrupted = 0;

int run_seeds(const Options& options) {
  const auto began = Clock::now();
  const auto end = began + std::chrono::minutes(options.minutes);
  std::uint64_t failed = 0;
  std::uint64_t next = options.seeds_given ? options.first_seed : std::random_device{}();
  const auto more = [&] {
    if (interrupted != 0 || (options.until_failure && failed != 0)) return false;
    if (options.seeds_given && next > options.last_seed) return false;
    if (options.minutes != 0) return Clock::now() < end;
    return options.seeds_given ? next <= options.last_seed : next != 0;
  };
  std::vector<StartedRun> running;
  Coverage coverage;
  std::uint64_t runs = 0;
  while (more() || !running.empty()) {
    while (more() && running.size() < options.jobs) {
      RunOrder order = order_of(options, next++);
      order.keep = options.keep;
      std::cout << fmt::format("seed {}\n", order.setting.seed) << std::flush;
      running.push_back(start_run(order));
      if (!options.seeds_given && options.minutes == 0) next = 0;
    }
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (interrupted != 0)
      for (const StartedRun& run : running) ::kill(run.pid, SIGKILL);  // And with it all of the run's name space.
    for (auto run = running.begin(); run != running.end(); ++run) {
      if (run->pid != pid) continue;
      const RunResult result = finish_run(*run, status);
      const RunOrder order = run->order;
      running.erase(run);
      ++runs;
      coverage.merge(result.coverage);
      if (result.failed && interrupted == 0) {
        ++failed;
        report(options, order, result);
      }
      break;
    }
  }
  print_summary(options, runs, failed, coverage, Clock::now() - began);
  return failed == 0 ? 0 : 1;
}

int replay(const Options& options) {
  std::ifstream in(options.replay);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    std::cerr << "cannot read " << options.replay << "\n";
    return 2;
  }
  auto script = parse_script(text.str());
  if (!script) {
    std::cerr << options.replay << ": " << script.error() << "\n";
    return 2;
  }
  const auto began = Clock::now();
  Coverage coverage;
  for (unsigned time = 1; time <= options.times && interrupted == 0; ++time) {
    RunOrder order = order_of(options, options.first_seed);
    order.script = *script;
    order.keep = options.keep;
    const RunResult result = run_to_end(order);
    coverage.merge(result.coverage);
    if (!result.failed) continue;
    std::cout << fmt::format("FAILED the {}. time, step {}\n{}", time, result.script.size(), result.failure);
    if (options.keep) std::cout << "kept: " << order.setting.folder << "\n";
    return 1;
  }
  print_summary(options, options.times, 0, coverage, Clock::now() - began);
  return 0;
}

int main_of(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--worker") == 0) return worker_main(argc, argv);
  if (argc > 1 && std::strcmp(argv[1], "--checkpoint") == 0) return checkpoint_main();
  Options options;
  if (const auto fault = parse_options(argc, argv, options)) {
    std::cerr << *fault << "; see headwater-sim --help\n";
    return 2;
  }
  if (options.help) {
    std::cout << kHelp;
    return 0;
  }
  if (options.actions) {
    for (const Action* const action : all_actions())
      std::cout << fmt::format("{:16} {}\n{:16}   {}\n", action->verb, action->usage, "", action->summary);
    return 0;
  }
  if (const auto why = hindrance(options)) {
    std::cerr << *why << "; see headwater-sim --help\n";
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  return options.replay.empty() ? run_seeds(options) : replay(options);
}

}  // namespace
}  // namespace hw::sim

int main(int argc, char** argv) { return hw::end_program(hw::sim::main_of(argc, argv)); }

#include "test/sim/run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "test/sim/checks.h"
#include "test/sim/failure.h"
#include "test/sim/plan.h"

namespace hw::sim {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// What a run leaves for the process that started it; written step by step, so that it is there however the run ends.
class Report {
 public:
  explicit Report(const std::string& path) : out_(path, std::ios::app) {}
  void step(const Step& step) { out_ << "step " << print(step) << std::endl; }
  void failure(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) out_ << "failure " << line << "\n";
    out_.flush();
  }
  void coverage(const Coverage& coverage) { out_ << coverage.print() << std::flush; }
  void end() { out_ << "ended" << std::endl; }

 private:
  std::ofstream out_;
};

std::string state_of(World& world, const std::string& name) {
  const Site* const site = world.find(name);
  if (site == nullptr) return "-";
  if (site->crashed) return "crashed";
  if (!site->up) return "down";
  if (site->root) return "root";
  return is_fed(world, *site) ? "fed" : "alone";
}

/// What went wrong, or went on, while a step was done.
std::string fault_of(World& world, const Step& step) {
  std::string fault = step.text("fail");
  if (fault.empty() && step.number("kill_us", 0) != 0) fault = "SIGKILL";
  if (const std::string mode = step.text("power"); !mode.empty()) fault += "+power-loss";
  const Site* const site = world.find(step.site);
  if (site != nullptr && site->line->line() == Line::Cut) fault += "+line-cut";
  if (site != nullptr && site->line->line() == Line::Slow) fault += "+line-slow";
  for (const auto& [name, other] : world.sites())
    if (other.load != nullptr) {
      fault += "+load";
      break;
    }
  return fault.empty() ? "-" : fault.starts_with("+") ? fault.substr(1) : fault;
}

/// Every instance, root first, down in order; nothing may be left.
void close_world(World& world) {
  for (auto& [name, site] : world.sites()) {
    end_load(world, site);
    site.line->set(Line::Good);
  }
  synchronize(world);
  check_all(world, true);
  for (auto& [name, site] : world.sites())
    if (site.up) {
      if (site.receiver) stop_receiver(world, site);
      stop_servers(world, site);
    }
  check_all(world, true);
  for (auto& [name, site] : world.sites())
    if (const auto left = world.processes_of(site); !left.empty())
      throw Failure(fmt::format("{} processes of {} are left after everything was shut down", left.size(), name));
}

void do_step(World& world, const Step& step, Report& report, const RunOrder& order) {
  report.step(step);
  world.note("\n# " + print(step));
  if (order.verbose) std::cout << "  " << print(step) << std::endl;
  const Action* const action = find_action(step.verb);
  if (action == nullptr) throw Failure("no such action: " + step.verb);
  const std::string state = state_of(world, step.site);
  const std::string fault = fault_of(world, step);
  if (!action->run(world, step)) {
    world.note("# skipped");
    return;
  }
  world.coverage().add(step.verb, state, fault);
  world.coverage().count("steps");
  check_all(world, world.coverage().counted("steps") % 4 == 0);
}

int run_here(const RunOrder& order, const Space& space, const std::string& result) {
  Report report(result);
  World world(order.setting, space);
  int status = 0;
  try {
    if (!order.script.empty()) {
      for (const Step& step : order.script) do_step(world, step, report, order);
    } else {
      Random random(derived_seed(order.setting.seed, 1));
      for (const Step& step : plan_tree(random)) do_step(world, step, report, order);
      for (std::uint64_t i = 0; i < order.steps; ++i) do_step(world, plan_step(world, random), report, order);
    }
    close_world(world);
  } catch (const Failure& failure) {
    report.failure(failure.what());
    world.note(std::string("FAILED: ") + failure.what());
    status = 1;
  } catch (const std::exception& error) {
    report.failure(std::string("unexpected: ") + error.what());
    status = 1;
  }
  for (auto& [name, site] : world.sites()) {
    for (const pid_t pid : world.processes_of(site)) ::kill(pid, SIGCONT);
    world.lose_memory(site);
  }
  report.coverage(world.coverage());
  report.end();
  return status;
}

}  // namespace

StartedRun start_run(const RunOrder& order) {
  StartedRun run;
  run.order = order;
  run.result = order.setting.folder + ".result";
  ::unlink(run.result.c_str());
  std::filesystem::remove_all(order.setting.folder);
  ::mkdir(order.setting.folder.c_str(), 0755);
  run.pid = enter_space([&order, &run](const Space& space) { return run_here(order, space, run.result); });
  return run;
}

RunResult finish_run(StartedRun& run, int status) {
  RunResult result;
  std::istringstream lines(content_of(run.result));
  std::string steps, counts;
  bool ended = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("step ")) steps += line.substr(5) + "\n";
    if (line.starts_with("failure ")) result.failure += line.substr(8) + "\n";
    if (line.starts_with("triple ") || line.starts_with("count ")) counts += line + "\n";
    if (line == "ended") ended = true;
  }
  result.coverage.read(counts);
  if (auto script = parse_script(steps)) result.script = std::move(*script);
  if (!ended) result.failure += fmt::format("the run itself ended with status {}\n", status);
  result.failed = !result.failure.empty();
  ::unlink(run.result.c_str());
  if (!run.order.keep || !result.failed) {
    std::error_code ignored;
    std::filesystem::remove_all(run.order.setting.folder, ignored);
  }
  return result;
}

RunResult run_to_end(const RunOrder& order) {
  StartedRun run = start_run(order);
  const int status = wait_space(run.pid);
  return finish_run(run, status);
}

}  // namespace hw::sim

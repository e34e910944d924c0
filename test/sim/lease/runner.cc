#include "test/sim/lease/runner.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "test/sim/lease/rule_names.h"

namespace hw::lease_sim {

using cluster::lease::Rules;

Found replay(const Plan& plan, const Rules& rules, const OuterRules& outer) {
  std::string trace;
  const Outcome outcome = play(plan, rules, outer, &trace);
  return {plan.seed, outcome.violation, describe(plan) + trace + outcome.violation + "\n"};
}

std::optional<Found> search(std::uint64_t first, std::uint64_t count, const Profile& profile, Counts& counts,
                            const Rules& rules, const OuterRules& outer) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Plan plan = random_plan(seed, profile);
    const Outcome outcome = play(plan, rules, outer);
    counts.add(outcome.counts);
    if (!outcome.violation.empty()) return replay(plan, rules, outer);
  }
  return std::nullopt;
}

std::string describe(const Counts& counts) {
  using cluster::lease::State;
  std::string out = fmt::format(
      "schedules {}, events {}, reigns {}, transactions accepted {}, late {}, rounds {}, forced failovers {}, "
      "handovers {}, records put anew {}, restarts over a note {}, helped at the end {}\n",
      counts.schedules, counts.events, counts.reigns, counts.commits, counts.late_commits, counts.rounds, counts.forced,
      counts.handovers, counts.rebuilt, counts.restarts_with_note, counts.helped);
  out += "entered:";
  for (std::size_t i = 0; i < counts.states.size(); ++i)
    out += fmt::format(" {} {}", cluster::lease::name_of(static_cast<State>(i)), counts.states[i]);
  out += "\nfaults:";
  for (std::size_t i = 0; i < counts.faults.size(); ++i)
    if (counts.faults[i] != 0) out += fmt::format(" {} {},", name_of(static_cast<FaultKind>(i)), counts.faults[i]);
  out.back() = '\n';
  return out;
}

namespace {

struct Options {
  std::uint64_t schedules = 10'000;
  std::uint64_t seed = 1;
  bool replay = false;
  bool quick = false;
  bool keep_going = false;
  Rules rules;
  OuterRules outer;
};

constexpr const char* kUsage =
    "usage: lease-sim [--schedules N] [--seed S] [--replay S] [--without RULE] [--quick] [--keep-going]\n";

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick" || name == "--keep-going") {
      (name == "--quick" ? options.quick : options.keep_going) = true;
      continue;
    }
    if (++i == argc) return false;
    if (name == "--without") {
      if (!leave_out(argv[i], options.rules, options.outer)) return false;
      continue;
    }
    if (name != "--schedules" && name != "--seed" && name != "--replay") return false;
    char* end = nullptr;
    const std::uint64_t number = std::strtoull(argv[i], &end, 10);
    if (*argv[i] == '\0' || *end != '\0') return false;
    (name == "--schedules" ? options.schedules : options.seed) = number;
    options.replay |= name == "--replay";
  }
  return true;
}

}  // namespace

int run_program(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    for (const RuleName& rule : rule_names()) std::fprintf(stderr, "  %s\n", rule.name);
    return 2;
  }
  Profile profile = every_fault();
  profile.waits_for_quiet = !options.quick;
  if (options.replay) {
    const Found found = replay(random_plan(options.seed, profile), options.rules, options.outer);
    std::fputs(found.schedule.c_str(), stdout);
    return found.violation.empty() ? 0 : 1;
  }
  const std::clock_t started = std::clock();
  Counts counts;
  std::uint64_t failures = 0;
  std::uint64_t next = options.seed;
  const std::uint64_t end = options.seed + options.schedules;
  while (next < end) {
    const std::optional<Found> found = search(next, end - next, profile, counts, options.rules, options.outer);
    if (!found) break;
    ++failures;
    next = found->seed + 1;
    if (failures == 1 && !options.keep_going) {
      std::fputs(found->schedule.c_str(), stdout);
      break;
    }
    std::fprintf(stdout, "seed %llu: %s\n", static_cast<unsigned long long>(found->seed), found->violation.c_str());
  }
  const double cpu_s = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
  std::fputs(describe(counts).c_str(), stdout);
  std::fprintf(stdout, "%llu of %llu schedules failed; %.1f s of CPU, %.0f schedules a second\n",
               static_cast<unsigned long long>(failures), static_cast<unsigned long long>(counts.schedules), cpu_s,
               static_cast<double>(counts.schedules) / cpu_s);
  return failures == 0 ? 0 : 1;
}

}  // namespace hw::lease_sim

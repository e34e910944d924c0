#include "test/sim/options.h"

#include <charconv>
#include <functional>
#include <map>

#include <fmt/format.h>

namespace hw::sim {

const char* const kHelp =
    R"(headwater-sim -- drives a tree of Headwater instances at random, with failures, and checks everything.

  headwater-sim [--seed N | --seeds N..M] [--steps N] [--minutes N] [--jobs N] [--dir FOLDER]
  headwater-sim --replay FILE [--times N]

Run it on the machine and the file system that are to carry your data, before they do. It makes two to six instances in
a folder of their own, updates them from several processes, does to them everything that an administrator does (switchover,
failover, backup, rollback, ...), kills processes, lets machines lose power, and holds after each step what every instance has
against what it must have. It touches nothing outside its folder, uses no network but its own loopback, and leaves no process,
no shared memory and no file, whatever happens. Other Headwater instances of the machine do not notice it.

  --seed N        one run; the seed decides every step
  --seeds N..M    a run for each
  --steps N       steps of a run (60)
  --minutes N     go on with new seeds until then
  --jobs N        so many runs at a time (1)
  --dir FOLDER    where the runs' folders are made, on the file system to test (default: TMPDIR or /tmp)
  --replay FILE   the steps of a script, one a line, as a failure prints them
  --times N       replay up to N times, until it fails (1)
  --no-shrink     print the script of a failure as it was
  --until-failure no new run after one that failed
  --shrink N      seconds given to shortening a script (300)
  --keep          leave the folder of a run that failed
  --no-recorder   a power loss loses memory only; by default also what was written and not synced
  --coverage      print which action ran in which state and with which fault, and how often
  --actions       list the actions a script is made of
  --verbose       print each step
  --help          this

HW_BIN names the folder of mupip, gde and gbl; by default they are beside this program.
Exit status: 0 everything held; 1 a run has failed: its seed, what was wrong, and a script that replays it are printed; 2 usage.
)";

std::optional<std::string> parse_options(int argc, char** argv, Options& options) {
  std::optional<std::string> fault;
  const auto number = [&](const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fault = "not a number: " + text;
    return value;
  };
  const auto seeds = [&](const std::string& text) {
    const auto dots = text.find("..");
    options.first_seed = number(text.substr(0, dots));
    options.last_seed = dots == std::string::npos ? options.first_seed : number(text.substr(dots + 2));
    options.seeds_given = true;
    if (!fault && options.last_seed < options.first_seed) fault = "seeds go up: " + text;
  };
  const std::map<std::string, std::function<void()>> flags = {
      {"--no-shrink", [&] { options.shrink = false; }}, {"--until-failure", [&] { options.until_failure = true; }},
      {"--keep", [&] { options.keep = true; }},         {"--coverage", [&] { options.coverage = true; }},
      {"--actions", [&] { options.actions = true; }},   {"--help", [&] { options.help = true; }},
      {"--verbose", [&] { options.verbose = true; }},   {"--no-recorder", [&] { options.recorder = false; }}};
  const std::map<std::string, std::function<void(const std::string&)>> values = {
      {"--seed", seeds},
      {"--seeds", seeds},
      {"--steps", [&](const std::string& text) { options.steps = number(text); }},
      {"--minutes", [&](const std::string& text) { options.minutes = number(text); }},
      {"--jobs", [&](const std::string& text) { options.jobs = static_cast<unsigned>(number(text)); }},
      {"--dir", [&](const std::string& text) { options.folder = text; }},
      {"--replay", [&](const std::string& text) { options.replay = text; }},
      {"--times", [&](const std::string& text) { options.times = static_cast<unsigned>(number(text)); }},
      {"--shrink", [&](const std::string& text) { options.shrink_s = number(text); }}};
  for (int i = 1; i < argc && !fault; ++i) {
    const std::string name = argv[i];
    if (const auto flag = flags.find(name); flag != flags.end()) {
      flag->second();
    } else if (const auto value = values.find(name); value != values.end()) {
      if (i + 1 == argc) return name + " needs a value";
      value->second(argv[++i]);
    } else {
      return "no such option: " + name;
    }
  }
  if (!fault && options.jobs == 0) fault = "--jobs must be at least 1";
  return fault;
}

}  // namespace hw::sim

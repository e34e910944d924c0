#include "test/sim/plan.h"

#include <algorithm>

namespace hw::sim {

Script plan_tree(Random& random) {
  // Most faults show with two or three instances, which are quick.
  const std::uint64_t sites = random.percent(70) ? random.between(2, 3) : random.between(4, 6);
  const std::uint64_t regions = random.between(1, 3);
  Script script;
  for (std::uint64_t i = 0; i < sites; ++i) {
    Step step{std::string(1, static_cast<char>('A' + i)), "instance", {}, {}};
    step.options["regions"] = std::to_string(regions);
    if (i > 0)
      step.options["below"] = std::string(1, static_cast<char>('A' + random.below(std::min<std::uint64_t>(i, 3))));
    script.push_back(step);
  }
  for (std::uint64_t i = 0; i < sites; ++i)
    script.push_back({std::string(1, static_cast<char>('A' + i)), "start", {}, {}});
  return script;
}

Step plan_step(World& world, Random& random) {
  const auto actions = all_actions();
  unsigned total = 0;
  for (const Action* const action : actions) total += action->weight;
  for (;;) {
    std::uint64_t at = random.below(total);
    for (const Action* const action : actions) {
      if (at >= action->weight) {
        at -= action->weight;
        continue;
      }
      if (auto step = action->propose(world, random)) return *step;
      break;
    }
  }
}

}  // namespace hw::sim

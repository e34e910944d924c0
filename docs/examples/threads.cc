/// Several threads of one process: one Database, a Globals for each thread.
///
///   threads 4 1000          four threads add 1000 times each; prints the sum
#include <engine/headwater.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

using hw::node;

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 4;
  const int times = argc > 2 ? std::atoi(argv[2]) : 1000;
  auto opened = hw::Database::open();
  if (!opened) {
    std::cerr << opened.error().render();
    return 1;
  }
  hw::Database& database = **opened;
  std::vector<hw::Status> outcomes(static_cast<std::size_t>(threads));
  {
    std::vector<std::jthread> workers;
    for (hw::Status& outcome : outcomes)
      workers.emplace_back([&database, &outcome, times] {
        hw::Globals globals{database};
        for (int i = 0; i < times && outcome; ++i) {
          auto sum = globals.increment(node("counter"));
          if (!sum) outcome = std::move(sum).error();
        }
      });
  }
  for (const hw::Status& outcome : outcomes)
    if (!outcome) {
      std::cerr << outcome.error().render();
      return 1;
    }
  hw::Globals globals{database};
  const auto sum = globals.get(node("counter"), 0);
  if (!sum) {
    std::cerr << sum.error().render();
    return 1;
  }
  std::cout << *sum << '\n';
}

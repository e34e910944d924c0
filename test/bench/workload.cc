// workload WORK [count=N] [process=P] [pass=K] [first=N] [span=N] [seconds=S] -- does one piece of work on the database
// that the environment names (gtmgbldir, gtm_repl_instance), as any application would, and says how long it took.
// bench.m does the same in M. Several may run at once, with different numbers `process`.
//
// It opens the database, makes one change (so that opening and attaching are not measured; works that only look do
// not), prints `ready`, waits for a line on standard input, works, and prints `done N BEGIN END FIGURES`: operations,
// wall clock in microseconds, and what some works measure besides. Then it sets ^done(pass,process), for which the work
// `wait` waits on a secondary.

#include <charconv>
#include <cstdio>
#include <iostream>

#include "test/bench/works.h"

namespace {

using bench::Task;

/// Takes `name=number` into the task; false when it is something else.
bool take(Task& task, std::string_view word) {
  const std::pair<std::string_view, std::uint64_t*> options[] = {{"count=", &task.count}, {"process=", &task.process},
                                                                 {"pass=", &task.pass},   {"first=", &task.first},
                                                                 {"span=", &task.span},   {"seconds=", &task.seconds}};
  for (const auto& [name, number] : options) {
    if (!word.starts_with(name)) continue;
    const auto [end, error] = std::from_chars(word.data() + name.size(), word.data() + word.size(), *number);
    return error == std::errc() && end == word.data() + word.size();
  }
  return false;
}

int fail(const hw::Error& error) {
  std::cerr << error.render() << '\n';
  return 1;
}

hw::Status work(hw::Globals& globals, const bench::Work& work, Task& task) {
  if (work.changes) HW_TRY_VOID(globals.set(hw::node("warm", task.pass, task.process), 1));
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  const std::int64_t begin = bench::now_us();
  HW_TRY_VOID(work.run(globals, task));
  std::cout << "done " << task.done << ' ' << begin << ' ' << bench::now_us() << ' ' << task.figures << std::endl;
  if (work.changes) HW_TRY_VOID(globals.set(hw::node("done", task.pass, task.process), 1));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Work* const found = argc > 1 ? bench::find_work(argv[1]) : nullptr;
  Task task;
  bool good = found != nullptr;
  for (int i = 2; i < argc; ++i) good = take(task, argv[i]) && good;
  if (!good) {
    std::cerr << "usage: workload WORK [count=N] [process=P] [pass=K] [first=N] [span=N] [seconds=S]\n";
    return 2;
  }
  auto database = hw::Database::open();
  if (!database) return fail(database.error());
  {
    hw::Globals globals(**database);
    if (auto status = work(globals, *found, task); !status) return fail(status.error());
  }
  if (auto status = (*database)->close(); !status) return fail(status.error());
  return 0;
}

/// test/bench/works.cc -- see works.h. Each function is a label of bench.m.
#include "test/bench/works.h"

#include <algorithm>
#include <map>
#include <thread>

namespace bench {
namespace {

using hw::Direction;
using hw::Globals;
using hw::node;
using hw::Status;

constexpr std::string_view kValue = "12345678901234567890123456789012345678";
constexpr std::int64_t kSlowUs = 50;  // A timed work counts commits that take longer one by one.

/// Microseconds and how often.
using Times = std::map<std::int64_t, std::uint64_t>;

/// The least time that at most `above` operations exceed; 0 when it is below all that were counted.
std::int64_t time_exceeded_by(const Times& times, std::uint64_t above) {
  std::uint64_t seen = 0;
  for (auto it = times.rbegin(); it != times.rend(); ++it)
    if ((seen += it->second) > above) return it->first;
  return 0;
}

// ---- the rows that there have always been: ^a(integer), ^b(integer), one value ----

Status ascending(Globals& globals, Task& task) {
  const std::uint64_t base = task.base();
  for (; task.done < task.count; ++task.done) HW_TRY_VOID(globals.set(node("a", base + task.done), kValue));
  return {};
}

/// Calls `step` with integers below 1,000,000 in a scattered order.
template <typename Step>
Status scattered(Task& task, Step step) {
  Wheel high(kDigits, 0), low(kScattered, 0);
  for (; task.done < task.count; ++task.done) {
    HW_TRY_VOID(step(task.tables.shuffled[high.at()] * kDigits + task.tables.shuffled[low.at()]));
    high.turn();
    low.turn();
  }
  return {};
}

Status replace(Globals& globals, Task& task) {
  return scattered(task, [&](std::uint64_t i) { return globals.set(node("a", i), kValue); });
}

Status get_integer(Globals& globals, Task& task) {
  return scattered(task, [&](std::uint64_t i) -> Status {
    HW_TRY_VOID(globals.get(node("a", i)));
    return {};
  });
}

Status ten_sets(Globals& globals, Task& task, const hw::TransactionOptions& options) {
  for (; task.done < task.count; ++task.done) {
    const std::uint64_t base = task.base() + task.done * 10;
    const auto body = [&]() -> Status {
      for (std::uint64_t j = 1; j <= 10; ++j) HW_TRY_VOID(globals.set(node("b", base + j), kValue));
      return {};
    };
    HW_TRY_VOID(globals.transact(body, options));
  }
  return {};
}

hw::TransactionOptions batch() {
  hw::TransactionOptions options;
  options.id = "BATCH";
  return options;
}

Status order_integers(Globals& globals, Task& task) {
  hw::Node at = node("a", "");
  for (; task.done < task.count; ++task.done) {
    HW_TRY(auto next, globals.order(at));
    at = next ? std::move(*next) : node("a", "");
    if (next) HW_TRY_VOID(globals.get(at));
  }
  return {};
}

// ---- nodes and values of varying length, in the order of sequence.h ----

hw::Node node_at(const Task& task, const Walk& walk, std::string_view global = "r") {
  return node(global, std::string_view(task.tables.names[walk.first.at()]),
              std::string_view(task.tables.names[walk.second.at()]));
}

/// Calls `step` with one place of the sequence after the other.
template <typename Step>
Status along(Task& task, Step step) {
  Walk walk(task.origin(), task.pass);
  for (; task.done < task.count; ++task.done, walk.step()) HW_TRY_VOID(step(walk));
  return {};
}

/// Inserts or updates, whichever it is.
Status set(Globals& globals, Task& task) {
  return along(task,
               [&](const Walk& walk) { return globals.set(node_at(task, walk), task.tables.values[walk.value.at()]); });
}

/// The same for some seconds. Figures: the time that one commit in 1000 exceeds (0: below 50 µs) and the longest one,
/// µs.
Status timed(Globals& globals, Task& task) {
  Times slow;
  std::uint64_t lap = 0;
  Walk walk(task.origin(), task.pass);
  std::int64_t before = now_us();
  const std::int64_t end = before + static_cast<std::int64_t>(task.seconds) * 1'000'000;
  for (std::uint64_t left = task.span; task.done < task.count && before < end; ++task.done) {
    HW_TRY_VOID(globals.set(node_at(task, walk), task.tables.values[walk.value.at()]));
    walk.step();
    if (--left == 0) {
      left = task.span;
      walk = Walk(task.origin(), task.pass + ++lap);
    }
    const std::int64_t now = now_us();
    if (now - before > kSlowUs) ++slow[now - before];
    before = now;
  }
  task.figures =
      std::to_string(time_exceeded_by(slow, task.done / 1000)) + ' ' + std::to_string(time_exceeded_by(slow, 0));
  return {};
}

Status set_long(Globals& globals, Task& task) {
  return along(task, [&](const Walk& walk) {
    return globals.set(node_at(task, walk, "v"), task.tables.long_values[walk.value.at()]);
  });
}

Status get(Globals& globals, Task& task) {
  return along(task, [&](const Walk& walk) -> Status {
    HW_TRY_VOID(globals.get(node_at(task, walk)));
    return {};
  });
}

Status data(Globals& globals, Task& task) {
  return along(task, [&](const Walk& walk) -> Status {
    HW_TRY_VOID(globals.data(node_at(task, walk)));
    return {};
  });
}

/// The new value is the old one's length and another text, so that the old one is needed.
Status get_then_set(Globals& globals, Task& task) {
  return along(task, [&](const Walk& walk) -> Status {
    const hw::Node at = node_at(task, walk);
    HW_TRY(const std::string old, globals.get(at, ""));
    return globals.set(at, std::to_string(old.size()) + task.tables.values[walk.value.at()]);
  });
}

/// One update and four reads of what another process updates.
Status mixed(Globals& globals, Task& task) {
  const std::uint64_t others = task.process % 4 + 1;
  Walk reads(others * 2'000'000, 0);
  Wheel fifth(5, 0);
  return along(task, [&](const Walk& walk) -> Status {
    const bool update = fifth.at() == 0;
    fifth.turn();
    if (update) return globals.set(node_at(task, walk), task.tables.values[walk.value.at()]);
    HW_TRY_VOID(globals.get(node_at(task, reads)));
    reads.step();
    return {};
  });
}

/// Moves an amount from one of 98,053 accounts to another and notes it: two reads and three sets.
Status transfer(Globals& globals, Task& task) {
  const hw::TransactionOptions options = batch();
  const auto account = [&](const Wheel& name, const Wheel& branch) {
    return node("acct", std::string_view(task.tables.names[name.at()]), branch.at());
  };
  Wheel from_name(kFirstNames, task.origin()), from_branch(31, task.origin());
  Wheel to_name(kFirstNames, task.origin(), 1259), to_branch(31, task.origin() + 1, 7);
  Wheel amount(kValues, task.origin());
  for (; task.done < task.count; ++task.done) {
    const hw::Node from = account(from_name, from_branch);
    const hw::Node to = account(to_name, to_branch);
    const auto body = [&]() -> Status {
      HW_TRY(const std::string debit, globals.get(from, 0));
      HW_TRY(const std::string credit, globals.get(to, 0));
      const auto moved = static_cast<std::int64_t>(amount.at());
      HW_TRY_VOID(globals.set(from, std::stoll(debit) - moved));
      HW_TRY_VOID(globals.set(to, std::stoll(credit) + moved));
      return globals.set(node("log", task.pass, task.process, task.done),
                         from.subscripts[0] + ',' + std::to_string(moved));
    };
    HW_TRY_VOID(globals.transact(body, options));
    for (Wheel* wheel : {&from_name, &from_branch, &to_name, &to_branch, &amount}) wheel->turn();
  }
  return {};
}

Status increment(Globals& globals, Task& task) {
  const hw::Node counter = node("counter");
  for (; task.done < task.count; ++task.done) HW_TRY_VOID(globals.increment(counter));
  return {};
}

/// Five sets below one node, and the kill of the node of a hundred steps before.
Status sets_and_kill(Globals& globals, Task& task) {
  Walk behind(task.origin(), task.pass);
  return along(task, [&](const Walk& walk) -> Status {
    const hw::Node parent = node_at(task, walk, "s");
    for (int j = 1; j <= 5; ++j) HW_TRY_VOID(globals.set(parent[j], task.tables.values[walk.value.at()]));
    if (task.done < 100) return {};
    HW_TRY_VOID(globals.kill(node_at(task, behind, "s")));
    behind.step();
    return {};
  });
}

/// $ORDER to the next node and its value, one first subscript after the other.
Status order(Globals& globals, Task& task, Direction direction) {
  Wheel group(kFirstNames, 0);
  const auto start = [&] { return node("r", std::string_view(task.tables.names[group.at()]), ""); };
  hw::Node at = start();
  for (; task.done < task.count; ++task.done) {
    HW_TRY(auto next, globals.order(at, direction));
    if (!next) group.turn();
    at = next ? std::move(*next) : start();
    if (next) HW_TRY_VOID(globals.get(at));
  }
  return {};
}

Status query(Globals& globals, Task& task) {
  hw::Node at = node("r");
  for (; task.done < task.count; ++task.done) {
    HW_TRY(auto next, globals.query(at));
    at = next ? std::move(next->node) : node("r");
  }
  return {};
}

// ---- what two processes do together ----

/// About 1,000 commits a second, each with the time at which it began.
Status pace(Globals& globals, Task& task) {
  for (; task.done < task.count; ++task.done) {
    HW_TRY_VOID(globals.set(node("pace", task.done), now_us()));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

/// Looks for each of them, without a pause. Figures: the time after which half of them, and all but one in 100, were
/// seen, µs.
Status watch(Globals& globals, Task& task) {
  Times times;
  while (task.done < task.count) {
    HW_TRY(const auto begun, globals.get(node("pace", task.done)));
    if (!begun) continue;
    ++times[now_us() - std::stoll(*begun)];
    ++task.done;
  }
  task.figures = std::to_string(time_exceeded_by(times, task.count / 2)) + ' ' +
                 std::to_string(time_exceeded_by(times, task.count / 100));
  return {};
}

/// The node comes from another process or another machine, so all there is to do is to look.
Status wait(Globals& globals, Task& task) {
  for (;;) {
    HW_TRY(const auto done, globals.get(node("done", task.pass, task.process)));
    if (done) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

constexpr Work kWorks[] = {
    {"asc", ascending},
    {"rnd", replace},
    {"tp", [](Globals& globals, Task& task) { return ten_sets(globals, task, batch()); }},
    {"durable", [](Globals& globals, Task& task) { return ten_sets(globals, task, {}); }},
    {"igets", get_integer},
    {"iorder", order_integers},
    {"sets", set},
    {"timed", timed},
    {"longs", set_long},
    {"gets", get},
    {"data", data},
    {"getset", get_then_set},
    {"mixed", mixed},
    {"transfer", transfer},
    {"incr", increment},
    {"kills", sets_and_kill},
    {"forward", [](Globals& globals, Task& task) { return order(globals, task, Direction::Forward); }},
    {"reverse", [](Globals& globals, Task& task) { return order(globals, task, Direction::Backward); }},
    {"query", query},
    {"pace", pace},
    {"watch", watch, false},
    {"wait", wait, false},
};

}  // namespace

const Work* find_work(std::string_view name) {
  const auto* const found = std::ranges::find(kWorks, name, &Work::name);
  return found == std::end(kWorks) ? nullptr : found;
}

}  // namespace bench

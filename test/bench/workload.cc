// workload NAME COUNT -- does one named piece of work on the database that the environment names (gtmgbldir,
// gtm_repl_instance), as any application would, and says how long it took. Several may run at once.
//
//   asc N      N commits of one set each, ^a(i), i ascending
//   rnd N      N commits of one set each, ^a(i), i random below 1,000,000
//   tp N       N transactions of ten sets each, ^b(i), id BATCH
//   durable N  N transactions of ten sets each, ^b(i); each is on disk before the next one begins
//   get N      N reads of ^a(i), i random below 1,000,000
//   order N    N steps of $ORDER over ^a, each followed by a read, starting over at the end
//   wait N     until ^done(N) is there, which another process has set or the update process has brought
//
// It opens the database, makes one change (so that opening and attaching are not measured; `wait` does not), prints
// `ready`, waits for a line on standard input, works, and prints: NAME N begin end, the times in microseconds of the
// wall clock. Then it sets ^done(BASE), which a secondary waits for. BASE is the environment variable workload_base
// (default 0), added to ascending keys, so that those of several processes do not meet.

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "engine/headwater.hpp"

namespace {

using hw::node;

constexpr std::string_view kValue = "12345678901234567890123456789012345678";
constexpr std::uint64_t kRandomKeys = 1'000'000;

std::int64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// False when `text` is not a number as a whole.
bool parse(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

hw::Status single_sets(hw::Globals& globals, std::uint64_t base, std::uint64_t count) {
  for (std::uint64_t i = 1; i <= count; ++i) HW_TRY_VOID(globals.set(node("a", base + i), kValue));
  return {};
}

hw::Status random_sets(hw::Globals& globals, std::uint64_t seed, std::uint64_t count) {
  std::mt19937_64 random(seed);
  for (std::uint64_t i = 0; i < count; ++i) HW_TRY_VOID(globals.set(node("a", random() % kRandomKeys), kValue));
  return {};
}

hw::Status ten_sets(hw::Globals& globals, std::uint64_t base, std::uint64_t count,
                    const hw::TransactionOptions& options) {
  for (std::uint64_t i = 1; i <= count; ++i) {
    HW_TRY_VOID(globals.transact(
        [&]() -> hw::Status {
          for (std::uint64_t j = 1; j <= 10; ++j) HW_TRY_VOID(globals.set(node("b", base + i * 10 + j), kValue));
          return {};
        },
        options));
  }
  return {};
}

hw::Status random_gets(hw::Globals& globals, std::uint64_t seed, std::uint64_t count) {
  std::mt19937_64 random(seed);
  for (std::uint64_t i = 0; i < count; ++i) HW_TRY_VOID(globals.get(node("a", random() % kRandomKeys)));
  return {};
}

hw::Status order_scan(hw::Globals& globals, std::uint64_t count) {
  hw::Node at = node("a", "");
  for (std::uint64_t i = 0; i < count; ++i) {
    HW_TRY(auto next, globals.order(at));
    if (!next) {
      at = node("a", "");
      continue;
    }
    at = std::move(*next);
    HW_TRY_VOID(globals.get(at));
  }
  return {};
}

/// The node comes from another process or another machine, so all there is to do is to look.
hw::Status wait_for_done(hw::Globals& globals, std::uint64_t base) {
  for (;;) {
    HW_TRY(const auto done, globals.get(node("done", base)));
    if (done) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

hw::Status run(hw::Globals& globals, std::string_view name, std::uint64_t base, std::uint64_t count) {
  if (name == "asc") return single_sets(globals, base, count);
  if (name == "rnd") return random_sets(globals, base + 1, count);
  if (name == "get") return random_gets(globals, base + 1, count);
  if (name == "order") return order_scan(globals, count);
  if (name == "wait") return wait_for_done(globals, count);
  hw::TransactionOptions options;
  if (name == "tp") options.id = "BATCH";
  return ten_sets(globals, base, count, options);
}

int fail(const hw::Error& error) {
  std::cerr << error.render() << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc == 3 ? argv[1] : "";
  const bool known = name == "asc" || name == "rnd" || name == "tp" || name == "durable" || name == "get" ||
                     name == "order" || name == "wait";
  std::uint64_t count = 0;
  std::uint64_t base = 0;
  const char* base_text = std::getenv("workload_base");
  if (!known || !parse(argv[2], count) || !parse(base_text == nullptr ? "0" : base_text, base)) {
    std::cerr << "usage: workload asc|rnd|tp|durable|get|order COUNT, or workload wait BASE\n";
    return 2;
  }
  auto database = hw::Database::open();
  if (!database) return fail(database.error());
  {
    hw::Globals globals(**database);
    const bool changes = name != "wait";
    if (changes) {
      if (auto set = globals.set(node("warm", ::getpid()), 1); !set) return fail(set.error());
    }
    std::cout << "ready" << std::endl;
    std::string line;
    std::getline(std::cin, line);
    const std::int64_t begin = now_us();
    if (auto status = run(globals, name, base, count); !status) return fail(status.error());
    const std::int64_t end = now_us();
    std::cout << name << ' ' << count << ' ' << begin << ' ' << end << std::endl;
    if (changes) {
      if (auto set = globals.set(node("done", base), 1); !set) return fail(set.error());
    }
  }
  if (auto status = (*database)->close(); !status) return fail(status.error());
  return 0;
}

// bank -- an application for scenarios: money moved between accounts that lie in two regions (^acct, ^dacct), so that
// every transfer is a transaction over both. Whatever happens, the sum stays.
//
//   bank open ACCOUNTS         gives each account 1000
//   bank transfer COUNT SEED   makes COUNT random transfers between the accounts there are
//   bank sum                   prints the sum, read in one transaction
//   bank write NAME SECONDS    updates ^written(NAME) some hundred times a second for so long, or until it is refused
//   after
//                              it was accepted, and prints the time of each that was accepted, in ms of the machine's
//                              clock
//   bank note NAME FILE        as write, until FILE exists; each update makes a node of its own, ^note(NAME,N), and N
//   is
//                              printed with the time of day in microseconds: what was acknowledged can be looked for
#include <unistd.h>

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

hw::Node account(std::uint64_t number) { return node(number % 2 == 0 ? "acct" : "dacct", number); }

hw::Result<long> balance(hw::Globals& globals, std::uint64_t number) {
  HW_TRY(const auto text, globals.get(account(number)));
  return text ? std::strtol(text->c_str(), nullptr, 10) : 0;
}

hw::Result<std::uint64_t> account_count(hw::Globals& globals) {
  HW_TRY(const auto text, globals.get(node("accounts")));
  return text ? std::strtoull(text->c_str(), nullptr, 10) : 0;
}

hw::Status open_accounts(hw::Globals& globals, std::uint64_t count) {
  return globals.transact([&]() -> hw::Status {
    HW_TRY_VOID(globals.set(node("accounts"), count));
    for (std::uint64_t i = 0; i < count; ++i) HW_TRY_VOID(globals.set(account(i), 1000));
    return {};
  });
}

hw::Status transfers(hw::Globals& globals, std::uint64_t count, std::uint64_t seed) {
  hw::TransactionOptions batch;
  batch.id = "BATCH";
  HW_TRY(const std::uint64_t accounts, account_count(globals));
  std::mt19937_64 random(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t from = random() % accounts;
    const std::uint64_t to = random() % accounts;
    const long amount = static_cast<long>(random() % 100);
    HW_TRY_VOID(globals.transact(
        [&]() -> hw::Status {
          HW_TRY(const long left, balance(globals, from));
          HW_TRY_VOID(globals.set(account(from), left - amount));
          HW_TRY(const long right, balance(globals, to));
          return globals.set(account(to), right + amount);
        },
        batch));
  }
  return {};
}

std::uint64_t now_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// Whoever may not update yet tries again; whoever may no more ends, so that the instance can be taken down.
hw::Status write(hw::Globals& globals, const std::string& name, std::uint64_t seconds) {
  const std::uint64_t end = now_ms() + seconds * 1000;
  std::uint64_t accepted = 0;
  while (now_ms() < end) {
    const hw::Status set = globals.set(node("written", name), accepted + 1);
    if (set) {
      ++accepted;
      std::cout << now_ms() << '\n' << std::flush;
    } else if (accepted != 0) {
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return {};
}

std::uint64_t time_of_day_us() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

hw::Status notes(hw::Globals& globals, const std::string& name, const std::string& until) {
  std::uint64_t accepted = 0;
  while (access(until.c_str(), F_OK) != 0) {
    const hw::Status set = globals.set(node("note", name, accepted + 1), time_of_day_us());
    if (set) {
      ++accepted;
      std::cout << accepted << ' ' << time_of_day_us() << '\n' << std::flush;
    } else if (accepted != 0) {
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return {};
}

hw::Status print_sum(hw::Globals& globals) {
  hw::TransactionOptions batch;
  batch.id = "BATCH";
  long sum = 0;
  HW_TRY_VOID(globals.transact(
      [&]() -> hw::Status {
        sum = 0;
        HW_TRY(const std::uint64_t accounts, account_count(globals));
        for (std::uint64_t i = 0; i < accounts; ++i) {
          HW_TRY(const long one, balance(globals, i));
          sum += one;
        }
        return {};
      },
      batch));
  std::cout << sum << std::endl;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const auto number = [&](int at) { return argc > at ? std::strtoull(argv[at], nullptr, 10) : 0; };
  auto database = hw::Database::open();
  if (!database) {
    std::cerr << database.error().render();
    return 1;
  }
  hw::Status status;
  {
    hw::Globals globals(**database);
    if (command == "open") {
      status = open_accounts(globals, number(2));
    } else if (command == "transfer") {
      status = transfers(globals, number(2), number(3));
    } else if (command == "sum") {
      status = print_sum(globals);
    } else if (command == "write" && argc > 2) {
      status = write(globals, argv[2], number(3));
    } else if (command == "note" && argc > 3) {
      status = notes(globals, argv[2], argv[3]);
    } else {
      std::cerr << "usage: bank open ACCOUNTS | transfer COUNT SEED | sum | write NAME SECONDS | note NAME FILE\n";
      return 2;
    }
  }
  if (status) status = (*database)->close();
  if (!status) std::cerr << status.error().render();
  return status ? 0 : 1;
}

// bank -- an application for scenarios: money moved between accounts that lie in two regions (^acct, ^dacct), so that
// every transfer is a transaction over both. Whatever happens, the sum stays.
//
//   bank open ACCOUNTS         gives each account 1000
//   bank transfer COUNT SEED   makes COUNT random transfers between the accounts there are
//   bank sum                   prints the sum, read in one transaction
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

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
    } else {
      std::cerr << "usage: bank open ACCOUNTS | transfer COUNT SEED | sum\n";
      return 2;
    }
  }
  if (status) status = (*database)->close();
  if (!status) std::cerr << status.error().render();
  return status ? 0 : 1;
}

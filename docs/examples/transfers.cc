/// Transfers between accounts: each a transaction that is on disk when the call returns, or has not happened.
///
///   transfers 3 4 25        moves 25 from account 3 to account 4
#include <engine/headwater.hpp>

#include <cstdlib>
#include <iostream>

using hw::node;

namespace {

/// Errors: TEXT when the account has less; those of the database. Nothing has changed then.
hw::Status transfer(hw::Globals& globals, int from, int to, long amount) {
  return globals.transact([&]() -> hw::Status {
    HW_TRY(const std::string balance, globals.get(node("acct", from, "balance"), 0));
    if (std::atol(balance.c_str()) < amount)
      return hw::make_error<hw::MsgId::TEXT>("account " + std::to_string(from) + " has only " + balance);
    HW_TRY_VOID(globals.increment(node("acct", from, "balance"), -amount));
    HW_TRY_VOID(globals.increment(node("acct", to, "balance"), amount));
    // A subscript that counts up: the log of transfers.
    HW_TRY(const std::string number, globals.increment(node("transfer")));
    return globals.set(node("transfer", number),
                       std::to_string(from) + "," + std::to_string(to) + "," + std::to_string(amount));
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: transfers FROM TO AMOUNT\n";
    return 2;
  }
  auto database = hw::Database::open();  // the global directory that gtmgbldir names
  if (!database) {
    std::cerr << database.error().render();
    return 1;
  }
  hw::Globals globals{**database};
  const hw::Status done = transfer(globals, std::atoi(argv[1]), std::atoi(argv[2]), std::atol(argv[3]));
  if (!done) std::cerr << done.error().render();
  const hw::Status closed = (*database)->close();
  if (!closed) std::cerr << closed.error().render();
  return done && closed ? 0 : 1;
}

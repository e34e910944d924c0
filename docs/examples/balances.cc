/// Reading at any site, a secondary too: all balances as they were at one moment, whatever is committed meanwhile.
///
///   balances
#include <engine/headwater.hpp>

#include <cstdlib>
#include <iostream>

using hw::node;

int main() {
  auto database = hw::Database::open();
  if (!database) {
    std::cerr << database.error().render();
    return 1;
  }
  hw::Globals globals{**database};
  long total = 0;
  std::string lines;
  // Within a transaction reads see one snapshot. The body may run more than once, so it begins anew each time.
  const hw::Status read = globals.transact([&]() -> hw::Status {
    total = 0;
    lines.clear();
    for (auto account : globals.children(node("acct"))) {
      if (!account) return account.error();
      HW_TRY(const std::string balance, globals.get((*account)["balance"], 0));
      lines += account->last_subscript() + " " + balance + "\n";
      total += std::atol(balance.c_str());
    }
    return {};
  });
  if (!read) {
    std::cerr << read.error().render();
    return 1;
  }
  std::cout << lines << "total " << total << '\n';
}

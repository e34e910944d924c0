/// A program outside this tree, built against the installed package: sets a node in a fresh database and reads it back.
#include <engine/headwater.hpp>

#include <iostream>

int main() {
  using hw::node;
  auto database = hw::Database::open();
  if (!database) {
    std::cerr << database.error().render() << '\n';
    return 1;
  }
  hw::Globals globals{**database};
  if (auto set = globals.set(node("installed", 1, "by"), "package"); !set) {
    std::cerr << set.error().render() << '\n';
    return 1;
  }
  auto value = globals.get(node("installed", 1, "by"));
  if (!value || !*value || **value != "package") return 1;
  std::cout << node("installed", 1, "by").text() << " is there\n";
  return 0;
}

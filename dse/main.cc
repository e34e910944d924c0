#include <iostream>

#include "dse/dispatch.h"
#include "engine/base/program.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::dse::Console console{std::cin, std::cout, std::cerr};
  return hw::end_program(hw::dse::run_program(argc, argv, console));
}

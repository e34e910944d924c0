#include <iostream>

#include "dse/dispatch.h"

int main(int argc, char** argv) {
  hw::dse::Console console{std::cin, std::cout, std::cerr};
  return hw::dse::run_program(argc, argv, console);
}

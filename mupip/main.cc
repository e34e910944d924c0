#include <iostream>

#include "mupip/dispatch.h"

int main(int argc, char** argv) {
  hw::mupip::Console console{std::cin, std::cout, std::cerr};
  return hw::mupip::run_program(argc, argv, console);
}

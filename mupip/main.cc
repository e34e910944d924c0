#include <iostream>

#include "engine/base/program.h"
#include "mupip/dispatch.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::mupip::Console console{std::cin, std::cout, std::cerr};
  return hw::end_program(hw::mupip::run_program(argc, argv, console));
}

#include <unistd.h>

#include <iostream>

#include "dse/dispatch.h"
#include "engine/base/line_input.h"
#include "engine/base/program.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::DescriptorInput input(STDIN_FILENO);
  std::istream in(&input);
  hw::dse::Console console{in, std::cout, std::cerr};
  return hw::end_program(hw::dse::run_program(argc, argv, console));
}

#include <unistd.h>

#include <iostream>

#include "engine/base/line_input.h"
#include "engine/base/program.h"
#include "mupip/dispatch.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::DescriptorInput input(STDIN_FILENO);
  std::istream in(&input);
  hw::mupip::Console console{in, std::cout, std::cerr};
  return hw::end_program(hw::mupip::run_program(argc, argv, console));
}

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "engine/base/line_input.h"
#include "engine/base/program.h"
#include "engine/gbl/program.h"

int main(int argc, char** argv) {
  hw::begin_program();
  std::ios::sync_with_stdio(false);
  hw::DescriptorInput input(STDIN_FILENO);
  std::istream in(&input);
  hw::gbl::Streams streams{in,
                           std::cout,
                           std::cerr,
                           isatty(STDIN_FILENO) != 0,
                           [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); },
                           isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0};
  return hw::end_program(hw::gbl::run_program(argc - 1, argv + 1, streams));
}

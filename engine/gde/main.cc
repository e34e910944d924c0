#include <unistd.h>

#include <iostream>
#include <string>

#include "engine/base/line_input.h"
#include "engine/base/program.h"
#include "engine/gde/session.h"

int main(int argc, char** argv) {
  hw::begin_program();
  hw::gde::Session session(std::cout, std::cerr);
  std::string command;
  for (int i = 1; i < argc; ++i) command += std::string(i > 1 ? " " : "") + argv[i];
  if (!command.empty()) return hw::end_program(session.run_one(command));
  hw::DescriptorInput input(STDIN_FILENO);
  std::istream in(&input);
  return hw::end_program(session.run(in, isatty(STDIN_FILENO) != 0 ? "GDE> " : ""));
}
